#include "apilab/client/call_stats.hpp"

#include <gtest/gtest.h>

namespace apilab::client {
namespace {

using std::chrono::milliseconds;

http::CallRecord call(std::string provider, SteadyTime started, Duration elapsed, int status) {
    http::CallRecord record;
    record.provider = std::move(provider);
    record.started = started;
    record.elapsed = elapsed;
    record.status = status;
    record.attempts = {{.number = 1, .status = 429, .bytes_sent = 10, .bytes_received = 5},
                       {.number = 2, .error = ErrorKind::timeout, .bytes_sent = 10},
                       {.number = 3, .status = status, .bytes_sent = 10, .bytes_received = 100}};
    record.waits = {{.cause = http::WaitCause::retry_after, .elapsed = milliseconds(1000)},
                    {.cause = http::WaitCause::backoff, .elapsed = milliseconds(30)}};
    return record;
}

TEST(CallStats, sums_by_provider) {
    CallStats stats;
    const SteadyTime start{std::chrono::hours(1)};
    stats.on_call(call("npm", start, milliseconds(1100), 200));
    stats.on_call(call("npm", start + milliseconds(500), milliseconds(1000), 304));
    stats.on_call(call("osv", start, milliseconds(10), 503));

    const auto& npm = stats.by_provider().at("npm");
    EXPECT_EQ(npm.calls, 2U);
    EXPECT_EQ(npm.attempts, 6U);
    EXPECT_EQ(npm.attempts_limited, 2U);
    EXPECT_EQ(npm.attempts_broken, 2U);
    EXPECT_EQ(npm.not_modified, 1U);
    EXPECT_EQ(npm.failed, 0U);
    EXPECT_EQ(npm.bytes_sent, 60U);
    EXPECT_EQ(npm.bytes_received, 210U);
    EXPECT_EQ(npm.waits.at(http::WaitCause::backoff).count, 2U);
    EXPECT_EQ(npm.waits.at(http::WaitCause::retry_after).total, milliseconds(2000));
    EXPECT_EQ(npm.span(), milliseconds(1500));
    EXPECT_EQ(stats.by_provider().at("osv").failed, 1U);
    EXPECT_EQ(stats.by_provider().at("osv").attempts_server_error, 1U);
    EXPECT_EQ(stats.total().calls, 3U);
    stats.clear();
    EXPECT_EQ(stats.total().span(), Duration::zero());
}

}  // namespace
}  // namespace apilab::client
