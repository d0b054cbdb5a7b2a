#include "apilab/sandbox/slack/internal/installs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <chrono>

#include "apilab/base/base64.hpp"
#include "apilab/http/url.hpp"
#include "apilab/sandbox/internal/digest.hpp"
#include "apilab/sandbox/internal/jose.hpp"
#include "apilab/sandbox/internal/query.hpp"
#include "apilab/sandbox/slack/internal/workspace.hpp"

namespace apilab::sandbox::slack {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

constexpr auto code_life = 10min;
constexpr auto token_life = 12h;
// "A short grace" (providers/slack, "Events API"); how short is not told.
constexpr auto refresh_grace = 60s;

std::vector<std::string> split(std::string_view text) {
    std::vector<std::string> out;
    while (!text.empty()) {
        const auto end = text.find_first_of(", ");
        if (end != 0) {
            out.emplace_back(text.substr(0, end));
        }
        text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    }
    return out;
}

std::string joined(const std::vector<std::string>& parts) {
    return fmt::format("{}", fmt::join(parts, ","));
}

// Consent is given here without a person; so a code goes nowhere but to this machine.
bool stays_here(std::string_view uri) {
    const auto url = http::Url::parse(std::string(uri));
    return url && (url->host() == "127.0.0.1" || url->host() == "localhost" ||
                   url->host() == "[::1]" || url->host() == "::1");
}

http::Response page(std::string_view what) {
    http::Response answer(200, fmt::format("<!DOCTYPE html><title>Slack</title><p>{}</p>\n", what));
    answer.header("content-type", "text/html; charset=utf-8");
    return answer;
}

json::object team() {
    return {{"id", Workspace::team_id}, {"name", "apilab"}};
}

void add_lives(json::object& to, const std::string& refresh) {
    if (!refresh.empty()) {
        to["expires_in"] = std::chrono::duration_cast<std::chrono::seconds>(token_life).count();
        to["refresh_token"] = refresh;
    }
}

}  // namespace

std::vector<std::string> bot_scopes() {
    return split(
        "chat:write,channels:read,groups:read,channels:history,users:read,chat:write.customize,"
        "channels:join,channels:manage,groups:history,groups:write,im:history,im:read,im:write,"
        "mpim:history,mpim:read,mpim:write,users:read.email,users.profile:read,files:read,"
        "files:write,pins:read,pins:write,reactions:read,reactions:write,team:read");
}

bool Access::may(std::string_view any_of) const {
    const auto wanted = split(any_of);
    return wanted.empty() || std::ranges::any_of(wanted, [&](const std::string& one) {
               return std::ranges::find(scopes, one) != scopes.end();
           });
}

std::string Access::scope_text() const {
    return joined(scopes);
}

void Installs::add_app(App app) {
    auto id = app.id;
    apps_.insert_or_assign(std::move(id), std::move(app));
}

void Installs::add_token(const std::string& token, Access access) {
    tokens_.insert_or_assign(token, std::move(access));
}

void Installs::reset() {
    for (const auto& token : order_) {
        tokens_.erase(token);
    }
    order_.clear();
    ended_.clear();
    codes_.clear();
    refreshes_.clear();
    number_ = 0;
}

bool Installs::issued(std::string_view token) const {
    return std::ranges::find(order_, token) != order_.end();
}

std::expected<const Access*, std::string> Installs::find(std::string_view token,
                                                         SteadyTime now) const {
    if (const auto ended = ended_.find(token); ended != ended_.end()) {
        return std::unexpected(ended->second == "expire" ? "token_expired" : "token_revoked");
    }
    const auto found = tokens_.find(token);
    if (found == tokens_.end()) {
        return std::unexpected("invalid_auth");
    }
    if (found->second.ends && *found->second.ends <= now) {
        return std::unexpected("token_expired");
    }
    return &found->second;
}

bool Installs::end(std::string_view token, std::string_view how) {
    const auto found = std::ranges::find_if(tokens_, [&](const auto& one) {
        return one.first == token || (!one.second.name.empty() && one.second.name == token);
    });
    if (found == tokens_.end()) {
        return false;
    }
    ended_.insert_or_assign(found->first, std::string(how));
    return true;
}

std::string Installs::secret(std::string_view prefix) {
    ++number_;
    const auto digest = internal::sha256_hex(fmt::format("apilab slack {} {}", prefix, number_));
    return std::string(prefix) + digest.substr(0, 32);
}

http::Response Installs::authorize(const Incoming& incoming) {
    const auto app = apps_.find(query_value(incoming, "client_id"));
    if (app == apps_.end()) {
        return page("Invalid client_id parameter");
    }
    const std::string redirect(query_value(incoming, "redirect_uri"));
    if (!stays_here(redirect)) {
        return page("redirect_uri did not match any configured URIs. Passed URI: a foreign one");
    }
    auto scopes = split(query_value(incoming, "scope"));
    auto user_scopes = split(query_value(incoming, "user_scope"));
    if (scopes.empty() && user_scopes.empty()) {
        return page("Invalid permissions requested");
    }
    if (codes_.size() >= codes_max) {
        codes_.erase(codes_.begin());
    }
    const auto code = secret("code.");
    codes_[code] = {.app = app->first,
                    .redirect = redirect,
                    .scopes = std::move(scopes),
                    .user_scopes = std::move(user_scopes),
                    .challenge = std::string(query_value(incoming, "code_challenge")),
                    .ends = incoming.now + code_life};
    http::Response answer(302);
    answer.header("location",
                  fmt::format("{}{}code={}&state={}", redirect, redirect.contains('?') ? "&" : "?",
                              code, http::percent_encode(query_value(incoming, "state"))));
    return answer;
}

std::expected<const App*, std::string> Installs::who(const Incoming& incoming,
                                                     const Call& call) const {
    std::string id(call.argument("client_id"));
    std::string secret(call.argument("client_secret"));
    const auto field = incoming.request->headers().value("authorization");
    constexpr std::string_view scheme = "basic ";
    if (field.size() > scheme.size() && http::iequals(field.substr(0, scheme.size()), scheme)) {
        const auto pair = base64_decode(field.substr(scheme.size())).value_or("");
        const auto colon = pair.find(':');
        id = pair.substr(0, colon);
        secret = colon == std::string::npos ? "" : pair.substr(colon + 1);
    }
    const auto app = apps_.find(id);
    if (app == apps_.end()) {
        return std::unexpected("invalid_client_id");
    }
    if (!internal::same_secret(app->second.secret, secret)) {
        return std::unexpected("bad_client_secret");
    }
    return &app->second;
}

Installs::Issued Installs::issue(const App& app, Access access, SteadyTime now) {
    if (order_.size() >= tokens_max) {
        tokens_.erase(order_.front());
        order_.erase(order_.begin());
    }
    const bool bot = access.kind == Access::Kind::bot;
    Issued out{.token = secret(app.rotates ? (bot ? "xoxe.xoxb-1-" : "xoxe.xoxp-1-")
                                           : (bot ? "xoxb-" : "xoxp-"))};
    access.name = fmt::format("{}-{}", bot ? "bot" : "user", number_);
    if (app.rotates) {
        access.ends = now + token_life;
        out.refresh = secret("xoxe-1-");
        refreshes_[out.refresh] = {.app = app.id, .access = access};
    }
    order_.push_back(out.token);
    tokens_.insert_or_assign(out.token, std::move(access));
    return out;
}

http::Response Installs::access(const Incoming& incoming, const Call& call) {
    const auto app = who(incoming, call);
    if (!app) {
        return refused(app.error());
    }
    const auto grant = call.argument("grant_type");
    if (grant == "refresh_token") {
        return by_refresh(**app, incoming, call);
    }
    if (!grant.empty() && grant != "authorization_code") {
        return refused("invalid_grant_type");
    }
    return by_code(**app, incoming, call);
}

http::Response Installs::by_code(const App& app, const Incoming& incoming, const Call& call) {
    const auto found = codes_.find(call.argument("code"));
    if (found == codes_.end() || found->second.app != app.id ||
        found->second.ends <= incoming.now) {
        return refused("invalid_code");
    }
    const auto code = found->second;
    if (code.redirect != call.argument("redirect_uri")) {
        return refused("bad_redirect_uri");
    }
    const auto verifier = call.argument("code_verifier");
    if (!code.challenge.empty() && internal::s256(verifier) != code.challenge) {
        return refused("invalid_code_verifier");
    }
    codes_.erase(found);  // once only
    json::object out{{"app_id", Workspace::app_id}};
    json::object user{{"id", "U00000001"}};
    if (!code.user_scopes.empty()) {
        const auto issued = issue(
            app, {.kind = Access::Kind::user, .user = "U00000001", .scopes = code.user_scopes},
            incoming.now);
        user["scope"] = joined(code.user_scopes);
        user["access_token"] = issued.token;
        user["token_type"] = "user";
        add_lives(user, issued.refresh);
    }
    out["authed_user"] = std::move(user);
    if (!code.scopes.empty()) {
        const auto issued =
            issue(app, {.user = std::string(Workspace::bot_user_id), .scopes = code.scopes},
                  incoming.now);
        out["scope"] = joined(code.scopes);
        out["token_type"] = "bot";
        out["access_token"] = issued.token;
        out["bot_user_id"] = Workspace::bot_user_id;
        add_lives(out, issued.refresh);
    }
    out["team"] = team();
    out["enterprise"] = nullptr;
    out["is_enterprise_install"] = false;
    incoming.note("token", fmt::format("{}", number_));
    return fine(std::move(out), call);
}

http::Response Installs::by_refresh(const App& app, const Incoming& incoming, const Call& call) {
    const auto found = refreshes_.find(call.argument("refresh_token"));
    const bool late = found != refreshes_.end() && found->second.used &&
                      *found->second.used + refresh_grace < incoming.now;
    if (found == refreshes_.end() || found->second.app != app.id || late) {
        return refused("invalid_refresh_token");
    }
    if (!found->second.used) {
        found->second.used = incoming.now;
    }
    auto access = found->second.access;
    const bool bot = access.kind == Access::Kind::bot;
    const auto user = access.user;
    const auto scope = access.scope_text();
    const auto issued = issue(app, std::move(access), incoming.now);
    json::object out{{"app_id", Workspace::app_id},
                     {"scope", scope},
                     {"token_type", bot ? "bot" : "user"},
                     {"access_token", issued.token},
                     {bot ? "bot_user_id" : "user_id", user}};
    add_lives(out, issued.refresh);
    out["team"] = team();
    out["enterprise"] = nullptr;
    out["is_enterprise_install"] = false;
    return fine(std::move(out), call);
}

}  // namespace apilab::sandbox::slack
