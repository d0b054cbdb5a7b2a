#include "apilab/http/record.hpp"

#include <fmt/format.h>

#include "apilab/base/duration.hpp"
#include "apilab/http/headers.hpp"

namespace apilab::http {

std::string_view to_string(Effect effect) {
    switch (effect) {
        case Effect::read:
            return "read";
        case Effect::idempotent:
            return "idempotent";
        case Effect::write:
            return "write";
    }
    return "write";
}

Effect default_effect(std::string_view method) {
    if (method == "GET" || method == "HEAD" || method == "OPTIONS" || method == "TRACE") {
        return Effect::read;
    }
    return method == "PUT" || method == "DELETE" ? Effect::idempotent : Effect::write;
}

std::string_view to_string(WaitCause cause) {
    switch (cause) {
        case WaitCause::backoff:
            return "backoff";
        case WaitCause::retry_after:
            return "retry_after";
        case WaitCause::rate_limit:
            return "rate_limit";
        case WaitCause::bulkhead:
            return "bulkhead";
        case WaitCause::breaker:
            return "breaker";
        case WaitCause::refresh:
            return "refresh";
    }
    return "backoff";
}

std::string_view to_string(RetryReason reason) {
    switch (reason) {
        case RetryReason::transient:
            return "transient";
        case RetryReason::throttled:
            return "throttled";
        case RetryReason::not_sent:
            return "not sent";
    }
    return "transient";
}

namespace {

std::string what_happened(const DecisionRecord& decision) {
    if (decision.status != 0) {
        return fmt::format("{}", decision.status);
    }
    if (!decision.error) {
        return "no attempt";
    }
    return fmt::format("{} ({})", to_string(*decision.error), to_string(decision.outcome));
}

std::string why_given_up(const DecisionRecord& decision) {
    switch (decision.ending) {
        case Ending::non_idempotent:
            return "it may have been applied and sending it again is not safe";
        case Ending::permanent:
            return "trying again would not help";
        case Ending::attempts:
            return fmt::format("all {} attempts are used", decision.max_attempts);
        case Ending::deadline:
            return fmt::format("the next wait of {} would pass the deadline",
                               format_duration(decision.wait));
        case Ending::budget:
            return "the retry budget of this origin is empty";
        case Ending::patience:
            return fmt::format("the server asks for {}, longer than our patience",
                               format_duration(decision.wait));
        case Ending::cancelled:
            return "the caller cancelled";
        case Ending::body_not_replayable:
            return "the body can be read only once";
        case Ending::none:
            break;
    }
    return "no reason was recorded";
}

}  // namespace

Error with_story(Error error, const CallRecord& record) {
    error = std::move(error).with_attempts(static_cast<int>(record.attempts.size()));
    if (!record.attempts.empty() && record.attempts.front().error) {
        error = std::move(error).with_first_cause(record.attempts.front().error_message);
    }
    if (record.decisions.empty()) {
        return error;
    }
    const DecisionRecord& last = record.decisions.back();
    if (last.verdict == DecisionRecord::Verdict::gave_up) {
        error = std::move(error).with_ending(last.ending);
        if (last.ending == Ending::deadline || last.ending == Ending::patience) {
            error = std::move(error).with_retry_after(last.wait);
        }
    }
    return error;
}

std::string explain(const DecisionRecord& decision) {
    std::string text = what_happened(decision);
    switch (decision.verdict) {
        case DecisionRecord::Verdict::succeeded:
            return text + " -> done";
        case DecisionRecord::Verdict::retried:
            text += fmt::format(" -> retry in {} ({}, attempt {} of {}",
                                format_duration(decision.wait), to_string(decision.reason),
                                decision.after_attempt + 1, decision.max_attempts);
            if (decision.wait_cause == WaitCause::retry_after) {
                text += ", Retry-After";
            }
            if (decision.retry_after_garbage) {
                text += ", unreadable Retry-After ignored";
            }
            if (decision.budget_left) {
                text += fmt::format(", budget {}/{}", *decision.budget_left, decision.budget_size);
            }
            return text + ")";
        case DecisionRecord::Verdict::gave_up:
            return text + " -> gave up: " + why_given_up(decision);
    }
    return text;
}

}  // namespace apilab::http
