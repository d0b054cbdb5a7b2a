#include "apilab/sandbox/oauth/provider.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "apilab/http/json.hpp"
#include "apilab/sandbox/internal/conditional.hpp"
#include "apilab/sandbox/internal/query.hpp"
#include "apilab/sandbox/oauth/discovery.hpp"
#include "apilab/sandbox/oauth/internal/names.hpp"
#include "apilab/sandbox/oauth/wire.hpp"

namespace apilab::sandbox::oauth {
namespace {

using http::Effect;

const std::array<Route, 14> table{{
    {"GET", "/.well-known/openid-configuration", "discovery"},
    {"GET", "/.well-known/oauth-authorization-server", "metadata"},
    {"GET", "/.well-known/oauth-authorization-server/oauth", "metadata_before_path"},
    {"GET", "/jwks", "jwks"},
    {"GET", "/authorize", "authorize", Effect::write},
    {"POST", "/authorize", "consent", Effect::write},
    {"POST", "/token", "token", Effect::write},
    {"POST", "/revoke", "revoke", Effect::idempotent},
    {"POST", "/introspect", "introspect", Effect::read},
    {"POST", "/device_authorization", "device_authorization", Effect::write},
    {"GET", "/device", "device_page"},
    {"POST", "/device", "device_decision", Effect::write},
    {"GET", "/userinfo", "userinfo"},
    {"GET", "/documents/{id}", "get_document"},
}};

constexpr OAuthError bad_form{400, "invalid_request",
                              "a form is expected, with each parameter once"};
constexpr OAuthError bad_client{401, "invalid_client", "client authentication failed"};

}  // namespace

std::string internal::name_of(const Grant& grant, std::uint64_t family) {
    // A client's own tokens belong together although none is refreshed from another.
    return grant.subject.empty() ? "client " + grant.client : fmt::format("consent {}", family);
}

OAuthProvider::OAuthProvider(OAuthOptions options)
    : options_(std::move(options)),
      clients_(options_.clients),
      store_({.seed = options_.seed, .lifetime = options_.lifetime}),
      codes_({.seed = options_.seed, .lifetime = options_.code_lifetime}),
      devices_([&] {
          auto devices = options_.devices;
          devices.seed = options_.seed;
          if (!options_.auto_consent) {
              devices.approves_after = Duration(-1);
          }
          return devices;
      }()) {
    reset();
}

std::span<const Route> OAuthProvider::routes() const {
    return table;
}

void OAuthProvider::reset() {
    clients_.reset();
    codes_.reset();
    devices_.reset();
    store_.reset();
    for (const Consent& consent : options_.consents) {
        store_.add_consent(consent.refresh_token,
                           {.client = consent.client,
                            .subject = consent.user,
                            .scope = std::string(internal::user_scopes)},
                           consent.withdrawn);
    }
    requests_ = 0;
    issued_ = 0;
    refused_ = 0;
}

std::map<std::string, std::int64_t> OAuthProvider::numbers() const {
    return {{"token requests", requests_}, {"tokens issued", issued_}, {"401s", refused_}};
}

bool OAuthProvider::is_secret(std::string_view text) const {
    return store_.refresh_token(text).family != 0 || clients_.is_secret(text);
}

// Refresh tokens and client secrets belong to the token endpoint and to nothing else.
void OAuthProvider::note_leaks(const Incoming& incoming) const {
    const auto& request = *incoming.request;
    const auto bearer = bearer_token(request);
    bool leaked = bearer && is_secret(*bearer);
    for (const auto& [name, text] : request.headers()) {
        leaked = leaked || is_secret(text);
    }
    for (const auto& [name, text] : incoming.query) {
        leaked = leaked || is_secret(text) || (name == "access_token");
    }
    if (leaked) {
        incoming.note("leak", "yes");
    }
}

http::Response OAuthProvider::introspect(const Incoming& incoming, const Form& form) const {
    const auto text = form_value(form, "token");
    const auto access = store_.access(text, incoming.now);
    const auto known = access.family != 0 ? access : store_.refresh_token(text);
    if (known.state != TokenState::live) {
        return http::Response::json(200, R"({"active":false})");
    }
    std::string body =
        fmt::format(R"({{"active":true,"client_id":{},"scope":{})",
                    http::json_quote(known.grant.client), http::json_quote(known.grant.scope));
    if (!known.grant.subject.empty()) {
        body += ",\"sub\":" + http::json_quote(known.grant.subject);
    }
    if (access.family != 0) {
        const auto left = std::chrono::floor<std::chrono::seconds>(
            (incoming.system_now + (known.expires - incoming.now)).time_since_epoch());
        body += fmt::format(R"(,"token_type":"Bearer","exp":{})", left.count());
    }
    return http::Response::json(200, body + "}");
}

// The endpoints that a client calls in its own name.
http::Response OAuthProvider::by_client(const Incoming& incoming) {
    const auto form = read_form(*incoming.request);
    if (!form) {
        return error_answer(bad_form);
    }
    const auto& operation = incoming.route->operation;
    const bool nobody = incoming.request->headers().value("authorization").empty() &&
                        !form->contains("client_id") && !form->contains("client_assertion");
    if (operation == "token" && nobody && form_value(*form, "grant_type") == internal::jwt_bearer) {
        return by_assertion(incoming, *form);  // the assertion says enough (RFC 7523 section 3.1)
    }
    const auto caller = clients_.identify(incoming, *form);
    if (caller.client == nullptr) {
        return error_answer(caller.error, caller.basic);
    }
    if (operation == "token") {
        return token(incoming, *form, *caller.client);
    }
    if (operation == "device_authorization") {
        return device_authorization(incoming, *form, *caller.client);
    }
    if (form_value(*form, "token").empty()) {
        return error_answer({400, "invalid_request", "token is missing"});
    }
    if (operation == "introspect") {
        // What a token is good for is nothing for clients that anyone can be.
        return caller.client->is_public() ? error_answer(bad_client) : introspect(incoming, *form);
    }
    store_.revoke(
        form_value(*form, "token"));  // 200 for an unknown one, too (RFC 7009 section 2.2)
    return http::Response(200);
}

TokenFacts OAuthProvider::note_token(const Incoming& incoming, std::string_view bearer) const {
    auto token = store_.access(bearer, incoming.now);
    incoming.note("token", token.number == 0 ? "unknown" : std::to_string(token.number));
    incoming.note("token_state", std::string(to_string(token.state)));
    if (token.number != 0) {
        incoming.note("credential", internal::name_of(token.grant, token.family));
    }
    return token;
}

void OAuthProvider::describe_token(const Incoming& incoming) const {
    const auto form = read_form(*incoming.request);
    if (!form) {
        return;
    }
    constexpr std::size_t shown = 64;
    const auto type = form_value(*form, "grant_type");
    incoming.note("grant", std::string(type.substr(0, shown)));
    if (type == "refresh_token") {
        const auto known = store_.refresh_token(form_value(*form, "refresh_token"));
        incoming.note("credential", known.family == 0
                                        ? std::string("unknown")
                                        : internal::name_of(known.grant, known.family));
        return;
    }
    const auto caller = read_client(*incoming.request, *form);
    if (type == "client_credentials" && caller && clients_.find(caller->id) != nullptr) {
        incoming.note("credential", internal::name_of({.client = caller->id}, 0));
    }
}

void OAuthProvider::describe(const Incoming& incoming) const {
    const auto& operation = incoming.route->operation;
    if (operation == "token") {
        describe_token(incoming);
    } else if (operation == "userinfo" || operation == "get_document") {
        note_leaks(incoming);
        if (const auto bearer = bearer_token(*incoming.request)) {
            (void)note_token(incoming, *bearer);
        } else {
            incoming.note("token", "none");
        }
    }
}

http::Response OAuthProvider::resource(const Incoming& incoming) {
    const auto bearer = bearer_token(*incoming.request);
    if (!bearer) {
        return bearer_challenge("", "");
    }
    if (incoming.auth == "expire") {
        store_.expire(*bearer);
    } else if (incoming.auth == "revoke") {
        store_.revoke_family(*bearer);
    }
    const auto token = note_token(incoming, *bearer);
    if (token.state != TokenState::live) {
        return bearer_challenge("invalid_token", token.state == TokenState::expired
                                                     ? "The access token expired"
                                                     : "The access token is invalid");
    }
    const bool info = incoming.route->operation == "userinfo";
    const std::string_view scope = info ? "openid" : "documents.read";
    if (!has_scope(token.grant.scope, scope)) {
        return bearer_challenge("insufficient_scope", "The token does not reach that far", scope);
    }
    const auto& subject = token.grant.subject;
    if (info) {
        return http::Response::json(
            200, fmt::format(R"({{"sub":{},"email":{}}})", http::json_quote(subject),
                             http::json_quote(subject + "@example.com")));
    }
    const auto id = path_value(incoming, "id");
    return http::Response::json(
        200, fmt::format(R"({{"id":{},"owner":{},"revision":"{}"}})", http::json_quote(id),
                         http::json_quote(subject.empty() ? token.grant.client : subject),
                         stable_hash(fmt::format("{} {}", options_.seed, id)).substr(0, 8)));
}

http::Response OAuthProvider::answer(const Incoming& incoming) {
    const auto& route = *incoming.route;
    if (route.path_template.starts_with("/.well-known/")) {
        return discovery(incoming.base_url);
    }
    if (route.operation == "jwks") {
        return key_set();
    }
    if (route.path_template == "/authorize") {
        return authorize(incoming);
    }
    if (route.path_template == "/device") {
        return device_page(incoming);
    }
    const bool resources = route.method == "GET";
    auto answer = resources ? resource(incoming) : by_client(incoming);
    if (resources) {
        refused_ += answer.status() == 401 ? 1 : 0;
    } else if (route.operation == "token") {
        ++requests_;
        issued_ += answer.ok() ? 1 : 0;
    }
    return answer;
}

std::vector<std::string> OAuthProvider::root_segments() const {
    // An issuer with a path has it behind the well-known part (RFC 8414 section 3.1).
    return {".well-known"};
}

http::Response OAuthProvider::unknown_path(const http::Request& /*request*/) const {
    return http::Response::json(404, R"({"error":"not_found"})");
}

http::Response OAuthProvider::refuse(const Refusal& refusal, SystemTime /*now*/) const {
    const int status = refusal.status != 0 ? refusal.status : (refusal.limit.empty() ? 503 : 429);
    if (status == 401) {
        return bearer_challenge("invalid_token", "The access token is invalid");
    }
    if (status == 403) {
        return bearer_challenge("insufficient_scope", "The token does not reach that far",
                                "documents.write");
    }
    auto answer = error_answer(
        {status, status == 429 || status >= 500 ? "temporarily_unavailable" : "invalid_request",
         http::reason_phrase(status)});
    if (!refusal.retry_after.empty()) {
        answer.header("retry-after", refusal.retry_after);
    }
    return answer;
}

}  // namespace apilab::sandbox::oauth
