#include "apilab/auth/pkce.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <utility>

#include "apilab/auth/internal/base64url.hpp"
#include "apilab/auth/unguessable.hpp"
#include "apilab/base/ascii.hpp"

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
    const auto text = verifier_.reveal();
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    [[maybe_unused]] const int made =
        EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr);
    assert(made == 1);
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes are bytes
    return internal::base64url({reinterpret_cast<const char*>(digest.data()), size});
}

}  // namespace apilab::auth
