#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/base64.hpp"
#include "apilab/http/query.hpp"
#include "apilab/sandbox/internal/ask_provider.hpp"
#include "apilab/sandbox/internal/jose.hpp"
#include "apilab/sandbox/oauth/provider.hpp"
#include "apilab/sandbox/query.hpp"
#include "apilab/sandbox/seed/keys.hpp"

namespace apilab::sandbox::oauth {

inline constexpr std::string_view verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
inline constexpr std::string_view callback = "http://127.0.0.1:9/cb";

/// An authorisation server with a client of each kind, and the few steps that its tests are made
/// of.
class AskOAuth {
public:
    explicit AskOAuth(OAuthOptions options = {}) : provider(with_clients(std::move(options))) {}

    static OAuthOptions with_clients(OAuthOptions options) {
        options.clients = {{"cid", "sec"},
                           {"pub", ""},
                           {"rsa", "", std::string(seed::key("oauth-client-rs256"))},
                           {"ec", "", std::string(seed::key("oauth-client-es256"))},
                           {"other", "sec2"}};
        return options;
    }
    /// A request at the authorisation endpoint by the client `cid`, with S256.
    static http::Query request(std::string_view client = "cid") {
        http::Query query;
        query.add("response_type", "code").add("client_id", client).add("redirect_uri", callback);
        return query;
    }
    static http::Query with_pkce(http::Query query) {
        query.add("code_challenge", apilab::sandbox::internal::s256(verifier))
            .add("code_challenge_method", "S256");
        return query;
    }
    [[nodiscard]] http::Response authorize(const http::Query& query) const {
        return ask.get("/authorize?" + query.to_string());
    }
    /// A parameter of where an answer redirects to; `base`: all before them.
    static std::string back(const http::Response& reply, std::string_view name) {
        const std::string to(reply.headers().value("location"));
        const auto mark = to.find('?');
        if (name == "base") {
            return to.substr(0, mark);
        }
        for (const auto& [key, value] : split_query(mark == to.npos ? "" : to.substr(mark + 1))) {
            if (key == name) {
                return value;
            }
        }
        return {};
    }
    [[nodiscard]] std::string code(std::string_view client = "cid") const {
        return back(authorize(with_pkce(request(client))), "code");
    }
    [[nodiscard]] http::Response token(std::string body, std::string_view basic = "cid:sec") const {
        http::Headers headers{{"content-type", "application/x-www-form-urlencoded"}};
        if (!basic.empty()) {
            headers.add("authorization", "Basic " + base64_encode(basic));
        }
        return ask.send("POST", path, headers, std::move(body));
    }
    [[nodiscard]] http::Response redeem(const std::string& code, std::string_view more = {},
                                        std::string_view basic = "cid:sec") const {
        http::Query query;
        query.add("grant_type", "authorization_code").add("code", code);
        return token(
            query.add("redirect_uri", callback).add("code_verifier", verifier).to_string() +
                std::string(more),
            basic);
    }
    std::string text(const http::Response& reply, std::string_view field) {
        return std::string(parsed(reply, keep)[field].string_or(""));
    }
    std::string error(const http::Response& reply) {
        return std::to_string(reply.status()) + " " + text(reply, "error");
    }
    [[nodiscard]] int document(const std::string& access) const {
        return ask.get("/documents/1", {{"authorization", "Bearer " + access}}).status();
    }
    /// Claims for an assertion of `issuer` at the token endpoint, without their closing brace.
    [[nodiscard]] std::string claims(std::string_view issuer, std::string_view id,
                                     int lifetime = 60) const {
        const auto now =
            std::chrono::duration_cast<std::chrono::seconds>(ask.system_now.time_since_epoch())
                .count();
        return "{\"iss\":\"" + std::string(issuer) + "\",\"sub\":\"" + std::string(issuer) +
               "\",\"aud\":\"" + ask.base_url + "/token\",\"iat\":" + std::to_string(now) +
               ",\"exp\":" + std::to_string(now + lifetime) + ",\"jti\":\"" + std::string(id) +
               "\"";
    }
    static std::string signed_by(std::string_view key, const std::string& claims) {
        return apilab::sandbox::internal::Key::from_pem(seed::key(key))
            ->sign(claims + "}", "k1")
            .value();
    }
    static std::string assertion_form(const std::string& assertion) {
        return "&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3A"
               "jwt-bearer&client_assertion=" +
               assertion;
    }

    OAuthProvider provider;
    AskProvider ask{provider};
    std::string path = "/token";
    http::JsonDocument keep = http::JsonDocument::parse("null").value();
};

}  // namespace apilab::sandbox::oauth
