// apilab radar jobs: what is to be done, what was given up, and what people can do about it.

#include <fmt/core.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cstdio>
#include <memory>
#include <utility>

#include "apilab/base/clock.hpp"
#include "apilab/base/try.hpp"
#include "apilab/http/date.hpp"
#include "apilab/work/store.hpp"
#include "call/call_run.hpp"
#include "hook/hook_store.hpp"
#include "radar/radar.hpp"
#include "radar/radar_settings.hpp"
#include "table.hpp"

namespace apilab::cli {
namespace {

namespace json = boost::json;

constexpr std::string_view queue = "radar";

struct JobsFlags {
    RadarFlags radar;
    std::vector<std::int64_t> ids;
    std::string state;
    std::string kind;
    std::string reason;
    std::string since;
    std::string until;
    std::string rate;
    std::size_t limit = 50;
    bool all = false;
};

using Command = Result<ExitCode> (*)(work::Store& store, const JobsFlags& flags,
                                     const Globals& globals);

// Null: there is none, and it was said.
Result<ExitCode> with_store(const JobsFlags& flags, const Globals& globals, Command command) {
    APILAB_TRY(const auto config, usable_radar_config(flags.radar, globals));
    if (!config) {
        return ExitCode::usage;
    }
    APILAB_TRY(const auto store, find_radar_store(*config));
    if (!store) {
        return fail(
            Error(ErrorKind::invalid_argument,
                  fmt::format("there is no store at {}", radar::sqlite_path(*config).value_or("")))
                .with_remedy("apilab radar serve makes it; --store names another one"));
    }
    return command(*store, flags, globals);
}

Result<work::JobFilter> filter_of(const JobsFlags& flags, SystemTime now) {
    work::JobFilter filter{
        .queue = std::string(queue), .kind = flags.kind, .reason_has = flags.reason};
    if (!flags.state.empty()) {
        filter.state = work::parse_job_state(flags.state);
    }
    APILAB_TRY(filter.since, hook_when("--since", flags.since, now));
    APILAB_TRY(filter.until, hook_when("--until", flags.until, now));
    return filter;
}

json::object job_json(const work::JobRow& row) {
    json::object object{{"type", "job"},
                        {"job", row.job.ref.id},
                        {"kind", row.job.kind},
                        {"state", work::to_string(row.state)},
                        {"attempt", row.job.attempt},
                        {"attempts_max", row.job.attempts_max},
                        {"created", http::format_iso_time(row.job.created)},
                        {"due", http::format_iso_time(row.due)},
                        {"finished", nullptr},
                        {"reason", row.reason},
                        {"redrives", row.redrives},
                        {"coalesced", row.coalesced},
                        {"event", nullptr},
                        {"idempotency_key", row.job.idempotency_key},
                        {"order_key", row.job.order_key},
                        {"trace_context", row.job.trace_context}};
    if (row.finished) {
        object["finished"] = http::format_iso_time(*row.finished);
    }
    if (row.job.event != 0) {
        object["event"] = row.job.event;
    }
    return object;
}

void print_counts(const work::JobCounts& counts, const std::vector<work::PausedQueue>& paused,
                  const Globals& globals) {
    const bool is_paused =
        std::ranges::any_of(paused, [](const auto& one) { return one.queue == queue; });
    if (globals.json) {
        fmt::print("{}\n", json::serialize(json::object{{"type", "result"},
                                                        {"available", counts.available},
                                                        {"running", counts.running},
                                                        {"done", counts.done},
                                                        {"dead", counts.dead},
                                                        {"paused", is_paused}}));
        return;
    }
    if (!globals.quiet) {
        fmt::print(stderr, "{} waiting, {} running, {} done, {} dead{}\n", counts.available,
                   counts.running, counts.done, counts.dead, is_paused ? "; paused" : "");
    }
}

Result<ExitCode> list(work::Store& store, const JobsFlags& flags, const Globals& globals) {
    APILAB_TRY(const auto filter, filter_of(flags, RealClock().system_now()));
    APILAB_TRY(const auto rows, store.jobs(filter, flags.limit));
    APILAB_TRY(const auto counts, store.counts(queue));
    APILAB_TRY(const auto paused, store.paused());
    if (globals.json) {
        for (const auto& row : rows) {
            fmt::print("{}\n", json::serialize(job_json(row)));
        }
    } else if (!rows.empty()) {
        Table table({">JOB", "KIND", "STATE", "CREATED", "DUE", ">TRY", "KEY", "REASON"});
        for (const auto& row : rows) {
            table.add({std::to_string(row.job.ref.id), row.job.kind,
                       std::string(work::to_string(row.state)),
                       http::format_iso_time(row.job.created),
                       row.finished ? "-" : http::format_iso_time(row.due),
                       std::to_string(row.job.attempt), without_controls(row.job.order_key),
                       without_controls(row.reason)});
        }
        fmt::print("{}", table.to_string(globals.out()));
        std::fflush(stdout);
    }
    print_counts(counts, paused, globals);
    return ExitCode::success;
}

Result<ExitCode> dead(work::Store& store, const JobsFlags& flags, const Globals& globals) {
    auto given_up = flags;
    given_up.state = "dead";
    return list(store, given_up, globals);
}

Error no_job(std::int64_t id, std::string_view what) {
    return Error(ErrorKind::invalid_argument, fmt::format("{} has the number {}", what, id))
        .with_remedy("apilab radar jobs list");
}

Result<ExitCode> show(work::Store& store, const JobsFlags& flags, const Globals& globals) {
    const auto id = flags.ids.front();
    APILAB_TRY(const auto rows, store.jobs({.id = id, .queue = std::string(queue)}, 1));
    if (rows.empty()) {
        return fail(no_job(id, "no job"));
    }
    APILAB_TRY(const auto attempts, store.attempts(id));
    auto object = job_json(rows.front());
    object["payload"] = rows.front().job.payload;
    if (globals.json) {
        json::array all;
        for (const auto& attempt : attempts) {
            all.push_back({{"attempt", attempt.attempt},
                           {"worker", attempt.worker},
                           {"started", http::format_iso_time(attempt.started)},
                           {"outcome", attempt.outcome},
                           {"reason", attempt.reason}});
        }
        object["attempts"] = std::move(all);
        fmt::print("{}\n", json::serialize(object));
        return ExitCode::success;
    }
    Table facts({"", ""});
    for (const auto& [name, value] : object) {
        facts.add({std::string(name), value.is_string()
                                          ? without_controls(std::string_view(value.as_string()))
                                          : json::serialize(value)});
    }
    facts.hide_heading();
    Table table({">TRY", "STARTED", "WORKER", "OUTCOME", "REASON"});
    for (const auto& attempt : attempts) {
        table.add({std::to_string(attempt.attempt), http::format_iso_time(attempt.started),
                   without_controls(attempt.worker), attempt.outcome,
                   without_controls(attempt.reason)});
    }
    fmt::print("{}\n{}", facts.to_string(globals.out()), table.to_string(globals.out()));
    return ExitCode::success;
}

Result<ExitCode> redrive(work::Store& store, const JobsFlags& flags, const Globals& globals) {
    const bool chosen = !flags.ids.empty() || !flags.kind.empty() || !flags.reason.empty() ||
                        !flags.since.empty() || !flags.until.empty() || flags.all;
    if (!chosen) {
        return fail(ErrorKind::invalid_argument,
                    "which? JOBs, --kind, --reason, --since, --until, or --all");
    }
    const auto now = RealClock().system_now();
    APILAB_TRY(const auto pace, hook_pace(flags.rate));
    APILAB_TRY(auto filter, filter_of(flags, now));
    std::size_t redriven = 0;
    if (flags.ids.empty()) {
        APILAB_TRY(redriven, store.redrive(filter, pace, flags.limit, now));
    }
    for (const auto id : flags.ids) {
        filter.id = id;
        const auto at = now + pace * static_cast<std::int64_t>(redriven);
        APILAB_TRY(const auto one, store.redrive(filter, Duration::zero(), 1, at));
        if (one == 0) {
            return fail(no_job(id, "no dead letter"));
        }
        redriven += one;
    }
    if (globals.json) {
        fmt::print("{}\n", json::serialize(json::object{{"version", 1}, {"redriven", redriven}}));
    } else if (!globals.quiet) {
        fmt::print("{} dead letter{} will be tried again\n", redriven, redriven == 1 ? "" : "s");
    }
    return ExitCode::success;
}

void say_paused(bool paused, bool changed, const Globals& globals) {
    if (globals.json) {
        fmt::print("{}\n", json::serialize(json::object{
                               {"version", 1}, {"paused", paused}, {"changed", changed}}));
    } else if (!globals.quiet) {
        fmt::print("{}\n", paused    ? "paused: what runs goes on, nothing else begins"
                           : changed ? "goes on"
                                     : "it was not paused");
    }
}

Result<ExitCode> pause(work::Store& store, const JobsFlags& flags, const Globals& globals) {
    APILAB_CHECK(store.pause(queue, flags.reason.empty() ? "by hand" : flags.reason,
                             RealClock().system_now()));
    say_paused(true, true, globals);
    return ExitCode::success;
}

Result<ExitCode> resume(work::Store& store, const JobsFlags& /*flags*/, const Globals& globals) {
    APILAB_TRY(const bool changed, store.resume(queue));
    say_paused(false, changed, globals);
    return ExitCode::success;
}

using Flags = std::shared_ptr<JobsFlags>;

Flags add(CLI::App& group, std::string name, std::string text, const Globals& globals,
          Action& action, Command command) {
    auto* added = group.add_subcommand(std::move(name), std::move(text));
    auto flags = std::make_shared<JobsFlags>();
    add_radar_flags(*added, flags->radar);
    added->callback([&action, &globals, flags, command] {
        action = [&globals, flags, command] {
            const auto code = with_store(*flags, globals, command);
            return code ? *code : report(code.error(), globals);
        };
    });
    return flags;
}

void add_filters(CLI::App& command, JobsFlags& flags) {
    command.add_option("--kind", flags.kind, "Of one kind: check, digest, github, ...");
    command.add_option("--reason", flags.reason, "With this in their reason");
    command.add_option("--since", flags.since, "Made from then on: 1h (ago) or RFC 3339")
        ->type_name("TIME");
    command.add_option("--until", flags.until, "Made before then, likewise")->type_name("TIME");
    command.add_option("--limit", flags.limit, "So many at most")
        ->check(CLI::Range(1, 100'000))
        ->capture_default_str();
}

}  // namespace

void add_radar_jobs(CLI::App& group, const Globals& globals, Action& action) {
    auto* jobs = group.add_subcommand("jobs", "What is to be done, and what was given up");
    jobs->require_subcommand(1);
    jobs->footer(
        "They look into the store itself, while radar serve runs or not.\n\n"
        "Examples:\n  apilab radar jobs list --state available\n"
        "  apilab radar jobs redrive --reason 'HTTP 503' --rate 30/m");
    const auto listed = add(*jobs, "list", "The newest first", globals, action, list);
    auto* list_command = jobs->get_subcommand("list");
    list_command->add_option("--state", listed->state, "available, running, done or dead")
        ->check(CLI::IsMember({"available", "running", "done", "dead"}));
    add_filters(*list_command, *listed);
    list_command->footer(
        "Examples:\n  apilab radar jobs list --kind check --limit 5\n"
        "  apilab radar jobs list --json");
    const auto given_up = add(*jobs, "dead", "Dead letters, and why", globals, action, dead);
    add_filters(*jobs->get_subcommand("dead"), *given_up);
    jobs->get_subcommand("dead")->footer("Examples:\n  apilab radar jobs dead --since 1d");
    const auto shown = add(*jobs, "show", "One, with each of its attempts", globals, action, show);
    jobs->get_subcommand("show")
        ->add_option("JOB", shown->ids, "Its number")
        ->expected(1)
        ->required();
    jobs->get_subcommand("show")->footer("Examples:\n  apilab radar jobs show 17");
    const auto again =
        add(*jobs, "redrive", "Give dead letters another chance", globals, action, redrive);
    auto* redrive_command = jobs->get_subcommand("redrive");
    redrive_command->add_option("JOB", again->ids, "Numbers of dead letters");
    add_filters(*redrive_command, *again);
    redrive_command->add_option("--rate", again->rate,
                                "Paced: 5/s, 30/m, 100/h (default: all at once)");
    redrive_command->add_flag("--all", again->all, "All of them, up to --limit");
    redrive_command->footer(
        "Examples:\n  apilab radar jobs redrive 17\n"
        "  apilab radar jobs redrive --kind github --since 2h --rate 5/s");
    const auto paused = add(*jobs, "pause", "Begin nothing until resume; what runs goes on",
                            globals, action, pause);
    jobs->get_subcommand("pause")->add_option("--reason", paused->reason,
                                              "For whoever asks why nothing happens");
    jobs->get_subcommand("pause")->footer("Examples:\n  apilab radar jobs pause --reason upkeep");
    (void)add(*jobs, "resume", "Go on", globals, action, resume);
    jobs->get_subcommand("resume")->footer("Examples:\n  apilab radar jobs resume");
}

}  // namespace apilab::cli
