#include "pages/item_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>

#include "apilab/base/file.hpp"
#include "apilab/base/try.hpp"
#include "apilab/http/json.hpp"

namespace apilab::cli {
namespace {

constexpr std::size_t buffer_max = std::size_t{256} << 10U;
constexpr std::size_t wrapping_max = 8192;

std::unexpected<Error> system_error(std::string_view what, const std::string& file) {
    return fail(ErrorKind::io,
                fmt::format("cannot {} {}: {}", what, file, std::system_category().message(errno)));
}

}  // namespace

Result<std::unique_ptr<ItemSink>> ItemSink::open(const std::string& file,
                                                 std::optional<std::uint64_t> bytes) {
    if (file.empty()) {
        return std::unique_ptr<ItemSink>(new ItemSink(-1, 0));
    }
    constexpr int mode = 0600;
    const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, mode);
    struct stat state{};
    if (descriptor < 0 || ::fstat(descriptor, &state) != 0) {
        return system_error("open", file);
    }
    const auto length = static_cast<std::uint64_t>(state.st_size);
    std::unique_ptr<ItemSink> sink(new ItemSink(descriptor, bytes.value_or(length)));
    if (bytes && length < *bytes) {
        return fail(
            Error(ErrorKind::invalid_argument,
                  fmt::format("{} has {} bytes, the checkpoint speaks of {}", file, length, *bytes))
                .with_remedy("put the file back, or begin anew without the checkpoint"));
    }
    if (bytes && ::ftruncate(descriptor, static_cast<off_t>(*bytes)) != 0) {
        return system_error("cut", file);
    }
    return sink;
}

ItemSink::~ItemSink() {
    if (descriptor_ >= 0) {
        ::close(descriptor_);
    }
}

Result<void> ItemSink::write(std::string_view item) {
    if (descriptor_ < 0) {
        std::fwrite(item.data(), 1, item.size(), stdout);
        std::fputc('\n', stdout);
        reader_gone_ = std::fflush(stdout) != 0 || std::ferror(stdout) != 0;
        return {};
    }
    buffer_.append(item).append("\n");
    bytes_ += item.size() + 1;
    return buffer_.size() < buffer_max ? Result<void>() : flush();
}

Result<void> ItemSink::flush() {
    if (descriptor_ < 0) {
        reader_gone_ = reader_gone_ || std::fflush(stdout) != 0;
        return {};
    }
    std::string_view left = buffer_;
    while (!left.empty()) {
        const auto count = ::write(descriptor_, left.data(), left.size());
        if (count < 0 && errno != EINTR) {
            return system_error("write", "the output");
        }
        left.remove_prefix(count < 0 ? 0 : static_cast<std::size_t>(count));
    }
    buffer_.clear();
    return ::fdatasync(descriptor_) == 0 || errno == EINVAL ? Result<void>()
                                                            : system_error("sync", "the output");
}

Result<std::optional<KeptWalk>> load_walk(const std::filesystem::path& file) {
    std::error_code code;
    if (!std::filesystem::exists(file, code) && !code) {
        return std::nullopt;
    }
    const auto bad = [&](Error error) { return fail(std::move(error).in(file.string())); };
    const auto text = read_file(file, data::Checkpoint::size_max + wrapping_max);
    if (!text) {
        return bad(text.error());
    }
    const auto document = http::JsonDocument::parse(*text);
    const auto root = document ? document->root() : http::Json();
    auto checkpoint = data::Checkpoint::parse(root["checkpoint"].to_text());
    if (!checkpoint) {
        return bad(checkpoint.error());
    }
    return KeptWalk{.checkpoint = *std::move(checkpoint),
                    .output = std::string(root["output"].string_or("")),
                    .bytes = root["bytes"].unsigned_integer().value_or(0)};
}

Result<void> keep_walk(const std::filesystem::path& file, const KeptWalk& walk) {
    return write_file_atomically(
        file, fmt::format("{{\"output\":{},\"bytes\":{},\"checkpoint\":{}}}\n",
                          http::json_quote(walk.output), walk.bytes, walk.checkpoint.to_json()));
}

}  // namespace apilab::cli
