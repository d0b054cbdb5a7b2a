#include "apilab/data/checkpoint_store.hpp"

#include <fmt/format.h>

#include <system_error>

#include "apilab/base/file.hpp"

namespace apilab::data {

Result<std::optional<Checkpoint>> FileCheckpointStore::load() {
    std::error_code code;
    if (!std::filesystem::exists(path_, code) && !code) {
        return std::nullopt;
    }
    const auto text = read_file(path_, Checkpoint::size_max);
    auto checkpoint = text ? Checkpoint::parse(*text) : fail(text.error());
    if (checkpoint) {
        return *std::move(checkpoint);
    }
    const auto kind = checkpoint.error().kind();
    const bool broken = kind == ErrorKind::decode || kind == ErrorKind::too_large;
    if (broken && broken_ == BrokenCheckpoint::start_anew) {
        return std::nullopt;
    }
    return fail(std::move(checkpoint).error().in(path_.string()));
}

Result<void> FileCheckpointStore::save(const Checkpoint& checkpoint) {
    return write_file_atomically(path_, checkpoint.to_json() + "\n");
}

Result<void> FileCheckpointStore::remove() {
    std::error_code code;
    std::filesystem::remove(path_, code);
    if (code) {
        return fail(ErrorKind::io,
                    fmt::format("cannot remove {}: {}", path_.string(), code.message()));
    }
    return {};
}

}  // namespace apilab::data
