#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <optional>
#include <string>

#include "apilab/base/result.hpp"
#include "apilab/policy/policy.hpp"

namespace apilab::policy {

struct HedgeOptions {
    /// The second attempt begins when the first has taken longer than this share of the latest
    /// ones. Default 0.95, range 0.5 to 0.999.
    double quantile = 0.95;
    /// Fewer latencies say nothing: no hedge. Default 20, range 1 to 100.
    int latencies_min = 20;
    /// Never earlier. Default 10 ms, range 0 to 1 min.
    Duration delay_min = std::chrono::milliseconds(10);
    /// Operations remembered. Default 1024, at least 1; the one unused longest goes.
    std::size_t operations_max = 1024;

    [[nodiscard]] Result<void> validate() const;
    [[nodiscard]] std::string describe() const;
};

/// When is it worth asking a second time beside an attempt that is slow? Only where twice is the
/// same as once (and never a DELETE, of which one would answer 404), once for each attempt, and
/// only as long as the retry budget has something left: an origin that is slow for everybody must
/// not be asked twice by everybody. Knows the latest 100 latencies of answered attempts, by
/// operation of an origin. Source: Dean and Barroso, "The Tail at Scale"; docs/policies/hedging.md.
class HedgePolicy {
public:
    explicit HedgePolicy(HedgeOptions options) : options_(options) {}

    [[nodiscard]] std::string describe() const;
    /// So long after its beginning an attempt gets company; nothing: never.
    [[nodiscard]] std::optional<Duration> delay(const CallFacts& call) const;
    /// An attempt was answered.
    void learn(const CallFacts& call, Duration latency);

private:
    struct Latencies {
        std::array<Duration, 100> latest{};
        std::size_t count = 0;
        std::uint64_t last_used = 0;
    };
    HedgeOptions options_;
    std::map<BucketKey, Latencies, BucketLess> operations_;
    std::uint64_t uses_ = 0;
};

}  // namespace apilab::policy
