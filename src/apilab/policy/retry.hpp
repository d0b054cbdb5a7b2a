#pragma once

#include <string>

#include "apilab/base/rng.hpp"
#include "apilab/policy/backoff.hpp"
#include "apilab/policy/policy.hpp"
#include "apilab/policy/profile.hpp"
#include "apilab/policy/retry_budget.hpp"

namespace apilab::policy {

struct RetryOptions {
    /// Attempts in all, the first included. Default 3, range 1 to 10.
    int max_attempts = 3;
    /// After a transient failure. Default full jitter, base 50 ms, cap 20 s.
    BackoffOptions transient;
    /// After a refusal (429) that did not say when to come back. Default equal jitter, base 1 s,
    /// cap 20 s: never less than half a second, for a limit that was just met is not over at once.
    BackoffOptions throttled{.kind = BackoffKind::equal_jitter, .base = std::chrono::seconds(1)};
    /// The longest `Retry-After` that is waited for; a longer one ends the call at once with the
    /// value in its error. Default 60 s, range 0 to 1 h.
    Duration patience = std::chrono::seconds(60);
    /// `U(0, spread)` is added to a wait that the server announced, so that those who were told the
    /// same do not come back in the same instant. Default 250 ms, range 0 to 1 min.
    Duration spread = std::chrono::milliseconds(250);

    /// Names the option that is out of range.
    [[nodiscard]] Result<void> validate() const;
    [[nodiscard]] std::string describe() const;
};

/// Is another attempt worth it, is it safe, and when? One object per call; the budget (may be null)
/// belongs to the origin and outlives it.
///
/// Sent again whatever the effect: what was *not sent*, and a refusal that says *not applied* (429,
/// a 403 that is a limit). Every other transient failure (reset or timeout with unknown outcome,
/// 408, 425, 500, 502, 503, 504) only where the effect is `read` or `idempotent` or the call
/// carries a key. Never: other 4xx, 501, TLS verification failures. What the provider's profile
/// says comes first. A DELETE that answers 404 after an attempt with unknown outcome has succeeded:
/// that attempt had applied it. The announced wait is a floor, never a ceiling: `max(backoff,
/// announced) + U(0, spread)`. A wait that would pass the deadline is not begun. Sources: RFC 9110
/// sections 9.2.2 and 10.2.3; docs/adr/0007.
class RetryPolicy {
public:
    RetryPolicy(const RetryOptions& options, RetryBudget* budget)
        : options_(options),
          transient_(options.transient),
          throttled_(options.throttled),
          budget_(budget) {}

    RetryPolicy(const RetryPolicy&) = delete;
    RetryPolicy& operator=(const RetryPolicy&) = delete;
    ~RetryPolicy() { attempt_is_over(); }

    /// After attempt `number` (from 1). `retried` means: wait `wait`, then send again.
    [[nodiscard]] http::DecisionRecord decide(int number, const CallFacts& call,
                                              const AttemptOutcome& outcome, Rng& rng);

private:
    struct Wish;
    void attempt_is_over();
    [[nodiscard]] static bool is_success(const CallFacts& call, const AttemptOutcome& outcome);
    [[nodiscard]] static Wish classify(const CallFacts& call, const AttemptOutcome& outcome);
    [[nodiscard]] static Wish classify_answer(const CallFacts& call, const AttemptOutcome& outcome);
    void plan_wait(http::DecisionRecord& decision, const CallFacts& call,
                   const AttemptOutcome& outcome, Rng& rng);

    RetryOptions options_;
    BackoffPolicy transient_;
    BackoffPolicy throttled_;
    RetryBudget* budget_;
    int last_cost_ = 0;
    /// The budget waits to hear of the end of the attempt that it paid for.
    bool paid_ = false;
    /// An attempt's reply was lost: it may have been applied.
    bool perhaps_applied_ = false;
};

}  // namespace apilab::policy
