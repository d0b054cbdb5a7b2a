#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "apilab/base/result.hpp"
#include "apilab/base/rng.hpp"
#include "apilab/base/secret.hpp"

namespace apilab::auth {

/// Proof that the one who redeems a code is the one who asked for it (RFC 7636): the challenge goes
/// with the authorization request, the verifier with the token request. One for each login. A
/// value.
///
///     const auto pkce = Pkce::fresh(chance);   // chance: a SystemRng
///     ... code_challenge = pkce.challenge() ... code_verifier = pkce.verifier() ...
///
/// There is no `plain`: a challenge that is the verifier protects from nobody who saw the request
/// (RFC 9700 section 2.1.1).
class Pkce {
public:
    /// The value of `code_challenge_method`.
    static constexpr std::string_view method = "S256";
    /// Characters of a verifier.
    static constexpr std::size_t verifier_min = 43;
    static constexpr std::size_t verifier_max = 128;

    /// With a verifier of 256 bits of chance, 43 characters (RFC 7636 section 4.1).
    [[nodiscard]] static Pkce fresh(Rng& chance);
    /// With this verifier. Error `invalid_argument`: shorter than 43 characters, longer than 128,
    /// or one that is none of `A-Z a-z 0-9 - . _ ~`.
    [[nodiscard]] static Result<Pkce> with(Secret verifier);

    [[nodiscard]] const Secret& verifier() const { return verifier_; }
    /// SHA-256 of the verifier in base64url without padding. No secret.
    [[nodiscard]] std::string challenge() const;

private:
    explicit Pkce(Secret verifier);
    Secret verifier_;
};

}  // namespace apilab::auth
