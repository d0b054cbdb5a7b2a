#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "apilab/auth/signing_key.hpp"
#include "apilab/base/clock.hpp"
#include "apilab/base/result.hpp"
#include "apilab/base/rng.hpp"
#include "apilab/base/secret.hpp"
#include "apilab/http/message.hpp"
#include "apilab/http/query.hpp"
#include "apilab/http/url.hpp"

namespace apilab::auth {

/// How a client signs who it is (`private_key_jwt`; RFC 7523 section 2.2, OpenID Connect Core
/// section 9): no secret leaves the machine.
struct ClientAssertion {
    /// RS256 or ES256; its id is sent as `kid`.
    SigningKey key;
    /// Names the assertions (`jti`): servers take each once. What a client below sends again has
    /// the same name. Outlives it.
    std::reference_wrapper<Rng> rng;
    /// `aud`; empty: the endpoint. Some servers want their issuer's name.
    std::string audience;
    /// How long one is good. Default 60 s, range 10 s to 10 min: it is used at once.
    Duration lifetime = std::chrono::seconds(60);

    /// Errors: `invalid_argument` for a lifetime out of range and for a key of HS256, which the
    /// server would have to know.
    [[nodiscard]] Result<void> validate() const;
};

/// How a client says to an OAuth 2.0 endpoint who it is (RFC 6749 section 2.3): one way a request.
///
///     ClientAuthentication{.client_id = "app", .client_secret = secret}
///     ClientAuthentication{.client_id = "app", .assertion = ClientAssertion{.key = key, .rng =
///     rng}}
struct ClientAuthentication {
    enum class Method : std::uint8_t {
        /// `client_secret_basic`: the header `Authorization: Basic`, both halves form-encoded
        /// first.
        basic,
        /// `client_secret_post`: id and secret in the form.
        post,
        /// A public client: its id alone in the form; nothing where that is empty, as for a grant
        /// that says itself who asks.
        none,
    };
    Method method = Method::basic;
    std::string client_id;
    Secret client_secret;
    /// With it the client signs who it is, and neither `method` nor `client_secret` counts.
    std::optional<ClientAssertion> assertion;
};

/// The POST of this form to an endpoint, with what says who the client is, asking for JSON. Its
/// body counts as a secret: no redirect takes it to another origin. `now` dates an assertion; each
/// call makes another one. Errors: those of an assertion
/// (`ClientAssertion::validate`, a client without id, signing).
[[nodiscard]] Result<http::Request> form_request(const http::Url& endpoint, http::Query form,
                                                 const ClientAuthentication& client,
                                                 SystemTime now);

}  // namespace apilab::auth
