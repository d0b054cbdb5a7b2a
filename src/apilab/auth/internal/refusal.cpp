#include "apilab/auth/internal/refusal.hpp"

#include <fmt/format.h>

#include <string>

#include "apilab/auth/internal/form.hpp"
#include "apilab/policy/token_life.hpp"

namespace apilab::auth::internal {

Error refusal(std::string_view who, std::string_view code, int status) {
    const std::string word = shown(code, code_shown_max);
    const bool transient = policy::classify_token_error(word) == policy::TokenRefusal::transient;
    return Error(ErrorKind::auth, fmt::format("the {} said {} {}", who, status, word))
        .with_status(status)
        .with_outcome(Outcome::answered)
        .with_provider_code(word)
        .with_ending(transient ? Ending::none : Ending::permanent);
}

}  // namespace apilab::auth::internal
