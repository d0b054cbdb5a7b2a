#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <utility>

#include "apilab/base/try.hpp"
#include "apilab/http/redact.hpp"
#include "apilab/radar/service/internal/dashboard_api.hpp"
#include "apilab/radar/service/internal/dashboard_runs.hpp"
#include "apilab/work/receiver.hpp"

namespace apilab::radar::internal {

namespace json = boost::json;

namespace {

constexpr std::size_t body_shown = std::size_t{16} * 1024;

json::object event_object(const work::ArchivedEvent& archived, const work::JobRow* job) {
    json::object out;
    out["id"] = archived.id;
    out["source"] = archived.event.source;
    out["sender_id"] = archived.event.sender_id;
    out["type"] = archived.event.type;
    out["received"] = shown_time(archived.received);
    out["last_seen"] = shown_time(archived.last_seen);
    out["deliveries"] = archived.deliveries;
    out["body_size"] = archived.body_size;
    out["job"] = archived.job;
    out["job_state"] = job == nullptr ? std::string_view("gone") : to_string(job->state);
    out["reason"] = job == nullptr ? std::string() : job->reason;
    return out;
}

json::object job_object(const work::JobRow& row) {
    json::object out;
    out["id"] = row.job.ref.id;
    out["queue"] = row.job.queue;
    out["kind"] = row.job.kind;
    out["state"] = to_string(row.state);
    out["due"] = shown_time(row.due);
    out["created"] = shown_time(row.job.created);
    out["finished"] = time_or_null(row.finished);
    out["reason"] = row.reason;
    out["attempt"] = row.job.attempt;
    out["attempts_max"] = row.job.attempts_max;
    out["redrives"] = row.redrives;
    out["coalesced"] = row.coalesced;
    out["event"] = row.job.event;
    out["source"] = row.job.source;
    out["type"] = row.job.type;
    out["order_key"] = row.job.order_key;
    out["trace_context"] = row.job.trace_context;
    return out;
}

json::object attempt_object(const work::JobAttempt& attempt) {
    json::object out;
    out["attempt"] = attempt.attempt;
    out["worker"] = attempt.worker;
    out["started"] = shown_time(attempt.started);
    out["ended"] = time_or_null(attempt.ended);
    out["outcome"] = attempt.outcome;
    out["reason"] = attempt.reason;
    return out;
}

json::object message_object(const work::Message& message) {
    json::object out;
    out["id"] = message.ref.id;
    out["target"] = message.target;
    out["key"] = message.key;
    out["state"] = to_string(message.state);
    out["sends"] = message.sends;
    out["look_ups"] = message.look_ups;
    out["unknown_since"] = time_or_null(message.unknown_since);
    out["due"] = shown_time(message.due);
    out["created"] = shown_time(message.created);
    out["finished"] = time_or_null(message.finished);
    out["external_id"] = message.external_id;
    out["reason"] = message.reason;
    out["job"] = message.job;
    out["payload"] = http::shown_body("application/json", message.payload, body_shown);
    return out;
}

Result<json::array> read_events(work::Store& store, const std::string& source, std::int64_t before,
                                std::size_t limit) {
    APILAB_TRY(const auto events, store.list_events(source, {}, before, limit));
    json::array out;
    for (const auto& event : events) {
        std::vector<work::JobRow> jobs;
        if (event.job != 0) {
            APILAB_TRY(jobs, store.jobs({.id = event.job}, 1));
        }
        out.push_back(event_object(event, jobs.empty() ? nullptr : &jobs.front()));
    }
    return out;
}

Result<json::object> read_jobs(work::Store& store, const work::JobFilter& filter,
                               std::size_t limit) {
    json::array jobs;
    APILAB_TRY(const auto rows, store.jobs(filter, limit));
    for (const auto& row : rows) {
        jobs.push_back(job_object(row));
    }
    json::array paused;
    APILAB_TRY(const auto queues, store.paused());
    for (const auto& queue : queues) {
        paused.push_back(json::object{
            {"queue", queue.queue}, {"reason", queue.reason}, {"since", shown_time(queue.since)}});
    }
    APILAB_TRY(const auto counts, store.counts({}));
    json::object out;
    out["jobs"] = std::move(jobs);
    out["paused"] = std::move(paused);
    out["counts"] = counts_object(counts);
    return out;
}

Result<std::optional<json::object>> read_job(work::Store& store, std::int64_t id) {
    APILAB_TRY(const auto rows, store.jobs({.id = id}, 1));
    if (rows.empty()) {
        return std::nullopt;
    }
    auto out = job_object(rows.front());
    out["payload"] = http::shown_body("application/json", rows.front().job.payload, body_shown);
    out["payload_size"] = rows.front().job.payload.size();
    json::array attempts;
    APILAB_TRY(const auto made, store.attempts(id));
    for (const auto& attempt : made) {
        attempts.push_back(attempt_object(attempt));
    }
    out["attempts"] = std::move(attempts);
    return out;
}

Result<json::array> read_quarantine(work::Store& store, std::size_t limit) {
    APILAB_TRY(const auto kept, store.quarantined(limit));
    json::array out;
    for (const auto& one : kept) {
        json::object entry;
        entry["id"] = one.id;
        entry["why"] = one.why == work::Put::conflict
                           ? "its id is known with another body"
                           : "its body is known under another id: somebody may play it back";
        entry["source"] = one.event.source;
        entry["sender_id"] = one.event.sender_id;
        entry["type"] = one.event.type;
        entry["received"] = shown_time(one.received);
        entry["known"] = one.known;
        entry["body_size"] = one.event.body.size();
        out.push_back(std::move(entry));
    }
    return out;
}

}  // namespace

Task get_events(DashboardContext* context, ApiCall call) {
    const auto before = number_of(call, "before", 0, 0, std::int64_t{1} << 62U);
    const auto limit = number_of(call, "limit", 50, 1, 100);
    if (!before || !limit) {
        co_return std::unexpected(before ? limit.error() : before.error());
    }
    const std::string source(call.text("source"));
    auto events = co_await in_store<json::array>(
        context, [source, before = *before, limit = static_cast<std::size_t>(*limit)](
                     work::Store& store) { return read_events(store, source, before, limit); });
    if (!events) {
        co_return std::unexpected(events.error());
    }
    json::object out;
    out["events"] = *std::move(events);
    co_return out;
}

Task get_jobs(DashboardContext* context, ApiCall call) {
    const auto limit = number_of(call, "limit", 50, 1, 200);
    const auto state = work::parse_job_state(call.text("state"));
    if (!limit) {
        co_return std::unexpected(limit.error());
    }
    if (!call.text("state").empty() && !state) {
        co_return std::unexpected(wrong_field("state", "available, running, done or dead"));
    }
    const work::JobFilter filter{.kind = std::string(call.text("kind")),
                                 .state = state,
                                 .reason_has = std::string(call.text("reason")),
                                 .source = std::string(call.text("source"))};
    co_return co_await in_store<json::object>(
        context, [filter, limit = static_cast<std::size_t>(*limit)](work::Store& store) {
            return read_jobs(store, filter, limit);
        });
}

Task get_job(DashboardContext* context, ApiCall call) {
    call.query["id"] = call.id;
    const auto id = number_of(call, "id", 0, 1, std::int64_t{1} << 62U);
    if (!id) {
        co_return std::unexpected(not_found("job"));
    }
    auto found = co_await in_store<std::optional<json::object>>(
        context, [id = *id](work::Store& store) { return read_job(store, id); });
    if (!found) {
        co_return std::unexpected(found.error());
    }
    if (!*found) {
        co_return std::unexpected(not_found("job"));
    }
    co_return **std::move(found);
}

Task get_quarantine(DashboardContext* context, ApiCall /*call*/) {
    auto kept = co_await in_store<json::array>(
        context, [](work::Store& store) { return read_quarantine(store, quarantine_max); });
    if (!kept) {
        co_return std::unexpected(kept.error());
    }
    json::object out;
    out["quarantine"] = *std::move(kept);
    co_return out;
}

Task get_outbox(DashboardContext* context, ApiCall call) {
    const auto limit = number_of(call, "limit", 50, 1, 200);
    const auto state = work::parse_message_state(call.text("state"));
    if (!limit) {
        co_return std::unexpected(limit.error());
    }
    if (!call.text("state").empty() && !state) {
        co_return std::unexpected(
            wrong_field("state", "pending, unknown, applied, escalated, ..."));
    }
    const work::MessageFilter filter{.target = std::string(call.text("target")), .state = state};
    co_return co_await in_store<json::object>(
        context,
        [filter,
         limit = static_cast<std::size_t>(*limit)](work::Store& store) -> Result<json::object> {
            json::array messages;
            APILAB_TRY(const auto found, store.messages(filter, limit));
            for (const auto& message : found) {
                messages.push_back(message_object(message));
            }
            APILAB_TRY(const auto counts, store.message_counts(filter.target));
            json::object out;
            out["messages"] = std::move(messages);
            out["counts"] = counts_object(counts);
            return out;
        });
}

Task get_dead(DashboardContext* context, ApiCall call) {
    const auto limit = number_of(call, "limit", 50, 1, 200);
    if (!limit) {
        co_return std::unexpected(limit.error());
    }
    co_return co_await in_store<json::object>(
        context,
        [limit = static_cast<std::size_t>(*limit)](work::Store& store) -> Result<json::object> {
            APILAB_TRY(auto out, read_jobs(store, {.state = work::JobState::dead}, limit));
            json::array messages;
            for (const auto state : {work::MessageState::failed, work::MessageState::escalated,
                                     work::MessageState::duplicated}) {
                APILAB_TRY(const auto found, store.messages({.state = state}, limit));
                for (const auto& message : found) {
                    messages.push_back(message_object(message));
                }
            }
            out["messages"] = std::move(messages);
            return out;
        });
}

}  // namespace apilab::radar::internal
