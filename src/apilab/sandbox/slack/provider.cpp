#include "apilab/sandbox/slack/provider.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/serialize.hpp>
#include <utility>

#include "apilab/base/base64.hpp"
#include "apilab/http/json.hpp"
#include "apilab/sandbox/internal/conditional.hpp"
#include "apilab/sandbox/slack/internal/message.hpp"
#include "apilab/sandbox/slack/internal/workspace.hpp"

namespace apilab::sandbox::slack {
namespace {

namespace json = boost::json;

// The real methods are called by POST as well as by GET; SDKs always post.
const std::array<Route, 8> table{{
    {"POST", "/api/auth.test", "auth.test", http::Effect::read},
    {"GET", "/api/auth.test", "auth.test.get"},
    {"POST", "/api/chat.postMessage", "chat.postMessage", http::Effect::write},
    {"POST", "/api/conversations.list", "conversations.list", http::Effect::read},
    {"GET", "/api/conversations.list", "conversations.list.get"},
    {"POST", "/api/conversations.history", "conversations.history", http::Effect::read},
    {"GET", "/api/conversations.history", "conversations.history.get"},
    {"POST", "/api/users.list", "users.list", http::Effect::read},
}};

constexpr std::size_t page_max = 1000;

struct Tier {
    std::string_view method;
    double per_minute;
};
// providers/slack, "Methods": tier 2, tier 3, and one that is said to allow hundreds.
constexpr std::array<Tier, 4> tiers{{
    {"conversations.list", 20},
    {"users.list", 20},
    {"conversations.history", 50},
    {"auth.test", 300},
}};
constexpr double posts_at_once = 5;

bool takes_json(std::string_view path) {
    return path.ends_with("chat.postMessage") || path.ends_with("conversations.history") ||
           path.ends_with("auth.test");
}

// Opaque, and ends in `=` as the real ones do: to be encoded in a URL.
std::string cursor_of(std::string_view kind, std::size_t next) {
    auto cursor = fmt::format("next_{}:{}", kind, next);
    cursor += cursor.size() % 3 == 0 ? " " : "";
    return base64_encode(cursor);
}

// Where the page begins; nothing for a cursor that we did not give.
std::optional<std::size_t> page_start(const Call& call, std::string_view kind) {
    const auto cursor = call.argument("cursor");
    if (cursor.empty()) {
        return 0;
    }
    const auto text = base64_decode(cursor).value_or("");
    const auto prefix = fmt::format("next_{}:", kind);
    if (!text.starts_with(prefix)) {
        return std::nullopt;
    }
    std::size_t start = 0;
    for (const char c : text.substr(prefix.size())) {
        if (c >= '0' && c <= '9') {
            start = start * 10 + static_cast<std::size_t>(c - '0');
        }
    }
    return start;
}

std::string next_cursor(std::string_view kind, std::size_t next, std::size_t total) {
    return fmt::format(R"("response_metadata":{{"next_cursor":{}}})",
                       http::json_quote(next < total ? cursor_of(kind, next) : ""));
}

http::Response page(const json::array& all, std::string_view kind, std::string_view member,
                    const Call& call, std::string_view more) {
    const auto start = page_start(call, kind);
    // Without a limit the real one gives what it likes; here everything up to the most.
    const auto limit = call.limit(page_max, page_max);
    if (!start || *start > all.size()) {
        return refused("invalid_cursor");
    }
    if (!limit) {
        return refused("invalid_limit");
    }
    const auto end = std::min(*start + *limit, all.size());
    const json::array some(all.begin() + static_cast<std::ptrdiff_t>(*start),
                           all.begin() + static_cast<std::ptrdiff_t>(end));
    return fine(fmt::format("\"{}\":{}{},{}", member, json::serialize(some), more,
                            next_cursor(kind, end, all.size())),
                call);
}

bool type_wanted(const Channel& channel, std::string_view types) {
    return (types.empty() ? "public_channel" : types)
        .contains(channel.is_private ? "private_channel" : "public_channel");
}

}  // namespace

SlackProvider::SlackProvider(SlackOptions options)
    : options_(std::move(options)), workspace_(std::make_unique<Workspace>()) {}

SlackProvider::~SlackProvider() = default;

std::span<const Route> SlackProvider::routes() const {
    return table;
}

void SlackProvider::describe(const Incoming& incoming) const {
    if (incoming.route->operation != "chat.postMessage") {
        return;
    }
    const auto call = read_call(incoming, true);
    incoming.note("channel", std::string(call.argument("channel")));
    incoming.note("makes", event_of(call));
}

Duration SlackProvider::limit(const Incoming& incoming, const Call& call) {
    double at_once = posts_at_once;
    double per_second = 1;
    auto bucket = call.token + '\n' + std::string(call.method);
    const auto tier = std::ranges::find(tiers, call.method, &Tier::method);
    if (tier == tiers.end()) {
        bucket += '\n' + std::string(call.argument("channel"));
    } else {
        at_once = tier->per_minute;
        per_second = tier->per_minute / 60;
    }
    return buckets_.try_emplace(bucket, at_once, per_second).first->second.take(incoming.now);
}

http::Response SlackProvider::answer(const Incoming& incoming) {
    const auto call = read_call(incoming, takes_json(incoming.route->path_template));
    auto answer = dispatch(incoming, call);
    answer.header("content-type", "application/json; charset=utf-8");
    answer.header("x-slack-req-id", stable_hash(answer.body()));
    answer.header("vary", "Accept-Encoding");
    answer.header("x-oauth-scopes",
                  "chat:write,channels:read,groups:read,channels:history,users:read");
    return answer;
}

http::Response SlackProvider::dispatch(const Incoming& incoming, const Call& call) {
    if (!call.error.empty()) {
        return refused(call.error);
    }
    if (call.token.empty()) {
        return refused("not_authed");
    }
    if (std::ranges::find(options_.tokens, call.token) == options_.tokens.end()) {
        return refused("invalid_auth");
    }
    if (const auto wait = limit(incoming, call); wait > Duration::zero()) {
        return refuse({.status = 429,
                       .limit = "method",
                       .retry_after = std::to_string(internal::retry_after_seconds(wait))},
                      incoming.system_now);
    }
    if (call.method == "chat.postMessage") {
        return post_message(incoming, call);
    }
    if (call.method == "conversations.list") {
        return list_channels(call);
    }
    if (call.method == "conversations.history") {
        return history(call);
    }
    if (call.method == "users.list") {
        return list_users(call);
    }
    return fine(fmt::format(R"("url":"{}/","team":"apilab","user":"apilab","team_id":"{}",)"
                            R"("user_id":"{}","bot_id":"{}","is_enterprise_install":false)",
                            incoming.base_url, Workspace::team_id, Workspace::bot_user_id,
                            Workspace::bot_id),
                call);
}

http::Response SlackProvider::post_message(const Incoming& incoming, const Call& call) {
    Channel* channel = workspace_->find(call.argument("channel"));
    if (channel == nullptr || (channel->is_private && !channel->member)) {
        return refused("channel_not_found");
    }
    if (channel->archived) {
        return refused("is_archived");
    }
    if (!channel->member) {
        return refused("not_in_channel");
    }
    auto message = make_message(call, Workspace::next_ts(*channel, incoming.system_now));
    if (!message) {
        return refused(message.error());
    }
    // What is answered has no metadata: it is for those who ask for it in the history.
    auto shown = *message;
    shown.erase("metadata");
    auto answer = fine(fmt::format("\"channel\":\"{}\",\"ts\":{},\"message\":{}", channel->id,
                                   json::serialize(message->at("ts")), json::serialize(shown)),
                       call);
    channel->messages.push_back(*std::move(message));
    ++posted_[event_of(call)];
    return answer;
}

http::Response SlackProvider::list_channels(const Call& call) const {
    json::array channels;
    for (const auto& channel : workspace_->channels()) {
        if (type_wanted(channel, call.argument("types")) &&
            !(channel.archived && call.flag("exclude_archived"))) {
            channels.emplace_back(channel_object(channel));
        }
    }
    return page(channels, "ch", "channels", call, "");
}

http::Response SlackProvider::list_users(const Call& call) const {
    return page(workspace_->users(), "user", "members", call, ",\"cache_ts\":1735689600");
}

http::Response SlackProvider::history(const Call& call) {
    const Channel* channel = workspace_->find(call.argument("channel"));
    if (channel == nullptr) {
        return refused("channel_not_found");
    }
    if (!channel->member) {
        return refused("not_in_channel");
    }
    const auto start = page_start(call, "ts");
    const auto limit = call.limit(100, 999);
    if (!start || !limit) {
        return refused(start ? "invalid_limit" : "invalid_cursor");
    }
    const auto found = messages_between(*channel, call);
    const auto end = std::min(*start + *limit, found.size());
    json::array some;
    for (std::size_t i = *start; i < end; ++i) {
        auto message = *found[i];
        if (!call.flag("include_all_metadata")) {
            message.erase("metadata");
        }
        some.emplace_back(std::move(message));
    }
    const bool more = end < found.size();
    std::string members =
        fmt::format(R"("messages":{},"has_more":{},"pin_count":0,"channel_actions_ts":null,)"
                    R"("channel_actions_count":0)",
                    json::serialize(some), more);
    // Nothing more: the real one leaves the whole object out (providers/slack, "Pagination").
    members += more ? "," + next_cursor("ts", end, found.size()) : "";
    return fine(members, call);
}

const PageShape* SlackProvider::pages_of(std::string_view operation) const {
    static constexpr PageShape channels{.items = "channels",
                                        .next = "/response_metadata/next_cursor",
                                        .asked = "cursor",
                                        .size = "limit",
                                        .size_default = page_max,
                                        .size_max = page_max,
                                        .none = "\"\""};
    static constexpr PageShape users{.items = "members",
                                     .next = "/response_metadata/next_cursor",
                                     .asked = "cursor",
                                     .size = "limit",
                                     .size_default = page_max,
                                     .size_max = page_max,
                                     .none = "\"\""};
    static constexpr PageShape messages{.items = "messages",
                                        .id = "ts",
                                        .next = "/response_metadata/next_cursor",
                                        .asked = "cursor",
                                        .size = "limit",
                                        .size_max = 999,
                                        .none = "\"\"",
                                        .more = "has_more"};
    if (operation.starts_with("conversations.list")) {
        return &channels;
    }
    if (operation == "users.list") {
        return &users;
    }
    return operation.starts_with("conversations.history") ? &messages : nullptr;
}

std::optional<http::Response> SlackProvider::expired_page(const Incoming& /*incoming*/) const {
    return refused("invalid_cursor");
}

http::Response SlackProvider::unknown_path(const http::Request& request) const {
    const auto& path = request.url().path();
    const auto method = path.substr(path.rfind('/') + 1);
    return http::Response::json(200, "{\"ok\":false,\"error\":\"unknown_method\",\"req_method\":" +
                                         http::json_quote(method) + "}");
}

http::Response SlackProvider::refuse(const Refusal& refusal, SystemTime /*now*/) const {
    const int status = refusal.status != 0 ? refusal.status : 429;
    if (status == 429) {
        auto answer = refused("ratelimited");
        answer.status(429);
        answer.header("retry-after", refusal.retry_after.empty() ? "30" : refusal.retry_after);
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

void SlackProvider::reset() {
    workspace_->reset();
    buckets_.clear();
    posted_.clear();
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
