#include "apilab/radar/internal/answers_heard.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "apilab/http/date.hpp"
#include "apilab/http/json.hpp"
#include "apilab/provider/endpoint.hpp"

namespace apilab::radar::internal {
namespace {

constexpr int first_refusal = 400;
constexpr std::size_t refusal_max = std::size_t{64} << 10U;
constexpr std::size_t id_max = 100;

// Under which name each of them says it.
constexpr std::array<std::string_view, 5> id_headers{
    "x-github-request-id", "x-slack-req-id", "x-notion-request-id", "x-request-id", "request-id"};

std::string id_of(const http::Response& response) {
    for (const auto name : id_headers) {
        if (const auto id = response.headers().value(name); !id.empty()) {
            return std::string(id.substr(0, id_max));
        }
    }
    return {};
}

std::string words_of(std::string_view body) {
    const auto document =
        body.size() <= refusal_max
            ? http::JsonDocument::parse(body)
            : Result<http::JsonDocument>(fail(ErrorKind::too_large, "a page for people"));
    if (!document) {
        return {};
    }
    for (const auto* place : {"/message", "/error/message", "/error_description"}) {
        if (const auto text = document->root().at_pointer(place).string()) {
            return std::string(*text);
        }
    }
    return {};
}

}  // namespace

void AnswersHeard::hear_clock(const std::string& origin, const http::Response& response,
                              SystemTime asked) {
    const auto field = response.headers().get("date");
    const auto date = field ? http::parse_http_date(*field) : std::nullopt;
    if (!date || (clocks_.size() >= origins_max && !clocks_.contains(origin))) {
        return;
    }
    // It was written while we waited, and cut to the second: within that nobody is wrong.
    const auto now = clock_.system_now();
    const Duration early = asked - std::chrono::seconds(1) - *date;
    const Duration late = *date - now;
    const Duration ahead = early > Duration::zero()  ? -early
                           : late > Duration::zero() ? late
                                                     : Duration::zero();
    clocks_[origin] = std::chrono::round<std::chrono::seconds>(ahead);
}

runtime::Task<Result<http::Response>> AnswersHeard::call(http::Request request,
                                                         runtime::CallContext context) {
    const auto asked = clock_.system_now();
    const auto origin = request.url().origin();
    HeardAnswer heard{.request_id = std::string(request.headers().value("x-request-id")),
                      .trace_context = std::string(request.headers().value("traceparent")),
                      .provider = context.operation.provider,
                      .operation = context.operation.name};
    auto reply = co_await beyond_.call(std::move(request), std::move(context));
    if (!reply) {
        co_return reply;
    }
    hear_clock(origin, *reply, asked);
    heard.status = reply->status();
    heard.their_id = id_of(*reply);
    if (reply->status() >= first_refusal) {
        heard.code = provider::refusal_of(*reply, heard.provider).provider_code();
        heard.words = words_of(reply->body());
    }
    if (told_ && (!heard.their_id.empty() || heard.status >= first_refusal)) {
        told_(heard);
    }
    co_return reply;
}

}  // namespace apilab::radar::internal
