// apilab hook show: one webhook as it came, and every attempt to forward it.

#include <fmt/core.h>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <memory>

#include "apilab/base/base64.hpp"
#include "apilab/base/scrubbed_stdio.hpp"
#include "apilab/base/try.hpp"
#include "apilab/base/utf8.hpp"
#include "apilab/http/date.hpp"
#include "call/call_run.hpp"
#include "hook/hook.hpp"
#include "hook/hook_store.hpp"
#include "table.hpp"

namespace apilab::cli {
namespace {

namespace json = boost::json;

struct ShowFlags {
    std::string store;
    std::string id;
    bool raw = false;
};

struct Shown {
    work::ArchivedEvent event;
    std::optional<work::JobRow> job;
    std::vector<work::JobAttempt> attempts;
};

std::string content_type_of(const work::Event& event) {
    for (const auto& [name, value] : event.headers) {
        if (name == "content-type") {
            return value;
        }
    }
    return {};
}

void print_json(const Shown& shown) {
    auto object = event_json(shown.event, shown.job);
    object.erase("type");
    json::array headers;
    for (const auto& [name, value] : shown.event.event.headers) {
        headers.push_back(json::array{name, valid_utf8(value) ? value : without_controls(value)});
    }
    json::array attempts;
    for (const auto& one : shown.attempts) {
        json::object attempt{{"attempt", one.attempt},
                             {"started", http::format_iso_time(one.started)},
                             {"ended", nullptr},
                             {"outcome", one.outcome},
                             {"reason", one.reason}};
        if (one.ended) {
            attempt["ended"] = http::format_iso_time(*one.ended);
        }
        attempts.push_back(std::move(attempt));
    }
    object["version"] = 1;
    object["headers"] = std::move(headers);
    const auto& body = shown.event.event.body;
    if (valid_utf8(body)) {
        object["body"] = body;
    } else {
        object["body_base64"] = base64_encode(body);
    }
    object["attempts"] = std::move(attempts);
    fmt::print("{}\n", json::serialize(object));
}

void print_text(const Shown& shown, const Globals& globals) {
    const auto terminal = globals.out();
    const auto& event = shown.event;
    fmt::print("{} {} {}\n", event.event.source, without_controls(event.event.type),
               without_controls(event.event.sender_id));
    fmt::print("  no {}, received {}{}\n", event.id, http::format_iso_time(event.received),
               event.deliveries == 1 ? std::string()
                                     : fmt::format(", came {} times, last {}", event.deliveries,
                                                   http::format_iso_time(event.last_seen)));
    if (shown.job) {
        fmt::print("  {}, key {}{}{}\n", work::to_string(shown.job->state),
                   without_controls(shown.job->job.idempotency_key),
                   shown.job->reason.empty() ? "" : ", ", without_controls(shown.job->reason));
    }
    if (!shown.attempts.empty()) {
        Table table({">ATTEMPT", "STARTED", "OUTCOME", "REASON"});
        for (const auto& one : shown.attempts) {
            table.add({std::to_string(one.attempt), http::format_iso_time(one.started), one.outcome,
                       without_controls(one.reason)});
        }
        fmt::print("\n{}", table.to_string(terminal));
    }
    fmt::print("\n");
    for (const auto& [name, value] : event.event.headers) {
        fmt::print("{}: {}\n", terminal.cyan(without_controls(name)), without_controls(value));
    }
    fmt::print("\n{}\n",
               pretty_body(event.event.body, content_type_of(event.event), true, terminal));
}

Result<ExitCode> show(const ShowFlags& flags, const Globals& globals) {
    APILAB_TRY(const auto store, find_hook_store(flags.store));
    if (!store) {
        return fail(Error(ErrorKind::invalid_argument, "no webhooks are kept yet")
                        .with_remedy("apilab hook listen"));
    }
    Shown shown;
    APILAB_TRY(shown.event, find_event(*store, flags.id));
    if (flags.raw) {
        const auto& body = shown.event.event.body;
        if (globals.out().is_terminal) {
            fmt::print("{}", without_controls(body));
            return ExitCode::success;
        }
        // As it came: whoever asked for bytes wants those and no others.
        return print_unscrubbed(body) ? ExitCode::success : ExitCode::failure;
    }
    APILAB_TRY(shown.job, job_of(*store, shown.event.job));
    if (shown.job) {
        APILAB_TRY(shown.attempts, store->attempts(shown.event.job));
    }
    if (globals.json) {
        print_json(shown);
    } else {
        print_text(shown, globals);
    }
    return ExitCode::success;
}

}  // namespace

void add_hook_show(CLI::App& group, const Globals& globals, Action& action) {
    auto* command = group.add_subcommand("show", "One webhook: headers, body, attempts");
    const auto flags = std::make_shared<ShowFlags>();
    add_store_flag(*command, flags->store);
    command->add_option("ID", flags->id, "Its number in hook list, or its sender's id")->required();
    command->add_flag("--raw", flags->raw, "The body alone, byte by byte");
    command->callback([&action, &globals, flags] {
        action = [&globals, flags] {
            const auto code = show(*flags, globals);
            return code ? *code : report(code.error(), globals);
        };
    });
}

}  // namespace apilab::cli
