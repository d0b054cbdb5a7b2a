#pragma once

#include <map>
#include <string>
#include <vector>

#include "apilab/base/result.hpp"
#include "apilab/base/rng.hpp"
#include "apilab/policy/policy.hpp"

namespace apilab::policy {

struct BucketFreezeOptions {
    /// A longer announced wait freezes no longer than this. Default 1 h, range 1 s to 24 h.
    Duration freeze_max = std::chrono::hours(1);
    /// Each who waits comes back up to so much later, so that they do not come together. Default
    /// 250 ms, range 0 to 1 min.
    Duration spread = std::chrono::milliseconds(250);
    /// Buckets remembered. Default 1024, at least 1; the one that thaws first goes.
    std::size_t buckets_max = 1024;

    [[nodiscard]] Result<void> validate() const;
};

/// After a refusal the whole bucket stands still: when one call is told `429, Retry-After: 3`, the
/// other calls that the provider counts with it wait too instead of being refused one by one. All
/// others go on. A wait that would pass a call's deadline is refused at once (`rate_limited`, with
/// the time needed). While those who waited come back, who comes anew takes a moment among theirs:
/// else a busy worker's next call would always be first, and some would wait until their deadline.
class BucketFreeze final : public Policy {
public:
    /// `rng` outlives it.
    BucketFreeze(BucketFreezeOptions options, Rng& rng) : options_(options), rng_(rng) {}

    [[nodiscard]] std::string describe() const override;
    [[nodiscard]] Action before(const CallFacts& call, Slot& slot, SteadyTime now) override;
    void after(const CallFacts& call, Slot slot, const AttemptOutcome& outcome) override;
    void withdraw(const CallFacts& call, Slot slot, SteadyTime now) override;

    struct Snapshot {
        std::string origin;
        std::string provider;
        std::string bucket;
        /// Nobody goes for so long; above 0.
        Duration left{};

        friend bool operator==(const Snapshot&, const Snapshot&) = default;
    };
    /// Those that are frozen at that moment, by origin, provider and bucket. Changes nothing.
    [[nodiscard]] std::vector<Snapshot> frozen(SteadyTime now) const;

private:
    struct Frozen {
        SteadyTime until;
        /// Calls that wait for it and have not asked since.
        int waiting = 0;
    };
    [[nodiscard]] Action wait_among(Frozen& frozen, Slot& slot, SteadyTime from,
                                    SteadyTime deadline);

    BucketFreezeOptions options_;
    Rng& rng_;
    std::map<BucketKey, Frozen, BucketLess> frozen_;
};

}  // namespace apilab::policy
