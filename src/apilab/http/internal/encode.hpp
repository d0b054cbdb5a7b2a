#pragma once

// Test support: the library undoes content codings and never applies them.

#include <string>
#include <string_view>

namespace apilab::http::internal {

[[nodiscard]] std::string gzip(std::string_view text);
[[nodiscard]] std::string brotli(std::string_view text);
/// `window_log`: 0 for zstd's own choice.
[[nodiscard]] std::string zstd(std::string_view text, int window_log = 0);

}  // namespace apilab::http::internal
