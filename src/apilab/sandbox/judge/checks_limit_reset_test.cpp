#include <gtest/gtest.h>

#include "apilab/sandbox/internal/test_world.hpp"
#include "apilab/sandbox/judge/judge.hpp"

namespace apilab::sandbox {
namespace {

using namespace std::chrono_literals;
using internal::World;

// Virtual time begins on 2026-01-01 at midnight: the window ends five seconds later.
constexpr auto five_seconds = R"(
name = "x"
[[fault]]
where = "things:*"
what = { status = 403, headers = { x-ratelimit-remaining = "0", x-ratelimit-reset = "1767225605" } }
when = { nth = 1 }
)";

Finding after(std::string_view scenario, const std::vector<Duration>& waits,
              std::string_view target = "/things/items/a") {
    World world(scenario);
    for (const Duration wait : waits) {
        world.wait(wait);
        world.get(std::string(world.rows().empty() ? "/things/items/a" : target));
    }
    world.sandbox->stop_run();
    const auto report = judge_run(*world.sandbox);
    for (const auto& result : report->checks) {
        if (result.card.id == "RL-04") {
            return result.finding;
        }
    }
    throw std::logic_error("RL-04 is not judged");
}

TEST(LimitResetCheck, waiting_for_the_reset_passes) {
    EXPECT_EQ(after(five_seconds, {0s, 4950ms}).verdict, Verdict::pass);
    EXPECT_EQ(after(five_seconds, {0s, 2h}).verdict, Verdict::pass) << "late is fine";
}

TEST(LimitResetCheck, coming_back_before_it_fails_and_the_rows_prove_it) {
    const auto found = after(five_seconds, {0s, 4949ms});
    EXPECT_EQ(found.verdict, Verdict::fail);
    EXPECT_EQ(found.rows.size(), 2U);
    EXPECT_EQ(after(five_seconds, {0s, 100ms}).verdict, Verdict::fail);
}

TEST(LimitResetCheck, another_request_on_its_way_is_forgiven) {
    EXPECT_EQ(after(five_seconds, {0s, 100ms}, "/things/items/b").reason,
              UnknownReason::not_exercised);
    EXPECT_EQ(after(five_seconds, {0s, 300ms}, "/things/items/b").verdict, Verdict::fail);
}

TEST(LimitResetCheck, a_client_that_does_nothing_or_never_comes_back_is_not_judged) {
    EXPECT_EQ(after(five_seconds, {}).reason, UnknownReason::not_exercised);
    EXPECT_EQ(after(five_seconds, {0s}).reason, UnknownReason::not_exercised);
    EXPECT_EQ(after("name = \"x\"", {0s, 1s}).reason, UnknownReason::not_exercised);
}

}  // namespace
}  // namespace apilab::sandbox
