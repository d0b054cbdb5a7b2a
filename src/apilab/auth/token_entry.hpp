#pragma once

#include <string>
#include <string_view>

#include "apilab/auth/token_store.hpp"

namespace apilab::auth {

/// An entry as all stores of this library write it, for whoever makes another store: one JSON
/// document with a version. It holds the tokens in clear.
[[nodiscard]] std::string token_entry(const StoredTokens& stored);
/// Error (`invalid_argument`): no JSON, a newer version, a member of another type; names it, never
/// its value.
[[nodiscard]] Result<StoredTokens> read_token_entry(std::string_view text);

}  // namespace apilab::auth
