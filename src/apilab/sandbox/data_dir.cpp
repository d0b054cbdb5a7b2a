#include "apilab/sandbox/data_dir.hpp"

#include <algorithm>
#include <set>
#include <string_view>
#include <system_error>
#include <utility>

#include "apilab/base/file.hpp"
#include "apilab/base/try.hpp"
#include "apilab/http/json.hpp"

namespace apilab::sandbox {
namespace {

namespace fs = std::filesystem;

/// The .json files of a folder by name; none where the folder is missing.
Result<std::vector<fs::path>> json_files(const fs::path& folder, const DataLimits& limits) {
    std::vector<fs::path> files;
    std::error_code error;
    fs::directory_iterator entries(folder, error);
    for (; !error && entries != fs::directory_iterator(); entries.increment(error)) {
        if (entries->path().extension() == ".json") {
            files.push_back(entries->path());
        }
        if (files.size() > limits.files_max) {
            return fail(ErrorKind::too_large, folder.string() + ": more than " +
                                                  std::to_string(limits.files_max) + " files");
        }
    }
    if (error && error != std::errc::no_such_file_or_directory) {
        return fail(ErrorKind::io, folder.string() + ": " + error.message());
    }
    std::ranges::sort(files);
    return files;
}

class Reader {
public:
    Reader(const fs::path& root, const DataLimits& limits) : root_(root), limits_(limits) {}

    /// Hands each document of a folder to `take`, which says with an error why it does not want it.
    template <class Take>
    Result<void> each(const fs::path& folder, Take take) {
        APILAB_TRY(const auto files, json_files(root_ / folder, limits_));
        for (const auto& file : files) {
            APILAB_TRY(const auto text, read_file(file, limits_.file_size_max));
            const auto document = http::JsonDocument::parse(text);
            if (!document) {
                warn(folder / file.filename(), document.error().message());
                continue;
            }
            if (const auto taken = take(document->root()); !taken) {
                warn(folder / file.filename(), taken.error().message());
            }
        }
        found_ += files.size();
        return {};
    }

    [[nodiscard]] std::size_t found() const { return found_; }
    [[nodiscard]] std::vector<std::string> warnings() && { return std::move(warnings_); }

private:
    void warn(const fs::path& file, std::string_view why) {
        warnings_.push_back(file.generic_string() + ": left out: " + std::string(why));
    }

    const fs::path& root_;
    const DataLimits& limits_;
    std::size_t found_ = 0;
    std::vector<std::string> warnings_;
};

std::unexpected<Error> seen_before(const std::string& what) {
    return fail(ErrorKind::invalid_argument, what + " was read from another file");
}

}  // namespace

Result<DataDir> read_data_dir(const fs::path& root, const DataLimits& limits) {
    std::error_code error;
    if (!fs::is_directory(root, error)) {
        return fail(ErrorKind::invalid_argument, "data folder " + root.string() + ": no folder");
    }
    DataDir out;
    Reader reader(root, limits);
    std::set<std::string> ids;
    for (const auto* folder : {"osv/advisories-npm", "osv/advisories-other"}) {
        APILAB_CHECK(reader.each(folder, [&](http::Json document) -> Result<void> {
            APILAB_TRY(auto record, osv::read_record(document));
            if (!ids.insert(record.id).second) {
                return seen_before(record.id);
            }
            out.records.push_back(std::move(record));
            std::ranges::move(osv::audit_entries(document), std::back_inserter(out.audit));
            return {};
        }));
    }
    std::set<std::string> names;
    for (const auto* folder : {"npm/packuments-current", "npm/packuments-full"}) {
        APILAB_CHECK(reader.each(folder, [&](http::Json document) -> Result<void> {
            APILAB_TRY(auto packument, npm::read_packument(document));
            // Both folders may have a package: the current one is meant to win, without a word.
            if (names.insert(packument.name).second) {
                out.packuments.push_back(std::move(packument));
            }
            return {};
        }));
    }
    if (reader.found() == 0) {
        return fail(ErrorKind::invalid_argument,
                    "data folder " + root.string() +
                        ": neither osv/advisories-* nor npm/packuments-* with .json files");
    }
    out.warnings = std::move(reader).warnings();
    return out;
}

}  // namespace apilab::sandbox
