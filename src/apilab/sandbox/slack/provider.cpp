#include "apilab/sandbox/slack/provider.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <utility>

#include "apilab/http/json.hpp"
#include "apilab/sandbox/internal/conditional.hpp"
#include "apilab/sandbox/slack/internal/call.hpp"
#include "apilab/sandbox/slack/internal/installs.hpp"
#include "apilab/sandbox/slack/internal/message.hpp"
#include "apilab/sandbox/slack/internal/method.hpp"
#include "apilab/sandbox/slack/internal/paging.hpp"
#include "apilab/sandbox/slack/internal/workspace.hpp"

namespace apilab::sandbox::slack {
namespace {

namespace json = boost::json;

// The real methods are called by POST as well as by GET; SDKs always post.
std::vector<Route> make_routes() {
    std::vector<Route> routes;
    for (const auto& method : methods()) {
        const std::string name(method.name);
        routes.push_back({"POST", "/api/" + name, name, method.effect});
        routes.push_back({"GET", "/api/" + name, name + ".get", method.effect});
    }
    routes.push_back({"POST", "/upload/v1/{key}", "upload", http::Effect::write});
    routes.push_back({"GET", "/files-pri/{file}/{name}", "download"});
    routes.push_back({"GET", "/oauth/v2/authorize", "authorize"});
    return routes;
}

// How much may be used at once is not told: the minute's worth, and five posts.
constexpr double posts_at_once = 5;
constexpr std::size_t unlisted_limit = 15;

const Method& method_of(const Incoming& incoming) {
    constexpr std::string_view prefix = "/api/";
    return *find_method(std::string_view(incoming.route->path_template).substr(prefix.size()));
}

bool is_method(const Incoming& incoming) {
    return incoming.route->path_template.starts_with("/api/");
}

// Arguments that have to be there, in the order of the documentation; empty: all are.
std::string_view missing_of(const Method& method, const Call& call) {
    auto names = method.required;
    while (!names.empty()) {
        const auto comma = names.find(',');
        const auto name = names.substr(0, comma);
        if (!call.arguments.contains(name)) {
            return name;
        }
        names = comma == std::string_view::npos ? std::string_view() : names.substr(comma + 1);
    }
    return {};
}

bool kind_fits(Who who, Access::Kind kind) {
    switch (who) {
        case Who::user:
            return kind == Access::Kind::user;
        case Who::app:
            return kind == Access::Kind::app;
        case Who::bot_or_user:
            return kind != Access::Kind::app;
        case Who::anyone:
        case Who::any_token:
            break;
    }
    return true;
}

// Who hears of a message, beside those who are named in it: `channel`, `here`, `everyone`; empty:
// nobody. A text of somebody else's does so where `<` in it was not written as `&lt;`.
std::string_view pinged(std::string_view text) {
    for (const std::string_view whom : {"channel", "here", "everyone"}) {
        const auto at = text.find(fmt::format("<!{}", whom));
        const auto end = at + whom.size() + 2;
        if (at != std::string_view::npos && end < text.size() &&
            (text[end] == '>' || text[end] == '|')) {
            return whom;
        }
    }
    return {};
}

std::string bearer(const Incoming& incoming) {
    const auto field = incoming.request->headers().value("authorization");
    return std::string(field.substr(std::min(field.find(' '), field.size() - 1) + 1));
}

}  // namespace

SlackProvider::SlackProvider(SlackOptions options)
    : options_(std::move(options)),
      workspace_(std::make_unique<Workspace>()),
      installs_(std::make_unique<Installs>()) {
    seed();
}

SlackProvider::~SlackProvider() = default;

void SlackProvider::seed() {
    const std::string bot(Workspace::bot_user_id);
    for (const auto& token : options_.tokens) {
        installs_->add_token(token, {.user = bot, .scopes = bot_scopes()});
    }
    installs_->add_token(options_.narrow_token,
                         {.user = bot, .scopes = {"channels:read", "chat:write"}});
    auto scopes = bot_scopes();
    scopes.emplace_back("search:read");
    installs_->add_token(
        options_.user_token,
        {.kind = Access::Kind::user, .user = "U00000001", .scopes = std::move(scopes)});
    installs_->add_token(options_.app_token,
                         {.kind = Access::Kind::app, .user = bot, .scopes = {"connections:write"}});
    installs_->add_app({.id = "cid", .secret = "sec"});
    installs_->add_app({.id = "cid-rotating", .secret = "sec", .rotates = true});
}

std::span<const Route> SlackProvider::routes() const {
    static const auto table = make_routes();
    return table;
}

void SlackProvider::describe(const Incoming& incoming) const {
    if (!is_method(incoming) || method_of(incoming).name != "chat.postMessage") {
        return;
    }
    const auto call = read_call(incoming, true);
    incoming.note("channel", std::string(call.argument("channel")));
    incoming.note("makes", event_of(call));
    if (const auto whom = pinged(call.argument("text")); !whom.empty()) {
        incoming.note("pings", std::string(whom));
    }
    if (const auto thread = call.argument("thread_ts"); !thread.empty()) {
        incoming.note("thread", std::string(thread));
    }
}

// Limits are per method, workspace and app; everyone here is of one workspace and one app.
Duration SlackProvider::limit(const Incoming& incoming, const Call& call, const Method& method) {
    std::string bucket(method.name);
    double per_minute = method.per_minute;
    double at_once = method.per_minute;
    if (method.name == "chat.postMessage") {
        bucket += '\n' + std::string(call.argument("channel"));
        per_minute = 60;
        at_once = posts_at_once;
    } else if (options_.unlisted &&
               (method.name == "conversations.history" || method.name == "conversations.replies")) {
        per_minute = at_once = 1;
    }
    return buckets_.try_emplace(bucket, at_once, per_minute / 60).first->second.take(incoming.now);
}

std::string SlackProvider::limit_bucket(const Incoming& incoming) const {
    if (!is_method(incoming)) {
        return incoming.route->operation;
    }
    const auto& method = method_of(incoming);
    auto bucket = fmt::format("{}/{}", Workspace::team_id, method.name);
    if (method.name == "chat.postMessage") {
        bucket += fmt::format("/{}", read_call(incoming, true).argument("channel"));
    }
    return bucket;
}

http::Response SlackProvider::answer(const Incoming& incoming) {
    if (!is_method(incoming)) {
        return beside(incoming);
    }
    const auto& method = method_of(incoming);
    const auto call = read_call(incoming, method.takes_json);
    auto answer = dispatch(incoming, call, method);
    answer.header("content-type", "application/json; charset=utf-8");
    answer.header("x-slack-req-id", stable_hash(fmt::format("{} {}", ++requests_, answer.body())));
    answer.header("vary", "Accept-Encoding");
    answer.header("cache-control", "private, no-cache, no-store, must-revalidate");
    if (const auto access = installs_->find(call.token, incoming.now)) {
        answer.header("x-oauth-scopes", (*access)->scope_text());
        if (!method.scopes.empty()) {
            answer.header("x-accepted-oauth-scopes", std::string(method.scopes));
        }
    }
    return answer;
}

http::Response SlackProvider::beside(const Incoming& incoming) {
    const auto& operation = incoming.route->operation;
    if (operation == "authorize") {
        return installs_->authorize(incoming);
    }
    if (operation == "upload") {
        return take_upload(incoming, *workspace_);
    }
    const auto access = installs_->find(bearer(incoming), incoming.now);
    return give_file(incoming, *workspace_, access && (*access)->may("files:read"));
}

http::Response SlackProvider::dispatch(const Incoming& incoming, const Call& call,
                                       const Method& method) {
    if (!call.error.empty()) {
        return refused(call.error);
    }
    const Access nobody;
    if (method.who == Who::anyone) {
        return run(incoming, call, method, nobody);
    }
    if (call.token.empty()) {
        return refused("not_authed");
    }
    if (incoming.auth == "expire" || incoming.auth == "revoke") {
        if (installs_->issued(call.token)) {
            installs_->end(call.token, incoming.auth);
        }
        return refused(incoming.auth == "expire" ? "token_expired" : "token_revoked");
    }
    const auto access = installs_->find(call.token, incoming.now);
    if (!access) {
        return refused(access.error());
    }
    if (!(*access)->name.empty()) {
        incoming.note("token", (*access)->name);
    }
    if (!kind_fits(method.who, (*access)->kind)) {
        return refused("not_allowed_token_type");
    }
    if (!(*access)->may(method.scopes) || incoming.auth == "reduce_scope") {
        return refused("missing_scope",
                       {{"needed", method.scopes}, {"provided", (*access)->scope_text()}});
    }
    return run(incoming, call, method, **access);
}

http::Response SlackProvider::run(const Incoming& incoming, const Call& call, const Method& method,
                                  const Access& access) {
    if (const auto wait = limit(incoming, call, method); wait > Duration::zero()) {
        return refuse({.status = 429,
                       .limit = "method",
                       .retry_after = std::to_string(internal::retry_after_seconds(wait))},
                      incoming.system_now);
    }
    if (const auto missing = missing_of(method, call); !missing.empty()) {
        return refused_because("missing_argument",
                               fmt::format("missing required field: {}", missing));
    }
    if (method.name == "oauth.v2.access") {
        return installs_->access(incoming, call);
    }
    if (method.name == "auth.revoke") {
        const bool test = call.flag("test");
        if (!test) {
            installs_->end(call.token, "revoke");
        }
        return fine({{"revoked", !test}}, call);
    }
    auto given = call;
    if (options_.unlisted && method.name.starts_with("conversations.") &&
        (method.name.ends_with("history") || method.name.ends_with("replies"))) {
        const auto asked = call.limit(unlisted_limit, 999).value_or(unlisted_limit);
        given.arguments["limit"] = std::to_string(std::min(asked, unlisted_limit));
    }
    Context context{
        .incoming = incoming, .call = given, .access = access, .workspace = *workspace_};
    post_due(context);
    auto answer = method.answer(context);
    if (method.name == "chat.postMessage" && answer.body().starts_with("{\"ok\":true")) {
        ++posted_[event_of(call)];
    }
    return answer;
}

const PageShape* SlackProvider::pages_of(std::string_view operation) const {
    constexpr auto by_cursor = [](std::string_view items, std::string_view id,
                                  std::size_t usual = page_max) {
        return PageShape{.items = items,
                         .id = id,
                         .next = "/response_metadata/next_cursor",
                         .asked = "cursor",
                         .size = "limit",
                         .size_default = usual,
                         .size_max = page_max,
                         .none = "\"\""};
    };
    static constexpr PageShape channels = by_cursor("channels", "id");
    static constexpr PageShape users = by_cursor("members", "id");
    static constexpr PageShape members = by_cursor("members", "", 100);
    static constexpr PageShape scheduled = by_cursor("scheduled_messages", "id");
    static constexpr PageShape messages{.items = "messages",
                                        .id = "ts",
                                        .next = "/response_metadata/next_cursor",
                                        .asked = "cursor",
                                        .size = "limit",
                                        .size_max = 999,
                                        .none = "\"\"",
                                        .more = "has_more"};
    const auto name = operation.substr(0, operation.rfind(".get"));
    if (name == "conversations.list" || name == "users.conversations") {
        return &channels;
    }
    if (name == "conversations.history" || name == "conversations.replies") {
        return &messages;
    }
    return name == "users.list"                    ? &users
           : name == "conversations.members"       ? &members
           : name == "chat.scheduledMessages.list" ? &scheduled
                                                   : nullptr;
}

std::optional<http::Response> SlackProvider::expired_page(const Incoming& /*incoming*/) const {
    return refused("invalid_cursor");
}

http::Response SlackProvider::unknown_path(const http::Request& request) const {
    const auto& path = request.url().path();
    const auto method = path.substr(path.rfind('/') + 1);
    return refused("unknown_method", {{"req_method", method}});
}

http::Response SlackProvider::refuse(const Refusal& refusal, SystemTime /*now*/) const {
    const int status = refusal.status != 0 ? refusal.status : 429;
    if (status == 429) {
        auto answer = refused("ratelimited");
        answer.status(429);
        std::string wait = refusal.retry_after.empty() ? "30" : refusal.retry_after;
        if (refusal.retry_after.empty() && refusal.view) {
            wait = std::to_string(internal::retry_after_seconds(refusal.view->reset_after));
        }
        answer.header("retry-after", std::move(wait));
        return answer;
    }
    if (status >= 500) {
        // In front of the API stands something that talks to people.
        http::Response answer(status, "<!DOCTYPE html><title>Slack is having trouble</title>\n");
        answer.header("content-type", "text/html; charset=utf-8");
        return answer;
    }
    // Everything else is a 200 that says no; a token that was refused is one that expired.
    return refused(status == 401   ? "token_expired"
                   : status == 403 ? "missing_scope"
                   : status == 404 ? "channel_not_found"
                                   : "internal_error");
}

bool SlackProvider::end_token(std::string_view token, std::string_view how) {
    return installs_->end(token, how);
}

void SlackProvider::reset() {
    workspace_->reset();
    installs_->reset();
    buckets_.clear();
    posted_.clear();
    requests_ = 0;
}

std::map<std::string, std::int64_t> SlackProvider::numbers() const {
    std::int64_t messages = 0;
    for (const auto& [event, times] : posted_) {
        messages += times;
    }
    return {{"messages", messages},
            {"messages doubled", messages - static_cast<std::int64_t>(posted_.size())}};
}

}  // namespace apilab::sandbox::slack
