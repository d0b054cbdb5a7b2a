#include "apilab/policy/retry.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "apilab/base/duration.hpp"

namespace apilab::policy {
namespace {

using http::DecisionRecord;
using http::RetryReason;

bool is_transient_error(ErrorKind kind) {
    return kind == ErrorKind::connection_lost || kind == ErrorKind::timeout ||
           kind == ErrorKind::protocol;
}

bool never_sent_and_worth_it(ErrorKind kind) {
    // A bad certificate, a bad argument, a too large request: the next attempt fails alike.
    return kind == ErrorKind::resolve || kind == ErrorKind::connect || is_transient_error(kind);
}

bool safe_to_repeat(const CallFacts& call) {
    return call.effect != http::Effect::write || call.has_key;
}

}  // namespace

Result<void> RetryOptions::validate() const {
    if (max_attempts < 1 || max_attempts > 10) {
        return fail(ErrorKind::invalid_argument,
                    fmt::format("retry.max_attempts is {}, outside 1 to 10", max_attempts));
    }
    if (patience < Duration::zero() || patience > std::chrono::hours(1)) {
        return fail(
            ErrorKind::invalid_argument,
            fmt::format("retry.patience is {}, outside 0 to 1 h", format_duration(patience)));
    }
    if (spread < Duration::zero() || spread > std::chrono::minutes(1)) {
        return fail(ErrorKind::invalid_argument,
                    fmt::format("retry.spread is {}, outside 0 to 1 min", format_duration(spread)));
    }
    for (const auto& [name, backoff] :
         {std::pair("retry.transient", &transient), std::pair("retry.throttled", &throttled)}) {
        if (auto valid = backoff->validate(); !valid) {
            return fail(std::move(valid).error().in(name));
        }
    }
    return {};
}

std::string RetryOptions::describe() const {
    return fmt::format("{} attempts; transient: {}; throttled: {}; patience {}", max_attempts,
                       transient.describe(), throttled.describe(), format_duration(patience));
}

// What the kind of failure allows, before attempts, deadline and budget have their say.
struct RetryPolicy::Wish {
    Ending refused = Ending::none;
    RetryReason reason = RetryReason::transient;
};

RetryPolicy::Wish RetryPolicy::classify_answer(const CallFacts& call,
                                               const AttemptOutcome& outcome) {
    const ProviderProfile& profile = profile_of(call.provider);
    const auto said = said_should_retry(profile, outcome);
    if (said == false) {
        return {.refused = Ending::permanent};
    }
    if (is_limited(profile, outcome)) {
        return {.reason = RetryReason::throttled};
    }
    // To a call with a key it says that the first attempt is still at work (Stripe; IETF draft on
    // the Idempotency-Key header, section 2.7).
    const bool key_in_use = outcome.status == 409 && call.has_key;
    if (!is_transient_status(profile, outcome.status) && !key_in_use && said != true) {
        return {.refused = Ending::permanent};
    }
    const bool not_applied = outcome.status == 503 && profile.unavailable_not_applied;
    if (!not_applied && said != true && !safe_to_repeat(call)) {
        return {.refused = Ending::non_idempotent};
    }
    return {.reason = RetryReason::transient};
}

RetryPolicy::Wish RetryPolicy::classify(const CallFacts& call, const AttemptOutcome& outcome) {
    if (outcome.error == ErrorKind::cancelled) {
        return {.refused = Ending::cancelled};
    }
    if (outcome.error == ErrorKind::deadline) {
        return {.refused = Ending::deadline};
    }
    if (!outcome.error) {
        return classify_answer(call, outcome);
    }
    if (outcome.outcome == Outcome::not_sent) {
        if (!never_sent_and_worth_it(*outcome.error)) {
            return {.refused = Ending::permanent};
        }
        return {.reason = RetryReason::not_sent};
    }
    if (!is_transient_error(*outcome.error)) {
        return {.refused = Ending::permanent};
    }
    if (!safe_to_repeat(call)) {
        return {.refused = Ending::non_idempotent};
    }
    return {.reason = RetryReason::transient};
}

void RetryPolicy::attempt_is_over() {
    if (std::exchange(paid_, false)) {
        budget_->attempt_ended();
    }
}

bool RetryPolicy::is_success(const CallFacts& call, const AttemptOutcome& outcome) {
    return !outcome.error && outcome.status >= 200 && outcome.status < 400 &&
           !is_limited(profile_of(call.provider), outcome);
}

http::DecisionRecord RetryPolicy::decide(int number, const CallFacts& call,
                                         const AttemptOutcome& outcome, Rng& rng) {
    DecisionRecord decision{.after_attempt = number,
                            .max_attempts = options_.max_attempts,
                            .status = outcome.status,
                            .error = outcome.error,
                            .outcome = outcome.outcome};
    attempt_is_over();
    const bool applied_before =
        call.method == "DELETE" && outcome.status == 404 && perhaps_applied_;
    if (applied_before || is_success(call, outcome)) {
        decision.verdict = DecisionRecord::Verdict::succeeded;
        decision.applied_before = applied_before;
        if (budget_ != nullptr) {
            budget_->on_success(last_cost_);
        }
        return decision;
    }
    perhaps_applied_ = perhaps_applied_ || outcome.outcome == Outcome::unknown ||
                       (!outcome.error && outcome.status >= 500);
    decision.verdict = DecisionRecord::Verdict::gave_up;
    const Wish wish = classify(call, outcome);
    decision.reason = wish.reason;
    if (wish.refused != Ending::none) {
        decision.ending = wish.refused;
    } else if (!call.body_replayable && outcome.outcome != Outcome::not_sent) {
        decision.ending = Ending::body_not_replayable;
    } else if (number >= options_.max_attempts) {
        decision.ending = Ending::attempts;
    } else {
        plan_wait(decision, call, outcome, rng);
    }
    return decision;
}

void RetryPolicy::plan_wait(http::DecisionRecord& decision, const CallFacts& call,
                            const AttemptOutcome& outcome, Rng& rng) {
    const AnnouncedWait announced = announced_wait(profile_of(call.provider), outcome);
    BackoffPolicy& backoff = decision.reason == RetryReason::throttled ? throttled_ : transient_;
    decision.wait = backoff.delay(decision.after_attempt - 1, rng);
    decision.retry_after_garbage = announced.garbage;
    if (announced.wait) {
        if (*announced.wait >= decision.wait) {
            decision.wait_cause = http::WaitCause::retry_after;
        }
        const double share = rng.uniform();
        decision.wait = std::max(decision.wait, *announced.wait) +
                        Duration(static_cast<std::int64_t>(
                            share * static_cast<double>(options_.spread.count())));
        if (*announced.wait > options_.patience) {
            decision.wait = *announced.wait;
            decision.ending = Ending::patience;
            return;
        }
    }
    // Subtraction on this side: a deadline of "never" must not overflow.
    if (call.deadline - outcome.at <= decision.wait) {
        decision.ending = Ending::deadline;
        return;
    }
    if (budget_ != nullptr) {
        // Asked last: it is the only question whose asking changes the answer to the next one.
        const int cost = budget_->acquire(decision.reason);
        decision.budget_left = budget_->tokens();
        decision.budget_size = budget_->capacity();
        if (cost == 0) {
            decision.ending = Ending::budget;
            return;
        }
        last_cost_ = cost;
        paid_ = true;
    }
    decision.verdict = DecisionRecord::Verdict::retried;
}

}  // namespace apilab::policy
