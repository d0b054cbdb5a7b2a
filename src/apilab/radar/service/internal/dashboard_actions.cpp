#include <fmt/format.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <utility>

#include "apilab/base/try.hpp"
#include "apilab/http/date.hpp"
#include "apilab/radar/service/config.hpp"
#include "apilab/radar/service/handlers.hpp"
#include "apilab/radar/service/internal/dashboard_api.hpp"
#include "apilab/radar/service/state.hpp"
#include "apilab/work/job_runner.hpp"
#include "apilab/work/outbox.hpp"
#include "apilab/work/outbox_policy.hpp"

namespace apilab::radar::internal {

namespace json = boost::json;
using http::Json;

namespace {

constexpr std::size_t selected_max = 1000;
constexpr auto snooze_max = std::chrono::days(366);

/// What an operation makes of an action: what was done, or why not.
using Done = std::expected<std::string, Refused>;

// Does it in one transaction with its entry in the audit log, and tells who follows. What is not
// done is not in the log.
runtime::Task<Answer> act(DashboardContext* context, Visitor visitor, Audited audited,
                          std::function<Result<Done>(work::Store&, SystemTime)> doing) {
    const SystemTime now = context->parts.scheduler.system_now();
    const auto nonce = context->chance.next();
    auto done = co_await in_store<Done>(
        context,
        [doing = std::move(doing), visitor, audited, nonce,
         now](work::Store& store) -> Result<Done> {
            APILAB_TRY(Done done, doing(store, now));
            if (done) {
                APILAB_CHECK(write_audit(store, visitor, audited, *done, nonce, now));
            }
            return done;
        });
    if (!done) {
        co_return std::unexpected(done.error());
    }
    if (!*done) {
        co_return std::unexpected(done->error());
    }
    context->index.reset();
    json::object told{{"action", audited.action}, {"target", audited.target}, {"result", **done}};
    context->hub->publish("action", answer_text(told));
    co_return json::object{{"done", **done}};
}

Json body_of(const ApiCall& call) {
    return call.body->root();
}

Audited audited(const ApiCall& call, std::string action, std::string target) {
    // Bounded by the body's own limit; a secret has no business in it.
    return {.action = std::move(action),
            .target = std::move(target),
            .detail = call.body->root().to_text()};
}

// The jobs that were named, or all that fit a filter.
struct Selection {
    std::vector<std::int64_t> jobs;
    work::JobFilter filter;
    Duration pace{};
};

Got<Selection> read_selection(const Json& body) {
    Selection selection;
    const auto pace =
        body["pace_ms"].missing() ? std::optional<std::int64_t>(1000) : body["pace_ms"].integer();
    if (!pace || *pace < 0 || *pace > 600'000) {
        return std::unexpected(wrong_field("pace_ms", "0 to 600000"));
    }
    selection.pace = std::chrono::milliseconds(*pace);
    for (const auto& id : body["jobs"].elements()) {
        if (!id.integer() || *id.integer() < 1 || selection.jobs.size() == selected_max) {
            return std::unexpected(wrong_field("jobs", "at most 1000 ids of jobs"));
        }
        selection.jobs.push_back(*id.integer());
    }
    if (selection.jobs.empty() && !body["all"].boolean().value_or(false)) {
        return std::unexpected(wrong_field("jobs", "ids of dead letters, or \"all\": true"));
    }
    selection.filter = {.kind = std::string(body["kind"].string_or("")),
                        .reason_has = std::string(body["reason_has"].string_or("")),
                        .source = std::string(body["source"].string_or(""))};
    return selection;
}

Result<Done> redrive(work::Store& store, const Selection& selection, SystemTime now) {
    std::size_t again = 0;
    if (selection.jobs.empty()) {
        APILAB_TRY(again, store.redrive(selection.filter, selection.pace, selected_max, now));
    }
    SystemTime at = now;
    for (const auto id : selection.jobs) {
        APILAB_TRY(const auto one, store.redrive({.id = id}, Duration::zero(), 1, at));
        again += one;
        at += one == 0 ? SystemTime::duration::zero()
                       : std::chrono::duration_cast<SystemTime::duration>(selection.pace);
    }
    if (again == 0) {
        return Done(
            std::unexpected(Refused{.status = 409,
                                    .why = "no dead letter fits: nothing was sent again",
                                    .remedy = "somebody may have been faster; look again"}));
    }
    return Done(fmt::format("{} of the dead letters run again", again));
}

std::optional<work::Resolution> read_resolution(std::string_view text) {
    using work::Resolution;
    for (const auto one : {Resolution::applied, Resolution::send_again, Resolution::drop}) {
        if (to_string(one) == text) {
            return one;
        }
    }
    return std::nullopt;
}

Result<Done> resolve_message(work::Store& store, std::int64_t id, work::Resolution resolution,
                             const std::string& who, SystemTime now) {
    APILAB_TRY(const auto found, store.messages({.id = id}, 1));
    if (found.empty()) {
        return Done(std::unexpected(not_found("effect")));
    }
    const auto change = work::resolve(found.front(), resolution, who, now);
    if (!change) {
        return Done(std::unexpected(
            Refused{.status = 409, .why = change.error().message(), .remedy = "look again"}));
    }
    APILAB_TRY(const bool settled, store.settle(found.front().ref, *change, now));
    if (!settled) {
        return Done(std::unexpected(Refused{
            .status = 409, .why = "somebody else has this effect now", .remedy = "look again"}));
    }
    return Done(fmt::format("{} is {}", found.front().key, to_string(change->state)));
}

// The row in Notion stays the person's who wrote it; what changes there later counts again
// (`Item::row`).
Result<Done> snooze(work::Store& store, const std::string& key, std::optional<SystemTime> until,
                    SystemTime now) {
    APILAB_TRY(const auto item,
               change_human(
                   store, key, [until](HumanColumns& human) { human.snooze_until = until; }, now));
    if (!item) {
        return Done(std::unexpected(not_found("decision")));
    }
    APILAB_CHECK(add_replan(store, item->watch, until, now));
    return Done(until ? "quiet until " + http::format_iso_time(*until) : "not quiet any more");
}

Result<Done> enqueue_checks(work::Store& store, const std::vector<std::string>& watches,
                            SystemTime now) {
    std::size_t waiting = 0;
    for (const auto& watch : watches) {
        APILAB_TRY(const auto job, store.enqueue(check_job(watch, "by hand"), now));
        waiting += job.coalesced ? 1 : 0;
    }
    return Done(waiting == 0 ? fmt::format("{} to be checked now", watches.size())
                             : fmt::format("{} to be checked now, {} of them waited already",
                                           watches.size(), waiting));
}

Result<Done> release(work::Store& store, std::int64_t id, SystemTime now) {
    APILAB_TRY(const auto kept, store.quarantined(1000));
    const auto one = std::ranges::find(kept, id, &work::Quarantined::id);
    if (one == kept.end()) {
        return Done(std::unexpected(not_found("event in quarantine")));
    }
    APILAB_TRY([[maybe_unused]] const bool released,
               store.release(id,
                             {.queue = std::string(radar_queue),
                              .kind = one->event.source,
                              .payload = one->event.body},
                             now));
    return Done(
        fmt::format("{} {} is believed, and runs", one->event.source, one->event.sender_id));
}

Result<Done> discard(work::Store& store, std::int64_t id) {
    APILAB_TRY(const bool gone, store.discard(id));
    if (!gone) {
        return Done(std::unexpected(not_found("event in quarantine")));
    }
    return Done(std::string("thrown away"));
}

}  // namespace

Task do_redeliver(DashboardContext* context, ApiCall call) {
    auto selection = read_selection(body_of(call));
    if (!selection) {
        co_return std::unexpected(selection.error());
    }
    auto target = selection->jobs.size() == 1 ? fmt::format("job {}", selection->jobs.front())
                  : selection->jobs.empty()   ? std::string("all dead letters that fit")
                                              : fmt::format("{} jobs", selection->jobs.size());
    auto done = co_await act(context, call.visitor, audited(call, "redeliver", std::move(target)),
                             [selection = *selection](work::Store& store, SystemTime now) {
                                 return redrive(store, selection, now);
                             });
    context->parts.runner.wake();
    co_return done;
}

Task do_resolve(DashboardContext* context, ApiCall call) {
    const auto id = body_of(call)["message"].integer();
    const auto resolution = read_resolution(body_of(call)["as"].string_or(""));
    if (!id || !resolution) {
        co_return std::unexpected(id ? wrong_field("as", "applied, send_again or drop")
                                     : wrong_field("message", "the id of an effect"));
    }
    const auto who =
        fmt::format("dashboard ({} {})", to_string(call.visitor.by), call.visitor.peer);
    auto done =
        co_await act(context, call.visitor, audited(call, "resolve", fmt::format("effect {}", *id)),
                     [id = *id, resolution = *resolution, who](work::Store& store, SystemTime now) {
                         return resolve_message(store, id, resolution, who, now);
                     });
    context->parts.outbox.wake();
    co_return done;
}

Task do_snooze(DashboardContext* context, ApiCall call) {
    const auto body = body_of(call);
    const std::string key(body["item"].string_or(""));
    const SystemTime now = context->parts.scheduler.system_now();
    std::optional<SystemTime> until;
    if (!body["until"].is_null()) {
        until = http::parse_iso_time(body["until"].string_or(""));
        if (!until || *until <= now || *until > now + snooze_max) {
            co_return std::unexpected(
                wrong_field("until", "a time within a year from now, or null: not quiet"));
        }
    }
    if (key.empty() || key.size() > 255) {
        co_return std::unexpected(wrong_field("item", "the key of a decision"));
    }
    co_return co_await act(
        context, call.visitor, audited(call, "snooze", key),
        [key, until](work::Store& store, SystemTime at) { return snooze(store, key, until, at); });
}

Task do_check(DashboardContext* context, ApiCall call) {
    const std::string wanted(body_of(call)["watch"].string_or(""));
    std::vector<std::string> watches;
    for (const Watch& watch : context->parts.config.watches) {
        if (wanted.empty() || wanted == watch.name) {
            watches.push_back(watch.name);
        }
    }
    if (watches.empty()) {
        co_return std::unexpected(not_found("watch"));
    }
    auto done = co_await act(context, call.visitor,
                             audited(call, "check", wanted.empty() ? "all watches" : wanted),
                             [watches](work::Store& store, SystemTime now) {
                                 return enqueue_checks(store, watches, now);
                             });
    context->parts.runner.wake();
    co_return done;
}

Task do_queue(DashboardContext* context, ApiCall call) {
    const auto body = body_of(call);
    const std::string queue(body["queue"].string_or(radar_queue));
    const auto pause = body["pause"].boolean();
    const std::string reason(body["reason"].string_or(""));
    if (!pause) {
        co_return std::unexpected(wrong_field("pause", "true or false"));
    }
    if (*pause && (reason.empty() || reason.size() > 200)) {
        co_return std::unexpected(wrong_field("reason", "why, in 1 to 200 bytes"));
    }
    auto done = co_await act(
        context, call.visitor, audited(call, *pause ? "pause" : "resume", "queue " + queue),
        [queue, reason, pause = *pause](work::Store& store, SystemTime now) -> Result<Done> {
            if (pause) {
                APILAB_CHECK(store.pause(queue, reason, now));
                return Done(queue + " is paused");
            }
            APILAB_TRY(const bool was, store.resume(queue));
            return was ? Done(queue + " goes on")
                       : Done(std::unexpected(Refused{.status = 409,
                                                      .why = "that queue is not paused",
                                                      .remedy = "look again"}));
        });
    context->parts.runner.wake();
    co_return done;
}

Task do_quarantine(DashboardContext* context, ApiCall call) {
    const auto id = body_of(call)["id"].integer();
    const std::string what(body_of(call)["do"].string_or(""));
    if (!id || (what != "release" && what != "discard")) {
        co_return std::unexpected(id ? wrong_field("do", "release or discard")
                                     : wrong_field("id", "the number of an entry"));
    }
    auto done =
        co_await act(context, call.visitor, audited(call, what, fmt::format("quarantine {}", *id)),
                     [id = *id, what](work::Store& store, SystemTime now) {
                         return what == "release" ? release(store, id, now) : discard(store, id);
                     });
    context->parts.runner.wake();
    co_return done;
}

}  // namespace apilab::radar::internal
