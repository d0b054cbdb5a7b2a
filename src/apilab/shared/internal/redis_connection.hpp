#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/base/result.hpp"
#include "apilab/shared/redis_url.hpp"

struct redisContext;
struct redisReply;

namespace apilab::shared::internal {

/// An answer of Redis, as far as this module needs them.
struct RedisValue {
    std::optional<std::string> text;
    std::optional<std::int64_t> number;
    std::vector<RedisValue> list;
    /// `OK` and the like are texts; this one is "there is none".
    [[nodiscard]] bool nothing() const { return !text && !number && list.empty(); }
};

/// One connection, made when it is needed and anew after it broke. Each call waits for the answer,
/// `timeout` at most, so it belongs into a thread of its own or where waiting so long is right.
/// Errors: `io`, with detail `lost` where a command may have been carried out, `unreachable` where
/// it was not, and `refused` with Redis's own words.
class RedisConnection {
public:
    explicit RedisConnection(RedisUrl url, Duration timeout = std::chrono::milliseconds(250));
    RedisConnection(const RedisConnection&) = delete;
    RedisConnection& operator=(const RedisConnection&) = delete;
    ~RedisConnection();

    [[nodiscard]] Result<RedisValue> command(const std::vector<std::string>& words);

private:
    [[nodiscard]] Result<void> connect();
    [[nodiscard]] Result<RedisValue> exchange(const std::vector<std::string>& words);

    struct Closer {
        void operator()(redisContext* context) const;
    };
    RedisUrl url_;
    Duration timeout_;
    std::unique_ptr<redisContext, Closer> context_;
};

}  // namespace apilab::shared::internal
