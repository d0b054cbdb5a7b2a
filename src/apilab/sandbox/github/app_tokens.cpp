#include "apilab/sandbox/github/app_tokens.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "apilab/http/date.hpp"
#include "apilab/http/json.hpp"
#include "apilab/sandbox/github/errors.hpp"
#include "apilab/sandbox/internal/jose.hpp"
#include "apilab/sandbox/internal/query.hpp"
#include "apilab/sandbox/oauth/wire.hpp"
#include "apilab/sandbox/seed/keys.hpp"

namespace apilab::sandbox::github {
namespace {

constexpr std::string_view page =
    "https://docs.github.com/rest/apps/apps#create-an-installation-access-token-for-an-app";
constexpr std::int64_t lifetime_max = 600;
constexpr std::int64_t clock_skew = 60;
constexpr Duration token_lifetime = std::chrono::hours(1);
constexpr std::string_view no_jwt = "A JSON web token could not be decoded";

struct Permission {
    std::string_view name;
    std::string_view level;
};
// What the app was given when it was installed.
constexpr std::array<Permission, 3> granted{
    {{"contents", "read"}, {"issues", "write"}, {"metadata", "read"}}};

std::int64_t seconds_of(SystemTime time) {
    return std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count();
}

// What is wrong with the claims' times, in GitHub's words; empty: nothing.
std::string_view wrong_times(http::Json claims, std::int64_t now) {
    const auto issued = claims["iat"].integer();
    const auto expires = claims["exp"].integer();
    if (!issued || *issued > now + clock_skew) {
        return "'Issued at' claim ('iat') must be an Integer representing the time that the "
               "assertion was issued";
    }
    if (!expires || *expires <= now) {
        return "'Expiration time' claim ('exp') must be a numeric value representing the future "
               "time at which the assertion expires";
    }
    if (*expires > now + lifetime_max) {
        return "'Expiration time' claim ('exp') is too far in the future";
    }
    return {};
}

bool within(http::Json wanted, std::string_view level) {
    return wanted.string_or("") == "read" || wanted.string_or("") == level;
}

// The permissions asked for as JSON, all that there are where none is; nothing: more than granted.
std::optional<std::string> permissions(http::Json wanted) {
    std::string text;
    std::size_t found = 0;
    for (const auto& [name, level] : granted) {
        const auto one = wanted.missing() ? http::Json() : wanted[name];
        if (!wanted.missing() && one.missing()) {
            continue;
        }
        if (!one.missing() && !within(one, level)) {
            return std::nullopt;
        }
        ++found;
        text += fmt::format("{}\"{}\":\"{}\"", text.empty() ? "" : ",", name, one.string_or(level));
    }
    return wanted.missing() || found == wanted.size() ? std::optional("{" + text + "}")
                                                      : std::nullopt;
}

}  // namespace

AppTokens::AppTokens(GitHubApp app, std::uint64_t seed)
    : app_(std::move(app)),
      store_({.seed = seed, .access_prefix = "ghs_", .lifetime = token_lifetime}) {
    if (app_.key.empty()) {
        app_.key = seed::key("github-app");
    }
}

std::optional<http::Response> AppTokens::refused(const Incoming& incoming) const {
    const auto bearer = oauth::bearer_token(*incoming.request);
    const auto token = internal::read_jwt(bearer.value_or(""));
    const auto key = internal::Key::from_pem(app_.key);
    if (!token || !key) {
        return error(401, no_jwt, page);
    }
    const auto claims = token->claims.root();
    const auto issuer = claims["iss"];
    const bool known = issuer.integer() == app_.id || issuer.string_or("") == app_.client_id ||
                       issuer.string_or("") == std::to_string(app_.id);
    if (!known) {
        return issuer.missing() ? error(401, "'Issuer' claim ('iss') must be an Integer", page)
                                : error(404, "Integration not found", page);
    }
    if (!key->verify(*token)) {
        return error(401, no_jwt, page);
    }
    const auto wrong = wrong_times(claims, seconds_of(incoming.system_now));
    return wrong.empty() ? std::optional<http::Response>() : error(401, wrong, page);
}

http::Response AppTokens::answer(const Incoming& incoming) {
    if (auto no = refused(incoming)) {
        incoming.note("error", "invalid_grant");
        return *std::move(no);
    }
    if (incoming.route->operation == "get_app") {
        return http::Response::json(
            200, fmt::format(R"({{"id":{},"client_id":{},"slug":{},"name":{},"permissions":{}}})",
                             app_.id, http::json_quote(app_.client_id), http::json_quote(app_.slug),
                             http::json_quote(app_.slug), permissions({}).value_or("{}")));
    }
    if (path_value(incoming, "installation_id") != std::to_string(app_.installation)) {
        return error(404, "Not Found", page);
    }
    return access_token(incoming);
}

http::Response AppTokens::access_token(const Incoming& incoming) {
    const auto& body = incoming.request->body();
    const auto document = http::JsonDocument::parse(body.empty() ? "{}" : body);
    if (!document || !document->root().is_object()) {
        return error(400, "Problems parsing JSON", page);
    }
    const auto wanted = permissions(document->root()["permissions"]);
    if (!wanted) {
        return error(422, "The permissions requested are not granted to this installation.", page);
    }
    const auto repositories = document->root()["repositories"];
    const bool selected = repositories.size() > 0 || document->root()["repository_ids"].size() > 0;
    for (const auto name : repositories.elements()) {
        // The account that it is installed in has these.
        if (name.string_or("") != "hello" && name.string_or("") != "left-box") {
            return error(422,
                         "There is at least one repository that does not exist or is not "
                         "accessible to the parent installation.",
                         page);
        }
    }
    const auto fresh = store_.issue({.client = app_.slug, .scope = *wanted}, false, incoming.now);
    incoming.note("credential", "github installation " + std::to_string(app_.installation));
    incoming.note("issued", std::to_string(fresh.number));
    return http::Response::json(
        201,
        fmt::format(R"({{"token":"{}","expires_at":"{}","permissions":{},)"
                    R"("repository_selection":"{}"}})",
                    fresh.access_token, http::format_iso_time(incoming.system_now + token_lifetime),
                    *wanted, selected ? "selected" : "all"));
}

void AppTokens::describe(std::string_view token, const Incoming& incoming) const {
    const auto facts = store_.access(token, incoming.now);
    incoming.note("token", facts.number == 0 ? "unknown" : std::to_string(facts.number));
    incoming.note("token_state", std::string(to_string(facts.state)));
    if (facts.number != 0) {
        incoming.note("credential", "github installation " + std::to_string(app_.installation));
    }
}

bool AppTokens::may(std::string_view token, std::string_view permission, std::string_view level,
                    const Incoming& incoming) const {
    // The scope of its grant is the JSON text of its permissions.
    return store_.access(token, incoming.now)
        .grant.scope.contains(fmt::format("\"{}\":\"{}\"", permission, level));
}

oauth::TokenState AppTokens::state(std::string_view token, const Incoming& incoming) {
    if (incoming.auth == "expire") {
        store_.expire(token);
    } else if (incoming.auth == "revoke") {
        store_.revoke(token);
    }
    return store_.access(token, incoming.now).state;
}

}  // namespace apilab::sandbox::github
