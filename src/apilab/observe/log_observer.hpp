#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/base/scrubber.hpp"
#include "apilab/base/secret.hpp"
#include "apilab/http/headers.hpp"
#include "apilab/http/record.hpp"

namespace apilab::observe {

class FileLog;

namespace internal {
class LogLine;
}

enum class LogLevel : std::uint8_t {
    /// As it should be.
    info,
    /// An attempt that did not bring what was asked for; an operation that needed several, or was
    /// answered with a 4xx.
    warn,
    /// An operation that ended without an answer, or with 429 or a 5xx.
    error,
};
[[nodiscard]] std::string_view to_string(LogLevel level);

struct LogOptions {
    enum class Format : std::uint8_t {
        /// One JSON object a line.
        json,
        /// For people, in columns:
        /// `10:00:00.120 warn  c-000001.2   GET    503    12.4 ms github /repos/{owner}/{repo}`.
        human,
    };
    Format format = Format::json;
    /// Levels of the human form in colour, and what matters less dimmed. Whoever writes to a
    /// terminal that wants it says so. Default no.
    bool color = false;
    /// The fields that may be written; what is not named here is not written, whatever it holds.
    /// Default: `LogObserver::default_fields()`, all but `error_message`, `origin` and
    /// `idempotency_key`. An unknown name has no effect.
    std::vector<std::string> fields;
    /// Headers of requests and answers that stand in the events of attempts, by name. The value of
    /// one that is not known to be harmless is `***` (`http::shown_header`). Default none; with
    /// any, each request is copied (`Observer::wants_exchanges`).
    std::vector<std::string> headers;
    /// Values that become `***` wherever they stand in a text, beside those of
    /// `Scrubber::of_process()`: the second net, for a secret in a path or a message. Encoded ones,
    /// too (`Scrubber`); those with less than `Scrubber::value_min` bytes are left out.
    std::vector<Secret> secrets;
    /// The share of operations that are written of those that went well at once: answered below 400
    /// by one attempt at most. All others always are. Which ones is decided by the id of the trace
    /// (as OpenTelemetry's ratio sampler does, so that the programs of one trace agree) or of the
    /// call, so an operation and its attempts are written or left out together. Default 1, range 0
    /// to 1; what is beyond counts as the nearer end.
    double sample = 1;
};

/// Writes one line for every attempt and one for every operation. An observer: give it to the
/// client. Bodies and query strings are not in a call's record and so in no line; header values
/// only where `LogOptions::headers` asks for them.
///
/// Fields of both events: `time` (an attempt's: when it was over), `level`, `event` (`attempt`,
/// `operation`), `operation_id`, `trace_id` and `span_id` (where the client traces), `follows` (the
/// operation that this one repeats with a new token), `provider`, `operation`, `method`,
/// `url_template`, `outcome` (`answered`, `unknown`: perhaps applied, `not_sent`), `status` and
/// `error` (null where there is none), `duration_ms`.
///
/// An attempt has `request_id` (as sent, `ClientOptions::request_id_header`), `attempt` (from 1),
/// `wait_ms` (all waits before it) and `wait_cause` (of the longest), and where it is so `hop` (how
/// many redirects led there), `hedge` and `replayed` (sent again on a fresh connection, since the
/// kept one was dead: two requests may have arrived). An operation has `attempts`, `ending`,
/// `reason`, `cache`, and `left_out`: so many operations since the last line of this kind that were
/// not written (`LogOptions::sample`).
///
/// The clock outlives it. `sink` is called with each line, without its end, on the client's thread,
/// and must not block.
///
///     auto file = FileLog::open("client.log");
///     LogObserver log(scheduler, **file, {.sample = 0.1});
///     auto client = Client::create(scheduler, transport, rng, {}, {&log});
class LogObserver final : public http::Observer {
public:
    using Sink = std::function<void(std::string_view line)>;
    LogObserver(const Clock& clock, Sink sink, LogOptions options = {});
    /// Into a file, which outlives this; lines of level `warn` and `error` at once.
    LogObserver(const Clock& clock, FileLog& file, LogOptions options = {});

    void on_attempt(const http::CallRecord& call, const http::AttemptRecord& attempt) override;
    void on_exchange(const http::CallRecord& call, const http::AttemptRecord& attempt,
                     const http::Request& sent, const http::Response* answer) override;
    [[nodiscard]] bool wants_exchanges() const override { return !options_.headers.empty(); }
    void on_call(const http::CallRecord& call) override;

    /// Operations that sampling left out, from the beginning.
    [[nodiscard]] std::uint64_t left_out() const { return left_out_; }
    /// One line with event `left_out` and their number, where some have not been told of yet: for
    /// the end of a program.
    void report_left_out();

    [[nodiscard]] static const std::vector<std::string>& default_fields();

private:
    using Out = std::function<void(std::string_view line, LogLevel level)>;
    void prepare();
    void write_attempt(const http::CallRecord& call, const http::AttemptRecord& attempt,
                       std::string_view headers);
    void attempt_over(const http::CallRecord& call, std::string_view headers);
    [[nodiscard]] bool sampled(const http::CallRecord& call) const;
    [[nodiscard]] internal::LogLine begin(SystemTime time, LogLevel level, std::string_view event,
                                          const http::CallRecord& call, const std::string& id);
    void end(internal::LogLine& line, LogLevel level);
    [[nodiscard]] std::string_view timestamp(SystemTime time);
    [[nodiscard]] std::string_view reason_of(const http::CallRecord& call);
    [[nodiscard]] std::string header_text(const http::Headers& headers) const;

    const Clock& clock_;
    Out out_;
    LogOptions options_;
    Scrubber scrubber_;
    std::bitset<64> allowed_;
    std::uint64_t keep_below_ = 0;
    std::uint64_t left_out_ = 0;
    std::uint64_t told_ = 0;
    // Of attempts that are held back until their call is over; see `attempt_over`.
    std::map<const http::CallRecord*, std::string> held_headers_;
    // Used again for each line: no memory is asked for.
    std::string line_;
    std::string scratch_;
    std::string id_;
    SystemTime second_{SystemTime::min()};
    std::string time_;
    int reason_status_ = 0;
    std::string reason_;
};

}  // namespace apilab::observe
