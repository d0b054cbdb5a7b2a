#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "apilab/base/rng.hpp"
#include "apilab/cache/response_cache.hpp"
#include "apilab/client/options.hpp"
#include "apilab/http/record.hpp"
#include "apilab/policy/hedge.hpp"
#include "apilab/policy/policy.hpp"
#include "apilab/runtime/scheduler.hpp"
#include "apilab/runtime/service.hpp"

namespace apilab::client {

namespace internal {
class Admission;
struct CacheLayer;
struct CacheLookup;
struct Flight;
class PolicyStack;
}  // namespace internal

/// The one coroutine that acts: it asks the policies in their order, waits, sends single attempts
/// through the transport, and writes everything into the call's record.
///
/// Order, outermost first: record, deadline, cache, coalescing, retry (with budget), hedge, then
/// per attempt and per redirect: freeze, rate limiter, bulkhead, breaker (its probe is taken last,
/// when every wait is over), attempt timeout, transport. The scheduler, transport, rng and
/// observers outlive the driver; it outlives its calls. Cancelling a call ends it with `cancelled`
/// and the outcome of the attempt it hit; permits, turns and connections are given back.
///
/// With a cache there may be revalidations in the background. The destructor cancels them and runs
/// the scheduler until they have ended; a driver that goes within a task is closed before
/// (`close()`).
class CallDriver final : public runtime::Service {
public:
    CallDriver(runtime::Scheduler& scheduler, runtime::Service& transport, Rng& rng,
               ClientOptions options, std::vector<http::Observer*> observers = {});
    /// Beside another one, whose policies it shares (`Client::create_beside`).
    CallDriver(CallDriver& other, ClientOptions options,
               std::vector<http::Observer*> observers = {});
    ~CallDriver() override;

    [[nodiscard]] runtime::Task<Result<http::Response>> call(http::Request request,
                                                             runtime::CallContext context) override;

    /// The same with a deadline of its own instead of the client's, counted from now.
    [[nodiscard]] runtime::Task<Result<http::Response>> call_within(http::Request request,
                                                                    runtime::CallContext context,
                                                                    Duration deadline);

    /// Cancels what runs in the background and waits for its end.
    [[nodiscard]] runtime::Task<void> close();

    /// The policies in order, one a line.
    [[nodiscard]] std::string describe() const;

    /// The circuit breakers as they stand now; none where the client has none.
    [[nodiscard]] std::vector<policy::CircuitBreaker::Snapshot> breakers() const;
    /// The rate limits as they stand now, and what a refusal froze; by origin, provider and bucket.
    [[nodiscard]] std::vector<policy::RateLimiter::Snapshot> limits() const;

private:
    struct Call;
    struct Side;
    struct OriginState {
        std::shared_ptr<policy::RetryBudget> budget;
        std::uint64_t last_used = 0;
    };
    void make_own_parts();
    void start(Call& call, Duration deadline);
    void begin_trace(const Call& call);
    /// Views into the call, the request and the origin.
    [[nodiscard]] static policy::CallFacts facts_of(const Call& call, const http::Request& request,
                                                    const std::string& origin);
    [[nodiscard]] std::shared_ptr<policy::RetryBudget> budget_of(const std::string& origin);

    // Waiting and admission.
    struct Wait {
        SteadyTime until;
        http::WaitCause cause = http::WaitCause::backoff;
        int after_attempt = 0;
        /// Ends it early; null: nothing does.
        runtime::Event* event = nullptr;
    };
    [[nodiscard]] runtime::Task<Result<void>> wait(Call& call, Wait how);
    [[nodiscard]] runtime::Task<Result<void>> admit(Call& call, internal::Admission& admission);
    [[nodiscard]] runtime::Task<Result<void>> wait_turn(Call& call, internal::Admission& admission,
                                                        std::size_t policy, policy::WaitTurn turn);

    // One attempt, its redirects, and what may run beside it.
    struct Step {
        /// How many redirects led to it.
        int hop = 0;
        /// It still asks for what the call asks: not where a redirect made a GET of it.
        bool same_request = true;
    };
    [[nodiscard]] runtime::Task<Result<http::Response>> hop(Call& call, http::Request request,
                                                            Side& side, Step step);
    [[nodiscard]] std::uint64_t tag(const Call& call, http::Request& request);
    void tell(const Call& call, const http::Request* sent, const Result<http::Response>& result);
    [[nodiscard]] runtime::Task<Result<http::Response>> attempt(Call& call, Side& side);
    [[nodiscard]] runtime::Task<Result<http::Response>> hedged(Call& call, Duration delay,
                                                               Side& counted);
    runtime::Task<void> race(Call& call, Side& side);
    [[nodiscard]] bool pay_for_hedge(Call& call, Duration delay);

    // The cache.
    [[nodiscard]] std::optional<http::Response> look_up(Call& call, internal::CacheLookup& lookup);
    [[nodiscard]] http::Response stored_answer(Call& call, const cache::StoredResponse& stored,
                                               http::CacheRecord::Use use);
    void revalidate_later(const Call& call, const internal::CacheLookup& lookup);
    runtime::Task<void> revalidate(http::Request request, runtime::CallContext context,
                                   cache::CacheKey key);
    [[nodiscard]] runtime::Task<Result<http::Response>> ask_and_keep(Call& call,
                                                                     internal::CacheLookup lookup);
    [[nodiscard]] static SystemTime asked_at(const Call& call, SystemTime requested,
                                             SystemTime answered);
    [[nodiscard]] http::Response failed_over(Call& call, const cache::StoredResponse& stored,
                                             const Result<http::Response>& failure);
    [[nodiscard]] http::Response revalidated(Call& call, const internal::CacheLookup& lookup,
                                             const http::Response& not_modified,
                                             SystemTime requested, bool overtaken);
    void keep(Call& call, const internal::CacheLookup& lookup, http::Response& response,
              SystemTime requested);
    void invalidate(Call& call, const Result<http::Response>& result);

    // The whole call.
    [[nodiscard]] runtime::Task<Result<http::Response>> ask(Call& call);
    [[nodiscard]] runtime::Task<Result<http::Response>> run(Call& call);
    [[nodiscard]] runtime::Task<Result<http::Response>> share(Call& call, std::string key);
    runtime::Task<void> fly(std::shared_ptr<internal::Flight> flight);
    const http::DecisionRecord& decide(Call& call, const Result<http::Response>& result);
    void note(Call& call, http::DecisionRecord decision);
    void note_refusal(Call& call, const Error& error);
    void finish(Call& call, Result<http::Response>& result);

    runtime::Scheduler& scheduler_;
    runtime::Service& transport_;
    Rng& rng_;
    ClientOptions options_;
    std::vector<http::Observer*> observers_;
    /// One of the observers wants them.
    bool keeps_exchanges_ = false;
    std::shared_ptr<internal::PolicyStack> policies_;
    // Of these policies, for those who look; null: there is none.
    const policy::BucketFreeze* freeze_ = nullptr;
    const policy::RateLimiter* limiter_ = nullptr;
    const policy::CircuitBreaker* breaker_ = nullptr;
    std::unique_ptr<policy::HedgePolicy> hedge_;
    std::unique_ptr<internal::CacheLayer> cache_;
    std::map<std::string, std::shared_ptr<internal::Flight>, std::less<>> flights_;
    std::map<std::string, OriginState, std::less<>> origins_;
    std::uint64_t calls_ = 0;
};

}  // namespace apilab::client
