#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "apilab/base/result.hpp"
#include "apilab/policy/policy.hpp"
#include "apilab/policy/quota.hpp"

namespace apilab::policy {

struct RateLimiterOptions {
    /// For buckets whose provider has none of its own. Default: no limit until one is learned.
    Quota quota;
    /// What is known of the providers (`ProviderProfile`): their quotas, lanes and costs. Default
    /// on.
    bool profiles = true;
    /// Believe what answers announce (`http::read_rate_limits`): with nothing left, calls wait for
    /// the next window instead of being refused in this one. Default on.
    bool learn = true;
    /// Spread what is left over the rest of the window, so that the last call of a window need not
    /// wait for all of it and others who share the quota find some. Default off.
    bool pace = false;
    /// So much of an announced quota is left to others. Default 0, range 0 to 0.9.
    double headroom = 0;
    /// Calls that may wait in one bucket; the next fails at once (`overloaded`). Default 1,000,
    /// range 0 to 1,000,000.
    std::size_t waiting_max = 1'000;
    /// Buckets remembered. Default 1024, at least 1; of those at rest the one unused longest goes.
    std::size_t buckets_max = 1024;

    [[nodiscard]] Result<void> validate() const;
    [[nodiscard]] std::string describe() const;
};

/// Keeps calls below the quotas of the other side, so that none has to be refused there. A bucket
/// is what the provider counts together: an origin, or a part of it by the provider's rules. Within
/// a bucket calls of a lane (`writes`) keep their own pace and do not stand in the way of others.
/// Configured quotas are GCRA (a leaky bucket as a meter: `burst` at once, `permits / window` on
/// average); learned ones are what the last answer said, less what is under way.
///
/// First come, first served in each lane. A call whose turn cannot come before its deadline is
/// refused at once (`rate_limited`, with the wait it would have needed). An answer 304 costs
/// nothing where the provider says so by its `remaining`. Sources: docs/policies/rate-limiter.md.
class RateLimiter final : public Policy {
public:
    explicit RateLimiter(RateLimiterOptions options) : options_(options) {}

    [[nodiscard]] std::string describe() const override;
    [[nodiscard]] Action before(const CallFacts& call, Slot& slot, SteadyTime now) override;
    void after(const CallFacts& call, Slot slot, const AttemptOutcome& outcome) override;
    void withdraw(const CallFacts& call, Slot slot, SteadyTime now) override;
    [[nodiscard]] std::optional<Slot> next_turn() override;

    /// What is left of the bucket as far as is known; nothing where nothing was announced.
    [[nodiscard]] std::optional<std::int64_t> remaining(const CallFacts& call) const;
    [[nodiscard]] std::size_t waiting(const CallFacts& call) const;

    /// One bucket as it stands at a moment. A value, for those who look: a status page, metrics.
    struct Snapshot {
        std::string origin;
        /// Empty: the calls named none.
        std::string provider;
        /// What the provider counts together; empty: all calls to it.
        std::string bucket;
        /// The provider's own or the configured one; what is zero does not limit.
        Quota quota;
        /// Of that quota: units that may go at once now. Nothing: it has no average.
        std::optional<std::int64_t> free;
        /// What answers announced of the window that lasts; `remaining` less what went since, never
        /// below 0. Nothing: nothing was announced, or that window is over.
        std::optional<std::int64_t> limit;
        std::optional<std::int64_t> remaining;
        std::optional<Duration> reset_in;
        /// Calls that wait here, and that are under way.
        std::size_t waiting = 0;
        int under_way = 0;
        /// Refused with a wait (`BucketFreeze`): nobody goes for so long. Set by the client.
        Duration frozen{};

        friend bool operator==(const Snapshot&, const Snapshot&) = default;
    };
    /// All that are remembered, by origin, provider and bucket. Changes nothing.
    [[nodiscard]] std::vector<Snapshot> limits(SteadyTime now) const;

private:
    // One quota and where it stands.
    struct Meter {
        Quota quota;
        /// GCRA's theoretical arrival time: when the bucket will be empty again.
        SteadyTime empty_at;
        SteadyTime last_start;
        int under_way = 0;

        [[nodiscard]] SteadyTime ready_at(SteadyTime now, int cost) const;
        /// Nothing but the end of another call can help.
        [[nodiscard]] bool full() const {
            return quota.concurrent > 0 && under_way >= quota.concurrent;
        }
        void take(SteadyTime now, int cost);
        void give_back(int cost);
        [[nodiscard]] Duration price(int cost) const;
        /// Units that may go at once; nothing where it has no average.
        [[nodiscard]] std::optional<std::int64_t> free(SteadyTime now) const;
    };
    struct Lane {
        Meter meter;
        std::deque<Slot> queue;
    };
    // What the other side said.
    struct Learned {
        std::optional<std::int64_t> remaining;
        std::optional<std::int64_t> limit;
        SteadyTime reset;
        /// What told of it, as a moment that it repeats until the window ends (an epoch).
        std::optional<SystemTime> window_id;
        std::int64_t told = 0;
    };
    struct Bucket {
        Meter meter;
        Learned learned;
        /// Attempts that the next announcement may not have counted yet.
        int uncounted = 0;
        std::map<std::string, Lane, std::less<>> lanes;
        std::size_t waiting = 0;
        std::uint64_t last_used = 0;

        [[nodiscard]] bool at_rest() const { return waiting == 0 && meter.under_way == 0; }
    };
    using Buckets = std::map<BucketKey, Bucket, BucketLess>;

    [[nodiscard]] Bucket& bucket_for(const CallFacts& call);
    [[nodiscard]] Lane& lane_for(Bucket& bucket, const CallFacts& call) const;
    void forget_one();
    /// When the next call of the lane may go; `now` or earlier: at once.
    [[nodiscard]] SteadyTime ready_at(const Bucket& bucket, const Lane& lane, SteadyTime now,
                                      int cost) const;
    [[nodiscard]] static bool full(const Bucket& bucket, const Lane& lane) {
        return bucket.meter.full() || lane.meter.full();
    }
    [[nodiscard]] Action ask(Bucket& bucket, Lane& lane, const CallFacts& call, Slot& slot,
                             SteadyTime now);
    [[nodiscard]] Action queue_up(Bucket& bucket, Lane& lane, const CallFacts& call, Slot& slot,
                                  SteadyTime now);
    void take(Bucket& bucket, Lane& lane, int cost, SteadyTime now);
    void learn(Bucket& bucket, const AttemptOutcome& outcome) const;
    void wake_heads(Bucket& bucket);

    RateLimiterOptions options_;
    Buckets buckets_;
    std::deque<Slot> turns_;
    Slot last_ = 0;
    std::uint64_t uses_ = 0;
};

}  // namespace apilab::policy
