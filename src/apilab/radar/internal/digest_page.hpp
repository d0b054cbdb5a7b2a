#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace apilab::radar::internal {

/// A line under an entry: `run  npm install lodash@4.17.21`.
struct DigestField {
    std::string label;
    std::string text;
    /// Something to be typed.
    bool code = false;
};

struct DigestEntry {
    std::string title;
    std::vector<DigestField> fields;
};

struct DigestSection {
    std::string heading;
    /// Its entries are numbered.
    bool ranked = false;
    std::vector<DigestEntry> entries;
    /// So many more there were.
    std::size_t more = 0;
};

/// What a digest says, before it is text or HTML. Nothing in it is escaped; all of it is clean
/// (`clean_text`).
struct DigestPage {
    std::string title;
    /// What has to be known before anything else is read.
    std::vector<std::string> warnings;
    std::vector<std::string> summary;
    std::vector<DigestSection> sections;
};

[[nodiscard]] std::string digest_text(const DigestPage& page);
[[nodiscard]] std::string digest_html(const DigestPage& page);

/// One line of UTF-8 for people, whatever it came from: control characters and those that turn the
/// direction of reading become `?`, line ends blanks, what is no UTF-8 `?`; at most `bytes_max`
/// bytes, never a part of a character.
[[nodiscard]] std::string clean_text(std::string_view text, std::size_t bytes_max = 300);

}  // namespace apilab::radar::internal
