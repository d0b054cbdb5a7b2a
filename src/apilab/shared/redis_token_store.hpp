#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "apilab/auth/token_store.hpp"
#include "apilab/base/rng.hpp"
#include "apilab/shared/redis_url.hpp"

namespace apilab::shared {

struct RedisTokenOptions {
    /// Put before each key.
    std::string prefix = "apilab:token";
    /// Of one question, connecting included. 10 ms to 10 s.
    Duration timeout = std::chrono::milliseconds(250);
    /// A lock whose process died ends after so long, and so does one that is held longer: keep it
    /// above what a renewal may take. 1 s to 10 min.
    Duration lock_for = std::chrono::minutes(2);
};

/// Tokens in Redis 5 or later, for replicas on several machines: who renews does it for all.
///
/// Each call waits for Redis, `timeout` at most. An entry lies there in clear, and whoever may read
/// that Redis has it: give it a password and a network of its own. Redis keeps what its
/// `appendfsync` says: where a refresh token works once, losing the last write loses the session.
/// A lock is `SET NX PX` with a value nobody else knows, and only who holds it ends it.
///
///     RedisTokenStore tokens(url, rng);
///     options.store = &tokens;
class RedisTokenStore final : public auth::TokenStore {
public:
    /// Connects when it is first asked. `rng` outlives it; options out of range are the nearest.
    RedisTokenStore(RedisUrl url, Rng& rng, RedisTokenOptions options = {});
    ~RedisTokenStore() override;

    [[nodiscard]] Result<std::optional<auth::StoredTokens>> load(std::string_view name) override;
    [[nodiscard]] Result<void> save(std::string_view name,
                                    const auth::StoredTokens& tokens) override;
    [[nodiscard]] Result<void> erase(std::string_view name) override;
    [[nodiscard]] Result<std::vector<std::string>> names() override;
    [[nodiscard]] Result<std::unique_ptr<Lock>> try_lock(std::string_view name) override;

private:
    struct Impl;
    // Locks may outlive the store.
    std::shared_ptr<Impl> impl_;
};

}  // namespace apilab::shared
