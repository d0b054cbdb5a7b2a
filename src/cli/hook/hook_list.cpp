// apilab hook list: what came, and what became of it; with --quarantined what is not believed.

#include <fmt/core.h>

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

struct ListFlags {
    std::string store;
    HookFilter filter;
    std::string state;
    bool quarantined = false;
};

void add_row(Table& table, const work::ArchivedEvent& event,
             const std::optional<work::JobRow>& job) {
    table.add(
        {std::to_string(event.id), http::format_iso_time(event.received), event.event.source,
         without_controls(event.event.type), without_controls(event.event.sender_id),
         std::to_string(event.deliveries), job ? std::string(work::to_string(job->state)) : "-",
         job ? std::to_string(job->job.attempt) : "-", job ? without_controls(job->reason) : ""});
}

Result<ExitCode> list_events(work::Store& store, const ListFlags& flags, const Globals& globals) {
    const auto state = work::parse_job_state(flags.state);
    if (!flags.state.empty() && !state) {
        return fail(ErrorKind::invalid_argument,
                    "--state: expected available, running, done or dead");
    }
    Table table({">NO", "RECEIVED", "SOURCE", "TYPE", "ID", ">CAME", "STATE", ">TRIES", "REASON"});
    std::size_t found = 0;
    APILAB_CHECK(each_event(store, flags.filter, RealClock().system_now(),
                            [&](const work::ArchivedEvent& event) -> Result<bool> {
                                APILAB_TRY(const auto job, job_of(store, event.job));
                                if (state && (!job || job->state != *state)) {
                                    return true;
                                }
                                if (globals.json) {
                                    fmt::print("{}\n", json::serialize(event_json(event, job)));
                                } else {
                                    add_row(table, event, job);
                                }
                                return ++found < flags.filter.limit;
                            }));
    if (globals.json) {
        fmt::print("{}\n", json::serialize(json::object{{"type", "result"}, {"events", found}}));
    } else if (found == 0) {
        fmt::print(stderr, "no webhooks fit\n");
    } else {
        fmt::print("{}", table.to_string(globals.out()));
    }
    return ExitCode::success;
}

std::string_view why(const work::Quarantined& one) {
    return one.why == work::Put::conflict ? "conflict" : "replayed";
}

Result<ExitCode> list_quarantine(work::Store& store, const ListFlags& flags,
                                 const Globals& globals) {
    APILAB_TRY(const auto all, store.quarantined(flags.filter.limit));
    if (globals.json) {
        for (const auto& one : all) {
            fmt::print("{}\n", json::serialize(
                                   json::object{{"type", "quarantined"},
                                                {"quarantined", one.id},
                                                {"why", why(one)},
                                                {"source", one.event.source},
                                                {"event_type", one.event.type},
                                                {"id", one.event.sender_id},
                                                {"received", http::format_iso_time(one.received)},
                                                {"known", one.known}}));
        }
        fmt::print("{}\n",
                   json::serialize(json::object{{"type", "result"}, {"quarantined", all.size()}}));
        return ExitCode::success;
    }
    if (all.empty()) {
        fmt::print(stderr, "nothing is in the quarantine\n");
        return ExitCode::success;
    }
    Table table({">NO", "RECEIVED", "SOURCE", "TYPE", "ID", "WHY", ">KNOWN AS"});
    for (const auto& one : all) {
        table.add({std::to_string(one.id), http::format_iso_time(one.received), one.event.source,
                   without_controls(one.event.type), without_controls(one.event.sender_id),
                   std::string(why(one)), std::to_string(one.known)});
    }
    fmt::print("{}", table.to_string(globals.out()));
    return ExitCode::success;
}

// A person looked: `release` has it forwarded after all, `discard` forgets it.
Result<ExitCode> decide_on(const std::string& file, std::int64_t id, bool release,
                           const Globals& globals) {
    APILAB_TRY(const auto store, find_hook_store(file));
    bool found = false;
    if (store) {
        APILAB_TRY(
            found,
            release ? store->release(id, {.queue = std::string(forward_queue), .kind = "released"},
                                     RealClock().system_now())
                    : store->discard(id));
    }
    if (!found) {
        return fail(Error(ErrorKind::invalid_argument,
                          fmt::format("nothing in the quarantine has the number {}", id))
                        .with_remedy("apilab hook list --quarantined"));
    }
    if (globals.json) {
        fmt::print("{}\n", json::serialize(json::object{
                               {"version", 1}, {"quarantined", id}, {"released", release}}));
    } else if (!globals.quiet) {
        fmt::print("{} {}\n", id, release ? "will be forwarded" : "is gone");
    }
    return ExitCode::success;
}

void add_decision(CLI::App& group, std::string name, std::string what, bool release,
                  const Globals& globals, Action& action) {
    auto* command = group.add_subcommand(std::move(name), std::move(what));
    const auto file = std::make_shared<std::string>();
    const auto id = std::make_shared<std::int64_t>(0);
    add_store_flag(*command, *file);
    command->add_option("NO", *id, "Its number in hook list --quarantined")->required();
    command->callback([=, &action, &globals] {
        action = [=, &globals] {
            const auto code = decide_on(*file, *id, release, globals);
            return code ? *code : report(code.error(), globals);
        };
    });
}

}  // namespace

void add_hook_list(CLI::App& group, const Globals& globals, Action& action) {
    auto* command = group.add_subcommand("list", "What came, and what became of it");
    const auto flags = std::make_shared<ListFlags>();
    add_store_flag(*command, flags->store);
    add_filter_flags(*command, flags->filter);
    command->add_option("--state", flags->state, "available, running, done or dead");
    command->add_flag("--quarantined", flags->quarantined,
                      "What is genuine and not believed: a known id with another body, or a known "
                      "body under another id");
    command->callback([&action, &globals, flags] {
        action = [&globals, flags] {
            const auto* what = flags->quarantined ? "quarantined" : "events";
            const auto code = with_hook_store(flags->store, what, globals, [&](work::Store& store) {
                return flags->quarantined ? list_quarantine(store, *flags, globals)
                                          : list_events(store, *flags, globals);
            });
            return code ? *code : report(code.error(), globals);
        };
    });
    add_decision(group, "release", "Have something in the quarantine forwarded after all", true,
                 globals, action);
    add_decision(group, "discard", "Forget something in the quarantine", false, globals, action);
}

}  // namespace apilab::cli
