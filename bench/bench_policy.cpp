// What the policies cost in memory, without a wire: time and allocations of the whole client on a
// call that succeeds, and of each policy by itself; and what scrubbing a line of a log costs.
//
// `BM_inner_service` is what stands at the bottom in both cases; the stack's price is the
// difference. Arguments are Google Benchmark's: bench_policy --benchmark_repetitions=5

#include <benchmark/benchmark.h>

#include "apilab/auth/renewing_token_source.hpp"
#include "apilab/base/rng.hpp"
#include "apilab/base/scrubber.hpp"
#include "apilab/cache/memory_cache.hpp"
#include "apilab/client/client.hpp"
#include "apilab/policy/backoff.hpp"
#include "apilab/policy/bucket_freeze.hpp"
#include "apilab/policy/bulkhead.hpp"
#include "apilab/policy/circuit_breaker.hpp"
#include "apilab/policy/rate_limiter.hpp"
#include "apilab/policy/retry.hpp"
#include "apilab/policy/retry_budget.hpp"
#include "apilab/runtime/real_scheduler.hpp"
#include "common/allocations.hpp"

namespace {

using namespace apilab;

using bench::Counted;

class Answering final : public runtime::Service {
public:
    runtime::Task<Result<http::Response>> call(http::Request /*request*/,
                                               runtime::CallContext /*context*/) override {
        co_return http::Response(200);
    }
};

http::Request request() {
    return http::Request::get(*http::Url::parse("http://127.0.0.1:4010/npm/lodash"));
}

runtime::Task<void> call_repeatedly(runtime::Service& service, benchmark::State& state) {
    const auto same = request();
    const Counted counted(state);
    for ([[maybe_unused]] auto _ : state) {
        auto reply = co_await service.call(same, {});
        benchmark::DoNotOptimize(reply);
    }
}

void BM_inner_service(benchmark::State& state) {
    runtime::RealScheduler scheduler;
    Answering service;
    runtime::run(scheduler, call_repeatedly(service, state));
}
BENCHMARK(BM_inner_service);

void BM_client_on_success(benchmark::State& state) {
    runtime::RealScheduler scheduler;
    Answering service;
    SeededRng rng(1);
    const auto client = client::Client::create(scheduler, service, rng);
    runtime::run(scheduler, call_repeatedly(**client, state));
}
BENCHMARK(BM_client_on_success);

// An answer of 136 KB out of the cache, as often as it is asked for.
class AnsweringOnce final : public runtime::Service {
public:
    runtime::Task<Result<http::Response>> call(http::Request /*request*/,
                                               runtime::CallContext /*context*/) override {
        constexpr std::size_t size = std::size_t{136} * 1024;
        co_return http::Response(200, std::string(size, 'x'),
                                 {{"content-type", "application/json"},
                                  {"cache-control", "private, max-age=86400"},
                                  {"etag", "W/\"0123456789abcdef\""},
                                  {"date", "Sun, 22 Nov 2026 10:00:00 GMT"},
                                  {"vary", "accept"}});
    }
};

runtime::Task<void> hit_repeatedly(client::Client& client, benchmark::State& state,
                                   http::Request same) {
    (void)co_await client.call(same, {});
    const Counted counted(state);
    for ([[maybe_unused]] auto _ : state) {
        auto reply = co_await client.call(same, {});
        benchmark::DoNotOptimize(reply);
        if (!reply || !reply->record()->attempts.empty()) {
            state.SkipWithError("not a hit");
        }
    }
}

void hit_with(benchmark::State& state, std::string principal, http::Request same) {
    // The dates above are long ago or to come: what counts is what a hit costs.
    class Then final : public Clock {
    public:
        [[nodiscard]] SteadyTime now() const override { return {}; }
        [[nodiscard]] SystemTime system_now() const override {
            return SystemTime(std::chrono::seconds(1'795'341'600));
        }
    } then;
    runtime::RealScheduler scheduler;
    AnsweringOnce service;
    SeededRng rng(1);
    client::ClientOptions options;
    options.cache = client::CacheOptions{
        .store = *cache::MemoryCache::make(), .principal = std::move(principal), .clock = &then};
    const auto client = client::Client::create(scheduler, service, rng, std::move(options));
    runtime::run(scheduler, hit_repeatedly(**client, state, std::move(same)));
}

void BM_cache_hit(benchmark::State& state) {
    hit_with(state, "alice", request().header("accept", "application/json"));
}
BENCHMARK(BM_cache_hit);

void BM_cache_hit_by_credentials(benchmark::State& state) {
    hit_with(state, {},
             request()
                 .header("accept", "application/json")
                 .header("authorization", "Bearer 0123456789abcdef0123456789abcdef"));
}
BENCHMARK(BM_cache_hit_by_credentials);

constexpr auto origin = "http://127.0.0.1:4010";
const policy::CallFacts facts{.origin = origin, .provider = "npm"};

policy::AttemptOutcome success() {
    return {.status = 200, .at = SteadyTime(std::chrono::seconds(5))};
}

// One attempt that a policy lets through and that succeeds.
void attempts(benchmark::State& state, policy::Policy& policy,
              const http::Headers* headers = nullptr) {
    auto outcome = success();
    outcome.headers = headers;
    const Counted counted(state);
    for ([[maybe_unused]] auto _ : state) {
        policy::Slot slot = 0;
        auto action = policy.before(facts, slot, outcome.at);
        benchmark::DoNotOptimize(action);
        policy.after(facts, slot, outcome);
    }
}

void BM_bucket_freeze(benchmark::State& state) {
    SeededRng rng(1);
    policy::BucketFreeze freeze({}, rng);
    attempts(state, freeze);
}
BENCHMARK(BM_bucket_freeze);

void BM_rate_limiter(benchmark::State& state) {
    policy::RateLimiter limiter({});
    const http::Headers headers = {{"content-type", "application/json"}};
    attempts(state, limiter, &headers);
}
BENCHMARK(BM_rate_limiter);

void BM_rate_limiter_that_learns(benchmark::State& state) {
    policy::RateLimiter limiter({});
    const http::Headers headers = {{"x-ratelimit-limit", "5000"},
                                   {"x-ratelimit-remaining", "4000"},
                                   {"x-ratelimit-reset", "1700000000"}};
    attempts(state, limiter, &headers);
}
BENCHMARK(BM_rate_limiter_that_learns);

void BM_bulkhead(benchmark::State& state) {
    policy::Bulkhead bulkhead({});
    attempts(state, bulkhead);
}
BENCHMARK(BM_bulkhead);

void BM_circuit_breaker(benchmark::State& state) {
    SeededRng rng(1);
    policy::CircuitBreaker breaker({}, rng);
    attempts(state, breaker);
}
BENCHMARK(BM_circuit_breaker);

void BM_retry_with_budget(benchmark::State& state) {
    policy::RetryBudget budget{policy::RetryBudgetOptions()};
    const policy::RetryOptions options;
    const auto outcome = success();
    SeededRng rng(1);
    const Counted counted(state);
    for ([[maybe_unused]] auto _ : state) {
        policy::RetryPolicy retry(options, &budget);
        auto decision = retry.decide(1, facts, outcome, rng);
        benchmark::DoNotOptimize(decision);
    }
}
BENCHMARK(BM_retry_with_budget);

void BM_retry_after_a_503(benchmark::State& state) {
    const policy::RetryOptions options;
    const http::Headers headers;
    auto outcome = success();
    outcome.status = 503;
    outcome.headers = &headers;
    SeededRng rng(1);
    const Counted counted(state);
    for ([[maybe_unused]] auto _ : state) {
        policy::RetryPolicy retry(options, nullptr);
        auto decision = retry.decide(1, facts, outcome, rng);
        benchmark::DoNotOptimize(decision);
    }
}
BENCHMARK(BM_retry_after_a_503);

void BM_backoff_full_jitter(benchmark::State& state) {
    policy::BackoffPolicy backoff{policy::BackoffOptions()};
    SeededRng rng(1);
    const Counted counted(state);
    for ([[maybe_unused]] auto _ : state) {
        auto delay = backoff.delay(3, rng);
        benchmark::DoNotOptimize(delay);
    }
}
BENCHMARK(BM_backoff_full_jitter);

void BM_retry_budget(benchmark::State& state) {
    policy::RetryBudget budget{policy::RetryBudgetOptions()};
    const Counted counted(state);
    for ([[maybe_unused]] auto _ : state) {
        const int cost = budget.acquire(http::RetryReason::transient);
        budget.on_success(cost);
        benchmark::DoNotOptimize(budget);
    }
}
BENCHMARK(BM_retry_budget);

// What a call pays for a token that is good: `BearerAuth` asks for it this way first.
void BM_ready_token(benchmark::State& state) {
    runtime::RealScheduler scheduler;
    Answering nobody;
    SeededRng rng(1);
    auth::RenewingTokenSource source(
        scheduler, nobody, rng, nullptr,
        {.access_token = Secret("ya29.a0AfB_byC3longenoughtobeontheheap"),
         .lifetime = std::chrono::hours(1)});
    const Counted counted(state);
    for ([[maybe_unused]] auto _ : state) {
        auto* token = source.ready();
        benchmark::DoNotOptimize(token);
    }
}
BENCHMARK(BM_ready_token);

// What every line of a log pays, in a process that knows so many secrets.
void BM_scrubber(benchmark::State& state) {
    Scrubber scrubber;
    for (std::int64_t i = 0; i < state.range(0); ++i) {
        scrubber.add(Secret("at_" + std::to_string(i) + "AbCdEfGhIjKlMnOpQrStUvWxYz0123456789"));
    }
    std::string line =
        R"({"time":"2026-11-22T10:00:00.120Z","event":"attempt","operation_id":"c-000001",)"
        R"("request_id":"c-000001.2","provider":"github","method":"GET","outcome":"answered",)"
        R"("url_template":"/repos/{owner}/{repo}","status":503,"error":null,"wait_ms":12.5})";
    scrubber.scrub(line);  // the first text pays for what is looked for
    const Counted counted(state);
    for ([[maybe_unused]] auto _ : state) {
        scrubber.scrub(line);
        benchmark::DoNotOptimize(line);
    }
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(line.size()));
}
BENCHMARK(BM_scrubber)->Arg(0)->Arg(20);

}  // namespace

BENCHMARK_MAIN();
