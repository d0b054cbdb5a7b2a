// Fourteen days of a radar in which everything fails: every row, message and mail that is due,
// once.

#include "weeks.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace apilab::radar_weeks {
namespace {

using ::testing::Each;
using ::testing::Ge;
using ::testing::Gt;
using ::testing::IsEmpty;
using ::testing::Le;
using ::testing::Pair;
using ::testing::SizeIs;

TEST(RadarWeeks, every_row_message_and_mail_is_there_once_whatever_failed) {
    const Count count = run_weeks({.seed = 1});
    SCOPED_TRACE(count.text());
    RecordProperty("count", count.text());
    ASSERT_THAT(count.stuck, IsEmpty());
    EXPECT_EQ(count.open_rows, count.actionable);
    EXPECT_THAT(count.actionable, SizeIs(Ge(4U)));
    EXPECT_THAT(count.doubled_rows, IsEmpty());
    EXPECT_THAT(count.urgent, Each(Pair(::testing::_, 1U)));
    EXPECT_THAT(count.urgent, SizeIs(Ge(3U)));
    EXPECT_THAT(count.doubled_notes, IsEmpty());
    EXPECT_EQ(count.mails, count.mondays);
    EXPECT_THAT(count.doubled_mails, IsEmpty());
    EXPECT_THAT(count.overwritten, IsEmpty());
    EXPECT_EQ(count.duplicated, 0U);
    EXPECT_EQ(count.failed, 0U);
    EXPECT_EQ(count.dead_jobs, 0U);
    EXPECT_THAT(count.unlabelled, IsEmpty());
    EXPECT_THAT(count.degraded_runs, Gt(0U));
    EXPECT_THAT(count.token_requests_in_an_hour, Le(1U));
    EXPECT_THAT(count.busiest_minute, Each(Pair(::testing::_, Le(120U)))) << "a tight loop";
    EXPECT_TRUE(count.good());

    // And all of that was put to the test.
    EXPECT_THAT(count.struck, Each(Pair(::testing::_, Gt(0U))));
    EXPECT_THAT(count.reconciled, Gt(0U));
    EXPECT_THAT(count.kills, Gt(10U));
}

}  // namespace
}  // namespace apilab::radar_weeks
