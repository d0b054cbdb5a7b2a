// The checks of waiting: a client with sound limits, one with a limit missing or too short, and one
// that does nothing.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "apilab/runtime/task_group.hpp"
#include "apilab/sandbox/internal/test_world.hpp"
#include "apilab/sandbox/judge/judge.hpp"
#include "apilab/transport/loopback_transport.hpp"
#include "apilab/transport/send.hpp"

namespace apilab::sandbox {
namespace {

using namespace std::chrono_literals;
using internal::Seen;
using internal::World;

constexpr Duration never = 1h;  // no limit; but a test has to end

constexpr std::string_view mute =
    "[[fault]]\nwhere = \"things:*\"\nwhat = { stall = { at = \"accept\" } }\n";
constexpr std::string_view half_a_head =
    "[[fault]]\nwhere = \"things:*\"\nwhat = { stall = { at = \"headers\" } }\n";
constexpr std::string_view half_a_body =
    "[[fault]]\nwhere = \"things:*\"\nwhat = { stall = { at = \"body\" }, delay = \"3s\" }\n";
constexpr std::string_view slow_drip =
    "[[fault]]\nwhere = \"things:*\"\nwhat = { status = 200, body = \"0123456789\", drip = 1 }\n";
constexpr std::string_view pause =
    "[[fault]]\nwhere = \"things:*\"\nwhat = { stall = { at = \"body\", for = \"4s\" } }\n";
constexpr std::string_view slow = "[[fault]]\nwhere = \"things:*\"\nwhat = { delay = \"2s\" }\n";

Finding finding_of(const World& world, std::string_view check, const JudgeOptions& options) {
    const auto report = judge_run(*world.sandbox, options);
    for (const auto& result : report->checks) {
        if (result.card.id == check) {
            return result.finding;
        }
    }
    throw std::logic_error("no such check");
}

runtime::Task<void> wait_for(transport::Transport& way, http::Request request,
                             runtime::Timeouts limits) {
    (void)co_await transport::send(way, std::move(request), {.timeouts = limits});
}

// One attempt for each of the limits, one after the other.
Finding found(std::string_view check, std::string_view faults,
              const std::vector<runtime::Timeouts>& attempts, const JudgeOptions& options = {}) {
    World world("name = \"x\"\n" + std::string(faults));
    transport::LoopbackTransport way(world.scheduler, *world.sandbox);
    const auto request =
        http::Request::get(*http::Url::parse("http://sandbox.test/things/items/a"));
    for (const auto& limits : attempts) {
        runtime::run(world.scheduler, wait_for(way, request, limits));
    }
    world.sandbox->stop_run();
    return finding_of(world, check, options);
}

constexpr runtime::Timeouts sound{};
constexpr runtime::Timeouts none{.connect = {}, .first_byte = never, .idle = never, .attempt = {}};
constexpr runtime::Timeouts head_only{
    .connect = 5s, .first_byte = 15s, .idle = never, .attempt = {}};
constexpr runtime::Timeouts hasty{
    .connect = 500ms, .first_byte = 500ms, .idle = 500ms, .attempt = 500ms};

struct Trial {
    std::string_view check;
    std::string_view faults;
    runtime::Timeouts passes;
    runtime::Timeouts fails;
};
const std::vector<Trial> trials = {{"TMO-01", mute, sound, none},
                                   {"TMO-01", half_a_head, sound, none},
                                   {"TMO-02", half_a_body, sound, none},
                                   {"TMO-02", half_a_body, sound, head_only},
                                   {"TMO-05", slow, sound, hasty}};

TEST(TimeoutChecks, sound_limits_pass) {
    for (const auto& trial : trials) {
        const auto finding = found(trial.check, trial.faults, {trial.passes});
        EXPECT_EQ(finding.verdict, Verdict::pass) << trial.check << ": " << finding.sentence;
        EXPECT_FALSE(finding.warning) << trial.check << ": " << finding.sentence;
    }
}

TEST(TimeoutChecks, a_missing_limit_fails_and_so_does_one_that_is_too_short) {
    for (const auto& trial : trials) {
        const auto finding = found(trial.check, trial.faults, {trial.fails});
        EXPECT_EQ(finding.verdict, Verdict::fail) << trial.check << ": " << finding.sentence;
        EXPECT_FALSE(finding.rows.empty()) << trial.check;
    }
}

TEST(TimeoutChecks, a_client_that_does_nothing_is_not_judged) {
    for (const auto& trial : trials) {
        EXPECT_EQ(found(trial.check, trial.faults, {}).reason, UnknownReason::not_exercised)
            << trial.check;
    }
}

// A body of so many bytes at one byte a second.
Finding dripped(std::size_t bytes, const runtime::Timeouts& limits,
                const JudgeOptions& options = {}) {
    const std::string faults =
        "[[fault]]\nwhere = \"things:*\"\nwhat = { drip = 1, status = 200, body = \"" +
        std::string(bytes, 'd') + "\" }\n";
    return found("TMO-03", faults, {limits}, options);
}

TEST(DripCheck, a_limit_over_the_whole_passes_and_one_between_pieces_alone_fails) {
    EXPECT_EQ(dripped(600, {.attempt = 60s}).verdict, Verdict::pass);
    const auto clung = dripped(600, {.idle = 15s, .attempt = {}});
    EXPECT_EQ(clung.verdict, Verdict::fail);
    EXPECT_EQ(clung.rows.size(), 1U);
    EXPECT_EQ(dripped(600, {.attempt = 60s}, {.deadline = Duration(10s)}).verdict, Verdict::fail);
}

TEST(DripCheck, a_drip_that_ends_soon_and_no_client_say_nothing) {
    EXPECT_EQ(dripped(20, {.attempt = {}}).reason, UnknownReason::not_exercised);
    EXPECT_EQ(found("TMO-03", slow_drip, {}).reason, UnknownReason::not_exercised);
}

// Six requests that meet silence, each tried again at once; the first attempt's connection is held
// for so long afterwards.
Finding abandoned(Duration held) {
    World world(
        "name = \"x\"\n[[fault]]\nwhere = \"things:*\"\nwhat = { stall = { at = "
        "\"accept\" } }\nwhen = { first = 6 }\n");
    world.patience = 20s + held;
    runtime::TaskGroup calls(world.scheduler);
    std::vector<Seen> answers(6);
    const auto keep = [](World& in, World::Call call, Seen& into) -> runtime::Task<void> {
        into = co_await in.attempt(std::move(call));
    };
    for (std::uint64_t i = 0; i < answers.size(); ++i) {
        const auto target = "/things/items/" + std::to_string(i);
        calls.spawn(keep(world, {.target = target, .connection = i + 1}, answers[i]));
    }
    world.wait(20s);
    for (std::uint64_t i = 0; i < answers.size(); ++i) {
        world.send({.target = "/things/items/" + std::to_string(i), .connection = i + 7});
    }
    runtime::run(world.scheduler, calls.join());
    world.sandbox->stop_run();
    return finding_of(world, "TMO-07", {});
}

TEST(AbandonedConnectionsCheck, closing_them_passes_and_keeping_them_fails) {
    EXPECT_EQ(abandoned(1s).verdict, Verdict::pass);
    const auto kept = abandoned(30s);
    EXPECT_EQ(kept.verdict, Verdict::fail);
    EXPECT_EQ(kept.rows.size(), 6U);
}

TEST(AbandonedConnectionsCheck, who_does_nothing_is_not_judged) {
    EXPECT_EQ(found("TMO-07", mute, {}).reason, UnknownReason::not_exercised);
    EXPECT_EQ(found("TMO-07", mute, {sound}).reason, UnknownReason::not_exercised);
}

TEST(TimeoutChecks, what_was_promised_counts_and_else_what_is_usual) {
    const auto after = [](Duration wait, const JudgeOptions& options) {
        return found("TMO-01", mute, {{.first_byte = wait, .attempt = {}}}, options);
    };
    EXPECT_EQ(after(10s, {.deadline = Duration(10s)}).verdict, Verdict::pass);
    EXPECT_EQ(after(11s, {.deadline = Duration(10s)}).verdict, Verdict::fail);
    EXPECT_FALSE(after(60s, {}).warning);
    EXPECT_EQ(after(90s, {}).verdict, Verdict::pass);
    EXPECT_TRUE(after(90s, {}).warning);
    EXPECT_EQ(after(121s, {}).verdict, Verdict::fail);
}

TEST(TimeoutChecks, a_limit_for_the_head_does_not_help_where_the_body_stops) {
    EXPECT_EQ(found("TMO-01", mute, {head_only}).verdict, Verdict::pass);
    EXPECT_EQ(found("TMO-01", half_a_body, {head_only}).reason, UnknownReason::not_exercised);
}

TEST(TimeoutChecks, a_pause_that_ends_in_time_may_be_waited_out) {
    EXPECT_EQ(found("TMO-02", pause, {none}).reason, UnknownReason::not_exercised);
    EXPECT_EQ(found("TMO-02", pause, {none}, {.deadline = Duration(2s)}).verdict, Verdict::fail);
}

TEST(TimeoutChecks, who_has_no_time_left_need_not_wait_for_what_is_slow) {
    EXPECT_EQ(found("TMO-05", slow, {hasty}, {.deadline = Duration(1s)}).reason,
              UnknownReason::not_exercised);
    EXPECT_EQ(found("TMO-05", slow, {hasty}, {.deadline = Duration(3s)}).verdict, Verdict::fail);
}

TEST(TimeoutChecks, who_still_waits_at_the_end_is_judged_by_how_long_it_was) {
    for (const auto& [end, verdict] :
         {std::pair(Duration(30s), Verdict::unknown), std::pair(Duration(130s), Verdict::fail)}) {
        World world("name = \"x\"\n" + std::string(mute));
        transport::LoopbackTransport way(world.scheduler, *world.sandbox);
        runtime::TaskGroup waiting(world.scheduler);
        waiting.spawn(wait_for(
            way, http::Request::get(*http::Url::parse("http://sandbox.test/things/items/a")),
            none));
        world.wait(end);
        EXPECT_EQ(finding_of(world, "TMO-01", {}).verdict, verdict) << "while it runs";
        world.sandbox->stop_run();
        world.wait(1h);
        EXPECT_EQ(finding_of(world, "TMO-01", {}).verdict, verdict);
        runtime::run(world.scheduler, waiting.join());
    }
}

TEST(TimeoutChecks, the_loser_of_two_at_once_was_not_left_in_haste) {
    World world("name = \"x\"\n" + std::string(slow) + "when = { nth = 1 }\n");
    transport::LoopbackTransport way(world.scheduler, *world.sandbox);
    const auto request =
        http::Request::get(*http::Url::parse("http://sandbox.test/things/items/a"));
    runtime::TaskGroup pair(world.scheduler);
    pair.spawn(wait_for(way, request, {.attempt = 700ms}));
    (void)runtime::run(world.scheduler, world.scheduler.sleep_for(600ms));
    pair.spawn(wait_for(way, request, {.attempt = 700ms}));
    runtime::run(world.scheduler, pair.join());
    world.sandbox->stop_run();
    const auto finding = finding_of(world, "TMO-05", {});
    EXPECT_EQ(finding.reason, UnknownReason::not_exercised) << finding.sentence;
}

}  // namespace
}  // namespace apilab::sandbox
