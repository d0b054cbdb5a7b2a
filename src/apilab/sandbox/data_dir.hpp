#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "apilab/base/result.hpp"
#include "apilab/sandbox/audit.hpp"
#include "apilab/sandbox/npm/packument.hpp"
#include "apilab/sandbox/osv/record.hpp"

namespace apilab::sandbox {

struct DataLimits {
    /// Largest file. Default 64 MiB.
    std::size_t file_size_max = std::size_t{64} << 20U;
    /// Most files in one folder. Default 100'000.
    std::size_t files_max = 100'000;
};

/// Recorded data, read.
struct DataDir {
    std::vector<osv::Record> records;
    std::vector<AuditEntry> audit;
    std::vector<npm::Packument> packuments;
    /// One sentence per file that was left out, naming it.
    std::vector<std::string> warnings;
};

/// Reads a folder laid out as `--data` expects:
///
///     osv/advisories-npm/*.json, osv/advisories-other/*.json   one OSV record each
///     npm/packuments-current/*.json, npm/packuments-full/*.json   one packument each
///
/// Files go by name; of two with one id or package name the first stays, so a current packument
/// stands before a full one. What is no record or packument is left out with a warning. Errors:
/// `invalid_argument` where `root` is no folder or holds none of the four, `too_large` beyond a
/// limit, `io` where a file cannot be read.
[[nodiscard]] Result<DataDir> read_data_dir(const std::filesystem::path& root,
                                            const DataLimits& limits = {});

}  // namespace apilab::sandbox
