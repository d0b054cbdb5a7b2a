// How a call ends: the exit code, and what is said about a failure.

#include <fmt/core.h>

#include <csignal>
#include <cstdio>
#include <utility>

#include "apilab/base/duration.hpp"
#include "call/call_run.hpp"

namespace apilab::cli {
namespace {

using Verdict = http::DecisionRecord::Verdict;
constexpr int first_error_status = 400;
constexpr int too_many_requests = 429;

const http::DecisionRecord* last_decision(const CallResult& result) {
    return result.story && !result.story->record.decisions.empty()
               ? &result.story->record.decisions.back()
               : nullptr;
}

// Would have been sent again, and could not be.
bool gave_up(const http::DecisionRecord& decision) {
    switch (decision.ending) {
        case Ending::deadline:
        case Ending::patience:
        case Ending::budget:
        case Ending::breaker:
        case Ending::overload:
            return true;
        case Ending::attempts:
            return decision.max_attempts > 1 && decision.status == too_many_requests;
        default:
            return false;
    }
}

std::string asked_of(std::string_view what, const CallResult& result) {
    if (!result.story) {
        return std::string(what);
    }
    const auto& record = result.story->record;
    const auto attempts = record.attempts.empty() ? 0 : record.attempts.back().number;
    return fmt::format("{} stopped after {} attempt{}, {}", what, attempts,
                       attempts == 1 ? "" : "s", format_duration(record.elapsed));
}

// Something may have been done there that nobody knows of; to ask does nothing.
bool perhaps_done(const Error& error, const CallResult& result) {
    return error.outcome() == Outcome::unknown && result.story &&
           result.story->record.effect != http::Effect::read;
}

std::string why_of(const CallVerdict& verdict, const CallResult& result) {
    const auto& error = *verdict.error;
    const auto* decision = last_decision(result);
    auto text = error.message();
    if (decision != nullptr && decision->verdict == Verdict::gave_up &&
        (decision->status != 0 || gave_up(*decision))) {
        // An attempt's own error stands before what was refused because of it.
        text = (decision->status == 0 ? text + "; " : "") + http::explain(*decision);
    }
    if (perhaps_done(error, result)) {
        text += "; the request was sent and no answer came: the other side may have acted";
    }
    return text;
}

struct Advice {
    std::string_view what;
    std::string_view topic;
};

Advice advice_on_ending(Ending ending) {
    switch (ending) {
        case Ending::deadline:
            return {"raise --deadline, or ask again later", "deadline"};
        case Ending::patience:
            return {"come back when the wait is over", "retry-after"};
        case Ending::budget:
            return {"ask again later: too much of what was sent were repetitions", "retry-budget"};
        case Ending::breaker:
            return {"come back when the breaker lets somebody through", "breaker"};
        default:
            return {};
    }
}

std::string_view topic_of(int status) {
    constexpr int first_server_error = 500;
    switch (status) {
        case 401:
            return "401";
        case 403:
            return "403";
        case 409:
            return "409";
        default:
            return status >= first_server_error ? "transient" : "4xx";
    }
}

Advice advice_on(const Error& error, const CallResult& result) {
    if (perhaps_done(error, result)) {
        return {
            "look how things stand there before you send it again; where the provider honours "
            "keys, --idempotency-key auto makes it safe to repeat",
            "outcome-unknown"};
    }
    if (error.kind() == ErrorKind::rate_limited) {
        return {"raise --deadline, or come back when the limit is over", "retry-after"};
    }
    if (const auto advice = advice_on_ending(error.ending()); !advice.what.empty()) {
        return advice;
    }
    switch (error.kind()) {
        case ErrorKind::resolve:
            return {"check the spelling of the host: apilab doctor looks at the resolver",
                    "connections"};
        case ErrorKind::connect:
            return {"check address and port: nothing was sent", "connections"};
        case ErrorKind::tls:
            return {"trust the right authority: --cacert FILE", "tls"};
        case ErrorKind::timeout:
        case ErrorKind::deadline:
            return {"raise --timeout and --deadline, or ask again later", "timeouts"};
        case ErrorKind::status:
        case ErrorKind::auth:
            return {"the answer itself says more", topic_of(error.status())};
        default:
            return {"", "configuration"};
    }
}

CallVerdict of_answer(const http::Response& answer, const CallResult& result,
                      const CallFlags& flags) {
    const auto* decision = last_decision(result);
    if (decision != nullptr && decision->verdict == Verdict::gave_up && gave_up(*decision)) {
        auto checked = answer.error_for_status();
        // Some refuse within a 200 (Slack's `ratelimited`).
        auto error = checked
                         ? Error(ErrorKind::rate_limited, "the answer says that a limit is reached")
                               .with_outcome(Outcome::answered)
                         : std::move(checked).error();
        error = http::with_story(std::move(error), result.story->record);
        const auto code = exit_code_of(error);
        return {.code = code, .error = std::move(error)};
    }
    if (flags.fail && answer.status() >= first_error_status) {
        auto checked = answer.error_for_status();
        auto error = checked ? Error(ErrorKind::status, fmt::format("answered {}", answer.status()))
                             : std::move(checked).error();
        return {.code = ExitCode::http_error, .error = std::move(error)};
    }
    return {};
}

}  // namespace

CallVerdict verdict_of(const CallResult& result, const CallFlags& flags) {
    if (!result.answer) {
        return {.code = ExitCode::interrupted,
                .error = Error(ErrorKind::cancelled, "ended before it began")};
    }
    auto verdict = *result.answer ? of_answer(**result.answer, result, flags)
                                  : CallVerdict{.code = exit_code_of(result.answer->error()),
                                                .error = result.answer->error()};
    if (result.signal != 0 && !*result.answer) {
        verdict.code = result.signal == SIGTERM ? ExitCode::terminated : ExitCode::interrupted;
    }
    return verdict;
}

void print_failure(const CallVerdict& verdict, const CallResult& result, std::string_view what,
                   std::string_view trace_id, const Globals& globals) {
    const Terminal terminal = globals.err();
    const auto advice = advice_on(*verdict.error, result);
    fmt::print(stderr, "{} {}   [exit {}]\n", terminal.red("error:"), asked_of(what, result),
               static_cast<int>(verdict.code));
    fmt::print(stderr, "  why: {}\n", without_controls(why_of(verdict, result)));
    const auto remedy = advice.what.empty() ? verdict.error->remedy() : std::string(advice.what);
    if (!remedy.empty()) {
        fmt::print(stderr, "  do:  {}\n", remedy);
    }
    fmt::print(stderr, "  see: {}{}apilab explain {}\n",
               trace_id.empty() ? "" : "apilab trace show ",
               trace_id.empty() ? "" : std::string(trace_id) + "   ", advice.topic);
}

}  // namespace apilab::cli
