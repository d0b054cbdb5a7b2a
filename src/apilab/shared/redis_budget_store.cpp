#include "apilab/shared/redis_budget_store.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "apilab/base/try.hpp"
#include "apilab/shared/internal/redis_worker.hpp"

namespace apilab::shared {

using internal::RedisConnection;
using internal::RedisValue;
using runtime::Task;

namespace {

// `Gcra::take` in microseconds of Redis's clock. KEYS: the budget, who asked of it. ARGV: price of
// a permit, tolerance, want, the replica. Returns permits, wait, replicas.
constexpr auto lease_script = R"lua(
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local price, tolerance, want = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
redis.call('ZADD', KEYS[2], now, ARGV[4])
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now - 30000000)
redis.call('PEXPIRE', KEYS[2], 60000)
local replicas = redis.call('ZCARD', KEYS[2])
local state = redis.call('HMGET', KEYS[1], 'empty_at', 'held_until')
local held = tonumber(state[2] or '0') or 0
if now < held then
    return {0, held - now, replicas}
end
local from = math.max(tonumber(state[1] or '0') or 0, now)
local fit = math.floor((now + tolerance - from) / price)
local given = math.max(0, math.min(fit, want))
local wait = 0
if given == 0 then
    wait = math.ceil(from + price - tolerance - now)
    given = wait <= tonumber(ARGV[5]) and 1 or 0
end
local empty_at = from + given * price
redis.call('HSET', KEYS[1], 'empty_at', string.format('%.0f', empty_at))
redis.call('PEXPIRE', KEYS[1], math.ceil((empty_at - now + tolerance) / 1000) + 60000)
return {given, wait, replicas}
)lua";

// A longer hold stays. KEYS: the budget. ARGV: wait.
constexpr auto hold_script = R"lua(
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local held = tonumber(redis.call('HGET', KEYS[1], 'held_until') or '0') or 0
local till = math.max(held, now + tonumber(ARGV[1]))
redis.call('HSET', KEYS[1], 'held_until', string.format('%.0f', till))
redis.call('PEXPIRE', KEYS[1], math.ceil((till - now) / 1000) + 60000)
return 1
)lua";

constexpr Duration hold_max = std::chrono::hours(24);

std::string microseconds(Duration duration) {
    const auto whole = std::chrono::duration_cast<std::chrono::microseconds>(duration).count();
    return std::to_string(std::max<std::int64_t>(1, whole));
}

Result<BudgetGrant> grant_of(const RedisValue& value) {
    if (value.list.size() != 3 || !value.list[0].number || !value.list[1].number ||
        !value.list[2].number) {
        return fail(ErrorKind::io, "Redis answered a script with something else");
    }
    return BudgetGrant{
        .permits = static_cast<int>(*value.list[0].number),
        .wait = std::chrono::microseconds(std::max<std::int64_t>(0, *value.list[1].number)),
        .replicas = static_cast<int>(*value.list[2].number)};
}

}  // namespace

struct RedisBudgetStore::Impl {
    RedisBudgetOptions options;
    internal::RedisWorker worker;
};

RedisBudgetStore::RedisBudgetStore(runtime::Scheduler& scheduler, RedisUrl url,
                                   RedisBudgetOptions options)
    : impl_(new Impl{.options = options, .worker = {scheduler, std::move(url), options.timeout}}) {}

RedisBudgetStore::~RedisBudgetStore() = default;

Task<Result<BudgetGrant>> RedisBudgetStore::lease(BudgetAsk ask) {
    if (ask.name.empty() || ask.name.size() > 200 || ask.quota.permits <= 0) {
        co_return fail(Error(ErrorKind::invalid_argument, "a budget needs a name and permits")
                           .with_detail("name"));
    }
    const auto price = std::chrono::duration_cast<Duration>(ask.quota.window / ask.quota.permits);
    const double burst = ask.quota.burst > 0 ? ask.quota.burst : std::max(ask.quota.permits, 1.0);
    const auto tolerance = std::chrono::duration_cast<Duration>(price * burst);
    const auto key = impl_->options.prefix + ask.name;
    const std::vector<std::string> words{"EVAL",
                                         lease_script,
                                         "2",
                                         key,
                                         key + ":replicas",
                                         microseconds(price),
                                         microseconds(tolerance),
                                         std::to_string(std::clamp(ask.want, 1, 10'000)),
                                         ask.replica,
                                         microseconds(ask.patience)};
    const internal::RedisWorker::Talk<BudgetGrant> talk =
        [words](RedisConnection& redis) -> Result<BudgetGrant> {
        APILAB_TRY(const auto value, redis.command(words));
        return grant_of(value);
    };
    co_return co_await impl_->worker.run<BudgetGrant>(talk);
}

Task<Result<void>> RedisBudgetStore::hold(std::string name, Duration wait) {
    const std::vector<std::string> words{"EVAL", hold_script, "1", impl_->options.prefix + name,
                                         microseconds(std::min(wait, hold_max))};
    const internal::RedisWorker::Talk<void> talk = [words](RedisConnection& redis) -> Result<void> {
        APILAB_CHECK(redis.command(words));
        return {};
    };
    co_return co_await impl_->worker.run<void>(talk);
}

}  // namespace apilab::shared
