#include "apilab/radar/service/service_log.hpp"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <type_traits>

#include "apilab/base/scrubber.hpp"
#include "apilab/http/date.hpp"
#include "apilab/http/json.hpp"
#include "apilab/http/trace_context.hpp"
#include "apilab/radar/internal/answers_heard.hpp"
#include "apilab/work/job_outcome.hpp"

namespace apilab::radar {
namespace {

constexpr std::size_t text_max = 500;
constexpr int ok_end = 400;
constexpr int failure = 500;

double milliseconds(Duration duration) {
    return std::chrono::duration<double, std::milli>(duration).count();
}

std::string timestamp(SystemTime time) {
    const auto second = std::chrono::floor<std::chrono::seconds>(time);
    std::string text = http::format_iso_time(second);
    text.pop_back();
    return fmt::format("{}.{:03}Z", text, (time - second) / std::chrono::milliseconds(1));
}

ServiceLog::Level level_of(const work::JobNews& news) {
    using Level = ServiceLog::Level;
    if (news.outcome == "dead" || news.outcome == "unsettled") {
        return Level::error;
    }
    const bool odd =
        news.outcome == "retry" || news.outcome == "lease_lost" || news.outcome == "late";
    return odd ? Level::warn : Level::info;
}

ServiceLog::Level level_of(work::MessageState state) {
    using Level = ServiceLog::Level;
    switch (state) {
        case work::MessageState::applied:
        case work::MessageState::reconciled:
            return Level::info;
        case work::MessageState::pending:
        case work::MessageState::sending:
        case work::MessageState::unknown:
            return Level::warn;
        case work::MessageState::duplicated:
        case work::MessageState::escalated:
        case work::MessageState::failed:
            return Level::error;
    }
    return Level::error;
}

std::string_view stored_as(const std::optional<work::PutResult>& put) {
    if (!put) {
        return "";
    }
    switch (put->put) {
        case work::Put::stored:
            return "stored";
        case work::Put::duplicate:
            return "duplicate";
        case work::Put::revived:
            return "revived";
        case work::Put::replayed:
            return "replayed";
        case work::Put::conflict:
            return "conflict";
    }
    return "";
}

}  // namespace

std::string_view to_string(ServiceLog::Level level) {
    switch (level) {
        case ServiceLog::Level::info:
            return "info";
        case ServiceLog::Level::warn:
            return "warn";
        case ServiceLog::Level::error:
            return "error";
    }
    return "error";
}

void ServiceLog::write(Level level, std::string_view event, std::span<const Field> fields,
                       std::string_view trace_context) {
    if (!sink_) {
        return;
    }
    const bool json = format_ == Format::json;
    std::string line =
        json
            ? fmt::format(R"({{"time":"{}","level":"{}","event":{})",
                          timestamp(clock_.system_now()), to_string(level), http::json_quote(event))
            : fmt::format("{} {:<5} {}", timestamp(clock_.system_now()), to_string(level), event);
    const auto add = [&](std::string_view name, std::string_view value) {
        line += json ? fmt::format(",\"{}\":{}", name, value) : fmt::format(" {}={}", name, value);
    };
    for (const Field& field : fields) {
        std::visit(
            [&](const auto& it) {
                using Type = std::remove_cvref_t<decltype(it)>;
                if constexpr (!std::is_same_v<Type, std::string_view>) {
                    add(field.name, fmt::format("{}", it));
                } else if (!it.empty()) {
                    const auto shown =
                        work::cut_reason(Scrubber::of_process().scrubbed(it), text_max);
                    add(field.name, http::json_quote(shown));
                }
            },
            field.value);
    }
    if (const auto trace = http::TraceContext::parse(trace_context)) {
        add("trace_id", http::json_quote(trace->trace_id()));
        add("span_id", http::json_quote(http::span_id(trace->span)));
    }
    line += json ? "}" : "";
    sink_(line);
}

void ServiceLog::say(Level level, std::string_view event, std::string_view message) {
    const std::array fields{Field{"message", message}};
    write(level, event, fields, {});
}

void ServiceLog::answer(const internal::HeardAnswer& heard) {
    const std::array fields{Field{"request_id", std::string_view(heard.request_id)},
                            Field{"provider", std::string_view(heard.provider)},
                            Field{"operation", std::string_view(heard.operation)},
                            Field{"status", static_cast<std::int64_t>(heard.status)},
                            Field{"provider_request_id", std::string_view(heard.their_id)},
                            Field{"code", std::string_view(heard.code)},
                            Field{"message", std::string_view(heard.words)}};
    write(heard.status >= ok_end ? Level::warn : Level::info, "answer", fields,
          heard.trace_context);
}

void ServiceLog::webhook(const work::ReceiverNews& news) {
    const auto id = fmt::format("w-{:06}", ++requests_);
    const bool odd =
        news.put && (news.put->put == work::Put::conflict || news.put->put == work::Put::replayed);
    const Level level = news.status >= failure         ? Level::error
                        : news.status >= ok_end || odd ? Level::warn
                                                       : Level::info;
    const work::PutResult put = news.put.value_or(work::PutResult{});
    const std::array fields{Field{"request_id", std::string_view(id)},
                            Field{"path", news.path},
                            Field{"source", news.source},
                            Field{"delivery_id", news.sender_id},
                            Field{"type", news.type},
                            Field{"status", static_cast<std::int64_t>(news.status)},
                            Field{"stored", stored_as(news.put)},
                            Field{"event_id", put.event},
                            Field{"job_id", put.job},
                            Field{"bytes", static_cast<std::int64_t>(news.bytes)},
                            Field{"duration_ms", milliseconds(news.took)}};
    write(level, "webhook", fields, news.trace_context);
}

void ServiceLog::alarm(const work::ReceiverAlarm& alarm) {
    const std::array fields{Field{"what", work::to_string(alarm.what)},
                            Field{"path", std::string_view(alarm.path)},
                            Field{"delivery_id", std::string_view(alarm.sender_id)}};
    write(Level::error, "alarm", fields, {});
}

void ServiceLog::job(const work::JobNews& news) {
    const work::Job& job = news.job;
    const std::array fields{Field{"outcome", news.outcome},
                            Field{"job_id", job.ref.id},
                            Field{"queue", std::string_view(job.queue)},
                            Field{"kind", std::string_view(job.kind)},
                            Field{"attempt", static_cast<std::int64_t>(job.attempt)},
                            Field{"key", std::string_view(job.idempotency_key)},
                            Field{"event_id", job.event},
                            Field{"reason", news.reason},
                            Field{"duration_ms", milliseconds(news.took)}};
    write(level_of(news), "job", fields, job.trace_context);
}

void ServiceLog::effect(const work::Message& message, const work::MessageChange& change) {
    const std::array fields{Field{"state", work::to_string(change.state)},
                            Field{"message_id", message.ref.id},
                            Field{"job_id", message.job},
                            Field{"target", std::string_view(message.target)},
                            Field{"key", std::string_view(message.key)},
                            Field{"sends", static_cast<std::int64_t>(change.sends)},
                            Field{"look_ups", static_cast<std::int64_t>(change.look_ups)},
                            Field{"external_id", std::string_view(change.external_id)},
                            Field{"reason", std::string_view(change.reason)}};
    write(level_of(change.state), "effect", fields, message.trace_context);
}

void ServiceLog::run(const RunRecord& run, std::string_view changes,
                     std::string_view trace_context) {
    const Level level = !run.error.empty() ? Level::error
                        : run.complete     ? Level::info
                                           : Level::warn;
    const std::array fields{
        Field{"watch", std::string_view(run.watch)},
        Field{"why", std::string_view(run.why)},
        Field{"complete", run.complete},
        Field{"error", std::string_view(run.error)},
        Field{"changes", changes},
        Field{"duration_ms",
              milliseconds(std::chrono::duration_cast<Duration>(run.finished - run.started))}};
    write(level, "run", fields, trace_context);
}

void ServiceLog::backup(const Result<work::Snapshot>& made) {
    if (!made) {
        const auto words = made.error().to_string();
        const std::array fields{Field{"error", std::string_view(words)}};
        write(Level::error, "backup", fields, {});
        return;
    }
    const auto file = made->file.filename().string();
    const std::array fields{Field{"file", std::string_view(file)},
                            Field{"bytes", static_cast<std::int64_t>(made->bytes)},
                            Field{"sha256", std::string_view(made->sha256)}};
    write(Level::info, "backup", fields, {});
}

}  // namespace apilab::radar
