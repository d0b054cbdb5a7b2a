#include "apilab/http/record.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "apilab/base/duration.hpp"

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

std::string_view to_string(CacheRecord::How how) {
    switch (how) {
        case CacheRecord::How::hit:
            return "hit";
        case CacheRecord::How::bypass:
            return "bypass";
        case CacheRecord::How::method:
            return "method";
        case CacheRecord::How::uri_miss:
            return "uri-miss";
        case CacheRecord::How::vary_miss:
            return "vary-miss";
        case CacheRecord::How::stale:
            return "stale";
        case CacheRecord::How::request:
            return "request";
    }
    return "miss";
}

std::string_view to_string(CacheRecord::Use use) {
    switch (use) {
        case CacheRecord::Use::none:
            return "none";
        case CacheRecord::Use::fresh:
            return "fresh";
        case CacheRecord::Use::max_stale:
            return "max-stale";
        case CacheRecord::Use::stale_while_revalidate:
            return "stale-while-revalidate";
        case CacheRecord::Use::stale_if_error:
            return "stale-if-error";
        case CacheRecord::Use::revalidated:
            return "revalidated";
        case CacheRecord::Use::only_if_cached:
            return "only-if-cached";
    }
    return "none";
}

std::string cache_status(const CacheRecord& cache, std::string_view name) {
    std::string text(name);
    text += cache.how == CacheRecord::How::hit ? "; hit"
                                               : fmt::format("; fwd={}", to_string(cache.how));
    if (cache.fwd_status != 0) {
        text += fmt::format("; fwd-status={}", cache.fwd_status);
    }
    if (cache.ttl) {
        text += fmt::format("; ttl={}", std::chrono::floor<std::chrono::seconds>(*cache.ttl) /
                                            std::chrono::seconds(1));
    }
    text += cache.stored ? "; stored" : "";
    text += cache.collapsed ? "; collapsed" : "";
    const bool plain = cache.use == CacheRecord::Use::none || cache.use == CacheRecord::Use::fresh;
    return plain ? text : fmt::format("{}; detail={}", text, to_string(cache.use));
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
            return decision.wait == Duration::zero()
                       ? "the deadline passed"
                       : fmt::format("the next wait of {} would pass the deadline",
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
        case Ending::breaker:
            return fmt::format("the breaker is open, next probe in {}",
                               format_duration(decision.wait));
        case Ending::overload:
            return "too many calls wait for this origin";
        case Ending::redirect:
            return "the redirect may not be followed";
        case Ending::none:
            break;
    }
    return "no reason was recorded";
}

}  // namespace

std::string request_id(const CallRecord& call, int attempt) {
    return fmt::format("{}.{}", call.id, attempt);
}

Error with_story(Error error, const CallRecord& record) {
    // A redirect and a hedge belong to the attempt beside them.
    const int attempts = record.attempts.empty() ? 0 : record.attempts.back().number;
    error = std::move(error).with_attempts(attempts);
    if (!record.attempts.empty() && record.attempts.front().error) {
        error = std::move(error).with_first_cause(record.attempts.front().error_message);
    }
    if (record.decisions.empty()) {
        return error;
    }
    const DecisionRecord& last = record.decisions.back();
    if (last.verdict == DecisionRecord::Verdict::gave_up) {
        error = std::move(error).with_ending(last.ending);
        if (last.ending == Ending::deadline || last.ending == Ending::patience ||
            last.ending == Ending::breaker) {
            error = std::move(error).with_retry_after(last.wait);
        }
    }
    return error;
}

namespace {

std::string budget_text(const DecisionRecord& decision) {
    return decision.budget_left
               ? fmt::format(", budget {}/{}", *decision.budget_left, decision.budget_size)
               : std::string();
}

std::string retried_text(const DecisionRecord& decision) {
    auto text =
        fmt::format(" -> retry in {} ({}, attempt {} of {}", format_duration(decision.wait),
                    to_string(decision.reason), decision.after_attempt + 1, decision.max_attempts);
    if (decision.wait_cause == WaitCause::retry_after) {
        text += ", Retry-After";
    }
    if (decision.retry_after_garbage) {
        text += ", unreadable Retry-After ignored";
    }
    return text + budget_text(decision) + ")";
}

// `200 from the cache (fresh for 30 s)`, `503 -> the stored answer, stale for 4 s
// (stale-if-error)`.
std::string cached_text(const DecisionRecord& decision) {
    if (decision.cache == CacheRecord::Use::only_if_cached) {
        return "nothing stored that does -> 504 (only-if-cached)";
    }
    if (decision.cache == CacheRecord::Use::revalidated) {
        return "304 -> the stored answer, which still holds";
    }
    const bool stale = decision.wait < Duration::zero();
    const auto age = fmt::format("{} for {}", stale ? "stale" : "fresh",
                                 format_duration(stale ? -decision.wait : decision.wait));
    const auto why = decision.cache == CacheRecord::Use::fresh
                         ? std::string()
                         : fmt::format(" ({})", to_string(decision.cache));
    return decision.cache == CacheRecord::Use::stale_if_error
               ? fmt::format("{} -> the stored answer, {}{}", what_happened(decision), age, why)
               : fmt::format("{} from the cache, {}{}", decision.status, age, why);
}

}  // namespace

std::string explain(const DecisionRecord& decision) {
    switch (decision.verdict) {
        case DecisionRecord::Verdict::succeeded:
            return what_happened(decision) + (decision.applied_before
                                                  ? " -> done (an earlier attempt had applied it)"
                                                  : " -> done");
        case DecisionRecord::Verdict::retried:
            return what_happened(decision) + retried_text(decision);
        case DecisionRecord::Verdict::gave_up:
            return what_happened(decision) + " -> gave up: " + why_given_up(decision);
        case DecisionRecord::Verdict::redirected:
            return fmt::format("{} -> {}{}", what_happened(decision), decision.target,
                               decision.credentials_dropped ? " (credentials dropped)" : "");
        case DecisionRecord::Verdict::hedged:
            return fmt::format("no answer for {} -> a second attempt beside it (hedge{})",
                               format_duration(decision.wait), budget_text(decision));
        case DecisionRecord::Verdict::coalesced:
            return fmt::format("asked already by {} -> its answer", decision.target);
        case DecisionRecord::Verdict::cached:
            return cached_text(decision);
    }
    return what_happened(decision);
}

std::string explain(const WaitRecord& wait) {
    std::string cause(to_string(wait.cause));
    std::ranges::replace(cause, '_', ' ');
    return fmt::format("waited {} before attempt {} ({})", format_duration(wait.elapsed),
                       wait.after_attempt + 1, cause);
}

}  // namespace apilab::http
