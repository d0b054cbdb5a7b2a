#pragma once

#include <string>
#include <string_view>

namespace apilab::auth::internal {

/// RFC 4648 section 5, without padding: what may stand in a URL as it is.
[[nodiscard]] std::string base64url(std::string_view bytes);

}  // namespace apilab::auth::internal
