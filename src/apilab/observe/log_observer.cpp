#include "apilab/observe/log_observer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "apilab/http/date.hpp"
#include "apilab/http/json.hpp"

namespace apilab::observe {

namespace {

std::string number(double value) {
    return fmt::format("{}", value);
}
std::string milliseconds(Duration duration) {
    return number(static_cast<double>(duration / std::chrono::microseconds(1)) / 1000.0);
}

// `2026-11-22T10:00:00.120Z`: whole seconds do not put the lines of a busy client in order.
std::string timestamp(SystemTime time) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
    const auto rest = (time - seconds) / std::chrono::milliseconds(1);
    auto text = http::format_iso_time(seconds);
    text.pop_back();
    return fmt::format("{}.{:03}Z", text, rest);
}

// What was the last thing known of the other side? An operation that never sent anything did not.
Outcome outcome_of(const http::CallRecord& call) {
    return call.attempts.empty() ? Outcome::not_sent : call.attempts.back().outcome;
}

}  // namespace

// Fields in order; a text is quoted, everything else stands as it is.
struct LogObserver::Line {
    struct Field {
        std::string_view name;
        std::string value;
        bool text = true;
    };
    std::vector<Field> fields;

    void text(std::string_view name, std::string_view value) {
        fields.push_back({name, std::string(value), true});
    }
    void plain(std::string_view name, std::string value) {
        fields.push_back({name, std::move(value), false});
    }
    void result(int status, const std::optional<ErrorKind>& error, Outcome outcome) {
        text("outcome", to_string(outcome));
        plain("status", status == 0 ? "null" : std::to_string(status));
        error ? text("error", to_string(*error)) : plain("error", "null");
    }
};

LogObserver::LogObserver(const Clock& clock, Sink sink, LogOptions options)
    : clock_(clock), sink_(std::move(sink)), options_(std::move(options)) {
    if (options_.fields.empty()) {
        options_.fields = default_fields();
    }
    for (const Secret& secret : options_.secrets) {
        scrubber_.add(secret);
    }
}

const std::vector<std::string>& LogObserver::default_fields() {
    static const std::vector<std::string> fields{
        "time",     "event",   "operation_id", "request_id",  "attempt", "provider", "operation",
        "method",   "outcome", "url_template", "status",      "error",   "wait_ms",  "wait_cause",
        "attempts", "ending",  "reason",       "duration_ms", "cache"};
    return fields;
}

LogObserver::Line LogObserver::begin(std::string_view event, const http::CallRecord& call) const {
    Line line;
    line.text("time", timestamp(clock_.system_now()));
    line.text("event", event);
    line.text("operation_id", call.id);
    line.text("provider", call.provider);
    line.text("operation", call.operation);
    line.text("method", call.method);
    line.text("url_template", call.url_template);
    line.text("origin", call.origin);
    line.text("idempotency_key", call.idempotency_key);
    return line;
}

void LogObserver::on_attempt(const http::CallRecord& call, const http::AttemptRecord& attempt) {
    Line line = begin("attempt", call);
    line.text("request_id", http::request_id(call, attempt.number));
    line.plain("attempt", std::to_string(attempt.number));
    line.result(attempt.status, attempt.error, attempt.outcome);
    line.text("error_message", attempt.error_message);
    line.plain("duration_ms", milliseconds(attempt.elapsed));
    for (const auto& wait : call.waits) {
        if (wait.after_attempt == attempt.number - 1) {
            line.plain("wait_ms", milliseconds(wait.elapsed));
            line.text("wait_cause", http::to_string(wait.cause));
        }
    }
    write(std::move(line));
}

void LogObserver::on_call(const http::CallRecord& call) {
    Line line = begin("operation", call);
    line.result(call.status, call.error, outcome_of(call));
    line.plain("attempts", std::to_string(call.attempts.size()));
    line.text("ending", to_string(call.ending));
    line.text("reason", call.decisions.empty() ? "" : http::explain(call.decisions.back()));
    line.plain("duration_ms", milliseconds(call.elapsed));
    if (call.cache) {
        line.text("cache", http::cache_status(*call.cache));
    }
    write(std::move(line));
}

void LogObserver::write(Line line) const {
    const bool json = options_.format == LogOptions::Format::json;
    std::string text;
    for (auto& field : line.fields) {
        if (std::ranges::find(options_.fields, field.name) == options_.fields.end()) {
            continue;
        }
        if (field.text) {
            scrubber_.scrub(field.value);
            Scrubber::of_process().scrub(field.value);
        }
        if (json) {
            text += fmt::format("{}\"{}\":{}", text.empty() ? "{" : ",", field.name,
                                field.text ? http::json_quote(field.value) : field.value);
        } else if (field.name == "time" || field.name == "event") {
            text += field.value + " ";
        } else if (!field.value.empty() && field.value != "null") {
            text += fmt::format(
                "{}={} ", field.name,
                field.value.contains(' ') ? http::json_quote(field.value) : field.value);
        }
    }
    if (!json && !text.empty()) {
        text.pop_back();
    }
    sink_(json ? text + "}" : text);
}

}  // namespace apilab::observe
