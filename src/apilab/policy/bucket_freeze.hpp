#pragma once

#include <map>
#include <string>

#include "apilab/base/result.hpp"
#include "apilab/policy/policy.hpp"

namespace apilab::policy {

struct BucketFreezeOptions {
    /// A longer announced wait freezes no longer than this. Default 1 h, range 1 s to 24 h.
    Duration freeze_max = std::chrono::hours(1);

    [[nodiscard]] Result<void> validate() const;
};

/// After a refusal the whole bucket stands still: when one call is told `429, Retry-After: 3`, the
/// other calls that the provider counts with it wait too instead of being refused one by one. All
/// others go on. A wait that would pass a call's deadline is refused at once (`rate_limited`, with
/// the time needed).
class BucketFreeze final : public Policy {
public:
    explicit BucketFreeze(BucketFreezeOptions options = {}) : options_(options) {}

    [[nodiscard]] std::string describe() const override;
    [[nodiscard]] Action before(const CallFacts& call, Slot& slot, SteadyTime now) override;
    void after(const CallFacts& call, Slot slot, const AttemptOutcome& outcome) override;

private:
    BucketFreezeOptions options_;
    std::map<BucketKey, SteadyTime, BucketLess> frozen_until_;
};

}  // namespace apilab::policy
