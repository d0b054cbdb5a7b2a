// apilab hook redeliver, hook dlq: forward once more what was forwarded, or was given up.

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <memory>
#include <utility>

#include "apilab/base/try.hpp"
#include "apilab/http/date.hpp"
#include "call/call_run.hpp"
#include "hook/hook.hpp"
#include "hook/hook_store.hpp"
#include "table.hpp"

namespace apilab::cli {
namespace {

namespace json = boost::json;

struct AgainFlags {
    std::string store;
    std::vector<std::string> ids;
    HookFilter filter;
    std::string rate;
    bool all = false;
};

Result<std::unique_ptr<work::SqliteStore>> needed_store(const std::string& file) {
    APILAB_TRY(auto store, find_hook_store(file));
    if (!store) {
        return fail(Error(ErrorKind::invalid_argument, "no webhooks are kept yet")
                        .with_remedy("apilab hook listen"));
    }
    return store;
}

Result<std::vector<work::ArchivedEvent>> chosen(work::Store& store, const AgainFlags& flags,
                                                SystemTime now) {
    std::vector<work::ArchivedEvent> events;
    for (const auto& id : flags.ids) {
        APILAB_TRY(auto event, find_event(store, id));
        events.push_back(std::move(event));
    }
    if (!flags.ids.empty()) {
        return events;
    }
    APILAB_CHECK(
        each_event(store, flags.filter, now, [&](const work::ArchivedEvent& event) -> Result<bool> {
            events.push_back(event);
            return events.size() < flags.filter.limit;
        }));
    std::ranges::reverse(events);  // in their order
    return events;
}

// A dead letter lives again, what is done gets another job, both under the first one's key; what
// waits or runs is left alone. False: it was.
Result<bool> forward_again(work::Store& store, const work::ArchivedEvent& event, SystemTime at,
                           SystemTime now) {
    APILAB_TRY(const auto job, job_of(store, event.job));
    if (job && job->state == work::JobState::dead) {
        APILAB_TRY(const auto redriven, store.redrive({.id = event.job}, Duration::zero(), 1, at));
        return redriven > 0;
    }
    if (job && job->state != work::JobState::done) {
        return false;
    }
    const auto& known = event.event;
    const auto queued = store.enqueue(
        {.queue = std::string(forward_queue),
         .kind = std::string(again_kind),
         .payload = std::to_string(event.id),
         .idempotency_key = job && !job->job.idempotency_key.empty()
                                ? job->job.idempotency_key
                                : fmt::format("{}:{}{}{}", known.source, known.scope,
                                              known.scope.empty() ? "" : ":", known.sender_id),
         .coalesce_key = fmt::format("{}:{}", again_kind, event.id),
         .run_at = at},
        now);
    if (!queued) {
        return fail(queued.error());
    }
    return !queued->coalesced;
}

void say(std::string_view what, std::size_t count, std::size_t waiting, const Globals& globals) {
    if (globals.json) {
        fmt::print("{}\n", json::serialize(json::object{
                               {"version", 1}, {"forwarded_again", count}, {"waiting", waiting}}));
        return;
    }
    if (globals.quiet) {
        return;
    }
    fmt::print("{} {} will be forwarded again", count, what);
    fmt::print("{}\n", waiting == 0 ? std::string() : fmt::format(", {} waited already", waiting));
}

Result<ExitCode> redeliver(const AgainFlags& flags, const Globals& globals) {
    if (flags.ids.empty() && flags.filter.empty() && !flags.all) {
        return fail(ErrorKind::invalid_argument, "which? IDs, --source, --type, --since, or --all");
    }
    const auto now = RealClock().system_now();
    APILAB_TRY(const auto pace, hook_pace(flags.rate));
    APILAB_TRY(const auto store, needed_store(flags.store));
    APILAB_TRY(const auto events, chosen(*store, flags, now));
    std::size_t again = 0;
    std::size_t waiting = 0;
    for (const auto& event : events) {
        APILAB_TRY(
            const bool done,
            forward_again(*store, event, now + pace * static_cast<std::int64_t>(again), now));
        ++(done ? again : waiting);
    }
    say(again == 1 ? "event" : "events", again, waiting, globals);
    return ExitCode::success;
}

// Of a job that forwards something once more, what that is.
Result<void> name_event(work::Store& store, work::Job& job) {
    if (job.event != 0) {
        return {};
    }
    job.event = event_number(job);
    APILAB_TRY(auto event, store.event(job.event));
    if (event) {
        job.source = std::move(event->event.source);
        job.type = std::move(event->event.type);
    }
    return {};
}

Result<ExitCode> list_dead(work::Store& store, const AgainFlags& flags, const Globals& globals) {
    APILAB_TRY(auto filter, job_filter(flags.filter, RealClock().system_now()));
    filter.state = work::JobState::dead;
    APILAB_TRY(auto dead, store.jobs(filter, flags.filter.limit));
    for (auto& row : dead) {
        APILAB_CHECK(name_event(store, row.job));
    }
    if (globals.json) {
        for (const auto& row : dead) {
            json::object line{
                {"type", "dead_letter"},       {"job", row.job.ref.id},
                {"event", row.job.event},      {"source", row.job.source},
                {"event_type", row.job.type},  {"idempotency_key", row.job.idempotency_key},
                {"attempts", row.job.attempt}, {"redrives", row.redrives},
                {"reason", row.reason},        {"finished", nullptr}};
            if (row.finished) {
                line["finished"] = http::format_iso_time(*row.finished);
            }
            fmt::print("{}\n", json::serialize(line));
        }
        fmt::print("{}\n",
                   json::serialize(json::object{{"type", "result"}, {"dead", dead.size()}}));
        return ExitCode::success;
    }
    if (dead.empty()) {
        fmt::print(stderr, "no dead letters{}\n", flags.filter.empty() ? "" : " fit");
        return ExitCode::success;
    }
    Table table({">JOB", ">EVENT", "GIVEN UP", "SOURCE", "TYPE", "KEY", ">TRIES", "REASON"});
    for (const auto& row : dead) {
        table.add({std::to_string(row.job.ref.id),
                   row.job.event == 0 ? "-" : std::to_string(row.job.event),
                   row.finished ? http::format_iso_time(*row.finished) : "-", row.job.source,
                   without_controls(row.job.type), without_controls(row.job.idempotency_key),
                   std::to_string(row.job.attempt), without_controls(row.reason)});
    }
    fmt::print("{}", table.to_string(globals.out()));
    return ExitCode::success;
}

Result<ExitCode> dead_letters(const AgainFlags& flags, const Globals& globals) {
    return with_hook_store(flags.store, "dead", globals,
                           [&](work::Store& store) { return list_dead(store, flags, globals); });
}

Result<ExitCode> redrive(const AgainFlags& flags, const Globals& globals) {
    if (flags.ids.empty() && flags.filter.empty() && !flags.all) {
        return fail(ErrorKind::invalid_argument,
                    "which? JOBs, --source, --type, --since, --reason, or --all");
    }
    const auto now = RealClock().system_now();
    APILAB_TRY(const auto pace, hook_pace(flags.rate));
    APILAB_TRY(auto filter, job_filter(flags.filter, now));
    APILAB_TRY(const auto store, needed_store(flags.store));
    std::size_t redriven = 0;
    if (flags.ids.empty()) {
        APILAB_TRY(redriven, store->redrive(filter, pace, flags.filter.limit, now));
    }
    for (const auto& id : flags.ids) {
        std::size_t end = 0;
        filter.id = id.find_first_not_of("0123456789") == id.npos && id.size() < 19
                        ? std::stoll(id, &end)
                        : 0;
        const auto at = now + pace * static_cast<std::int64_t>(redriven);
        APILAB_TRY(const auto one, store->redrive(filter, Duration::zero(), 1, at));
        if (one == 0) {
            return fail(Error(ErrorKind::invalid_argument,
                              fmt::format("no dead letter has the number '{}'", id))
                            .with_remedy("apilab hook dlq list"));
        }
        redriven += one;
    }
    say(redriven == 1 ? "dead letter" : "dead letters", redriven, 0, globals);
    return ExitCode::success;
}

void add_rate(CLI::App& command, AgainFlags& flags) {
    command.add_option("--rate", flags.rate, "Paced: 5/s, 30/m, 100/h (default: all at once)");
    command.add_flag("--all", flags.all, "All of them, up to --limit");
}

template <auto function>
void on_call(CLI::App& command, const std::shared_ptr<AgainFlags>& flags, const Globals& globals,
             Action& action) {
    command.callback([&action, &globals, flags] {
        action = [&globals, flags] {
            const auto code = function(*flags, globals);
            return code ? *code : report(code.error(), globals);
        };
    });
}

}  // namespace

void add_hook_redeliver(CLI::App& group, const Globals& globals, Action& action) {
    auto* command = group.add_subcommand(
        "redeliver", "Have webhooks forwarded once more, under the same idempotency key");
    const auto flags = std::make_shared<AgainFlags>();
    add_store_flag(*command, flags->store);
    command->add_option("ID", flags->ids, "Numbers in hook list, or their senders' ids");
    add_filter_flags(*command, flags->filter);
    add_rate(*command, *flags);
    on_call<redeliver>(*command, flags, globals, action);

    auto* dlq = group.add_subcommand("dlq", "What was given up: dead letters");
    dlq->require_subcommand(1);
    auto* list = dlq->add_subcommand("list", "Which there are, and why");
    const auto listed = std::make_shared<AgainFlags>();
    add_store_flag(*list, listed->store);
    add_filter_flags(*list, listed->filter);
    list->add_option("--reason", listed->filter.reason, "With this in their reason");
    on_call<dead_letters>(*list, listed, globals, action);

    auto* again = dlq->add_subcommand("redrive", "Give dead letters another chance");
    const auto redriven = std::make_shared<AgainFlags>();
    add_store_flag(*again, redriven->store);
    again->add_option("JOB", redriven->ids, "Numbers in hook dlq list");
    add_filter_flags(*again, redriven->filter);
    again->add_option("--reason", redriven->filter.reason, "With this in their reason");
    add_rate(*again, *redriven);
    on_call<redrive>(*again, redriven, globals, action);
}

}  // namespace apilab::cli
