#include "apilab/provider/slack.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "apilab/base/try.hpp"
#include "apilab/http/json.hpp"

namespace apilab::provider {
namespace {

using http::json_quote;

constexpr std::array<std::string_view, 7> dead_token = {
    "not_authed",    "invalid_auth",  "account_inactive",      "token_expired",
    "token_revoked", "no_permission", "not_allowed_token_type"};

ErrorKind kind_of(int status, std::string_view code) {
    if (status == 429 || code == "ratelimited" || code == "rate_limited") {
        return ErrorKind::rate_limited;
    }
    return std::ranges::find(dead_token, code) != dead_token.end() ? ErrorKind::auth
                                                                   : ErrorKind::status;
}

}  // namespace

http::Request Slack::request(std::string_view method, std::string body) const {
    // Without a charset Slack answers with a warning.
    auto request = http::Request::post(endpoint_.base.with("/api/" + std::string(method)),
                                       std::move(body), "application/json; charset=utf-8");
    request.header("authorization", "Bearer " + std::string(token_.reveal()));
    return request;
}

http::Request Slack::post_request(const Message& message) const {
    std::string body =
        "{\"channel\":" + json_quote(message.channel) + ",\"text\":" + json_quote(message.text);
    if (!message.key.empty()) {
        body += R"(,"metadata":{"event_type":"apilab","event_payload":{"key":)" +
                json_quote(message.key) + "}}";
    }
    return request("chat.postMessage", body + "}");
}

http::Request Slack::history_request(const std::string& channel) const {
    return request("conversations.history", "{\"channel\":" + json_quote(channel) +
                                                R"(,"limit":200,"include_all_metadata":true})");
}

Result<http::JsonDocument> Slack::read(const http::Response& answer) {
    auto document = http::JsonDocument::parse(answer.body());
    const auto root = document ? document->root() : http::Json();
    if (answer.ok() && root["ok"].boolean().value_or(false)) {
        return document;
    }
    if (answer.ok() && root["ok"].missing()) {
        APILAB_TRY([[maybe_unused]] const auto json, decode(answer, "slack"));
        return fail(Error(ErrorKind::decode, "slack: an answer without \"ok\"")
                        .with_outcome(Outcome::answered));
    }
    const std::string code(root["error"].string_or(""));
    auto error = Error(kind_of(answer.status(), code),
                       "slack refused: " + (code.empty() ? std::to_string(answer.status()) : code))
                     .with_outcome(Outcome::answered)
                     .with_status(answer.status())
                     .with_provider_code(code);
    return fail(std::move(error));
}

std::string Slack::refusal(const http::Response& answer) {
    const auto document = http::JsonDocument::parse(answer.ok() ? answer.body() : "{}");
    const bool no = document && !document->root()["ok"].boolean().value_or(true);
    return no ? std::string(document->root()["error"].string_or("unknown")) : std::string();
}

bool Slack::passing(std::string_view code) {
    return code == "ratelimited" || code == "rate_limited" || code == "service_unavailable" ||
           code == "team_added_to_org";
}

runtime::Task<Result<http::JsonDocument>> Slack::ask(http::Request request,
                                                     runtime::Operation operation) const {
    const auto what = "slack " + operation.name;
    APILAB_CO_TRY(auto answer, co_await call(endpoint_, std::move(request), std::move(operation)));
    auto document = read(answer);
    if (!document) {
        co_return fail(std::move(document).error().in(what));
    }
    co_return document;
}

runtime::Task<Result<Slack::Posted>> Slack::post(Message message) const {
    APILAB_CO_TRY(auto document,
                  co_await ask(post_request(message), {.provider = "slack",
                                                       .name = "chat.postMessage",
                                                       .url_template = "/api/chat.postMessage",
                                                       .effect = http::Effect::write}));
    const auto root = document.root();
    co_return Posted{.channel = std::string(root["channel"].string_or("")),
                     .ts = std::string(root["ts"].string_or(""))};
}

runtime::Task<Result<http::JsonDocument>> Slack::history(std::string channel) const {
    co_return co_await ask(history_request(channel), {.provider = "slack",
                                                      .name = "conversations.history",
                                                      .url_template = "/api/conversations.history",
                                                      .effect = http::Effect::read});
}

}  // namespace apilab::provider
