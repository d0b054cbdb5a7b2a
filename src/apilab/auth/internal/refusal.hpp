#pragma once

#include <string_view>

#include "apilab/base/error.hpp"

namespace apilab::auth::internal {

/// The error for an answer that holds `error` (RFC 6749 section 5.2): `auth` with the server's word
/// in `provider_code()`, bounded and printable; ending `permanent` where asking again is of no use
/// (policy::classify_token_error). `who`: `revocation endpoint`.
[[nodiscard]] Error refusal(std::string_view who, std::string_view code, int status);

}  // namespace apilab::auth::internal
