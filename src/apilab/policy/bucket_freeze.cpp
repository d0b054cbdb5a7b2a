#include "apilab/policy/bucket_freeze.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "apilab/base/duration.hpp"
#include "apilab/policy/profile.hpp"

namespace apilab::policy {

Result<void> BucketFreezeOptions::validate() const {
    if (freeze_max < std::chrono::seconds(1) || freeze_max > std::chrono::hours(24)) {
        return fail(ErrorKind::invalid_argument,
                    fmt::format("freeze.freeze_max is {}, outside 1 s to 24 h",
                                format_duration(freeze_max)));
    }
    if (spread < Duration::zero() || spread > std::chrono::minutes(1)) {
        return fail(
            ErrorKind::invalid_argument,
            fmt::format("freeze.spread is {}, outside 0 to 1 min", format_duration(spread)));
    }
    if (buckets_max == 0) {
        return fail(ErrorKind::invalid_argument, "freeze.buckets_max is 0");
    }
    return {};
}

std::string BucketFreeze::describe() const {
    return fmt::format("freeze of a refused bucket, at most {}",
                       format_duration(options_.freeze_max));
}

Action BucketFreeze::before(const CallFacts& call, Slot& /*slot*/, SteadyTime now) {
    const auto found = frozen_until_.find(bucket_of(call));
    if (found == frozen_until_.end()) {
        return Proceed{};
    }
    const SteadyTime until = found->second;
    if (until <= now) {
        frozen_until_.erase(found);
        return Proceed{};
    }
    if (until >= call.deadline) {
        return Refuse{
            Error(ErrorKind::rate_limited,
                  fmt::format("{} asked everybody to wait another {}, past this call's deadline",
                              call.origin, format_duration(until - now)))
                .with_outcome(Outcome::not_sent)
                .with_ending(Ending::deadline)
                .with_retry_after(until - now)};
    }
    const Duration spread(rng_.between(0, options_.spread.count()));
    return WaitUntil{.until = std::min(until + spread, call.deadline - Duration(1)),
                     .cause = http::WaitCause::rate_limit};
}

void BucketFreeze::after(const CallFacts& call, Slot /*slot*/, const AttemptOutcome& outcome) {
    const ProviderProfile& profile = profile_of(call.provider);
    if (outcome.error || !is_limited(profile, outcome)) {
        return;
    }
    const AnnouncedWait announced = announced_wait(profile, outcome);
    if (!announced.wait) {
        return;
    }
    const SteadyTime until = outcome.at + std::min(*announced.wait, options_.freeze_max);
    auto entry = frozen_until_.find(bucket_of(call));
    if (entry == frozen_until_.end()) {
        if (frozen_until_.size() >= options_.buckets_max) {
            frozen_until_.erase(std::ranges::min_element(
                frozen_until_, {}, [](const auto& one) { return one.second; }));
        }
        const BucketKey key{std::string(call.origin), std::string(call.provider),
                            std::string(call.bucket)};
        entry = frozen_until_.emplace(key, until).first;
    }
    entry->second = std::max(entry->second, until);
}

}  // namespace apilab::policy
