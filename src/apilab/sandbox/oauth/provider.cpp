#include "apilab/sandbox/oauth/provider.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "apilab/http/json.hpp"
#include "apilab/sandbox/internal/conditional.hpp"
#include "apilab/sandbox/internal/query.hpp"
#include "apilab/sandbox/oauth/wire.hpp"

namespace apilab::sandbox::oauth {
namespace {

using http::Effect;

constexpr std::string_view scopes = "openid email documents.read";

const std::array<Route, 7> table{{
    {"GET", "/.well-known/openid-configuration", "discovery"},
    {"GET", "/.well-known/oauth-authorization-server", "metadata"},
    {"POST", "/token", "token", Effect::write},
    {"POST", "/revoke", "revoke", Effect::idempotent},
    {"POST", "/introspect", "introspect", Effect::read},
    {"GET", "/userinfo", "userinfo"},
    {"GET", "/documents/{id}", "get_document"},
}};

constexpr OAuthError bad_form{400, "invalid_request",
                              "a form is expected, with each parameter once"};
constexpr OAuthError bad_client{401, "invalid_client", "client authentication failed"};
constexpr OAuthError bad_grant{400, "invalid_grant",
                               "the refresh token is invalid, expired or revoked"};

http::Response discovery(const Incoming& incoming) {
    const auto& base = incoming.base_url;
    const auto url = [&](std::string_view path) {
        return http::json_quote(base + std::string(path));
    };
    return http::Response::json(
        200,
        fmt::format(
            R"({{"issuer":{},"token_endpoint":{},"revocation_endpoint":{},"introspection_endpoint":{},)"
            R"("userinfo_endpoint":{},"response_types_supported":[],)"
            R"("grant_types_supported":["client_credentials","refresh_token"],)"
            R"("token_endpoint_auth_methods_supported":["client_secret_basic","client_secret_post"],)"
            R"("scopes_supported":["openid","email","documents.read"]}})",
            url(""), url("/token"), url("/revoke"), url("/introspect"), url("/userinfo")));
}

std::string name_of(const Grant& grant, std::uint64_t family) {
    // A client's own tokens belong together although none is refreshed from another.
    return grant.subject.empty() ? "client " + grant.client : fmt::format("consent {}", family);
}

std::string_view value(const std::map<std::string, std::string, std::less<>>& form,
                       std::string_view name) {
    const auto found = form.find(name);
    return found == form.end() ? std::string_view() : found->second;
}

// The scope asked for, within what there is; empty: all of it. Nothing: unknown words in it.
std::optional<std::string> granted(std::string_view asked, std::string_view allowed) {
    if (asked.empty()) {
        return std::string(allowed);
    }
    const auto all = asked;
    while (!asked.empty()) {
        const auto one = asked.substr(0, asked.find(' '));
        if (!has_scope(allowed, one)) {
            return std::nullopt;
        }
        asked.remove_prefix(std::min(one.size() + 1, asked.size()));
    }
    return std::string(all);
}

}  // namespace

OAuthProvider::OAuthProvider(OAuthOptions options)
    : options_(std::move(options)), store_({.seed = options_.seed, .lifetime = options_.lifetime}) {
    reset();
}

std::span<const Route> OAuthProvider::routes() const {
    return table;
}

void OAuthProvider::reset() {
    store_.reset();
    for (const Consent& consent : options_.consents) {
        store_.add_consent(
            consent.refresh_token,
            {.client = consent.client, .subject = consent.user, .scope = std::string(scopes)},
            consent.withdrawn);
    }
    requests_ = 0;
    issued_ = 0;
    refused_ = 0;
}

std::map<std::string, std::int64_t> OAuthProvider::numbers() const {
    return {{"token requests", requests_}, {"tokens issued", issued_}, {"401s", refused_}};
}

bool OAuthProvider::known_client(std::string_view id, std::string_view secret) const {
    return std::ranges::any_of(options_.clients, [&](const OAuthClient& client) {
        return client.id == id && client.secret == secret;
    });
}

bool OAuthProvider::is_secret(std::string_view text) const {
    return store_.refresh_token(text).family != 0 ||
           std::ranges::any_of(options_.clients,
                               [&](const OAuthClient& client) { return client.secret == text; });
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

http::Response OAuthProvider::refresh(const Incoming& incoming, const Form& form,
                                      const std::string& client) {
    const auto old = value(form, "refresh_token");
    if (old.empty()) {
        return error_answer({400, "invalid_request", "refresh_token is missing"});
    }
    if (incoming.auth == "revoke") {
        store_.revoke_family(old);
    } else if (incoming.auth == "expire") {
        store_.expire(old);
    }
    const auto known = store_.refresh_token(old);
    if (!granted(value(form, "scope"), known.grant.scope) && known.family != 0) {
        return error_answer({400, "invalid_scope", "more than was consented to"});
    }
    auto refreshed =
        store_.refresh(old, client, {.revoke_family = incoming.auth == "rotate"}, incoming.now);
    incoming.note("credential",
                  refreshed.family == 0 ? "unknown" : name_of(known.grant, refreshed.family));
    if (refreshed.replay_of != 0) {
        incoming.note("replay_of", std::to_string(refreshed.replay_of));
    }
    if (!refreshed.issued) {
        incoming.note("error", "invalid_grant");
        return error_answer(bad_grant);
    }
    incoming.note("issued", std::to_string(refreshed.issued->number));
    return token_answer(*refreshed.issued);
}

http::Response OAuthProvider::token(const Incoming& incoming, const Form& form,
                                    const std::string& client) {
    const auto type = value(form, "grant_type");
    incoming.note("grant", std::string(type.substr(0, 64)));
    if (type == "refresh_token") {
        return refresh(incoming, form, client);
    }
    if (type != "client_credentials") {
        return error_answer(type.empty()
                                ? OAuthError{400, "invalid_request", "grant_type is missing"}
                                : OAuthError{400, "unsupported_grant_type",
                                             "client_credentials and refresh_token are supported"});
    }
    const Grant grant{.client = client};
    incoming.note("credential", name_of(grant, 0));
    const auto scope = granted(value(form, "scope"), "documents.read");
    if (!scope) {
        return error_answer({400, "invalid_scope", "a client of its own may have documents.read"});
    }
    const auto issued = store_.issue({.client = client, .scope = *scope}, false, incoming.now);
    incoming.note("issued", std::to_string(issued.number));
    return token_answer(issued);
}

http::Response OAuthProvider::introspect(const Incoming& incoming, const Form& form) const {
    const auto text = value(form, "token");
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
    const auto client = read_client(*incoming.request, *form);
    const bool basic = !incoming.request->headers().value("authorization").empty();
    if (!client && basic && form->contains("client_secret")) {
        return error_answer({400, "invalid_request", "two ways of client authentication at once"});
    }
    if (!client || !known_client(client->id, client->secret)) {
        return error_answer(bad_client, basic);
    }
    incoming.note("client", client->id);
    const auto& operation = incoming.route->operation;
    if (operation == "token") {
        return token(incoming, *form, client->id);
    }
    if (value(*form, "token").empty()) {
        return error_answer({400, "invalid_request", "token is missing"});
    }
    if (operation == "introspect") {
        return introspect(incoming, *form);
    }
    store_.revoke(value(*form, "token"));  // 200 for an unknown one, too (RFC 7009 section 2.2)
    return http::Response(200);
}

http::Response OAuthProvider::resource(const Incoming& incoming) {
    note_leaks(incoming);
    const auto bearer = bearer_token(*incoming.request);
    if (!bearer) {
        incoming.note("token", "none");
        return bearer_challenge("", "");
    }
    if (incoming.auth == "expire") {
        store_.expire(*bearer);
    } else if (incoming.auth == "revoke") {
        store_.revoke_family(*bearer);
    }
    const auto token = store_.access(*bearer, incoming.now);
    incoming.note("token", token.number == 0 ? "unknown" : std::to_string(token.number));
    incoming.note("token_state", std::string(to_string(token.state)));
    if (token.number != 0) {
        incoming.note("credential", name_of(token.grant, token.family));
    }
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
        return discovery(incoming);
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
