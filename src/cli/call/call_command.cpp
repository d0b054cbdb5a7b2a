// apilab call: one call through the whole client.

#include <fmt/core.h>

#include <cstdio>
#include <utility>

#include "apilab/base/file.hpp"
#include "apilab/base/try.hpp"
#include "apilab/observe/curl_line.hpp"
#include "apilab/observe/story_observer.hpp"
#include "apilab/observe/waterfall.hpp"
#include "apilab/observe/waterfall_html.hpp"
#include "apilab/observe/waterfall_text.hpp"
#include "apilab/observe/why.hpp"
#include "call/call.hpp"
#include "call/call_run.hpp"
#include "call/session.hpp"
#include "trace/trace_place.hpp"

namespace apilab::cli {
namespace {

Result<std::optional<Session>> session_of(const CallFlags& flags, const http::Url& url) {
    const auto& name = flags.session.empty() ? flags.session_read_only : flags.session;
    if (name.empty()) {
        return std::nullopt;
    }
    auto session = Session::open(name, url);
    if (!session) {
        return fail(std::move(session).error().in("--session"));
    }
    return *std::move(session);
}

// After the call, and never in its way: what cannot be kept is said, and the call has its result.
std::string keep_trace(const CallFlags& flags, const CallResult& result, const Globals& globals) {
    if (!result.story || flags.trace_store == "off") {
        return {};
    }
    auto store = open_trace_store(flags.trace_store);
    auto id = store ? (*store)->save(*result.story) : fail(store.error());
    if (!id) {
        if (!globals.quiet) {
            fmt::print(stderr, "warning: this call is not kept: {}\n", id.error().to_string());
        }
        return {};
    }
    return *std::move(id);
}

void note_failure(const Result<void>& done, CallVerdict& verdict, const Globals& globals) {
    if (!done) {
        const auto code = report(done.error(), globals);
        verdict.code = verdict.code == ExitCode::success ? code : verdict.code;
    }
}

void print_evidence(const CallFlags& flags, const CallResult& result, const Globals& globals) {
    if (!result.story) {
        return;
    }
    if (flags.show_attempts) {
        fmt::print(stderr, "{}", observe::why_text(*result.story));
    }
    if (flags.timing) {
        const auto terminal = globals.err();
        fmt::print(stderr, "{}",
                   observe::waterfall_text(observe::waterfall_of(*result.story),
                                           {.width = terminal.width, .color = terminal.color}));
    }
}

void write_evidence(const CallFlags& flags, const CallResult& result, const Globals& globals,
                    CallVerdict& verdict) {
    if (!flags.har.empty()) {
        note_failure(write_file_atomically(flags.har, result.har.text()), verdict, globals);
    }
    if (!flags.html.empty() && result.story) {
        const auto page = observe::waterfall_html(
            *result.story, observe::waterfall_of(*result.story), {.curl_line = observe::curl_line});
        note_failure(write_file_atomically(flags.html, page), verdict, globals);
    }
}

void print_result(const CallFlags& flags, const CallResult& result, const CallVerdict& verdict,
                  const observe::Exchange& sent, std::string_view trace_id,
                  const Globals& globals) {
    if (globals.json) {
        fmt::print("{}\n", call_json(sent, &result, verdict, trace_id));
    }
    std::fflush(stdout);
    print_evidence(flags, result, globals);
    if (!verdict.error && globals.verbosity > 0 && !trace_id.empty()) {
        fmt::print(stderr, "kept as {}: apilab trace show {}\n", trace_id, trace_id);
    }
}

}  // namespace

Result<ExitCode> run_call(const CallFlags& flags, const Globals& globals) {
    APILAB_CHECK(check_flags(flags, globals));
    APILAB_TRY(const auto line, parse_request_line(flags.words));
    APILAB_TRY(const auto target, call_target(line.target, flags.scheme));
    APILAB_TRY(auto session, session_of(flags, target.url));
    auto* kept = session ? &*session : nullptr;
    APILAB_TRY(auto built, build_request(flags, line, target, kept));
    APILAB_TRY(auto setup, call_setup(flags, target, built.request));
    if (flags.offline) {
        return print_request(built, setup, flags, globals);
    }
    if (flags.print_curl && !globals.quiet) {
        fmt::print(stderr, "{}\n", curl_line_of(built, setup));
    }
    const auto sent = observe::shown_exchange(built.request, nullptr, 0);
    const auto what =
        fmt::format("{} {}", built.request.method(),
                    target.provider.empty() ? target.url.without_query()
                                            : line.target.substr(0, line.target.find('?')));
    APILAB_TRY(const auto result,
               send_call(flags, globals, std::move(built), std::move(setup), kept));
    auto verdict = verdict_of(result, flags);
    if (!globals.json) {
        (void)print_answer(result, flags, globals);
    }
    if (!flags.session.empty()) {
        note_failure(session->save(), verdict, globals);
    }
    const auto trace_id = keep_trace(flags, result, globals);
    write_evidence(flags, result, globals, verdict);
    print_result(flags, result, verdict, sent, trace_id, globals);
    if (verdict.error) {
        print_failure(verdict, result, what, trace_id, globals);
    }
    return verdict.code;
}

}  // namespace apilab::cli
