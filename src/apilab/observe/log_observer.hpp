#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/base/scrubber.hpp"
#include "apilab/base/secret.hpp"
#include "apilab/http/record.hpp"

namespace apilab::observe {

struct LogOptions {
    enum class Format : std::uint8_t {
        /// One JSON object a line.
        json,
        /// The same for people: `2026-11-22T10:00:00.120Z attempt c-000001.2 GET /user 503 12 ms`.
        human,
    };
    Format format = Format::json;
    /// The fields that may be written; what is not named here is not written, whatever it holds.
    /// Default: `LogObserver::default_fields()`, all but `error_message`, `origin` and
    /// `idempotency_key`. An unknown name has no effect.
    std::vector<std::string> fields;
    /// Values that become `***` wherever they stand in a text, beside those of
    /// `Scrubber::of_process()`: the second net, for a secret in a path or a message. Encoded ones,
    /// too (`Scrubber`); those with less than `Scrubber::value_min` bytes are left out.
    std::vector<Secret> secrets;
};

/// Writes one line for every attempt and one for every operation. An observer: give it to the
/// client. Header values, bodies and query strings are not in a call's record and so in no line.
///
/// Fields of both events: `time`, `event` (`attempt`, `operation`), `operation_id`, `provider`,
/// `operation`, `method`, `url_template`, `outcome` (`answered`, `unknown`: perhaps applied,
/// `not_sent`), `status` and `error` (null where there is none), `duration_ms`. An attempt has
/// `request_id` (as sent, `ClientOptions::request_id_header`), `attempt` (from 1), `wait_ms` and
/// `wait_cause` of the wait before it; an operation has `attempts`, `ending` and `reason`.
///
/// The clock outlives it. `sink` is called with each line, without its end, on the client's thread,
/// and must not block.
class LogObserver final : public http::Observer {
public:
    using Sink = std::function<void(std::string_view line)>;
    LogObserver(const Clock& clock, Sink sink, LogOptions options = {});

    void on_attempt(const http::CallRecord& call, const http::AttemptRecord& attempt) override;
    void on_call(const http::CallRecord& call) override;

    [[nodiscard]] static const std::vector<std::string>& default_fields();

private:
    struct Line;
    void write(Line line) const;
    [[nodiscard]] Line begin(std::string_view event, const http::CallRecord& call) const;

    const Clock& clock_;
    Sink sink_;
    LogOptions options_;
    Scrubber scrubber_;
};

}  // namespace apilab::observe
