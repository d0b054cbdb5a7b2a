#include "apilab/radar/internal/radar_log.hpp"

#include <fmt/format.h>

#include <chrono>
#include <string>

#include "apilab/http/date.hpp"
#include "apilab/http/json.hpp"
#include "apilab/http/trace_context.hpp"

namespace apilab::radar::internal {
namespace {

std::string plain(std::string_view text) {
    std::string out(text);
    for (char& c : out) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20U || byte == 0x7fU) {
            c = '?';
        }
    }
    return out;
}

std::string number(std::int64_t value) {
    return value == 0 ? std::string() : std::to_string(value);
}

std::string milliseconds(Duration took) {
    return fmt::format("{:.1f}", std::chrono::duration<double, std::milli>(took).count());
}

std::string trace_id(std::string_view traceparent) {
    const auto trace = http::TraceContext::parse(traceparent);
    return trace ? trace->trace_id() : std::string();
}

std::string_view level_of_job(std::string_view outcome) {
    if (outcome == "dead" || outcome == "unsettled") {
        return "error";
    }
    return outcome == "retry" || outcome == "lease_lost" || outcome == "late" ? "warn" : "info";
}

std::string_view level_of_effect(work::MessageState state) {
    switch (state) {
        case work::MessageState::escalated:
        case work::MessageState::duplicated:
        case work::MessageState::failed:
            return "error";
        case work::MessageState::unknown:
        case work::MessageState::pending:
            return "warn";
        default:
            return "info";
    }
}

}  // namespace

void RadarLog::say(std::string_view level, std::string_view event, Fields fields) const {
    if (!sink_) {
        return;
    }
    const auto time = http::format_iso_time(clock_.system_now());
    std::string line =
        json_ ? fmt::format(R"({{"time":"{}","level":"{}","event":"{}")", time, level, event)
              : fmt::format("{} {:<5} {:<9}", time, level, event);
    for (const auto& [name, value] : fields) {
        if (value.empty()) {
            continue;
        }
        if (json_) {
            line += fmt::format(R"(,"{}":{})", name, http::json_quote(value));
        } else {
            line += name == "message" ? fmt::format(" {}", plain(value))
                                      : fmt::format(" {}={}", name, plain(value));
        }
    }
    sink_(json_ ? line + "}" : line);
}

void RadarLog::request(const work::ReceiverNews& news) const {
    const auto status = std::to_string(news.status);
    say(news.status >= 500   ? "error"
        : news.status >= 400 ? "warn"
                             : "info",
        "webhook",
        {{"path", news.path},
         {"source", news.source},
         {"delivery_id", news.sender_id},
         {"type", news.type},
         {"status", status},
         {"job_id", number(news.put ? news.put->job : 0)},
         {"event_id", number(news.put ? news.put->event : 0)},
         {"trace_id", trace_id(news.trace_context)},
         {"duration_ms", milliseconds(news.took)}});
}

void RadarLog::job(const work::JobNews& news) const {
    const auto& job = news.job;
    say(level_of_job(news.outcome), "job",
        {{"job_id", number(job.ref.id)},
         {"kind", job.kind},
         {"outcome", news.outcome},
         {"attempt", std::to_string(job.attempt)},
         {"reason", news.reason},
         {"order_key", job.order_key},
         {"event_id", number(job.event)},
         {"source", job.source},
         {"trace_id", trace_id(job.trace_context)},
         {"duration_ms", milliseconds(news.took)}});
}

void RadarLog::effect(const work::Message& message, const work::MessageChange& change) const {
    say(level_of_effect(change.state), "effect",
        {{"message_id", number(message.ref.id)},
         {"target", message.target},
         {"key", message.key},
         {"state", work::to_string(change.state)},
         {"reason", change.reason},
         {"external_id", change.external_id},
         {"job_id", number(message.job)},
         {"trace_id", trace_id(message.trace_context)}});
}

}  // namespace apilab::radar::internal
