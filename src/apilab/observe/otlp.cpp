#include "apilab/observe/otlp.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "apilab/base/scrubber.hpp"
#include "apilab/http/json.hpp"

namespace apilab::observe {
namespace {

constexpr int kind_internal = 1;
constexpr int kind_client = 3;

std::string quoted(std::string_view text) {
    return http::json_quote(Scrubber::of_process().scrubbed(text));
}

std::string nanoseconds(SystemTime time) {
    return fmt::format("\"{}\"", time.time_since_epoch() / std::chrono::nanoseconds(1));
}

// The attributes of a resource, a span or an event, as they are written.
class Attributes {
public:
    void text(std::string_view key, std::string_view value) {
        add(key, fmt::format("{{\"stringValue\":{}}}", quoted(value)));
    }
    void number(std::string_view key, std::int64_t value) {
        add(key, fmt::format("{{\"intValue\":\"{}\"}}", value));
    }
    void seconds(std::string_view key, Duration value) {
        add(key,
            fmt::format("{{\"doubleValue\":{}}}", std::chrono::duration<double>(value).count()));
    }
    void flag(std::string_view key) { add(key, "{\"boolValue\":true}"); }
    [[nodiscard]] std::string array() const { return "[" + text_ + "]"; }

private:
    void add(std::string_view key, std::string_view value) {
        text_ +=
            fmt::format("{}{{\"key\":\"{}\",\"value\":{}}}", text_.empty() ? "" : ",", key, value);
    }
    std::string text_;
};

struct Server {
    std::string_view address;
    std::int64_t port = 0;
};
// `api.test` and 8080 of `http://api.test:8080`; an IPv6 address without its brackets.
Server server_of(std::string_view origin) {
    const bool secure = origin.starts_with("https:");
    const auto scheme = origin.find("://");
    auto address = scheme == std::string_view::npos ? origin : origin.substr(scheme + 3);
    std::int64_t port = secure ? 443 : 80;
    const auto colon = address.rfind(':');
    if (colon != std::string_view::npos && address.find(']', colon) == std::string_view::npos) {
        port = 0;
        for (const char digit : address.substr(colon + 1)) {
            port =
                digit >= '0' && digit <= '9' && port < 100'000 ? port * 10 + (digit - '0') : port;
        }
        address = address.substr(0, colon);
    }
    if (address.starts_with('[') && address.ends_with(']')) {
        address = address.substr(1, address.size() - 2);
    }
    return {.address = address, .port = port};
}

void add_call(Attributes& attributes, const http::CallRecord& call) {
    attributes.text("http.request.method", call.method);
    attributes.text("url.template", call.url_template);
    const auto server = server_of(call.origin);
    attributes.text("server.address", server.address);
    attributes.number("server.port", server.port);
}

// What came of it; `error.type` is the error's kind, or the status that is one.
void add_result(Attributes& attributes, int status, const std::optional<ErrorKind>& error) {
    if (status != 0) {
        attributes.number("http.response.status_code", status);
    }
    if (error) {
        attributes.text("error.type", to_string(*error));
    } else if (status >= 400) {
        attributes.text("error.type", std::to_string(status));
    }
}

// UNSET, or ERROR.
std::string status_of(int status, const std::optional<ErrorKind>& error) {
    if (!error && status < 400) {
        return "{}";
    }
    return fmt::format("{{\"code\":2,\"message\":{}}}",
                       quoted(error ? to_string(*error) : std::string_view()));
}

struct Span {
    std::uint64_t id = 0;
    std::uint64_t parent = 0;
    std::string name;
    int kind = kind_internal;
    SystemTime from;
    SystemTime to;
    std::string attributes;
    std::string events;
    std::string status;
};

std::string span_text(const http::TraceContext& trace, const Span& span) {
    const auto parent = span.parent == 0
                            ? std::string()
                            : fmt::format("\"parentSpanId\":\"{}\",", http::span_id(span.parent));
    return fmt::format(
        "{{\"traceId\":\"{}\",\"spanId\":\"{}\",{}\"flags\":{},\"name\":{},\"kind\":{},"
        "\"startTimeUnixNano\":{},\"endTimeUnixNano\":{},\"attributes\":{},\"events\":[{}],"
        "\"status\":{}}}",
        trace.trace_id(), http::span_id(span.id), parent, trace.sampled ? 1 : 0, quoted(span.name),
        span.kind, nanoseconds(span.from), nanoseconds(span.to), span.attributes, span.events,
        span.status);
}

std::string call_span(const Story& story) {
    const auto& call = story.record;
    Attributes attributes;
    add_call(attributes, call);
    add_result(attributes, call.status, call.error);
    attributes.text("apilab.operation_id", call.id);
    attributes.text("apilab.provider", call.provider);
    attributes.number("apilab.attempts", static_cast<std::int64_t>(call.attempts.size()));
    if (!call.decisions.empty()) {
        attributes.text("apilab.reason", http::explain(call.decisions.back()));
    }
    if (!call.follows.empty()) {
        attributes.text("apilab.follows", call.follows);
    }
    std::string events;
    for (const auto& wait : call.waits) {
        Attributes about;
        about.text("apilab.wait.cause", http::to_string(wait.cause));
        about.seconds("apilab.wait.seconds", wait.elapsed);
        about.number("apilab.wait.after_attempt", wait.after_attempt);
        events += fmt::format("{}{{\"timeUnixNano\":{},\"name\":\"wait\",\"attributes\":{}}}",
                              events.empty() ? "" : ",", nanoseconds(story.at(wait.started)),
                              about.array());
    }
    return span_text(call.trace,
                     {.id = call.trace.span,
                      .parent = call.parent_span,
                      .name = call.operation.empty() ? call.method + " " + call.url_template
                                                     : call.provider + " " + call.operation,
                      .from = story.started,
                      .to = story.at(call.started + call.elapsed),
                      .attributes = attributes.array(),
                      .events = std::move(events),
                      .status = status_of(call.status, call.error)});
}

// How many requests of this call went out before this one, for whatever reason.
std::int64_t resend_count(const http::CallRecord& call, const http::AttemptRecord& attempt) {
    return std::ranges::count_if(call.attempts, [&](const auto& other) {
        return other.started < attempt.started ||
               (other.started == attempt.started && &other < &attempt);
    });
}

std::string attempt_span(const Story& story, const http::AttemptRecord& attempt) {
    const auto& call = story.record;
    Attributes attributes;
    add_call(attributes, call);
    add_result(attributes, attempt.status, attempt.error);
    if (const auto count = resend_count(call, attempt); count > 0) {
        attributes.number("http.request.resend_count", count);
    }
    attributes.text("apilab.request_id", http::request_id(call, attempt.number));
    attributes.text("apilab.outcome", to_string(attempt.outcome));
    if (attempt.hedge) {
        attributes.flag("apilab.hedge");
    }
    if (attempt.replayed) {
        attributes.flag("apilab.replayed");
    }
    return span_text(call.trace, {.id = attempt.span,
                                  .parent = call.trace.span,
                                  .name = call.method + " " + call.url_template,
                                  .kind = kind_client,
                                  .from = story.at(attempt.started),
                                  .to = story.at(attempt.started + attempt.elapsed),
                                  .attributes = attributes.array(),
                                  .events = {},
                                  .status = status_of(attempt.status, attempt.error)});
}

}  // namespace

std::string otlp_traces(std::span<const Story> stories, const OtlpResource& resource) {
    Attributes about;
    about.text("service.name", resource.service);
    for (const auto& [key, value] : resource.attributes) {
        about.text(key, value);
    }
    std::string spans;
    for (const Story& story : stories) {
        if (!story.record.trace.exists()) {
            continue;
        }
        spans += (spans.empty() ? "" : ",") + call_span(story);
        for (const auto& attempt : story.record.attempts) {
            spans += "," + attempt_span(story, attempt);
        }
    }
    return fmt::format(
        "{{\"resourceSpans\":[{{\"resource\":{{\"attributes\":{}}},\"scopeSpans\":"
        "[{{\"scope\":{{\"name\":\"apilab\"}},\"spans\":[{}]}}]}}]}}",
        about.array(), spans);
}

}  // namespace apilab::observe
