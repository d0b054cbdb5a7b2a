#include "apilab/auth/jwt_bearer_grant.hpp"

#include "apilab/auth/internal/grant_request.hpp"
#include "apilab/auth/internal/server_clock.hpp"
#include "apilab/auth/jwt.hpp"
#include "apilab/base/try.hpp"
#include "apilab/base/uuid.hpp"

namespace apilab::auth {

Result<void> JwtBearerOptions::validate() const {
    if (issuer.empty()) {
        return fail(ErrorKind::invalid_argument, "JWT bearer: issuer is empty");
    }
    if (lifetime < std::chrono::minutes(1) || lifetime > std::chrono::hours(1)) {
        return fail(ErrorKind::invalid_argument, "JWT bearer: lifetime must be from 1 min to 1 h");
    }
    if (key.algorithm() == JwsAlgorithm::hs256) {
        return fail(ErrorKind::invalid_argument,
                    "JWT bearer: key must be RS256 or ES256, not HS256");
    }
    return {};
}

Result<http::Request> JwtBearerGrant::request(const TokenSet& /*current*/, SystemTime now) const {
    APILAB_CHECK(options_.validate());
    APILAB_TRY(const auto assertion,
               sign_jwt(options_.key,
                        {.issuer = options_.issuer,
                         .subject = options_.subject,
                         .audience = {options_.audience.empty() ? options_.token_url.to_string()
                                                                : options_.audience},
                         .issued_at = now,
                         .expires_at = now + options_.lifetime,
                         .id = options_.rng ? uuid_v4(*options_.rng) : std::string(),
                         .scope = options_.scope}));
    const TokenEndpoint endpoint{.url = options_.token_url,
                                 .client = options_.client.value_or(ClientAuthentication{
                                     .method = ClientAuthentication::Method::none}),
                                 .more = options_.more};
    return internal::grant_request(endpoint,
                                   {{"grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"},
                                    {"assertion", assertion.reveal()}},
                                   now);
}

Result<TokenSet> JwtBearerGrant::read(const Result<http::Response>& answer, SystemTime now) const {
    auto tokens = read_token_answer(answer);
    if (tokens || !answer || tokens.error().provider_code() != "invalid_grant") {
        return tokens;
    }
    const auto ahead = internal::clock_ahead(answer->headers(), now, internal::clock_tolerance);
    if (ahead) {
        return fail(std::move(tokens)
                        .error()
                        .with_ending(Ending::none)
                        .with_remedy("set the clock: " + internal::tell_clock(*ahead)));
    }
    return fail(std::move(tokens).error().with_remedy(
        "the server does not take the assertion: check issuer, key, audience and subject"));
}

}  // namespace apilab::auth
