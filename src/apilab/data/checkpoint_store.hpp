#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <utility>

#include "apilab/data/checkpoint.hpp"

namespace apilab::data {

/// Where the checkpoint of one walk is kept between runs. Implement it over the database that holds
/// the rows to commit both in one transaction.
class CheckpointStore {
public:
    CheckpointStore() = default;
    CheckpointStore(const CheckpointStore&) = delete;
    CheckpointStore& operator=(const CheckpointStore&) = delete;
    virtual ~CheckpointStore() = default;

    /// Nothing: none is kept.
    [[nodiscard]] virtual Result<std::optional<Checkpoint>> load() = 0;
    [[nodiscard]] virtual Result<void> save(const Checkpoint& checkpoint) = 0;
    /// None is kept afterwards; none before is no error.
    [[nodiscard]] virtual Result<void> remove() = 0;
};

/// What a file is that cannot be read as a checkpoint.
enum class BrokenCheckpoint : std::uint8_t {
    /// An error that names it.
    error,
    /// As if there were none: the walk starts anew.
    start_anew,
};

/// One file, mode 0600, replaced as a whole: whoever is killed while it is written finds the one
/// before. Blocks the thread for the time of a write and a sync; keep one after each page or each
/// hundred items rather than after each item.
class FileCheckpointStore final : public CheckpointStore {
public:
    explicit FileCheckpointStore(std::filesystem::path path,
                                 BrokenCheckpoint broken = BrokenCheckpoint::error)
        : path_(std::move(path)), broken_(broken) {}

    /// Errors: `io`; `decode` or `too_large` for what is no checkpoint, naming the file (with
    /// `start_anew`: nothing).
    [[nodiscard]] Result<std::optional<Checkpoint>> load() override;
    /// Error: `io`.
    [[nodiscard]] Result<void> save(const Checkpoint& checkpoint) override;
    [[nodiscard]] Result<void> remove() override;

private:
    std::filesystem::path path_;
    BrokenCheckpoint broken_;
};

}  // namespace apilab::data
