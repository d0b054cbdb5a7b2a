#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "apilab/base/result.hpp"
#include "apilab/cache/response_cache.hpp"
#include "apilab/cache/rules.hpp"
#include "apilab/http/headers.hpp"
#include "apilab/policy/bucket_freeze.hpp"
#include "apilab/policy/bulkhead.hpp"
#include "apilab/policy/circuit_breaker.hpp"
#include "apilab/policy/hedge.hpp"
#include "apilab/policy/rate_limiter.hpp"
#include "apilab/policy/redirect.hpp"
#include "apilab/policy/retry.hpp"
#include "apilab/policy/retry_budget.hpp"
#include "apilab/runtime/context.hpp"

namespace apilab::client {

/// Answers that are kept (RFC 9111, as a private cache; docs/policies/cache.md).
struct CacheOptions {
    /// Where they are kept: `cache::MemoryCache::make()` or `cache::SqliteCache::open()`. Several
    /// clients may have the same.
    std::shared_ptr<cache::ResponseCache> store;
    /// Whose answers they are: the name of an account, not a token; a call may name another. Empty:
    /// the request's credentials tell them apart (see `cache::KeyMaker`), and those that a service
    /// below the client adds do not.
    std::string principal;
    /// For calls that say nothing else. Default: a fresh answer is used without asking.
    runtime::CacheChoice::Mode mode = runtime::CacheChoice::Mode::use;
    cache::RuleOptions rules;
    /// Revalidations in the background at one time (`stale-while-revalidate`). Default 16; 0: none.
    std::size_t background_max = 16;
    /// Dates and ages are by this clock. Null: the scheduler's. It outlives the client.
    const Clock* clock = nullptr;

    /// Error: `invalid_argument` naming the option.
    [[nodiscard]] Result<void> validate() const;
    [[nodiscard]] std::string describe() const;
};

/// Calls as spans of a distributed trace (W3C Trace Context). `observe::TraceExporter` sends them
/// on.
struct TraceOptions {
    /// The share of calls whose traces are kept, where the call is not within a trace of others.
    /// Default 1, range 0 to 1.
    double sample = 1;
    /// Each attempt tells the other side its span: `traceparent`, and the call's `tracestate`.
    /// Default yes.
    bool propagate = true;

    /// Error: `invalid_argument` naming the option.
    [[nodiscard]] Result<void> validate() const;
};

/// Everything about a client that is not about one call. Every limit is on by default.
struct ClientOptions {
    /// The whole call: attempts, waits and queues together. Default 60 s, range 1 ms to 1 h.
    Duration deadline = std::chrono::seconds(60);
    /// Per attempt: connect 5 s, first byte 15 s, idle 15 s, attempt 30 s (never more than the
    /// deadline).
    runtime::Timeouts timeouts;
    policy::RetryOptions retry;
    /// One budget per origin. Retrying without one is allowed only by saying so:
    /// `retry_without_budget`.
    std::optional<policy::RetryBudgetOptions> budget = policy::RetryBudgetOptions{};
    bool retry_without_budget = false;
    /// A second attempt beside one that is slow, for what only asks. Default off.
    std::optional<policy::HedgeOptions> hedge;
    /// Keeps answers. Default: none is kept. With a cache, reads are coalesced as well.
    std::optional<CacheOptions> cache;
    /// Calls that ask the same at the same time share one answer. Default off.
    bool coalesce = false;
    /// After a 429 the bucket's other calls wait as well. Default on.
    std::optional<policy::BucketFreezeOptions> freeze = policy::BucketFreezeOptions{};
    /// Stays below quotas: the providers' own and those that answers announce. Default on.
    std::optional<policy::RateLimiterOptions> limiter = policy::RateLimiterOptions{};
    /// Bounds the attempts under way to one origin. Default on.
    std::optional<policy::BulkheadOptions> bulkhead = policy::BulkheadOptions{};
    /// Leaves an origin alone that fails. Default on.
    std::optional<policy::CircuitBreakerOptions> breaker = policy::CircuitBreakerOptions{};
    /// Follows redirects. Default on; nothing: a redirect is the answer.
    std::optional<policy::RedirectOptions> redirects = policy::RedirectOptions{};
    /// Headers that do not follow a redirect to another origin, besides those that hold credentials
    /// by their names.
    std::vector<std::string> secret_headers;
    /// Sent with every request that does not set them itself.
    http::Headers headers;
    /// The header that tells each attempt's id (`request_id()`: `c-000001.2`) to the other side, so
    /// that its log and ours can be laid side by side; `x-request-id` is usual. Default: none is
    /// sent.
    std::string request_id_header;
    /// What the ids of its calls begin with, so that those of several clients in one log are not
    /// the same: `c-000001`. Default `c`; 1 to 16 of `a-z 0-9`.
    std::string id_prefix = "c";
    /// Default: calls have no trace.
    std::optional<TraceOptions> tracing;
    /// The largest number of origins remembered (budgets). Default 1024; the one unused longest
    /// goes.
    std::size_t origins_max = 1024;

    /// Names the option and the range, or the two that contradict each other.
    [[nodiscard]] Result<void> validate() const;
};

/// What one call may say about itself.
struct CallOptions {
    runtime::Operation operation;
    /// Of this call, shorter or longer; default the client's.
    std::optional<Duration> deadline;
    std::optional<runtime::Timeouts> timeouts;
    /// Sent as `Idempotency-Key`, the same on every attempt; makes a write safe to repeat where the
    /// provider honours it.
    std::string idempotency_key;
    /// The trace that it is within, as it was received; none: it begins one, where the client
    /// traces.
    http::TraceContext trace;
    /// Passed on with it.
    std::string tracestate;
    /// What this call wants of the client's cache: another mode, another principal.
    runtime::CacheChoice cache;
    /// The request's body, piece by piece. One that can be read only once is sent only once.
    std::shared_ptr<runtime::BodySource> upload;
    /// Takes the body of a 2xx answer as it arrives, of every attempt anew.
    std::shared_ptr<runtime::BodySink> download;
};

}  // namespace apilab::client
