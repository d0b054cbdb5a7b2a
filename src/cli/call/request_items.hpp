#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/result.hpp"

namespace apilab::cli {

/// One word behind the URL: a header, a parameter, or a piece of the body. Which one it is says the
/// sign between name and value, as in HTTPie (httpie.io/docs/cli/request-items): the first sign
/// that no backslash escapes, and of those that begin at the same place the longest.
struct RequestItem {
    enum class Kind : std::uint8_t {
        /// `Name:value`
        header,
        /// `Name:@file`: the file's text is the value.
        header_file,
        /// `Name:` is not sent, though it would be by default.
        header_unset,
        /// `Name;` is sent without a value.
        header_empty,
        /// `name==value`
        query,
        /// `name==@file`
        query_file,
        /// `name=value`: a text in JSON, or a field of a form.
        text,
        /// `name=@file`
        text_file,
        /// `name:=value`: JSON as it is written.
        json,
        /// `name:=@file`
        json_file,
        /// `name@file`: a file of a form. Without a name: the file is the body; `@-` the standard
        /// input.
        upload,
    };
    Kind kind = Kind::text;
    /// Without escapes; of `text` and `json` a path that `JsonFields` reads.
    std::string name;
    /// Without escapes. The path where it is a file.
    std::string value;
    /// `;type=...` of an upload; empty: by the file's name.
    std::string type = {};
    /// From 1, for messages.
    std::size_t number = 0;

    /// `item 2 (password=...)`: the name with its sign, never the value, which may be a secret.
    [[nodiscard]] std::string place() const;
};
/// `:`, `:=@`, ...
[[nodiscard]] std::string_view sign_of(RequestItem::Kind kind);

/// `[METHOD] URL [ITEM...]`, taken apart and not yet understood any further.
struct RequestLine {
    static constexpr std::size_t items_max = 1'000;
    /// Bytes of one word.
    static constexpr std::size_t word_max = std::size_t{1} << 20U;

    /// In capitals; empty: none was given, which means POST with a body and GET without.
    std::string method;
    /// As it was typed: `:3000/path`, `slack:/chat.postMessage`, `example.org`.
    std::string target;
    std::vector<RequestItem> items;
};

/// Errors (`invalid_argument`) name the item and say what would be right: no sign in it, no valid
/// name or value for what the sign makes of it. `too_large`: more bytes than `word_max`.
[[nodiscard]] Result<RequestItem> parse_request_item(std::string_view word, std::size_t number);

/// The first of several words is the method where it is one that HTTP knows, in any case, or is
/// all capitals (`PURGE`). Errors: those of `parse_request_item`; `invalid_argument` for no word
/// or for a second URL; `too_large` for more than `items_max` items.
[[nodiscard]] Result<RequestLine> parse_request_line(std::span<const std::string> words);

}  // namespace apilab::cli
