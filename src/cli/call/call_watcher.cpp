// What -v and -vv say while a call goes on.

#include <fmt/core.h>

#include <cstdio>

#include "apilab/base/duration.hpp"
#include "apilab/observe/story_observer.hpp"
#include "call/call_run.hpp"

namespace apilab::cli {
namespace {

void print_fields(char sign, const http::Headers& headers) {
    for (const auto& [name, value] : headers) {
        fmt::print(stderr, "{} {}: {}\n", sign, without_controls(name), without_controls(value));
    }
    fmt::print(stderr, "{}\n", sign);
}

}  // namespace

void CallWatcher::on_attempt(const http::CallRecord& /*call*/, const http::AttemptRecord& attempt) {
    if (globals_.verbosity == 0) {
        return;
    }
    const auto what = attempt.status != 0 ? std::to_string(attempt.status)
                                          : attempt.error_message + " (" +
                                                std::string(to_string(attempt.outcome)) + ")";
    fmt::print(stderr, "attempt {}{}: {} in {}{}\n", attempt.number,
               attempt.hop > 0 ? fmt::format(", redirect {}", attempt.hop) : std::string(), what,
               format_duration(attempt.elapsed),
               attempt.reused_connection ? ", on the same connection" : "");
}

void CallWatcher::on_exchange(const http::CallRecord& /*call*/, const http::AttemptRecord& attempt,
                              const http::Request& sent, const http::Response* answer) {
    if (har_ != nullptr) {
        har_->add({.started = clock_.system_now() -
                              std::chrono::duration_cast<SystemTime::duration>(attempt.elapsed),
                   .request = sent,
                   .response = answer == nullptr ? std::nullopt : std::optional(*answer),
                   .attempt = attempt});
    }
    if (globals_.verbosity < 2) {
        return;
    }
    const auto shown = observe::shown_exchange(sent, answer, 0);
    fmt::print(stderr, "> {} {}\n", shown.method, shown.url);
    print_fields('>', shown.request_headers);
    if (shown.answered) {
        fmt::print(stderr, "< {} {}\n", attempt.status, without_controls(shown.reason));
        print_fields('<', shown.response_headers);
    }
}

void CallWatcher::on_decision(const http::CallRecord& /*call*/,
                              const http::DecisionRecord& decision) {
    if (globals_.verbosity > 0) {
        fmt::print(stderr, "  {}\n", http::explain(decision));
    }
}

void CallWatcher::on_wait(const http::CallRecord& /*call*/, const http::WaitRecord& wait) {
    if (globals_.verbosity > 0) {
        fmt::print(stderr, "  {}\n", http::explain(wait));
    }
}

}  // namespace apilab::cli
