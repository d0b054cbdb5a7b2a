#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "apilab/base/result.hpp"

namespace apilab::http {

/// Fills the places of a path template (a part of RFC 6570):
///
/// - `{name}`: the value becomes exactly one segment (`/` is encoded): `@octo/util` is
///   `%40octo%2Futil`;
/// - `{+name}`: the value may have several segments (`src/main.cpp`), each encoded.
///
/// No value can leave its place: refused are values that are empty, hold a control character (CR,
/// LF), or, cut at `/` and `\` (also written `%2F`, `%5C`), have a part that is `.` or `..` (also
/// written `%2e`): proxies exist that decode before they resolve. A value of `{+name}` may neither
/// begin or end with `/` nor hold `//`. At most 8192 bytes each.
///
/// Errors: `invalid_argument`, naming the place: one of those values, a place without value, a
/// value without place (a misspelt name), a brace that is not closed.
///
///     expand_path("/repos/{owner}/{repo}/contents/{+path}",
///                 {{"owner", "octo"}, {"repo", "hello"}, {"path", "docs/a b.md"}})
///     // /repos/octo/hello/contents/docs/a%20b.md
[[nodiscard]] Result<std::string> expand_path(
    std::string_view path_template,
    std::initializer_list<std::pair<std::string_view, std::string_view>> values);

}  // namespace apilab::http
