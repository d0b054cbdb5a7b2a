#include "apilab/work/retention.hpp"

#include <gtest/gtest.h>

#include "apilab/work/sender.hpp"

namespace apilab::work {
namespace {

using namespace std::chrono_literals;
using std::chrono::days;

std::string refused(const RetentionTimes& times, const std::vector<SenderHorizon>& senders = {}) {
    const auto valid = validate(times, senders);
    return valid ? "" : valid.error().detail();
}

TEST(Retention, the_default_times_are_good_for_every_sender) {
    EXPECT_EQ(refused({}, {{.name = "stripe", .horizon = days(3)}}), "");
}

TEST(Retention, each_sender_that_there_is_is_asked_for_its_horizon) {
    const auto horizons = sender_horizons();
    ASSERT_EQ(horizons.size(), senders().size());
    for (const auto& [name, horizon] : horizons) {
        EXPECT_EQ(find_sender(name)->horizon, horizon) << name;
        EXPECT_GT(horizon, Duration::zero()) << name;
    }
}

TEST(Retention, keys_are_kept_for_30_days_at_least) {
    EXPECT_EQ(refused({.keys = days(30) - 1s}), "keys");
    EXPECT_EQ(refused({.keys = days(30)}), "");
}

TEST(Retention, keys_are_kept_for_as_long_as_a_sender_sends_again) {
    const auto valid = validate({}, {{.name = "slow", .horizon = days(31)}});
    ASSERT_FALSE(valid);
    EXPECT_EQ(valid.error().detail(), "keys");
    EXPECT_EQ(valid.error().message(), "keys: 30 days, and slow may send an event again for 31");
    EXPECT_EQ(refused({.keys = days(31)}, {{.name = "slow", .horizon = days(31)}}), "");
}

TEST(Retention, what_a_person_looks_at_is_kept_over_a_weekend) {
    EXPECT_EQ(refused({.bodies = days(3) - 1s}), "bodies");
    EXPECT_EQ(refused({.dead_jobs = 1h}), "dead_jobs");
    EXPECT_EQ(refused({.messages = 1h}), "messages");
    EXPECT_EQ(refused({.quarantine = 1h}), "quarantine");
    EXPECT_EQ(refused({.bodies = days(3), .dead_jobs = days(3)}), "");
}

TEST(Retention, what_is_done_need_not_be_kept) {
    EXPECT_EQ(refused({.done_jobs = 0s}), "");
    EXPECT_EQ(refused({.done_jobs = -1s}), "done_jobs");
    EXPECT_EQ(refused({.bodies = days(3651)}), "bodies");
}

}  // namespace
}  // namespace apilab::work
