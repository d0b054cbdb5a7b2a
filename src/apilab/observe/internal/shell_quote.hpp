#pragma once

#include <string>
#include <string_view>

namespace apilab::observe::internal {

/// May the text be pasted as it is: UTF-8 without control characters (line ends do not count) and
/// without marks that change the direction of writing?
[[nodiscard]] bool may_be_pasted(std::string_view text);

/// One word of a POSIX shell that means exactly `text`, which holds no NUL: in single quotes, or,
/// where it may not be pasted, `"$(printf '...')"`.
[[nodiscard]] std::string shell_word(std::string_view text);

/// The format for `printf` that prints exactly `bytes`, NUL included, in single quotes.
[[nodiscard]] std::string printf_word(std::string_view bytes);

/// A word of `text` and the value of a variable behind it: `"authorization: $AUTHORIZATION"`.
[[nodiscard]] std::string shell_word_with(std::string_view text, std::string_view variable);

}  // namespace apilab::observe::internal
