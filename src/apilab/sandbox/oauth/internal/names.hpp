#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "apilab/sandbox/oauth/token_store.hpp"

namespace apilab::sandbox::oauth::internal {

/// What there is to be consented to.
inline constexpr std::string_view user_scopes = "openid email offline_access documents.read";
/// What a client may have in its own name.
inline constexpr std::string_view client_scopes = "documents.read";
inline constexpr std::string_view jwt_bearer = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// The fact `credential`: `consent 3`, `client cid`.
[[nodiscard]] std::string name_of(const Grant& grant, std::uint64_t family);

}  // namespace apilab::sandbox::oauth::internal
