#include "apilab/shared/redis_token_store.hpp"

#include <signal.h>

#include <algorithm>
#include <ctime>
#include <functional>
#include <utility>

#include "apilab/auth/token_entry.hpp"
#include "apilab/base/try.hpp"
#include "apilab/base/uuid.hpp"
#include "apilab/shared/internal/redis_connection.hpp"

namespace apilab::shared {
namespace {

// A lock that ran out may be somebody else's by now.
constexpr auto unlock_script = R"lua(
if redis.call('GET', KEYS[1]) == ARGV[1] then
    return redis.call('DEL', KEYS[1])
end
return 0
)lua";

// hiredis writes to a socket that may be closed at its other end, and this is the caller's thread:
// the signal of that is taken away again, unless one was there before.
class NoBrokenPipe {
public:
    NoBrokenPipe() {
        sigemptyset(&broken_pipe_);
        sigaddset(&broken_pipe_, SIGPIPE);
        sigset_t pending{};
        sigpending(&pending);
        was_pending_ = sigismember(&pending, SIGPIPE) == 1;
        pthread_sigmask(SIG_BLOCK, &broken_pipe_, &before_);
    }
    NoBrokenPipe(const NoBrokenPipe&) = delete;
    NoBrokenPipe& operator=(const NoBrokenPipe&) = delete;
    ~NoBrokenPipe() {
        if (!was_pending_) {
            const timespec at_once{};
            sigtimedwait(&broken_pipe_, nullptr, &at_once);
        }
        pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    }

private:
    sigset_t broken_pipe_{};
    sigset_t before_{};
    bool was_pending_ = false;
};

}  // namespace

struct RedisTokenStore::Impl {
    Impl(RedisUrl url, Rng& its_rng, RedisTokenOptions its_options)
        : options(std::move(its_options)),
          rng(its_rng),
          redis(std::move(url), std::clamp<Duration>(options.timeout, std::chrono::milliseconds(10),
                                                     std::chrono::seconds(10))) {
        options.lock_for = std::clamp<Duration>(options.lock_for, std::chrono::seconds(1),
                                                std::chrono::minutes(10));
    }
    [[nodiscard]] Result<internal::RedisValue> command(const std::vector<std::string>& words) {
        const NoBrokenPipe quiet;
        return redis.command(words);
    }
    [[nodiscard]] std::string lock_key(std::string_view name) const {
        return options.prefix + ":lock:" + std::string(name);
    }

    RedisTokenOptions options;
    Rng& rng;
    internal::RedisConnection redis;
};

namespace {

class RedisLock final : public auth::TokenStore::Lock {
public:
    explicit RedisLock(std::function<void()> end) : end_(std::move(end)) {}
    ~RedisLock() override { end_(); }

private:
    std::function<void()> end_;
};

}  // namespace

RedisTokenStore::RedisTokenStore(RedisUrl url, Rng& rng, RedisTokenOptions options)
    : impl_(std::make_shared<Impl>(std::move(url), rng, std::move(options))) {}

RedisTokenStore::~RedisTokenStore() = default;

Result<std::optional<auth::StoredTokens>> RedisTokenStore::load(std::string_view name) {
    APILAB_CHECK(auth::check_token_name(name));
    APILAB_TRY(const auto value,
               impl_->command({"HGET", impl_->options.prefix, std::string(name)}));
    if (!value.text) {
        return std::optional<auth::StoredTokens>();
    }
    auto stored = auth::read_token_entry(*value.text);
    if (!stored) {
        return fail(std::move(stored).error().in("Redis: " + std::string(name)));
    }
    return *std::move(stored);
}

Result<void> RedisTokenStore::save(std::string_view name, const auth::StoredTokens& tokens) {
    // What this version cannot read is not written over.
    APILAB_TRY([[maybe_unused]] const auto known, load(name));
    APILAB_CHECK(impl_->command(
        {"HSET", impl_->options.prefix, std::string(name), auth::token_entry(tokens)}));
    return {};
}

Result<void> RedisTokenStore::erase(std::string_view name) {
    APILAB_CHECK(auth::check_token_name(name));
    APILAB_CHECK(impl_->command({"HDEL", impl_->options.prefix, std::string(name)}));
    return {};
}

Result<std::vector<std::string>> RedisTokenStore::names() {
    APILAB_TRY(const auto value, impl_->command({"HKEYS", impl_->options.prefix}));
    std::vector<std::string> all;
    for (const auto& key : value.list) {
        all.push_back(key.text.value_or(std::string()));
    }
    std::ranges::sort(all);
    return all;
}

Result<std::unique_ptr<auth::TokenStore::Lock>> RedisTokenStore::try_lock(std::string_view name) {
    APILAB_CHECK(auth::check_token_name(name));
    const auto key = impl_->lock_key(name);
    const auto mine = uuid_v4(impl_->rng);
    const auto milliseconds =
        std::chrono::duration_cast<std::chrono::milliseconds>(impl_->options.lock_for).count();
    APILAB_TRY(const auto value,
               impl_->command({"SET", key, mine, "NX", "PX", std::to_string(milliseconds)}));
    if (!value.text) {
        return std::unique_ptr<Lock>();
    }
    // One that cannot be ended now runs out.
    return std::make_unique<RedisLock>([impl = impl_, key, mine] {
        (void)impl->command({"EVAL", unlock_script, "1", key, mine});
    });
}

}  // namespace apilab::shared
