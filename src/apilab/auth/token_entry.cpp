#include "apilab/auth/token_entry.hpp"

#include "apilab/auth/internal/stored_tokens.hpp"

namespace apilab::auth {

std::string token_entry(const StoredTokens& stored) {
    return internal::write_stored_tokens(stored);
}

Result<StoredTokens> read_token_entry(std::string_view text) {
    return internal::read_stored_tokens(text);
}

}  // namespace apilab::auth
