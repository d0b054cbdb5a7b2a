#pragma once

// One line of a log while it is written, in either form. Private to the log observer.

#include <array>
#include <bitset>
#include <cstdint>
#include <string>
#include <string_view>

#include "apilab/base/clock.hpp"
#include "apilab/base/scrubber.hpp"
#include "apilab/observe/log_observer.hpp"

namespace apilab::observe::internal {

/// In the order of `log_field_names`.
enum class LogField : std::uint8_t {
    time,
    level,
    event,
    operation_id,
    request_id,
    attempt,
    trace_id,
    span_id,
    follows,
    provider,
    operation,
    method,
    url_template,
    origin,
    idempotency_key,
    outcome,
    status,
    error,
    error_message,
    duration_ms,
    wait_ms,
    wait_cause,
    hop,
    hedge,
    replayed,
    attempts,
    ending,
    reason,
    cache,
    left_out,
};
constexpr std::array log_field_names{std::string_view("time"),
                                     std::string_view("level"),
                                     std::string_view("event"),
                                     std::string_view("operation_id"),
                                     std::string_view("request_id"),
                                     std::string_view("attempt"),
                                     std::string_view("trace_id"),
                                     std::string_view("span_id"),
                                     std::string_view("follows"),
                                     std::string_view("provider"),
                                     std::string_view("operation"),
                                     std::string_view("method"),
                                     std::string_view("url_template"),
                                     std::string_view("origin"),
                                     std::string_view("idempotency_key"),
                                     std::string_view("outcome"),
                                     std::string_view("status"),
                                     std::string_view("error"),
                                     std::string_view("error_message"),
                                     std::string_view("duration_ms"),
                                     std::string_view("wait_ms"),
                                     std::string_view("wait_cause"),
                                     std::string_view("hop"),
                                     std::string_view("hedge"),
                                     std::string_view("replayed"),
                                     std::string_view("attempts"),
                                     std::string_view("ending"),
                                     std::string_view("reason"),
                                     std::string_view("cache"),
                                     std::string_view("left_out")};

/// Appends to a buffer that is used again; what is not allowed is not written.
class LogLine {
public:
    struct Parts {
        std::string& out;
        std::string& scratch;
        const std::bitset<64>& allowed;
        const Scrubber& own;
        bool json = true;
        bool color = false;
    };
    explicit LogLine(Parts parts);

    [[nodiscard]] bool allows(LogField field) const {
        return parts_.allowed[static_cast<std::size_t>(field)];
    }
    [[nodiscard]] bool json() const { return parts_.json; }
    /// Written by ourselves: nothing in it needs a backslash or can be a secret.
    void word(LogField field, std::string_view value);
    /// From outside: scrubbed, quoted.
    void text(LogField field, std::string_view value);
    void number(LogField field, std::uint64_t value);
    void milliseconds(LogField field, Duration duration);
    void flag(LogField field);
    void null(LogField field);
    /// 16 hexadecimal digits, or 32.
    void hex(LogField field, std::uint64_t value);
    void hex(LogField field, std::uint64_t high, std::uint64_t low);
    /// `,"request_headers":{...}`, or ` > content-type=...`: it is fit to be shown already.
    void ready(std::string_view text) { parts_.out += text; }

    /// A column of the human form: at least `width` wide, to the left or the right, and a space.
    void column(std::string_view value, std::size_t width, bool right = false);
    /// The same for what comes from outside: scrubbed, and what a terminal would obey is escaped.
    void foreign_column(std::string_view value, std::size_t width);
    /// Until the next `plain()`, where colours are wanted.
    void paint(std::string_view sgr);
    void plain();
    [[nodiscard]] std::string_view done();

private:
    void key(LogField field);
    [[nodiscard]] std::string_view scrubbed(std::string_view value);

    Parts parts_;
    bool scrubs_;
};

/// `12.345`, without zeros at its end.
void append_milliseconds(std::string& out, Duration duration);

}  // namespace apilab::observe::internal
