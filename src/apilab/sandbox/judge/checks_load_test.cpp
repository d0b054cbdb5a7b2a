// What retries add: a client with a budget, one without, and one that does nothing.

#include <gtest/gtest.h>

#include <string>

#include "apilab/sandbox/internal/test_world.hpp"
#include "apilab/sandbox/judge/judge.hpp"

namespace apilab::sandbox {
namespace {

using namespace std::chrono_literals;
using internal::World;

constexpr std::string_view outage =
    "[[fault]]\nwhere = \"things:*\"\nwhat = { status = 503 }\nwhen = { window = [\"0s\", \"60s\"] "
    "}\n";
constexpr std::string_view bad_moment =
    "[[fault]]\nwhere = \"things:*\"\nwhat = { status = 503 }\nwhen = { window = [\"0s\", \"5s\"] "
    "}\n";

// A call a second, for `calls` seconds. One in `grants` is sent again where it failed, so many
// times.
Finding found(std::string_view faults, int calls, int grants, int retries) {
    World world("name = \"x\"\n" + std::string(faults));
    for (int i = 0; i < calls; ++i) {
        const std::string target = "/things/items/" + std::to_string(i);
        int left = i % grants == 0 ? retries : 0;
        while (world.get(target).status != 200 && left-- > 0) {
            world.wait(100ms);
        }
        world.wait(700ms);
    }
    world.sandbox->stop_run();
    const auto report = judge_run(*world.sandbox);
    for (const auto& result : report->checks) {
        if (result.card.id == "LOD-02") {
            return result.finding;
        }
    }
    throw std::logic_error("LOD-02 is not judged");
}

TEST(LoadCheck, one_retry_in_ten_passes) {
    const auto finding = found(outage, 120, 10, 1);
    EXPECT_EQ(finding.verdict, Verdict::pass) << finding.sentence;
}

TEST(LoadCheck, two_retries_of_everything_fail_and_its_rows_prove_it) {
    const auto finding = found(outage, 120, 1, 2);
    EXPECT_EQ(finding.verdict, Verdict::fail) << finding.sentence;
    EXPECT_FALSE(finding.rows.empty());
}

TEST(LoadCheck, a_client_that_does_nothing_is_not_judged) {
    EXPECT_EQ(found(outage, 0, 1, 2).reason, UnknownReason::not_exercised);
}

TEST(LoadCheck, a_bad_moment_is_no_outage_and_a_few_calls_are_no_share) {
    EXPECT_EQ(found(bad_moment, 120, 1, 2).reason, UnknownReason::not_exercised);
    EXPECT_EQ(found(outage, 99, 1, 2).reason, UnknownReason::inconclusive);
}

}  // namespace
}  // namespace apilab::sandbox
