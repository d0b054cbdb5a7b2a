#include "apilab/provider/slack.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <memory>
#include <utility>

#include "apilab/base/as_kind.hpp"
#include "apilab/base/try.hpp"
#include "apilab/data/decode.hpp"
#include "apilab/data/page_rules.hpp"
#include "apilab/http/json.hpp"
#include "apilab/http/url.hpp"
#include "apilab/provider/internal/one_line.hpp"

namespace apilab::provider {
namespace {

using http::Effect;
using http::json_quote;
using http::Query;
using runtime::Task;

constexpr std::int64_t page_size = 200;
constexpr std::size_t code_max = 100;

// The token itself, and what it may not do (slack-api-ref, common errors).
constexpr std::array<std::string_view, 17> bad_token = {"not_authed",
                                                        "invalid_auth",
                                                        "account_inactive",
                                                        "token_expired",
                                                        "token_revoked",
                                                        "no_permission",
                                                        "missing_scope",
                                                        "not_allowed_token_type",
                                                        "org_login_required",
                                                        "ekm_access_denied",
                                                        "enterprise_is_restricted",
                                                        "team_access_not_granted",
                                                        "team_access_denied",
                                                        "access_denied",
                                                        "accesslimited",
                                                        "two_factor_setup_required",
                                                        "is_bot"};

bool says_limit(std::string_view code) {
    return code == "ratelimited" || code == "rate_limited";
}

ErrorKind kind_of(std::string_view code) {
    if (says_limit(code)) {
        return ErrorKind::rate_limited;
    }
    return Slack::refuses_token(code) ? ErrorKind::auth : ErrorKind::status;
}

std::string cut(std::string_view text) {
    return internal::one_line(text, code_max);
}

// `is_archived`, and what Slack says about it: `[ERROR] missing required field: channel`.
std::string sentence(http::Json root, std::string_view code) {
    std::string text = "slack refused: " + std::string(code.empty() ? "no reason" : code);
    if (const auto said = root.at_pointer("/response_metadata/messages/0").string()) {
        text += " (" + cut(*said) + ")";
    }
    if (const auto needed = root["needed"].string()) {
        text += " (needs " + cut(*needed) + ")";
    }
    return text;
}

// Slack writes whole seconds, and no dates.
std::optional<Duration> asked_wait(const http::Response& answer) {
    const auto text = answer.headers().value("retry-after");
    std::int64_t seconds = 0;
    const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    const bool whole = wrong == std::errc() && end == text.data() + text.size();
    constexpr std::int64_t longest = 7 * 86'400;
    return whole && seconds >= 0 && seconds <= longest
               ? std::optional<Duration>(std::chrono::seconds(seconds))
               : std::nullopt;
}

Error refusal_in(const http::Response& answer, http::Json root) {
    const auto code = cut(root["error"].string_or(""));
    auto error = Error(kind_of(code), sentence(root, code))
                     .with_outcome(Outcome::answered)
                     .with_status(answer.status())
                     .with_provider_code(code)
                     .with_request_id(cut(answer.headers().value("x-slack-req-id")));
    if (const auto needed = root["needed"].string()) {
        error = std::move(error).with_detail(cut(*needed));
    }
    return error;
}

std::vector<std::string> warnings_of(http::Json root) {
    std::vector<std::string> warnings;
    for (const auto one : root.at_pointer("/response_metadata/warnings").elements()) {
        warnings.push_back(cut(one.string_or("")));
    }
    if (const auto one = root["warning"].string(); one && warnings.empty()) {
        warnings.push_back(cut(*one));
    }
    return warnings;
}

runtime::Operation operation(const Slack::Method& method) {
    return {.provider = "slack",
            .name = std::string(method.name),
            .url_template = "/api/" + std::string(method.name),
            .effect = method.effect};
}

void add(Query& query, std::string_view name, const std::string& value) {
    if (!value.empty()) {
        query.add(name, value);
    }
}

Query arguments_of(const Slack::Message& message) {
    Query query;
    query.add("channel", message.channel).add("text", message.text);
    add(query, "blocks", message.blocks);
    add(query, "thread_ts", message.thread_ts);
    if (!message.key.empty()) {
        query.add("metadata", R"({"event_type":)" + json_quote(Slack::event_type) +
                                  R"(,"event_payload":{"key":)" + json_quote(message.key) + "}}");
    }
    if (message.broadcast) {
        query.add("reply_broadcast", true);
    }
    if (!message.unfurl) {
        query.add("unfurl_links", false).add("unfurl_media", false);
    }
    return query;
}

Query of_channel(const std::string& channel) {
    return Query()
        .add("channel", channel)
        .add("limit", page_size)
        .add("include_all_metadata", true);
}

constexpr Slack::Method post_message{.name = "chat.postMessage", .effect = Effect::write};
constexpr Slack::Method read_history{.name = "conversations.history"};

// What a walk says of a refusal, in Slack's own kinds.
Error of_walk(const Error& error) {
    const auto kind = kind_of(error.provider_code());
    const bool said = error.kind() == ErrorKind::status && !error.provider_code().empty();
    return said ? as_kind(error, kind) : error;
}

// Is what a message is found by readable?
bool readable(const slack::Message& message, const data::DriftReport& drift) {
    return !message.ts.empty() && std::ranges::none_of(drift.entries, [](const data::Drift& one) {
        return one.pattern.starts_with("/metadata") || one.pattern == "/ts";
    });
}

}  // namespace

Slack Slack::until(SteadyTime deadline) const {
    auto copy = *this;
    copy.endpoint_.deadline = deadline;
    return copy;
}

Slack Slack::within(const http::TraceContext& trace) const {
    auto copy = *this;
    copy.endpoint_.trace = trace;
    return copy;
}

void Slack::note(std::string_view method, const data::DriftReport& drift,
                 const std::vector<std::string>& warnings) const {
    if (options_.noted && (!drift.none() || !warnings.empty())) {
        options_.noted(method, drift, warnings);
    }
}

http::Request Slack::request(const Method& method, const Query& arguments) const {
    const auto path = "/api/" + std::string(method.name);
    // A charset would be warned of: a form is UTF-8 anyway.
    auto request = method.effect == Effect::read
                       ? http::Request::get(endpoint_.base.with(path, arguments.to_string()))
                       : http::Request::post(endpoint_.base.with(path), arguments.to_string(),
                                             "application/x-www-form-urlencoded");
    request.header("authorization", "Bearer " + std::string(token_.reveal()));
    return request;
}

http::Request Slack::post_request(const Message& message) const {
    return request(post_message, arguments_of(message));
}

http::Request Slack::history_request(const std::string& channel) const {
    return request(read_history, of_channel(channel));
}

Result<http::JsonDocument> Slack::read(const http::Response& answer) {
    auto document = http::JsonDocument::parse(answer.body());
    const auto root = document ? document->root() : http::Json();
    if (!answer.ok()) {
        Error error = refusal_of(answer, "slack");
        if (says_limit(error.provider_code())) {
            error = as_kind(error, ErrorKind::rate_limited);
        }
        if (const auto wait = asked_wait(answer); wait && !error.retry_after()) {
            error = std::move(error).with_retry_after(*wait);
        }
        return fail(
            std::move(error).with_request_id(cut(answer.headers().value("x-slack-req-id"))));
    }
    if (root["ok"].boolean().value_or(false)) {
        return document;
    }
    if (root["ok"].missing()) {
        APILAB_TRY([[maybe_unused]] const auto json, decode(answer, "slack"));
        return fail(Error(ErrorKind::decode, "slack: an answer without \"ok\"")
                        .with_outcome(Outcome::answered)
                        .with_detail("/ok"));
    }
    return fail(refusal_in(answer, root));
}

std::string Slack::refusal(const http::Response& answer) {
    const auto document = http::JsonDocument::parse(answer.ok() ? answer.body() : "{}");
    const bool no = document && !document->root()["ok"].boolean().value_or(true);
    return no ? std::string(document->root()["error"].string_or("unknown")) : std::string();
}

bool Slack::passing(std::string_view code) {
    return says_limit(code) || code == "service_unavailable" || code == "team_added_to_org";
}

bool Slack::refuses_token(std::string_view code) {
    return std::ranges::find(bad_token, code) != bad_token.end();
}

std::string Slack::ts_of(SystemTime moment) {
    const auto micros =
        std::chrono::duration_cast<std::chrono::microseconds>(moment.time_since_epoch()).count();
    constexpr std::int64_t second = 1'000'000;
    const auto since = std::max<std::int64_t>(micros, 0);
    return fmt::format("{}.{:06}", since / second, since % second);
}

Task<Result<Slack::Answer>> Slack::ask(Method method, Query arguments) const {
    const auto what = "slack " + std::string(method.name);
    runtime::CallContext context;
    context.operation = operation(method);
    context.deadline = endpoint_.deadline;
    context.trace = endpoint_.trace;
    auto reply = co_await endpoint_.client->call(request(method, arguments), std::move(context));
    if (!reply) {
        co_return fail(std::move(reply).error().in(what));
    }
    auto document = read(*reply);
    if (!document) {
        co_return fail(std::move(document).error().in(what));
    }
    auto warnings = warnings_of(document->root());
    note(method.name, {}, warnings);
    co_return Answer{.document = *std::move(document), .warnings = std::move(warnings)};
}

// The model that stands at `pointer` of the answer; empty: the answer is it.
template <class T>
Task<Result<T>> Slack::model(Method method, Query arguments, std::string_view pointer) const {
    APILAB_CO_TRY(const auto answer, co_await ask(method, std::move(arguments)));
    auto decoded = data::decode<T>(answer.document.root().at_pointer(pointer));
    if (!decoded) {
        co_return fail(std::move(decoded)
                           .error()
                           .with_outcome(Outcome::answered)
                           .in("slack " + std::string(method.name) + std::string(pointer)));
    }
    note(method.name, decoded->drift, {});
    co_return std::move(decoded->value);
}

Result<std::unique_ptr<data::PageSource>> Slack::list(const Method& method, const Query& arguments,
                                                      std::string items,
                                                      data::PageOptions options) const {
    options.walk = "slack " + std::string(method.name);
    options.operation = operation(method);
    options.deadline = endpoint_.deadline;
    options.trace = endpoint_.trace;
    auto rules = data::page_rules::slack(std::move(items));
    if (rules.items == "/messages") {
        rules.more = "/has_more";
    }
    return data::PageSource::create(*endpoint_.client, request(method, arguments), std::move(rules),
                                    std::move(options));
}

Task<Result<slack::Identity>> Slack::auth_test() const {
    co_return co_await model<slack::Identity>({.name = "auth.test"}, Query());
}

Task<Result<Slack::Posted>> Slack::post(Message message) const {
    co_return co_await model<Posted>(post_message, arguments_of(message));
}

Task<Result<Slack::Posted>> Slack::post_once(Message message) const {
    for (int posts = 1;; ++posts) {
        auto posted = co_await post(message);
        if (posted || posted.error().outcome() != Outcome::unknown) {
            co_return posted;
        }
        auto found = co_await find(message.channel, message.key);
        if (!found) {
            co_return fail(std::move(found)
                               .error()
                               .with_outcome(Outcome::unknown)
                               .in("slack: was the message posted?"));
        }
        if (*found) {
            co_return Posted{.channel = message.channel, .ts = (*found)->ts};
        }
        if (posts == posts_max) {
            co_return posted;
        }
    }
}

Task<Result<Slack::Posted>> Slack::update(Edit edit) const {
    Query query;
    query.add("channel", edit.channel).add("ts", edit.ts).add("text", edit.text);
    query.add("blocks", edit.blocks.empty() ? "[]" : edit.blocks);
    co_return co_await model<Posted>({.name = "chat.update", .effect = Effect::idempotent},
                                     std::move(query));
}

Task<Result<bool>> Slack::remove(std::string channel, std::string ts) const {
    const auto answer = co_await ask({.name = "chat.delete", .effect = Effect::idempotent},
                                     Query().add("channel", channel).add("ts", ts));
    if (!answer && answer.error().provider_code() == "message_not_found") {
        co_return false;
    }
    if (!answer) {
        co_return fail(answer.error());
    }
    co_return true;
}

Task<Result<std::string>> Slack::permalink(std::string channel, std::string ts) const {
    co_return co_await model<std::string>({.name = "chat.getPermalink"},
                                          Query().add("channel", channel).add("message_ts", ts),
                                          "/permalink");
}

Task<Result<Slack::History>> Slack::walk(Method method, Query arguments, Window window) const {
    add(arguments, "oldest", window.oldest);
    add(arguments, "latest", window.latest);
    data::PageOptions options{.pages_max = window.pages_max, .at_cap = data::AtCap::end};
    options.key = "/ts";
    APILAB_CO_TRY(auto pages, list(method, arguments, "/messages", std::move(options)));
    History history;
    while (auto item = co_await pages->next()) {
        if (!*item) {
            co_return fail(of_walk(item->error()).in("slack " + std::string(method.name)));
        }
        // A message that is no object is one more that could not be read.
        auto decoded = data::decode<slack::Message>(**item);
        if (!decoded) {
            ++history.unreadable;
            continue;
        }
        history.unreadable += readable(decoded->value, decoded->drift) ? 0 : 1;
        note(method.name, decoded->drift, {});
        history.messages.push_back(std::move(decoded->value));
    }
    history.complete = pages->walk().summary().end == data::WalkEnd::complete;
    co_return history;
}

Task<Result<Slack::History>> Slack::history(std::string channel, Window window) const {
    co_return co_await walk(read_history, of_channel(channel), std::move(window));
}

Task<Result<Slack::History>> Slack::history(std::string channel) const {
    co_return co_await history(std::move(channel), Window());
}

bool Slack::bears(const slack::Message& message, std::string_view key) {
    if (!message.metadata || message.metadata->event_type != event_type) {
        return false;
    }
    const auto payload = http::JsonDocument::parse(message.metadata->event_payload.text);
    return payload && payload->root()["key"].string_or("") == key;
}

Task<Result<std::optional<slack::Message>>> Slack::find(std::string channel,
                                                        std::string key) const {
    APILAB_CO_TRY(auto all, co_await history(std::move(channel)));
    for (slack::Message& message : all.messages) {
        if (bears(message, key)) {
            co_return std::move(message);
        }
    }
    if (!all.complete || all.unreadable > 0) {
        co_return fail(ErrorKind::too_large, "slack: the history was not read to its end");
    }
    co_return std::nullopt;
}

Task<Result<Slack::History>> Slack::replies(std::string channel, std::string ts,
                                            Window window) const {
    auto query = of_channel(channel);
    query.add("ts", ts);
    co_return co_await walk({.name = "conversations.replies"}, std::move(query), std::move(window));
}

Task<Result<std::optional<slack::User>>> Slack::lookup_by_email(std::string email) const {
    auto user = co_await model<slack::User>({.name = "users.lookupByEmail"},
                                            Query().add("email", email), "/user");
    if (!user && user.error().provider_code() == "users_not_found") {
        co_return std::nullopt;
    }
    if (!user) {
        co_return fail(std::move(user).error());
    }
    co_return *std::move(user);
}

namespace {

constexpr Slack::Method list_channels{.name = "conversations.list"};
constexpr std::uint64_t channel_pages_max = 500;

Query of_types(const std::string& types, bool archived) {
    return Query().add("types", types).add("exclude_archived", !archived).add("limit", page_size);
}

}  // namespace

Task<Result<std::vector<slack::Channel>>> Slack::channels(Channels which) const {
    APILAB_CO_TRY(auto pages, list(list_channels, of_types(which.types, which.archived),
                                   "/channels", {.pages_max = channel_pages_max, .key = "/id"}));
    std::vector<slack::Channel> all;
    while (auto item = co_await pages->next()) {
        if (!*item) {
            co_return fail(of_walk(item->error()).in("slack conversations.list"));
        }
        APILAB_CO_TRY(auto channel, data::decode<slack::Channel>(**item));
        note(list_channels.name, channel.drift, {});
        all.push_back(std::move(channel.value));
    }
    co_return all;
}

Task<Result<std::optional<slack::Channel>>> Slack::channel_named(std::string name,
                                                                 std::string types) const {
    const std::string wanted = name.starts_with('#') ? name.substr(1) : name;
    APILAB_CO_TRY(auto pages, list(list_channels, of_types(types, false), "/channels",
                                   {.pages_max = channel_pages_max, .key = "/id"}));
    while (auto item = co_await pages->next()) {
        if (!*item) {
            co_return fail(of_walk(item->error()).in("slack conversations.list"));
        }
        if ((**item)["name"].string_or("") == wanted) {
            APILAB_CO_TRY(auto channel, data::decode<slack::Channel>(**item));
            co_return std::move(channel.value);
        }
    }
    co_return std::nullopt;
}

Task<Result<slack::Channel>> Slack::open(std::string user) const {
    co_return co_await model<slack::Channel>(
        {.name = "conversations.open", .effect = Effect::idempotent}, Query().add("users", user),
        "/channel");
}

Task<Result<void>> Slack::send_bytes(slack::UploadTicket ticket, std::string bytes) const {
    const auto url = http::Url::parse(ticket.upload_url);
    if (!url || (!url->secure() && url->origin() != endpoint_.base.origin())) {
        co_return fail(Error(ErrorKind::decode,
                             "slack files.getUploadURLExternal: /upload_url is no https URL")
                           .with_outcome(Outcome::answered)
                           .with_detail("/upload_url"));
    }
    // No credentials: the address is one, and may be somebody else's.
    auto request = http::Request::post(*url, std::move(bytes), "application/octet-stream");
    APILAB_CO_TRY([[maybe_unused]] const auto answer,
                  co_await call(endpoint_, std::move(request),
                                {.provider = "slack",
                                 .name = "upload",
                                 .url_template = "/upload/v1/{key}",
                                 .effect = Effect::idempotent}));
    co_return Result<void>();
}

Task<Result<slack::File>> Slack::upload(Upload file) const {
    if (file.bytes.size() > upload_max) {
        co_return fail(ErrorKind::too_large, fmt::format("slack upload: {} bytes, at most {}",
                                                         file.bytes.size(), upload_max));
    }
    // A place that nobody used is forgotten: to ask for two does no harm.
    APILAB_CO_TRY(auto ticket,
                  co_await model<slack::UploadTicket>(
                      {.name = "files.getUploadURLExternal", .effect = Effect::idempotent},
                      Query().add("filename", file.filename).add("length", file.bytes.size())));
    APILAB_CO_CHECK(co_await send_bytes(ticket, std::move(file.bytes)));
    Query query;
    const auto title = file.title.empty() ? file.filename : file.title;
    query.add("files", R"([{"id":)" + json_quote(ticket.file_id) + R"(,"title":)" +
                           json_quote(title) + "}]");
    add(query, "channel_id", file.channel);
    add(query, "initial_comment", file.comment);
    add(query, "thread_ts", file.thread_ts);
    co_return co_await model<slack::File>(
        {.name = "files.completeUploadExternal", .effect = Effect::write}, std::move(query),
        "/files/0");
}

}  // namespace apilab::provider
