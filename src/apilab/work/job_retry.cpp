#include "apilab/work/job_retry.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "apilab/base/duration.hpp"
#include "apilab/base/try.hpp"
#include "apilab/work/internal/option_range.hpp"

namespace apilab::work {
namespace {

Result<void> within(std::string_view name, Duration value, Duration low, Duration high) {
    return internal::check_range("retry", name, value, low, high);
}

// In [0, span), without the overflow of a product.
Duration part_of(Duration span, Rng& rng) {
    return Duration(static_cast<std::int64_t>(static_cast<double>(span.count()) * rng.uniform()));
}

Duration own_wait(const JobRetryOptions& options, Duration last, Rng& rng) {
    // What is read from a store may be anything.
    const Duration before = std::clamp(last, options.base, options.cap);
    return std::min(options.cap, options.base + part_of(3 * before - options.base, rng));
}

Duration wait(const JobRetryOptions& options, const JobOutcome& outcome, Duration last, Rng& rng) {
    const Duration own = own_wait(options, last, rng);
    if (!outcome.after() || *outcome.after() <= Duration::zero()) {
        return own;
    }
    const Duration told = std::min(*outcome.after(), options.hint_max);
    return std::max(own, told + part_of(options.spread, rng));
}

}  // namespace

Result<void> JobRetryOptions::validate() const {
    using namespace std::chrono_literals;
    APILAB_CHECK(within("cap", cap, 1ms, 24h));
    APILAB_CHECK(within("base", base, 1ms, cap));
    APILAB_CHECK(within("hint_max", hint_max, 0ms, 7 * 24h));
    return within("spread", spread, 0ms, 10min);
}

std::string JobRetryOptions::describe() const {
    return fmt::format("decorrelated jitter, base {}, cap {}; hints up to {}, spread {}",
                       format_duration(base), format_duration(cap), format_duration(hint_max),
                       format_duration(spread));
}

JobDecision decide(const JobRetryOptions& options, const JobOutcome& outcome,
                   const JobAttemptFacts& facts, SystemTime now, Rng& rng) {
    using Verdict = JobDecision::Verdict;
    switch (outcome.kind()) {
        case JobOutcome::Kind::done:
            return {.verdict = Verdict::done};
        case JobOutcome::Kind::dead:
            return {.verdict = Verdict::dead, .reason = outcome.reason()};
        case JobOutcome::Kind::retry:
            break;
    }
    if (facts.attempt >= facts.attempts_max) {
        const auto ended = fmt::format("attempt {} of {}: {}", facts.attempt, facts.attempts_max,
                                       outcome.reason());
        return {.verdict = Verdict::dead, .reason = cut_reason(ended)};
    }
    const Duration delay = wait(options, outcome, facts.last_delay, rng);
    const bool beyond = delay > SystemTime::max() - now;
    return {.verdict = Verdict::retry,
            .at = beyond ? SystemTime::max() : now + delay,
            .delay = delay,
            .reason = outcome.reason()};
}

}  // namespace apilab::work
