#include "apilab/observe/log_observer.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "apilab/http/date.hpp"
#include "apilab/http/json.hpp"
#include "apilab/http/message.hpp"
#include "apilab/http/redact.hpp"
#include "apilab/observe/file_log.hpp"
#include "apilab/observe/internal/log_line.hpp"

namespace apilab::observe {

using internal::LogField;
using internal::LogLine;

namespace {

constexpr std::uint64_t ids = std::uint64_t{1} << 56U;
constexpr std::size_t held_max = 1'000;

// FNV-1a, then mixed so that neighbours are far apart.
std::uint64_t hash_of(std::string_view text) {
    std::uint64_t hash = 0xcbf29ce484222325U;
    for (const char c : text) {
        hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
    }
    hash ^= hash >> 33U;
    hash *= 0xff51afd7ed558ccdU;
    return hash ^ (hash >> 33U);
}

// What was the last thing known of the other side? An operation that never sent anything did not.
Outcome outcome_of(const http::CallRecord& call) {
    return call.attempts.empty() ? Outcome::not_sent : call.attempts.back().outcome;
}

bool good(const http::AttemptRecord& attempt) {
    return attempt.status > 0 && attempt.status < 400;
}
bool went_well_at_once(const http::CallRecord& call) {
    return call.status > 0 && call.status < 400 && call.attempts.size() <= 1 &&
           std::ranges::all_of(call.attempts, good);
}

LogLevel level_of(const http::CallRecord& call) {
    if (call.status == 0 || call.status == 429 || call.status >= 500) {
        return LogLevel::error;
    }
    return went_well_at_once(call) ? LogLevel::info : LogLevel::warn;
}

// All that was waited for before this attempt, and since the one before it with the same number (a
// redirect's).
struct Waited {
    Duration all{};
    const http::WaitRecord* longest = nullptr;
};
Waited waited_before(const http::CallRecord& call, const http::AttemptRecord& attempt) {
    Waited waited;
    if (call.waits.empty()) {
        return waited;
    }
    SteadyTime since = SteadyTime::min();
    for (const auto& other : call.attempts) {
        if (&other != &attempt && other.number == attempt.number &&
            other.started < attempt.started) {
            since = std::max(since, other.started);
        }
    }
    for (const auto& wait : call.waits) {
        if (wait.after_attempt == attempt.number - 1 && wait.started >= since &&
            wait.started <= attempt.started) {
            waited.all += wait.elapsed;
            if (waited.longest == nullptr || wait.elapsed > waited.longest->elapsed) {
                waited.longest = &wait;
            }
        }
    }
    return waited;
}

void write_result(LogLine& line, int status, const std::optional<ErrorKind>& error,
                  Outcome outcome) {
    line.word(LogField::outcome, to_string(outcome));
    if (status == 0) {
        line.null(LogField::status);
    } else {
        line.number(LogField::status, static_cast<std::uint64_t>(status));
    }
    if (error) {
        line.word(LogField::error, to_string(*error));
    } else {
        line.null(LogField::error);
    }
}

// `GET    503    12.4 ms github /things/{id}`, as far as it is allowed.
void result_columns(LogLine& line, const http::CallRecord& call, int status, Duration took) {
    std::string text;
    if (line.allows(LogField::method)) {
        line.foreign_column(call.method, 6);
    }
    if (line.allows(LogField::status)) {
        line.column(status == 0 ? "---" : std::to_string(status), 3);
    }
    if (line.allows(LogField::duration_ms)) {
        // A tenth of a millisecond is enough for people.
        internal::append_milliseconds(text, took - (took % std::chrono::microseconds(100)));
        line.column(text + " ms", 11, true);
    }
    if (line.allows(LogField::provider)) {
        line.foreign_column(call.provider, 0);
    }
    if (line.allows(LogField::url_template)) {
        line.foreign_column(call.url_template, 0);
    }
}

void error_column(LogLine& line, const std::optional<ErrorKind>& error, Outcome outcome) {
    if (error && line.allows(LogField::error)) {
        std::string text(to_string(*error));
        if (line.allows(LogField::outcome)) {
            ((text += " (") += to_string(outcome)) += ')';
        }
        line.column(text, 0);
    }
}

}  // namespace

std::string_view to_string(LogLevel level) {
    switch (level) {
        case LogLevel::info:
            return "info";
        case LogLevel::warn:
            return "warn";
        case LogLevel::error:
            return "error";
    }
    return "error";
}

LogObserver::LogObserver(const Clock& clock, Sink sink, LogOptions options)
    : clock_(clock),
      out_([sink = std::move(sink)](std::string_view line, LogLevel /*level*/) { sink(line); }),
      options_(std::move(options)) {
    prepare();
}

LogObserver::LogObserver(const Clock& clock, FileLog& file, LogOptions options)
    : clock_(clock),
      out_([&file](std::string_view line, LogLevel level) {
          file.write(line, level != LogLevel::info);
      }),
      options_(std::move(options)) {
    prepare();
}

void LogObserver::prepare() {
    if (options_.fields.empty()) {
        options_.fields = default_fields();
    }
    for (std::size_t i = 0; i < internal::log_field_names.size(); ++i) {
        allowed_[i] = std::ranges::find(options_.fields, internal::log_field_names.at(i)) !=
                      options_.fields.end();
    }
    for (const Secret& secret : options_.secrets) {
        scrubber_.add(secret);
    }
    // Not a number counts as all: who cannot say how much is kept, keeps it.
    const double share = options_.sample <= 1 ? std::max(options_.sample, 0.0) : 1;
    keep_below_ = static_cast<std::uint64_t>(std::llround(share * static_cast<double>(ids)));
}

const std::vector<std::string>& LogObserver::default_fields() {
    static const std::vector<std::string> fields = [] {
        std::vector<std::string> all;
        for (const auto name : internal::log_field_names) {
            if (name != "error_message" && name != "origin" && name != "idempotency_key") {
                all.emplace_back(name);
            }
        }
        return all;
    }();
    return fields;
}

// A trace's sampler keeps what has the highest ids, and so does this one.
bool LogObserver::sampled(const http::CallRecord& call) const {
    const auto id = call.trace.exists() ? call.trace.low : hash_of(call.id);
    return id % ids >= ids - keep_below_;
}

// `2026-11-22T10:00:00.120Z`: whole seconds do not put the lines of a busy client in order.
std::string_view LogObserver::timestamp(SystemTime time) {
    const auto second = std::chrono::floor<std::chrono::seconds>(time);
    if (second != second_) {
        second_ = second;
        time_ = http::format_iso_time(second);
        time_.pop_back();
        time_ += ".000Z";
    }
    const auto rest = (time - second) / std::chrono::milliseconds(1);
    const std::size_t at = time_.size() - 4;
    time_[at] = static_cast<char>('0' + (rest / 100));
    time_[at + 1] = static_cast<char>('0' + (rest / 10 % 10));
    time_[at + 2] = static_cast<char>('0' + (rest % 10));
    return options_.format == LogOptions::Format::json
               ? std::string_view(time_)
               : std::string_view(time_).substr(time_.find('T') + 1, 12);
}

// Why an operation ended. A plain success says the same each time.
std::string_view LogObserver::reason_of(const http::CallRecord& call) {
    if (call.decisions.empty()) {
        return {};
    }
    const auto& last = call.decisions.back();
    const bool plain = last.verdict == http::DecisionRecord::Verdict::succeeded &&
                       !last.applied_before && last.status != 0;
    if (!plain || last.status != reason_status_) {
        reason_ = http::explain(last);
        reason_status_ = plain ? last.status : 0;
    }
    return reason_;
}

LogLine LogObserver::begin(SystemTime time, LogLevel level, std::string_view event,
                           const http::CallRecord& call, const std::string& id) {
    const bool json = options_.format == LogOptions::Format::json;
    LogLine line({.out = line_,
                  .scratch = scratch_,
                  .allowed = allowed_,
                  .own = scrubber_,
                  .json = json,
                  .color = options_.color});
    if (json) {
        line.word(LogField::time, timestamp(time));
        line.word(LogField::level, to_string(level));
        line.word(LogField::event, event);
        line.text(LogField::operation_id, call.id);
        return line;
    }
    if (line.allows(LogField::time)) {
        line.paint("2");
        line.column(timestamp(time), 0);
        line.plain();
    }
    if (line.allows(LogField::level)) {
        constexpr std::array colors{std::string_view(), std::string_view("33"),
                                    std::string_view("31")};
        line.paint(colors.at(static_cast<std::size_t>(level)));
        line.column(to_string(level), 5);
        line.plain();
    }
    if (line.allows(event == "attempt" ? LogField::request_id : LogField::operation_id)) {
        line.foreign_column(id, 12);
    }
    return line;
}

namespace {

// What says which call it is.
void write_call(LogLine& line, const http::CallRecord& call, std::uint64_t span) {
    if (call.trace.exists()) {
        line.hex(LogField::trace_id, call.trace.high, call.trace.low);
        line.hex(LogField::span_id, span);
    }
    if (!call.follows.empty()) {
        line.text(LogField::follows, call.follows);
    }
    line.text(LogField::provider, call.provider);
    line.text(LogField::operation, call.operation);
    line.text(LogField::method, call.method);
    line.text(LogField::url_template, call.url_template);
    line.text(LogField::origin, call.origin);
    line.text(LogField::idempotency_key, call.idempotency_key);
}

void write_waits(LogLine& line, const Waited& waited) {
    if (waited.longest == nullptr) {
        return;
    }
    if (line.json()) {
        line.milliseconds(LogField::wait_ms, waited.all);
        line.word(LogField::wait_cause, http::to_string(waited.longest->cause));
    } else if (line.allows(LogField::wait_ms) && line.allows(LogField::wait_cause)) {
        std::string text = "after ";
        internal::append_milliseconds(text, waited.all);
        line.column((text += " ms of ") += http::to_string(waited.longest->cause), 0);
    }
}

void write_ways(LogLine& line, const http::AttemptRecord& attempt) {
    const auto flag = [&](LogField field, bool set, std::string_view shown) {
        if (set && line.json()) {
            line.flag(field);
        } else if (set && line.allows(field)) {
            line.column(shown, 0);
        }
    };
    if (attempt.hop > 0 && line.json()) {
        line.number(LogField::hop, static_cast<std::uint64_t>(attempt.hop));
    } else if (attempt.hop > 0 && line.allows(LogField::hop)) {
        line.column("redirected", 0);
    }
    flag(LogField::hedge, attempt.hedge, "hedge");
    flag(LogField::replayed, attempt.replayed, "replayed");
}

}  // namespace

void LogObserver::write_attempt(const http::CallRecord& call, const http::AttemptRecord& attempt,
                                std::string_view headers) {
    const auto ago = clock_.now() - (attempt.started + attempt.elapsed);
    const LogLevel level = good(attempt) ? LogLevel::info : LogLevel::warn;
    id_ = call.id;
    (id_ += '.') += std::to_string(attempt.number);
    LogLine line =
        begin(clock_.system_now() - std::chrono::duration_cast<SystemTime::duration>(ago), level,
              "attempt", call, id_);
    if (line.json()) {
        line.text(LogField::request_id, id_);
        line.number(LogField::attempt, static_cast<std::uint64_t>(attempt.number));
        write_call(line, call, attempt.span);
        write_result(line, attempt.status, attempt.error, attempt.outcome);
        if (!attempt.error_message.empty()) {
            line.text(LogField::error_message, attempt.error_message);
        }
        line.milliseconds(LogField::duration_ms, attempt.elapsed);
    } else {
        result_columns(line, call, attempt.status, attempt.elapsed);
        error_column(line, attempt.error, attempt.outcome);
        if (!attempt.error_message.empty() && line.allows(LogField::error_message)) {
            line.foreign_column(attempt.error_message, 0);
        }
    }
    write_waits(line, waited_before(call, attempt));
    write_ways(line, attempt);
    line.ready(headers);
    end(line, level);
}

// Whether a call went well at once is known when it is over. A first attempt that may be all there
// is to it is held back until then where the call is not in the sample; with a second one, or at
// the end, it is written after all.
void LogObserver::attempt_over(const http::CallRecord& call, std::string_view headers) {
    const std::size_t count = call.attempts.size();
    if (count <= 2 && good(call.attempts.front()) && !sampled(call)) {
        if (count == 1) {
            if (!headers.empty() && held_headers_.size() < held_max) {
                held_headers_[&call] = headers;
            }
            return;
        }
        const auto held = held_headers_.extract(&call);
        write_attempt(call, call.attempts.front(), held ? held.mapped() : std::string());
    }
    write_attempt(call, call.attempts.back(), headers);
}

void LogObserver::on_attempt(const http::CallRecord& call, const http::AttemptRecord& attempt) {
    if (options_.headers.empty()) {
        // Told of an attempt by itself, as a program does that keeps a record of its own.
        if (call.attempts.empty()) {
            write_attempt(call, attempt, {});
        } else {
            attempt_over(call, {});
        }
    }
}

std::string LogObserver::header_text(const http::Headers& headers) const {
    const bool json = options_.format == LogOptions::Format::json;
    std::string text;
    for (const auto& name : options_.headers) {
        if (!headers.contains(name)) {
            continue;
        }
        auto value = http::shown_header(name, headers.value(name));
        scrubber_.scrub(value);
        Scrubber::of_process().scrub(value);
        text += text.empty() ? "" : (json ? "," : " ");
        text += json ? http::json_quote(name) + ":" : name + "=";
        text += http::json_quote(value);
    }
    return text;
}

void LogObserver::on_exchange(const http::CallRecord& call, const http::AttemptRecord& /*attempt*/,
                              const http::Request& sent, const http::Response* answer) {
    if (options_.headers.empty() || call.attempts.empty()) {
        return;
    }
    const auto request = header_text(sent.headers());
    const auto response = answer == nullptr ? std::string() : header_text(answer->headers());
    std::string text;
    if (options_.format == LogOptions::Format::json) {
        text = ",\"request_headers\":{" + request + "},\"response_headers\":{" + response + "}";
    } else {
        text += request.empty() ? "" : "> " + request + " ";
        text += response.empty() ? "" : "< " + response;
    }
    attempt_over(call, text);
}

void LogObserver::on_call(const http::CallRecord& call) {
    if (went_well_at_once(call)) {
        if (!sampled(call)) {
            ++left_out_;
            held_headers_.erase(&call);
            return;
        }
    } else if (call.attempts.size() == 1 && good(call.attempts.front()) && !sampled(call)) {
        const auto held = held_headers_.extract(&call);
        write_attempt(call, call.attempts.front(), held ? held.mapped() : std::string());
    }
    const LogLevel level = level_of(call);
    LogLine line = begin(clock_.system_now(), level, "operation", call, call.id);
    if (line.json()) {
        write_call(line, call, call.trace.span);
        write_result(line, call.status, call.error, outcome_of(call));
        line.number(LogField::attempts, call.attempts.size());
        line.word(LogField::ending, to_string(call.ending));
        line.text(LogField::reason, reason_of(call));
        line.milliseconds(LogField::duration_ms, call.elapsed);
        if (call.cache) {
            line.text(LogField::cache, http::cache_status(*call.cache));
        }
        if (left_out_ > told_) {
            line.number(LogField::left_out, left_out_ - told_);
            told_ = left_out_;
        }
    } else {
        result_columns(line, call, call.status, call.elapsed);
        error_column(line, call.error, outcome_of(call));
        if (call.attempts.size() != 1 && line.allows(LogField::attempts)) {
            line.column(std::to_string(call.attempts.size()) + " attempts:", 0);
        }
        if (line.allows(LogField::reason) && level != LogLevel::info) {
            line.foreign_column(reason_of(call), 0);
        }
        if (call.cache && line.allows(LogField::cache)) {
            line.column(http::cache_status(*call.cache), 0);
        }
    }
    end(line, level);
}

void LogObserver::report_left_out() {
    if (left_out_ == told_) {
        return;
    }
    const std::uint64_t count = left_out_ - std::exchange(told_, left_out_);
    if (options_.format == LogOptions::Format::human) {
        out_(std::to_string(count) + " operations that went well were left out", LogLevel::info);
        return;
    }
    out_("{\"time\":\"" + std::string(timestamp(clock_.system_now())) +
             "\",\"level\":\"info\",\"event\":\"left_out\",\"left_out\":" + std::to_string(count) +
             "}",
         LogLevel::info);
}

void LogObserver::end(LogLine& line, LogLevel level) {
    out_(line.done(), level);
}

}  // namespace apilab::observe
