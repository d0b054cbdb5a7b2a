#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "apilab/runtime/scheduler.hpp"
#include "apilab/runtime/service.hpp"
#include "apilab/runtime/task_group.hpp"
#include "apilab/shared/budget_store.hpp"
#include "apilab/shared/gcra.hpp"

namespace apilab::shared {

/// A budget that several replicas spend together, and whose requests count in it.
struct SharedBudget {
    /// As in `BudgetAsk`.
    std::string name;
    /// `http::Url::origin()`: requests there count.
    std::string origin;
    /// And their path begins with this; empty: all of them.
    std::string path_prefix;
    policy::Quota quota;
};

struct BudgetServiceOptions {
    std::vector<SharedBudget> budgets;
    /// This replica's name: unique among all. 1 to 100 bytes.
    std::string replica;
    /// So many permits are asked for at once, so that not every request asks the store. 1 to 1,000.
    /// What is left of them after `keep` goes unused.
    int chunk = 10;
    /// Permits that were given are used within that time, or not at all: saved up, they would be a
    /// burst that the quota does not have. 1 ms to 10 s.
    Duration keep = std::chrono::milliseconds(250);
    /// A store that failed is asked again so often; until then each replica has its share of the
    /// quota. 100 ms to 1 min.
    Duration ask_again = std::chrono::seconds(1);
    /// Replicas that are reckoned with where the store never said how many there are. 1 to 1,000.
    int replicas = 1;
    /// Requests that may wait in one budget; one more fails at once (`overloaded`). 0 to 100,000.
    std::size_t waiting_max = 1'000;

    /// Error `invalid_argument`, detail the field.
    [[nodiscard]] Result<void> validate() const;
};

/// Stands below a client, before what sends: every attempt to a place with a shared budget needs a
/// permit of it. Permits are leased in chunks from a store that all replicas have in common.
///
///     RedisBudgetStore store(scheduler, "redis://127.0.0.1:6379");
///     BudgetService way(scheduler, transport, store,
///                       {.budgets = {{.name = "github", .origin = "https://api.github.com",
///                                     .quota = {.permits = 5000, .window = 1h, .burst = 100}}},
///                        .replica = host_and_pid});
///     auto client = client::Client::create(scheduler, way, rng);
///
/// First come, first served. A request whose turn cannot come before its deadline is refused at
/// once
/// (`rate_limited`, not sent, with the wait that it would have needed). An answer 429 with
/// `Retry-After` holds the budget for everybody. Where the store cannot be asked, this replica
/// spends `quota / replicas` by itself, and tries the store again now and then. The time waited
/// stands in the call's record as a wait (`rate_limit`).
///
/// Belongs to the scheduler's thread; scheduler, inner service and store outlive it.
class BudgetService final : public runtime::Service {
public:
    /// The options are valid.
    BudgetService(runtime::Scheduler& scheduler, runtime::Service& inner, BudgetStore& store,
                  BudgetServiceOptions options);
    ~BudgetService() override;

    [[nodiscard]] runtime::Task<Result<http::Response>> call(http::Request request,
                                                             runtime::CallContext context) override;

    struct Stats {
        std::uint64_t asks = 0;
        std::uint64_t permits = 0;
        /// Given and not used in time.
        std::uint64_t unused = 0;
        /// Spent from this replica's share, because the store failed.
        std::uint64_t alone = 0;
        std::uint64_t failures = 0;
        /// Refused: too many waited, or not before the deadline.
        std::uint64_t refused = 0;
        /// As the store said last.
        int replicas = 1;
        /// The last one, empty once the store has worked again.
        std::string store_error;
    };
    [[nodiscard]] const Stats& stats() const { return stats_; }

private:
    struct Budget;
    [[nodiscard]] Budget* budget_of(const http::Url& url);
    [[nodiscard]] runtime::Task<Result<void>> permit(Budget* budget, SteadyTime deadline);
    [[nodiscard]] runtime::Task<Result<void>> take_turn(Budget* budget, SteadyTime deadline);
    [[nodiscard]] runtime::Task<void> refill(Budget* budget);
    void spend_alone(Budget& budget, SteadyTime now);
    [[nodiscard]] runtime::Task<void> hold(Budget* budget, Duration wait);

    runtime::Scheduler& scheduler_;
    runtime::Service& inner_;
    BudgetStore& store_;
    BudgetServiceOptions options_;
    std::deque<Budget> budgets_;
    SteadyTime ask_store_at_{};
    Stats stats_;
};

}  // namespace apilab::shared
