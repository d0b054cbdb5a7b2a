#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "apilab/base/result.hpp"
#include "apilab/work/sqlite_store.hpp"
#include "lossy_vfs.hpp"

namespace apilab::durability {

using Synchronous = work::SqliteStoreOptions::Synchronous;

/// A machine with one disk, on which a store lives.
class Machine {
public:
    explicit Machine(std::uint64_t seed, Synchronous synchronous = Synchronous::full)
        : disk(seed), vfs(disk), synchronous_(synchronous) {}

    LossyDisk disk;
    LossyVfs vfs;

    [[nodiscard]] static std::filesystem::path file() { return "/radar.db"; }
    [[nodiscard]] static std::string wal() { return file().string() + "-wal"; }

    [[nodiscard]] Result<std::unique_ptr<work::SqliteStore>> open() const;

    /// All that the file holds, row by row, read past the store: two stores with the same picture
    /// are in the same state. An error of SQLite begins with `error:`.
    [[nodiscard]] std::string picture() const;
    /// `ok`, or what SQLite's own check finds.
    [[nodiscard]] std::string integrity() const;

private:
    Synchronous synchronous_;
};

}  // namespace apilab::durability
