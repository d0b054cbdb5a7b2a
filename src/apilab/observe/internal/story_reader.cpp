// The way back from story_json.cpp.

#include <limits>
#include <optional>
#include <utility>

#include "apilab/base/try.hpp"
#include "apilab/http/date.hpp"
#include "apilab/observe/internal/json_fields.hpp"
#include "apilab/observe/internal/story_words.hpp"
#include "apilab/observe/story_json.hpp"

namespace apilab::observe {
namespace {

using internal::JsonFields;

constexpr std::int64_t int_max = std::numeric_limits<int>::max();
constexpr auto time_max = StoryLimits::time_max;
// A sum of such times stays a time.
constexpr std::int64_t clock_max = std::int64_t{1} << 61U;
// The year 2200: what a story may begin at, so that what comes after can be counted from there.
constexpr std::int64_t started_max = 7'258'118'400;

int small(const JsonFields& fields, std::string_view name) {
    return static_cast<int>(fields.integer(name, 0, int_max));
}
int status(const JsonFields& fields, std::string_view name = "status") {
    return static_cast<int>(fields.integer(name, 0, 999));
}
Duration length(const JsonFields& fields, std::string_view name) {
    return fields.duration(name, Duration::zero(), time_max);
}
SteadyTime moment(const JsonFields& fields, std::string_view name, SteadyTime from) {
    return from + fields.duration(name, -time_max, time_max);
}
template <class E>
E word(const JsonFields& fields, std::string_view name, E last) {
    return fields.choice(name, last, [](E value) { return to_string(value); });
}
std::optional<ErrorKind> error_of(const JsonFields& fields) {
    return fields.has("error") ? std::optional(word(fields, "error", ErrorKind::internal))
                               : std::nullopt;
}

http::Phases phases_of(const JsonFields& fields) {
    return {.queue = length(fields, "queue"),
            .resolve = length(fields, "resolve"),
            .connect = length(fields, "connect"),
            .tls = length(fields, "tls"),
            .send = length(fields, "send"),
            .first_byte = length(fields, "first_byte"),
            .receive = length(fields, "receive")};
}

http::AttemptRecord attempt_of(const JsonFields& fields, SteadyTime from) {
    return {.number = small(fields, "number"),
            .hop = small(fields, "hop"),
            .hedge = fields.flag("hedge"),
            .started = moment(fields, "started", from),
            .elapsed = length(fields, "elapsed"),
            .phases = phases_of(fields.object("phases")),
            .reused_connection = fields.flag("reused_connection"),
            .replayed = fields.flag("replayed"),
            .tls_resumed = fields.flag("tls_resumed"),
            .status = status(fields),
            .error = error_of(fields),
            .error_message = fields.text("error_message"),
            .outcome = word(fields, "outcome", Outcome::answered),
            .bytes_sent = fields.count("bytes_sent"),
            .bytes_received = fields.count("bytes_received"),
            .span = fields.hex("span")};
}

http::WaitRecord wait_of(const JsonFields& fields, SteadyTime from) {
    return {.after_attempt = small(fields, "after_attempt"),
            .cause = word(fields, "cause", http::WaitCause::refresh),
            .started = moment(fields, "started", from),
            .planned = length(fields, "planned"),
            .elapsed = length(fields, "elapsed")};
}

http::DecisionRecord decision_of(const JsonFields& fields) {
    http::DecisionRecord decision{
        .after_attempt = small(fields, "after_attempt"),
        .max_attempts = small(fields, "max_attempts"),
        .verdict =
            fields.choice("verdict", http::DecisionRecord::Verdict::cached, internal::verdict_word),
        .reason = word(fields, "reason", http::RetryReason::not_sent),
        .ending = word(fields, "ending", Ending::redirect),
        .status = status(fields),
        .error = error_of(fields),
        .outcome = word(fields, "outcome", Outcome::answered),
        .wait = fields.duration("wait", -time_max, time_max),
        .wait_cause = word(fields, "wait_cause", http::WaitCause::refresh),
        .budget_size = small(fields, "budget_size"),
        .retry_after_garbage = fields.flag("retry_after_garbage"),
        .applied_before = fields.flag("applied_before"),
        .target = fields.text("target"),
        .credentials_dropped = fields.flag("credentials_dropped"),
        .cache = word(fields, "cache", http::CacheRecord::Use::only_if_cached)};
    if (fields.has("budget_left")) {
        decision.budget_left = small(fields, "budget_left");
    }
    return decision;
}

http::CacheRecord cache_of(const JsonFields& fields) {
    http::CacheRecord cache{.how = word(fields, "how", http::CacheRecord::How::request),
                            .use = word(fields, "use", http::CacheRecord::Use::only_if_cached),
                            .stored = fields.flag("stored"),
                            .collapsed = fields.flag("collapsed"),
                            .fwd_status = status(fields, "fwd_status")};
    if (fields.has("ttl")) {
        cache.ttl = fields.duration("ttl", -time_max, time_max);
    }
    return cache;
}

void read_trace(const JsonFields& fields, http::CallRecord& call) {
    call.trace = {.high = fields.hex("high"),
                  .low = fields.hex("low"),
                  .span = fields.hex("span"),
                  .sampled = fields.flag("sampled")};
    call.parent_span = fields.hex("parent");
}

http::CallRecord call_of(const JsonFields& fields) {
    http::CallRecord call{.id = fields.text("id"),
                          .provider = fields.text("provider"),
                          .operation = fields.text("operation"),
                          .method = fields.text("method"),
                          .url_template = fields.text("url_template"),
                          .origin = fields.text("origin"),
                          .effect = word(fields, "effect", http::Effect::write),
                          .idempotency_key = fields.text("idempotency_key")};
    call.started = SteadyTime(Duration(fields.integer("clock", -clock_max, clock_max)));
    call.elapsed = length(fields, "elapsed");
    const auto from = call.started;
    const auto list_max = StoryLimits::list_max;
    fields.each("attempts", list_max, [&](const JsonFields& element) {
        call.attempts.push_back(attempt_of(element, from));
    });
    fields.each("waits", list_max,
                [&](const JsonFields& element) { call.waits.push_back(wait_of(element, from)); });
    fields.each("decisions", list_max,
                [&](const JsonFields& element) { call.decisions.push_back(decision_of(element)); });
    if (fields.has("cache")) {
        call.cache = cache_of(fields.object("cache"));
    }
    call.status = status(fields);
    call.error = error_of(fields);
    call.ending = word(fields, "ending", Ending::redirect);
    if (fields.has("deadline")) {
        call.deadline = moment(fields, "deadline", from);
    }
    read_trace(fields.object("trace"), call);
    call.follows = fields.text("follows");
    return call;
}

http::Headers headers_of(const JsonFields& fields) {
    http::Headers headers;
    fields.each("headers", StoryLimits::list_max, [&](const JsonFields& element) {
        headers.add(element.text("name"), element.text("value"));
    });
    return headers;
}

Exchange exchange_of(const JsonFields& fields, std::size_t attempts) {
    const auto request = fields.object("request");
    Exchange exchange{.attempt = fields.count("attempt"),
                      .method = request.text("method"),
                      .url = request.text("url"),
                      .request_headers = headers_of(request),
                      .request_body = request.text("body"),
                      .request_body_size = request.count("body_size"),
                      .answered = fields.has("answer")};
    if (exchange.attempt >= attempts) {
        fields.wrong("attempt", "the call has no attempt in that place");
    }
    const auto answer = fields.object("answer");
    exchange.reason = answer.text("reason");
    exchange.response_headers = headers_of(answer);
    exchange.response_body = answer.text("body");
    exchange.response_body_size = answer.count("body_size");
    return exchange;
}

SystemTime started_of(const JsonFields& fields) {
    const auto time = http::parse_iso_time(fields.text("started"));
    if (!time || *time < SystemTime() || *time > SystemTime(std::chrono::seconds(started_max))) {
        fields.wrong("started", "expected a time like 2026-11-27T05:00:00Z, from 1970 to 2199");
        return {};
    }
    return *time;
}

void check_version(const JsonFields& fields) {
    const auto version = fields.integer("version", 0, std::numeric_limits<std::int64_t>::max());
    if (version != internal::story_version) {
        fields.wrong("version", version > internal::story_version
                                    ? "a newer version of apilab wrote this; use that one"
                                    : "expected 1");
    }
}

}  // namespace

Result<Story> parse_story(std::string_view text) {
    auto document =
        http::JsonDocument::parse(text, {.size_max = StoryLimits::size_max, .depth_max = 16});
    if (!document) {
        return fail(std::move(document).error().in("a story"));
    }
    std::optional<Error> error;
    const JsonFields fields(document->root(), "", error);
    check_version(fields);
    Story story;
    if (!error) {
        story.started = started_of(fields);
        story.record = call_of(fields.object("call"));
        fields.each("exchanges", StoryLimits::list_max, [&](const JsonFields& element) {
            story.exchanges.push_back(exchange_of(element, story.record.attempts.size()));
        });
    }
    if (error) {
        return fail((*std::move(error)).in("a story"));
    }
    return story;
}

}  // namespace apilab::observe
