// Fourteen days of GitHub, Slack and Stripe in bad weather: nothing lost but what Slack itself
// gives up, nothing doubled, nothing forged.

#include "fortnight.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace apilab::fortnight {
namespace {

using ::testing::Gt;
using ::testing::IsEmpty;

TEST(Fortnight, nothing_is_lost_doubled_or_forged_and_only_what_slack_gave_up_is_missing) {
    const Report report = run_fortnight({.seed = 1});
    SCOPED_TRACE(report.text());
    RecordProperty("report", report.text());
    ASSERT_THAT(report.stuck, IsEmpty());
    for (const auto& [name, tally] : report.senders) {
        EXPECT_THAT(tally.lost, IsEmpty()) << name;
        EXPECT_THAT(tally.doubled, IsEmpty()) << name;
        EXPECT_EQ(tally.effects, tally.events - tally.beyond_reach) << name;
    }
    EXPECT_EQ(report.forged, 0U);
    EXPECT_EQ(report.believed, 0U);
    // GitHub's events are all there, though it tries only once; Stripe's by its own attempts.
    EXPECT_EQ(report.senders.at("github").effects, report.senders.at("github").events);
    EXPECT_EQ(report.senders.at("stripe").given_up, 0U);
    EXPECT_EQ(report.filler_gave_up, 0U);
    EXPECT_TRUE(report.good());

    // And all of that was put to the test.
    EXPECT_THAT(report.recovered, Gt(50U));
    EXPECT_THAT(report.senders.at("slack").beyond_reach, Gt(50U));
    EXPECT_THAT(report.senders.at("slack").given_up, Gt(report.senders.at("slack").beyond_reach))
        << "of some the answers got lost, four times";
    EXPECT_THAT(report.senders.at("stripe").failed, Gt(200U));
    EXPECT_THAT(report.forgeries, Gt(500U));
    EXPECT_THAT(report.unheard_answers, Gt(50U));
    EXPECT_THAT(report.unheard_sends, Gt(50U));
    EXPECT_THAT(report.lives, Gt(5U));
}

}  // namespace
}  // namespace apilab::fortnight
