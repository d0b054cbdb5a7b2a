#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "apilab/base/result.hpp"
#include "apilab/policy/policy.hpp"

namespace apilab::policy {

struct BucketFreezeOptions {
    /// A longer announced wait freezes no longer than this. Default 1 h, range 1 s to 24 h.
    Duration freeze_max = std::chrono::hours(1);

    [[nodiscard]] Result<void> validate() const;
};

/// After a refusal the whole bucket stands still: when one call is told `429, Retry-After: 3`, the
/// other calls to that origin wait too instead of being refused one by one. Calls to other origins
/// go on. A wait that would pass a call's deadline is refused at once (`rate_limited`, with the
/// time needed).
class BucketFreeze final : public Policy {
public:
    explicit BucketFreeze(BucketFreezeOptions options = {}) : options_(options) {}

    [[nodiscard]] std::string describe() const override;
    [[nodiscard]] Action before(const CallFacts& call, SteadyTime now) override;
    void after(const CallFacts& call, const AttemptOutcome& outcome) override;

private:
    // Several providers may stand behind one origin (a gateway, the sandbox); each has limits of
    // its own. Ordered by views, so that asking costs no allocation.
    using Bucket = std::pair<std::string, std::string>;
    using BucketView = std::pair<std::string_view, std::string_view>;
    struct Less {
        using is_transparent = void;
        bool operator()(const BucketView& a, const BucketView& b) const { return a < b; }
    };
    BucketFreezeOptions options_;
    std::map<Bucket, SteadyTime, Less> frozen_until_;
};

}  // namespace apilab::policy
