#pragma once

#include <string>
#include <string_view>

#include "apilab/auth/token_store.hpp"

/// How an entry of a token store is written: one JSON document with a version.
namespace apilab::auth::internal {

/// Holds the tokens in clear.
[[nodiscard]] std::string write_stored_tokens(const StoredTokens& stored);
/// Error (`invalid_argument`): no JSON, a newer version, a member of another type; names it, never
/// its value.
[[nodiscard]] Result<StoredTokens> read_stored_tokens(std::string_view text);

}  // namespace apilab::auth::internal
