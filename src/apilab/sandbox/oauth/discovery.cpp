#include "apilab/sandbox/oauth/discovery.hpp"

#include <fmt/format.h>

#include <chrono>

#include "apilab/http/json.hpp"
#include "apilab/sandbox/internal/jose.hpp"
#include "apilab/sandbox/seed/keys.hpp"

namespace apilab::sandbox::oauth {
namespace {

constexpr std::string_view key_name = "oauth-id-token";

Result<internal::Key> signing_key() {
    return internal::Key::from_pem(seed::key(key_name));
}

std::int64_t seconds(SystemTime time) {
    return std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count();
}

// The left half of the token's SHA-256 (OpenID Connect Core 1.0 section 3.1.3.6).
std::string half_hash(std::string_view token) {
    const auto digest = internal::base64url_bytes(internal::s256(token)).value_or("");
    return internal::base64url(std::string_view(digest).substr(0, digest.size() / 2));
}

}  // namespace

http::Response discovery(std::string_view base_url) {
    std::string body = "{\"issuer\":" + http::json_quote(base_url);
    const auto add = [&](std::string_view name, std::string_view path) {
        body +=
            fmt::format(",\"{}\":{}", name, http::json_quote(fmt::format("{}{}", base_url, path)));
    };
    add("authorization_endpoint", "/authorize");
    add("token_endpoint", "/token");
    add("revocation_endpoint", "/revoke");
    add("introspection_endpoint", "/introspect");
    add("device_authorization_endpoint", "/device_authorization");
    add("userinfo_endpoint", "/userinfo");
    add("jwks_uri", "/jwks");
    body +=
        R"(,"response_types_supported":["code"],"response_modes_supported":["query"],)"
        R"("grant_types_supported":["authorization_code","client_credentials","refresh_token",)"
        R"("urn:ietf:params:oauth:grant-type:device_code",)"
        R"("urn:ietf:params:oauth:grant-type:jwt-bearer",)"
        R"("urn:ietf:params:oauth:grant-type:token-exchange"],)"
        R"("code_challenge_methods_supported":["S256","plain"],)"
        R"("token_endpoint_auth_methods_supported":["client_secret_basic","client_secret_post",)"
        R"("private_key_jwt","none"],)"
        R"("token_endpoint_auth_signing_alg_values_supported":["RS256","ES256"],)"
        R"("scopes_supported":["openid","email","offline_access","documents.read"],)"
        R"("prompt_values_supported":["none","login","consent","select_account"],)"
        R"("subject_types_supported":["public"],"id_token_signing_alg_values_supported":["RS256"],)"
        R"("claims_supported":["sub","iss","aud","exp","iat","auth_time","nonce","at_hash","email"],)"
        R"("request_parameter_supported":false,"request_uri_parameter_supported":false,)"
        R"("authorization_response_iss_parameter_supported":true})";
    return http::Response::json(200, std::move(body));
}

http::Response key_set() {
    const auto key = signing_key();
    return http::Response::json(
        200, fmt::format(R"({{"keys":[{}]}})", key ? key->jwk(key_name) : std::string()));
}

std::string id_token(const IdTokenFacts& facts) {
    constexpr std::int64_t lifetime = 3600;
    const auto issued = seconds(facts.now);
    auto claims = fmt::format(
        R"({{"iss":{},"sub":{},"aud":{},"exp":{},"iat":{},"auth_time":{},"at_hash":"{}","email":{})",
        http::json_quote(facts.issuer), http::json_quote(facts.user),
        http::json_quote(facts.client), issued + lifetime, issued, seconds(facts.consented),
        half_hash(facts.access_token), http::json_quote(facts.user + "@example.com"));
    if (!facts.nonce.empty()) {
        claims += ",\"nonce\":" + http::json_quote(facts.nonce);
    }
    const auto key = signing_key();
    return key ? key->sign(claims + "}", key_name).value_or("") : std::string();
}

}  // namespace apilab::sandbox::oauth
