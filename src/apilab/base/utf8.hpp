#pragma once

#include <string_view>

namespace apilab {

/// Is every sequence one that RFC 3629 allows (no overlong form, no surrogate, nothing above
/// U+10FFFF, nothing cut off)? Empty text is.
[[nodiscard]] bool valid_utf8(std::string_view text);

}  // namespace apilab
