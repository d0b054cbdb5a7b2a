#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "apilab/base/result.hpp"

// What of a snapshot is SQLite's.
namespace apilab::work::internal {

struct DatabaseFacts {
    std::int64_t schema = 0;
    /// By name.
    std::vector<std::pair<std::string, std::int64_t>> counts;
};

/// Copies the database as it is at one moment, and counts its rows in the same transaction. `to` is
/// a file by itself afterwards (no log beside it).
[[nodiscard]] Result<DatabaseFacts> copy_database(const std::filesystem::path& from,
                                                  const std::filesystem::path& to);

/// Is it whole? Errors: `io`, detail `integrity`.
[[nodiscard]] Result<DatabaseFacts> examine_database(const std::filesystem::path& file);

}  // namespace apilab::work::internal
