#include "apilab/sandbox/google/tokens.hpp"

#include <algorithm>
#include <chrono>

#include "apilab/http/json.hpp"
#include "apilab/sandbox/google/mail.hpp"
#include "apilab/sandbox/oauth/wire.hpp"

namespace apilab::sandbox::google {
namespace {

constexpr std::string_view scope = "https://www.googleapis.com/auth/gmail.modify";
constexpr std::string_view jwt_bearer = "urn:ietf:params:oauth:grant-type:jwt-bearer";
constexpr std::string_view audience = "https://oauth2.googleapis.com/token";
constexpr std::int64_t clock_skew = 300;
constexpr std::int64_t assertion_max = 3600;

std::string name_of(std::uint64_t family) {
    return family == 0 ? "unknown" : "google consent " + std::to_string(family);
}

http::Response invalid_grant(std::string_view description) {
    return oauth::error_answer({400, "invalid_grant", description});
}

}  // namespace

Tokens::Tokens(TokenOptions options)
    : options_(std::move(options)),
      store_({.seed = options_.seed,
              .access_prefix = "ya29.",
              .refresh_prefix = "1//",
              .lifetime = options_.lifetime}) {
    reset();
}

void Tokens::reset() {
    requests_ = 0;
    store_.reset();
    for (const auto& [token, client] : options_.refresh_tokens) {
        store_.add_consent(token, {.client = client, .subject = "me", .scope = std::string(scope)});
    }
}

http::Response Tokens::token(const Incoming& incoming) {
    ++requests_;
    const auto form = oauth::read_form(*incoming.request);
    if (!form) {
        return oauth::error_answer({400, "invalid_request", "The body is no form."});
    }
    const auto value = [&](std::string_view name) {
        const auto found = form->find(name);
        return found == form->end() ? std::string() : found->second;
    };
    const auto grant = value("grant_type");
    incoming.note("grant", grant);
    if (grant == jwt_bearer) {
        return by_assertion(value("assertion"), incoming);
    }
    const auto client = oauth::read_client(*incoming.request, *form);
    const bool known =
        client && std::ranges::find(options_.clients, std::pair(client->id, client->secret)) !=
                      options_.clients.end();
    if (!known) {
        return oauth::error_answer({401, "invalid_client", "The OAuth client was not found."});
    }
    if (grant != "refresh_token") {
        return oauth::error_answer({400, "unsupported_grant_type", "Invalid grant_type: " + grant});
    }
    if (incoming.auth == "revoke") {
        store_.revoke_family(value("refresh_token"));
    }
    auto refreshed =
        store_.refresh(value("refresh_token"), client->id, {.rotate = false}, incoming.now);
    incoming.note("credential", name_of(refreshed.family));
    if (!refreshed.issued) {
        incoming.note("error", "invalid_grant");
        return invalid_grant("Token has been expired or revoked.");
    }
    incoming.note("issued", std::to_string(refreshed.issued->number));
    // It stays as it is, and is not told again.
    refreshed.issued->refresh_token.clear();
    return oauth::token_answer(*refreshed.issued);
}

http::Response Tokens::by_assertion(std::string_view assertion, const Incoming& incoming) {
    const auto first = std::min(assertion.find('.'), assertion.size());
    const auto second = std::min(assertion.find('.', first + 1), assertion.size());
    const auto claims_text =
        second > first
            ? base64url_decode(assertion.substr(first + 1, second - first - 1)).value_or("")
            : std::string();
    const auto claims = http::JsonDocument::parse(claims_text);
    if (!claims || second + 1 >= assertion.size()) {
        return invalid_grant("Invalid JWT Signature.");
    }
    const auto root = claims->root();
    const auto now =
        std::chrono::duration_cast<std::chrono::seconds>(incoming.system_now.time_since_epoch())
            .count();
    const auto issued = root["iat"].integer().value_or(0);
    const auto expires = root["exp"].integer().value_or(0);
    if (issued > now + clock_skew || expires < now - clock_skew ||
        expires > issued + assertion_max) {
        return invalid_grant(
            "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable "
            "timeframe. Check your iat and exp values in the JWT claim.");
    }
    const auto aud = root["aud"].string_or("");
    if (root["iss"].string_or("") != options_.service_account) {
        return invalid_grant("Invalid grant: account not found");
    }
    if (aud != audience && aud != incoming.base_url + "/token") {
        return invalid_grant("Invalid JWT: Failed audience check.");
    }
    auto fresh = store_.issue({.client = options_.service_account,
                               .subject = std::string(root["sub"].string_or("")),
                               .scope = std::string(root["scope"].string_or(""))},
                              false, incoming.now);
    return oauth::token_answer(fresh);
}

http::Response Tokens::revoke(const Incoming& incoming) {
    const auto form = oauth::read_form(*incoming.request);
    const auto found = form ? form->find("token") : decltype(form->end())();
    const auto asked = incoming.param("token");
    const auto token =
        form && found != form->end() ? found->second : std::string(asked.value_or(""));
    // Unlike RFC 7009, Google says so where it does not know the token.
    return store_.revoke(token)
               ? http::Response::json(200, "{}")
               : oauth::error_answer({400, "invalid_token", "Token expired or revoked"});
}

bool Tokens::accepts(const Incoming& incoming) {
    const auto bearer = oauth::bearer_token(*incoming.request);
    if (!bearer) {
        incoming.note("token", "none");
        return false;
    }
    if (incoming.auth == "expire") {
        store_.expire(*bearer);
    } else if (incoming.auth == "revoke") {
        store_.revoke_family(*bearer);
    }
    const auto token = store_.access(*bearer, incoming.now);
    incoming.note("token", token.number == 0 ? "unknown" : std::to_string(token.number));
    if (token.number != 0) {
        incoming.note("credential", name_of(token.family));
    }
    return token.state == oauth::TokenState::live;
}

}  // namespace apilab::sandbox::google
