#include "apilab/transport/internal/attempt_limits.hpp"

#include <gtest/gtest.h>

namespace apilab::transport::internal {
namespace {

using namespace std::chrono_literals;

const SteadyTime start{1h};

runtime::CallContext no_limits() {
    runtime::CallContext context;
    context.timeouts = {.connect = 0s, .first_byte = 0s, .idle = 0s, .attempt = 0s};
    return context;
}

TEST(AttemptLimits, everything_off_means_no_limit_in_any_phase) {
    const AttemptLimits limits(no_limits(), start);
    EXPECT_EQ(limits.pool().time, SteadyTime::max());
    EXPECT_EQ(limits.connect(start).time, SteadyTime::max());
    EXPECT_EQ(limits.first_byte(start).time, SteadyTime::max());
    EXPECT_EQ(limits.idle(start).time, SteadyTime::max());
}

TEST(AttemptLimits, each_phase_is_measured_from_its_own_begin_and_named) {
    const AttemptLimits limits(runtime::CallContext(), start);
    EXPECT_EQ(limits.connect(start).time, start + 5s);
    EXPECT_EQ(limits.connect(start).detail, "connect");
    EXPECT_EQ(limits.first_byte(start + 1s).time, start + 16s);
    EXPECT_EQ(limits.first_byte(start + 1s).detail, "first_byte");
    EXPECT_EQ(limits.idle(start + 2s).time, start + 17s);
    EXPECT_EQ(limits.idle(start + 2s).detail, "idle");
}

TEST(AttemptLimits, a_slow_drip_does_not_outlive_the_attempt) {
    const AttemptLimits limits(runtime::CallContext(), start);
    const Limit limit = limits.idle(start + 20s);
    EXPECT_EQ(limit.time, start + 30s);
    EXPECT_EQ(limit.detail, "attempt");
    EXPECT_EQ(limit.error(Outcome::unknown).kind(), ErrorKind::timeout);
    EXPECT_TRUE(
        limit.error(Outcome::unknown).message().starts_with("no complete answer within 30"));
}

TEST(AttemptLimits, the_earlier_of_attempt_deadline_and_attempt_timeout_counts) {
    auto context = no_limits();
    context.timeouts.attempt = 10s;
    context.attempt_deadline = start + 4s;
    EXPECT_EQ(AttemptLimits(context, start).idle(start).time, start + 4s);
    context.attempt_deadline = start + 40s;
    EXPECT_EQ(AttemptLimits(context, start).idle(start).time, start + 10s);
}

TEST(AttemptLimits, where_all_end_together_the_calls_deadline_is_named) {
    auto context = no_limits();
    context.timeouts.first_byte = 3s;
    context.attempt_deadline = start + 3s;
    context.deadline = start + 3s;
    const Limit limit = AttemptLimits(context, start).first_byte(start);
    EXPECT_EQ(limit.detail, "total");
    EXPECT_EQ(limit.error(Outcome::unknown).kind(), ErrorKind::deadline);
    EXPECT_EQ(limit.error(Outcome::unknown).outcome(), Outcome::unknown);
}

TEST(AttemptLimits, waiting_for_a_connection_is_called_pool_and_has_no_limit_of_its_own) {
    const Limit limit = AttemptLimits(runtime::CallContext(), start).pool();
    EXPECT_EQ(limit.time, start + 30s);
    EXPECT_EQ(limit.error(Outcome::not_sent).detail(), "pool");
    EXPECT_EQ(limit.error(Outcome::not_sent).kind(), ErrorKind::timeout);
}

TEST(AttemptLimits, a_huge_timeout_does_not_overflow) {
    auto context = no_limits();
    context.timeouts.idle = Duration::max();
    EXPECT_EQ(AttemptLimits(context, start).idle(start).time, SteadyTime::max());
}

}  // namespace
}  // namespace apilab::transport::internal
