// apilab trace list: a table, or a JSON text a line; with --follow as calls come.

#include <fmt/core.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include "apilab/base/ascii.hpp"
#include "apilab/base/duration.hpp"
#include "apilab/base/try.hpp"
#include "apilab/http/date.hpp"
#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/runtime/signals.hpp"
#include "apilab/runtime/task.hpp"
#include "table.hpp"
#include "trace/trace.hpp"
#include "trace/trace_place.hpp"

namespace apilab::cli {
namespace {

namespace json = boost::json;
using observe::TraceSummary;

constexpr auto look_again = std::chrono::milliseconds(250);

Result<observe::TraceQuery> query_of(const TraceFlags& flags) {
    observe::TraceQuery query{.limit = flags.limit,
                              .method = flags.method,
                              .origin = flags.origin,
                              .only_failed = flags.failed,
                              .text = flags.text};
    const auto& status = flags.status;
    const bool digits = status.size() == 3 && status[0] >= '1' && status[0] <= '5';
    if (digits && ascii_lowered(status.substr(1)) == "xx") {
        query.status_class = status[0] - '0';
    } else if (digits && ascii_digit(status[1]) && ascii_digit(status[2])) {
        query.status = std::stoi(status);
    } else if (!status.empty()) {
        return fail(ErrorKind::invalid_argument,
                    fmt::format("--status {}: expected a status (404) or a class (4xx)", status));
    }
    if (!flags.slower.empty()) {
        auto slower = parse_duration(flags.slower);
        if (!slower) {
            return fail(std::move(slower).error().in("--slower"));
        }
        query.slower_than = *slower;
    }
    return query;
}

std::string ended(const TraceSummary& call) {
    return call.error ? std::string(to_string(*call.error)) : std::to_string(call.status);
}

std::string line_json(const TraceSummary& call) {
    json::object object{
        {"type", "call"},
        {"id", call.id},
        {"started", http::format_iso_time(call.started)},
        {"method", call.method},
        {"origin", call.origin},
        {"url_template", call.url_template},
        {"provider", call.provider},
        {"operation", call.operation},
        {"status", call.status},
        {"error", nullptr},
        {"outcome", to_string(call.outcome)},
        {"ending", to_string(call.ending)},
        {"attempts", call.attempts},
        {"elapsed_ms", std::chrono::duration<double, std::milli>(call.elapsed).count()},
        {"waited_ms", std::chrono::duration<double, std::milli>(call.waited).count()}};
    if (call.error) {
        object["error"] = to_string(*call.error);
    }
    return json::serialize(object);
}

void print_calls(const std::vector<TraceSummary>& calls, const Globals& globals, bool heading) {
    if (globals.json) {
        for (const auto& call : calls) {
            fmt::print("{}\n", line_json(call));
        }
        return;
    }
    Table table({"ID", "STARTED", "METHOD", "URL", ">STATUS", ">TRIES", ">TIME", ">WAITED"});
    for (const auto& call : calls) {
        table.add({call.id, http::format_iso_time(call.started), call.method,
                   call.origin + call.url_template, ended(call), std::to_string(call.attempts),
                   format_duration(call.elapsed), format_duration(call.waited)});
    }
    if (!heading) {
        table.hide_heading();
    }
    fmt::print("{}", table.to_string(globals.out()));
}

// Looks again and again; a signal ends the wait at once.
runtime::Task<Result<void>> follow(runtime::RealScheduler& scheduler, runtime::Event& told,
                                   const int& signal, observe::TraceStore& store,
                                   observe::TraceQuery query, const Globals& globals) {
    while (signal == 0 && std::ferror(stdout) == 0) {
        auto calls = store.list(query);
        if (!calls) {
            co_return fail(std::move(calls).error());
        }
        if (!calls->empty()) {
            query.after_sequence = calls->front().sequence;
            std::ranges::reverse(*calls);
            print_calls(*calls, globals, false);
            std::fflush(stdout);
        }
        co_await scheduler.wait(&told, scheduler.now() + look_again);
    }
    co_return Result<void>();
}

Result<ExitCode> follow_until_told(const TraceFlags& flags, observe::TraceQuery query,
                                   std::int64_t newest, const Globals& globals) {
    APILAB_TRY(auto store, open_trace_store(flags.store));
    query.after_sequence = newest;
    query.limit = 0;
    runtime::RealScheduler scheduler;
    runtime::Event told;
    int signal = 0;
    const runtime::Signals signals(scheduler, {SIGINT, SIGTERM}, [&](int number) {
        signal = number;
        told.set();
    });
    APILAB_CHECK(runtime::run(scheduler,
                              follow(scheduler, told, signal, *store, std::move(query), globals)));
    return signal == SIGTERM ? ExitCode::terminated
                             : (signal == 0 ? ExitCode::success : ExitCode::interrupted);
}

}  // namespace

Result<ExitCode> trace_list(const TraceFlags& flags, const Globals& globals) {
    APILAB_TRY(auto query, query_of(flags));
    std::vector<TraceSummary> calls;
    std::int64_t newest = 0;
    const auto path = trace_store_path(flags.store);
    std::error_code ignored;
    // Looking makes no file.
    if (!path || std::filesystem::exists(*path, ignored)) {
        APILAB_TRY(auto store, open_trace_store(flags.store));
        APILAB_TRY(const auto last, store->list({.limit = 1}));
        newest = last.empty() ? 0 : last.front().sequence;
        APILAB_TRY(calls, store->list(query));
    }
    if (flags.follow) {
        std::ranges::reverse(calls);
    }
    if (calls.empty() && !globals.json && !globals.quiet) {
        fmt::print(stderr, "no calls {}\n", newest == 0 ? "are kept yet" : "fit");
    } else {
        print_calls(calls, globals, true);
    }
    std::fflush(stdout);
    if (flags.follow) {
        return follow_until_told(flags, std::move(query), newest, globals);
    }
    if (globals.json) {
        fmt::print("{}\n",
                   json::serialize(json::object{{"type", "result"}, {"calls", calls.size()}}));
    }
    return ExitCode::success;
}

}  // namespace apilab::cli
