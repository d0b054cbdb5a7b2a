#include "apilab/auth/pkce.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "apilab/auth/unguessable.hpp"
#include "apilab/base/ascii.hpp"
#include "apilab/base/base64.hpp"
#include "apilab/base/digest.hpp"

namespace apilab::auth {
namespace {

bool unreserved(char c) {
    return ascii_alnum(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

}  // namespace

Pkce::Pkce(Secret verifier) : verifier_(std::move(verifier)) {}

Pkce Pkce::fresh(Rng& chance) {
    return Pkce(unguessable(chance));
}

Result<Pkce> Pkce::with(Secret verifier) {
    const auto text = verifier.reveal();
    if (text.size() < verifier_min || text.size() > verifier_max ||
        !std::ranges::all_of(text, unreserved)) {
        return fail(
            Error(ErrorKind::invalid_argument,
                  fmt::format("a PKCE verifier has {} to {} characters of A-Z a-z 0-9 - . _ ~",
                              verifier_min, verifier_max))
                .with_detail("code_verifier"));
    }
    return Pkce(std::move(verifier));
}

std::string Pkce::challenge() const {
    return base64url_encode(sha256(verifier_.reveal()));
}

}  // namespace apilab::auth
