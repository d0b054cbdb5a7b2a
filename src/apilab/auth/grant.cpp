#include "apilab/auth/grant.hpp"

namespace apilab::auth {

Result<TokenSet> Grant::read(const Result<http::Response>& answer, SystemTime /*now*/) const {
    return read_token_answer(answer);
}

}  // namespace apilab::auth
