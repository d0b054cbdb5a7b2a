#pragma once

#include <string>
#include <string_view>

namespace apilab {

/// The text as it may stand in HTML or XML, in an element or in a quoted attribute: `&`, `<`, `>`,
/// both quotes are written as references; control characters but the line feed, which have no place
/// in either, become blanks.
[[nodiscard]] std::string escape_markup(std::string_view text);

}  // namespace apilab
