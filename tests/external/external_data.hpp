#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "apilab/base/file.hpp"
#include "apilab/http/json.hpp"

// Where the material written by others lies. It is not part of the repository: a test that does not
// find it skips, with a word.
namespace apilab::external {

inline std::filesystem::path data_root() {
    const char* const given = std::getenv("APILAB_DATA");
    return given != nullptr ? std::filesystem::path(given)
                            : std::filesystem::path(APILAB_SOURCE_DIR) / ".." / "shared" / "data";
}

/// Regular files of one folder with this extension, sorted; empty where the folder is missing.
inline std::vector<std::filesystem::path> files_in(const std::filesystem::path& folder,
                                                   const std::string& extension = ".json") {
    std::vector<std::filesystem::path> files;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(data_root() / folder, error)) {
        if (entry.is_regular_file() && entry.path().extension() == extension) {
            files.push_back(entry.path());
        }
    }
    std::ranges::sort(files);
    return files;
}

inline std::string text_of(const std::filesystem::path& file) {
    auto text = read_file(file, std::size_t{200} << 20U);
    EXPECT_TRUE(text) << text.error().to_string();
    return text ? *std::move(text) : std::string();
}

inline http::JsonDocument json_of(const std::filesystem::path& file) {
    auto document = http::JsonDocument::parse(text_of(file));
    EXPECT_TRUE(document) << file << ": " << document.error().to_string();
    return document ? *std::move(document) : http::JsonDocument::parse("null").value();
}

}  // namespace apilab::external

#define APILAB_SKIP_WITHOUT(files)                                               \
    if ((files).empty()) {                                                       \
        GTEST_SKIP() << "no such data under " << ::apilab::external::data_root() \
                     << " (set APILAB_DATA to the folder that holds it)";        \
    }                                                                            \
    static_assert(true)
