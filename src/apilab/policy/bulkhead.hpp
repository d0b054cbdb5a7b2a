#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <string>

#include "apilab/base/result.hpp"
#include "apilab/policy/policy.hpp"

namespace apilab::policy {

struct BulkheadOptions {
    /// Attempts under way to one origin at a time. Default 64, range 1 to 100,000.
    std::size_t concurrent = 64;
    /// Attempts that may wait for their turn; the next fails at once (`overloaded`). Default 1,000,
    /// range 0 to 1,000,000.
    std::size_t waiting_max = 1'000;

    [[nodiscard]] Result<void> validate() const;
    [[nodiscard]] std::string describe() const;
};

/// Bounds what one origin may cost us: with an origin that is slow, calls queue up here and not in
/// the whole program, and calls to other origins go on. First come, first served. Waiting counts
/// against the call's deadline.
class Bulkhead final : public Policy {
public:
    explicit Bulkhead(BulkheadOptions options) : options_(options) {}

    [[nodiscard]] std::string describe() const override;
    [[nodiscard]] Action before(const CallFacts& call, Slot& slot, SteadyTime now) override;
    void after(const CallFacts& call, Slot slot, const AttemptOutcome& outcome) override;
    void withdraw(const CallFacts& call, Slot slot, SteadyTime now) override;
    [[nodiscard]] std::optional<Slot> next_turn() override;

    [[nodiscard]] std::size_t under_way(std::string_view origin) const;
    [[nodiscard]] std::size_t waiting(std::string_view origin) const;

private:
    struct Compartment {
        /// With a permit, those included whose turn has come and who have not asked since.
        std::size_t under_way = 0;
        std::deque<Slot> queue;
    };
    using Compartments = std::map<std::string, Compartment, std::less<>>;
    static constexpr std::size_t kept_max = 64;
    void leave(Compartments::iterator place, Slot slot);

    BulkheadOptions options_;
    /// Those with somebody in them, and up to `kept_max` others: making one costs six allocations,
    /// and calls that follow one another come back to the same.
    Compartments compartments_;
    std::deque<Slot> turns_;
    Slot last_ = 0;
};

}  // namespace apilab::policy
