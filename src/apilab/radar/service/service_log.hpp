#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "apilab/base/clock.hpp"
#include "apilab/base/result.hpp"
#include "apilab/radar/service/item.hpp"
#include "apilab/work/job_runner.hpp"
#include "apilab/work/message.hpp"
#include "apilab/work/receiver.hpp"
#include "apilab/work/snapshot.hpp"

namespace apilab::radar::internal {
struct HeardAnswer;
}  // namespace apilab::radar::internal

namespace apilab::radar {

/// One line for each thing that happens in a service: a JSON object, or columns for people. What
/// the calls to others do is told by the client's `observe::LogObserver`, into the same sink.
///
/// | event | fields besides `time`, `level`, `event` |
/// | --- | --- |
/// | `webhook` | `request_id`, `path`, `source`, `delivery_id`, `type`, `status`, `stored`,
/// `event_id`, `job_id`, `bytes`, `duration_ms` |
/// | `job` | `outcome` (`began`, `done`, `retry`, ...), `job_id`, `queue`, `kind`, `attempt`,
/// `key`, `event_id`, `reason`, `duration_ms` | | `effect` | `state`, `message_id`, `job_id`,
/// `target`, `key`, `sends`, `look_ups`, `external_id`, `reason` | | `run` | `watch`, `why`,
/// `complete`, `error`, `changes`, `duration_ms` | | `backup` | `file`, `bytes`, `sha256`, or
/// `error` | | `answer` | `request_id`, `provider`, `operation`, `status`, `provider_request_id`,
/// `code`, `message` (the others' words for a refusal) | | `alarm` | `what`, `path`, `delivery_id`
/// | | any other | `message` |
///
/// Those of a webhook, its job, the job's calls and its messages have one `trace_id`, and the
/// `span_id` of the webhook, which is the parent of the calls' spans. What is empty is left out.
///
/// A text is cut after 500 bytes and passes the process's scrubber; there is never a body or a
/// header. The clock outlives it; `sink` is called with each line, without its end, on the
/// scheduler's thread, and must not block. Null: nobody hears it.
///
///     ServiceLog log(scheduler, write_line);
///     work::ReceiverOptions receiving{.on_request = [&](const auto& news) { log.webhook(news); }};
///     work::JobRunnerOptions running{.told = [&](const auto& news) { log.job(news); }};
///     work::OutboxOptions sending{.settled = [&](const auto& message, const auto& change) {
///         log.effect(message, change);
///     }};
class ServiceLog {
public:
    using Sink = std::function<void(std::string_view line)>;
    enum class Format : std::uint8_t { json, human };
    enum class Level : std::uint8_t { info, warn, error };

    ServiceLog(const Clock& clock, Sink sink, Format format = Format::json)
        : clock_(clock), sink_(std::move(sink)), format_(format) {}

    /// `event`: one word.
    void say(Level level, std::string_view event, std::string_view message);
    void webhook(const work::ReceiverNews& news);
    void alarm(const work::ReceiverAlarm& alarm);
    void job(const work::JobNews& news);
    void effect(const work::Message& message, const work::MessageChange& change);
    /// `changes`: `3 new, 1 resolved`; `trace_context`: of the job.
    void run(const RunRecord& run, std::string_view changes, std::string_view trace_context);
    void backup(const Result<work::Snapshot>& made);
    void answer(const internal::HeardAnswer& heard);

private:
    using Value = std::variant<std::string_view, std::int64_t, double, bool>;
    struct Field {
        std::string_view name;
        Value value;
    };
    void write(Level level, std::string_view event, std::span<const Field> fields,
               std::string_view trace_context);

    const Clock& clock_;
    Sink sink_;
    Format format_;
    std::uint64_t requests_ = 0;
};
[[nodiscard]] std::string_view to_string(ServiceLog::Level level);

}  // namespace apilab::radar
