#include "apilab/policy/bucket_freeze.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "apilab/base/duration.hpp"
#include "apilab/policy/profile.hpp"

namespace apilab::policy {

namespace {

// What an attempt has noted in its slot.
constexpr Slot waits = 1;
constexpr Slot passed = 2;

}  // namespace

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

std::vector<BucketFreeze::Snapshot> BucketFreeze::frozen(SteadyTime now) const {
    std::vector<Snapshot> all;
    for (const auto& [key, frozen] : frozen_) {
        if (frozen.until > now) {
            all.push_back({.origin = key.origin,
                           .provider = key.provider,
                           .bucket = key.bucket,
                           .left = frozen.until - now});
        }
    }
    return all;
}

std::string BucketFreeze::describe() const {
    return fmt::format("freeze of a refused bucket, at most {}",
                       format_duration(options_.freeze_max));
}

// At some moment until the last of those who wait comes back, and never so late that the answer
// could not come any more: a quarter of what is left of the call is for the request.
Action BucketFreeze::wait_among(Frozen& frozen, Slot& slot, SteadyTime from, SteadyTime deadline) {
    if (slot != waits) {
        slot = waits;
        ++frozen.waiting;
    }
    const Duration spread = frozen.until + options_.spread - from;
    const Duration room = (deadline - from) / 4 * 3;
    const Duration share(rng_.between(0, std::min(spread, room).count()));
    return WaitUntil{.until = from + share, .cause = http::WaitCause::rate_limit};
}

Action BucketFreeze::before(const CallFacts& call, Slot& slot, SteadyTime now) {
    const auto found = frozen_.find(bucket_of(call));
    if (found == frozen_.end()) {
        return Proceed{};
    }
    Frozen& frozen = found->second;
    if (now >= frozen.until + options_.spread) {
        frozen_.erase(found);
        slot = passed;
        return Proceed{};
    }
    if (now < frozen.until) {
        if (frozen.until >= call.deadline) {
            return Refuse{
                Error(
                    ErrorKind::rate_limited,
                    fmt::format("{} asked everybody to wait another {}, past this call's deadline",
                                call.origin, format_duration(frozen.until - now)))
                    .with_outcome(Outcome::not_sent)
                    .with_ending(Ending::deadline)
                    .with_retry_after(frozen.until - now)};
        }
        return wait_among(frozen, slot, frozen.until, call.deadline);
    }
    if (slot == 0 && frozen.waiting > 0 && now + Duration(1) < call.deadline) {
        return wait_among(frozen, slot, now, call.deadline);
    }
    withdraw(call, slot, now);
    slot = passed;
    return Proceed{};
}

void BucketFreeze::withdraw(const CallFacts& call, Slot slot, SteadyTime /*now*/) {
    const auto found = frozen_.find(bucket_of(call));
    if (slot == waits && found != frozen_.end() && found->second.waiting > 0) {
        --found->second.waiting;
    }
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
    auto entry = frozen_.find(bucket_of(call));
    if (entry == frozen_.end()) {
        if (frozen_.size() >= options_.buckets_max) {
            frozen_.erase(std::ranges::min_element(
                frozen_, {}, [](const auto& one) { return one.second.until; }));
        }
        const BucketKey key{std::string(call.origin), std::string(call.provider),
                            std::string(call.bucket)};
        entry = frozen_.emplace(key, Frozen{.until = until}).first;
    }
    entry->second.until = std::max(entry->second.until, until);
}

}  // namespace apilab::policy
