#include "apilab/policy/rate_limiter.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace apilab::policy {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;

const SystemTime wall{seconds(1'700'000'000)};
const SteadyTime start{std::chrono::hours(5)};
const CallFacts here{.origin = "http://a"};

// When the action lets the call go; nothing where it has to be called.
std::optional<SteadyTime> when(const Action& action, SteadyTime now) {
    if (std::holds_alternative<Proceed>(action)) {
        return now;
    }
    const auto* waits = std::get_if<WaitUntil>(&action);
    return waits == nullptr ? std::nullopt : std::optional(waits->until);
}

struct Trial {
    RateLimiter limiter;
    SteadyTime now = start;

    explicit Trial(RateLimiterOptions options) : limiter(options) {}

    Action ask(Slot& slot, const CallFacts& call = here) { return limiter.before(call, slot, now); }
    bool goes(const CallFacts& call = here) {
        Slot slot = 0;
        return std::holds_alternative<Proceed>(ask(slot, call));
    }
    void answer(Slot slot, const http::Headers& headers, int status = 200,
                const CallFacts& call = here) {
        limiter.after(
            call, slot,
            {.status = status, .headers = &headers, .at = now, .system_at = wall + (now - start)});
    }
};

TEST(RateLimiter, a_burst_goes_at_once_and_the_rest_at_the_average) {
    Trial trial({.quota = {.permits = 10, .window = seconds(1), .burst = 3}});
    EXPECT_TRUE(trial.goes());
    EXPECT_TRUE(trial.goes());
    EXPECT_TRUE(trial.goes());
    Slot fourth = 0;
    EXPECT_EQ(when(trial.ask(fourth), trial.now), start + milliseconds(100));
    trial.now += milliseconds(100);
    EXPECT_TRUE(std::holds_alternative<Proceed>(trial.ask(fourth)));
    EXPECT_TRUE(std::holds_alternative<Proceed>(trial.ask(fourth))) << "once let through, it is";
    trial.now += seconds(1);
    EXPECT_TRUE(trial.goes());
}

TEST(RateLimiter, tells_what_is_left_of_each_bucket_and_changes_nothing_by_it) {
    Trial trial({.quota = {.permits = 10, .window = seconds(1), .burst = 3}});
    EXPECT_TRUE(trial.limiter.limits(start).empty());
    Slot slot = 0;
    (void)trial.ask(slot);
    EXPECT_TRUE(trial.goes());
    auto all = trial.limiter.limits(start);
    ASSERT_EQ(all.size(), 1);
    EXPECT_EQ(all[0].origin, "http://a");
    EXPECT_EQ(all[0].free, 1);
    EXPECT_EQ(all[0].remaining, std::nullopt);
    EXPECT_EQ(all[0].under_way, 2);
    EXPECT_EQ(trial.limiter.limits(start + milliseconds(100))[0].free, 2);
    EXPECT_EQ(trial.limiter.limits(start + seconds(9))[0].free, 3) << "never more than the burst";
    trial.answer(slot, {{"ratelimit-policy", "\"d\";q=100;w=60"}, {"ratelimit", "\"d\";r=7;t=30"}});
    all = trial.limiter.limits(start);
    EXPECT_EQ(all[0].limit, 100);
    EXPECT_EQ(all[0].remaining, 6) << "another one is under way, and was not counted yet";
    EXPECT_EQ(all[0].reset_in, seconds(30));
    EXPECT_EQ(trial.limiter.limits(start), all);
    EXPECT_EQ(trial.limiter.limits(start + seconds(30))[0].remaining, std::nullopt)
        << "that window is over";
}

// Any sequence of moments: in no window of any place are there more than burst + permits.
RC_GTEST_PROP(RateLimiter, never_more_than_the_quota_in_any_window, ()) {
    const int permits = *rc::gen::inRange(1, 20);
    Trial trial(
        {.quota = {.permits = static_cast<double>(permits), .window = seconds(1), .burst = 1}});
    std::vector<SteadyTime> sent;
    const auto gaps = *rc::gen::container<std::vector<int>>(100, rc::gen::inRange(0, 200));
    for (const int gap : gaps) {
        trial.now += milliseconds(gap);
        if (trial.goes()) {
            sent.push_back(trial.now);
        }
    }
    for (std::size_t i = 0; i < sent.size(); ++i) {
        const auto in_window = std::ranges::count_if(
            sent, [&](SteadyTime t) { return t >= sent[i] && t < sent[i] + seconds(1); });
        RC_ASSERT(in_window <= permits + 1);
    }
}

TEST(RateLimiter, those_who_wait_go_in_the_order_they_came) {
    Trial trial({.quota = {.permits = 1, .window = seconds(1)}});
    ASSERT_TRUE(trial.goes());
    Slot first = 0;
    Slot second = 0;
    EXPECT_EQ(when(trial.ask(first), trial.now), start + seconds(1));
    EXPECT_FALSE(when(trial.ask(second), trial.now)) << "it waits for its turn, not for a time";
    trial.now += seconds(1);
    EXPECT_FALSE(when(trial.ask(second), trial.now));
    EXPECT_TRUE(std::holds_alternative<Proceed>(trial.ask(first)));
    EXPECT_EQ(trial.limiter.next_turn(), second);
    EXPECT_EQ(when(trial.ask(second), trial.now), start + seconds(2));
}

TEST(RateLimiter, who_cannot_be_in_time_is_told_at_once_and_how_long_it_would_have_been) {
    Trial trial({.quota = {.permits = 1, .window = seconds(1)}});
    ASSERT_TRUE(trial.goes());
    std::vector<Slot> waiting(3);
    for (auto& slot : waiting) {
        (void)trial.ask(slot);
    }
    Slot late = 0;
    const CallFacts hurried{.origin = "http://a", .deadline = start + seconds(3)};
    auto action = trial.ask(late, hurried);
    ASSERT_TRUE(std::holds_alternative<Refuse>(action));
    const Error& error = std::get<Refuse>(action).error;
    EXPECT_EQ(error.kind(), ErrorKind::rate_limited);
    EXPECT_EQ(error.outcome(), Outcome::not_sent);
    EXPECT_EQ(error.retry_after(), seconds(4));
    EXPECT_EQ(trial.limiter.waiting(here), 3U);
}

TEST(RateLimiter, who_leaves_gives_back_what_it_took) {
    Trial trial({.quota = {.permits = 1, .window = seconds(1)}});
    Slot first = 0;
    ASSERT_TRUE(std::holds_alternative<Proceed>(trial.ask(first)));
    trial.limiter.withdraw(here, first, trial.now);
    EXPECT_TRUE(trial.goes());
    Slot head = 0;
    Slot next = 0;
    (void)trial.ask(head);
    (void)trial.ask(next);
    trial.limiter.withdraw(here, head, trial.now);
    EXPECT_EQ(trial.limiter.next_turn(), next);
    EXPECT_EQ(when(trial.ask(next), trial.now), start + seconds(1));
}

TEST(RateLimiter, a_lane_keeps_its_pace_and_lets_others_pass) {
    Trial trial({});
    const CallFacts write{.origin = "http://a",
                          .lane = "writes",
                          .lane_quota = {.spacing = seconds(1), .concurrent = 1}};
    Slot first = 0;
    ASSERT_TRUE(std::holds_alternative<Proceed>(trial.ask(first, write)));
    Slot second = 0;
    EXPECT_FALSE(when(trial.ask(second, write), trial.now)) << "one at a time";
    EXPECT_TRUE(trial.goes()) << "a read";
    trial.now += milliseconds(300);
    trial.answer(first, {}, 201, write);
    EXPECT_EQ(trial.limiter.next_turn(), second);
    EXPECT_EQ(when(trial.ask(second, write), trial.now), start + seconds(1));
    trial.now = start + seconds(1);
    EXPECT_TRUE(std::holds_alternative<Proceed>(trial.ask(second, write)));
}

TEST(RateLimiter, buckets_of_one_provider_have_quotas_of_their_own) {
    Trial trial({.quota = {.permits = 1, .window = seconds(1)}});
    EXPECT_TRUE(trial.goes({.origin = "http://a", .bucket = "one"}));
    EXPECT_FALSE(trial.goes({.origin = "http://a", .bucket = "one"}));
    EXPECT_TRUE(trial.goes({.origin = "http://a", .bucket = "two"}));
}

TEST(RateLimiter, what_a_call_costs_is_what_it_takes) {
    Trial trial({.quota = {.permits = 10, .window = seconds(1)}});
    EXPECT_TRUE(trial.goes({.origin = "http://a", .cost = 8}));
    Slot slot = 0;
    EXPECT_EQ(when(trial.ask(slot, {.origin = "http://a", .cost = 5}), trial.now),
              start + milliseconds(300));
}

TEST(RateLimiter, with_nothing_left_everybody_waits_for_the_next_window) {
    Trial trial({});
    Slot slot = 0;
    ASSERT_TRUE(std::holds_alternative<Proceed>(trial.ask(slot)));
    trial.answer(slot, {{"x-ratelimit-limit", "5"},
                        {"x-ratelimit-remaining", "0"},
                        {"x-ratelimit-reset", "1700000010"}});
    Slot next = 0;
    // A second later than it says: it says whole seconds.
    EXPECT_EQ(when(trial.ask(next), trial.now), start + seconds(11));
    trial.now += seconds(11);
    EXPECT_TRUE(std::holds_alternative<Proceed>(trial.ask(next)));
    EXPECT_TRUE(trial.goes()) << "a new window, of which nothing is known yet";
}

TEST(RateLimiter, what_is_under_way_is_counted_before_the_other_side_says_so) {
    Trial trial({});
    Slot first = 0;
    ASSERT_TRUE(std::holds_alternative<Proceed>(trial.ask(first)));
    trial.answer(first, {{"ratelimit", "\"default\";r=2;t=30"}});
    EXPECT_TRUE(trial.goes());
    EXPECT_TRUE(trial.goes());
    EXPECT_FALSE(trial.goes()) << "two were left, and two are under way";
    EXPECT_EQ(trial.limiter.remaining(here), 0);
}

TEST(RateLimiter, an_answer_that_cost_nothing_is_not_counted) {
    Trial trial({});
    const http::Headers left = {{"x-ratelimit-remaining", "7"},
                                {"x-ratelimit-reset", "1700000030"}};
    for (int i = 0; i < 3; ++i) {
        Slot slot = 0;
        ASSERT_TRUE(std::holds_alternative<Proceed>(trial.ask(slot)));
        trial.answer(slot, left, 304);
        EXPECT_EQ(trial.limiter.remaining(here), 7);
    }
}

TEST(RateLimiter, an_older_answer_about_the_same_window_teaches_nothing) {
    Trial trial({});
    Slot one = 0;
    Slot two = 0;
    (void)trial.ask(one);
    (void)trial.ask(two);
    trial.answer(two, {{"x-ratelimit-remaining", "3"}, {"x-ratelimit-reset", "1700000030"}});
    trial.answer(one, {{"x-ratelimit-remaining", "4"}, {"x-ratelimit-reset", "1700000030"}});
    EXPECT_EQ(trial.limiter.remaining(here), 2) << "3, less one that was under way then";
}

TEST(RateLimiter, of_one_windows_answers_the_first_is_nearest_to_its_end) {
    Trial trial({});
    Slot one = 0;
    Slot two = 0;
    (void)trial.ask(one);
    (void)trial.ask(two);
    trial.answer(one, {{"ratelimit", "\"d\";r=1;t=1"}});
    trial.now += milliseconds(400);
    trial.answer(two, {{"ratelimit", "\"d\";r=0;t=1"}});
    Slot next = 0;
    EXPECT_EQ(when(trial.ask(next), trial.now), start + seconds(1)) << "not 400 ms later";
}

TEST(RateLimiter, more_left_than_before_is_another_window) {
    Trial trial({});
    Slot one = 0;
    (void)trial.ask(one);
    trial.answer(one, {{"ratelimit", "\"d\";r=1;t=1"}});
    trial.now += milliseconds(400);
    Slot two = 0;
    (void)trial.ask(two);
    trial.answer(two, {{"ratelimit", "\"d\";r=2;t=1"}});
    EXPECT_TRUE(trial.goes());
    EXPECT_TRUE(trial.goes());
    Slot next = 0;
    EXPECT_EQ(when(trial.ask(next), trial.now), start + milliseconds(1400));
}

TEST(RateLimiter, headroom_is_left_to_others) {
    Trial trial({.headroom = 0.3});
    Slot slot = 0;
    (void)trial.ask(slot);
    trial.answer(slot, {{"x-ratelimit-limit", "10"},
                        {"x-ratelimit-remaining", "3"},
                        {"x-ratelimit-reset", "1700000030"}});
    EXPECT_FALSE(trial.goes());
}

TEST(RateLimiter, paced_spreads_what_is_left_over_the_window) {
    Trial trial({.pace = true});
    Slot slot = 0;
    (void)trial.ask(slot);
    trial.answer(slot, {{"ratelimit", "\"d\";r=10;t=20"}});
    Slot next = 0;
    EXPECT_EQ(when(trial.ask(next), trial.now), start + seconds(2));
}

TEST(RateLimiter, does_not_learn_when_it_is_told_not_to) {
    Trial trial({.learn = false});
    Slot slot = 0;
    (void)trial.ask(slot);
    trial.answer(slot, {{"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", "1700000030"}});
    EXPECT_TRUE(trial.goes());
}

TEST(RateLimiter, a_providers_own_quota_holds_without_a_word) {
    Trial trial({});
    const CallFacts notion{.origin = "http://n", .provider = "notion"};
    EXPECT_TRUE(trial.goes(notion));
    EXPECT_TRUE(trial.goes(notion));
    EXPECT_TRUE(trial.goes(notion));
    EXPECT_FALSE(trial.goes(notion));
    Trial plain({.profiles = false});
    for (int i = 0; i < 10; ++i) {
        EXPECT_TRUE(plain.goes(notion));
    }
}

TEST(RateLimiter, a_full_queue_fails_at_once) {
    Trial trial({.quota = {.permits = 1, .window = seconds(1)}, .waiting_max = 1});
    ASSERT_TRUE(trial.goes());
    Slot waiting = 0;
    (void)trial.ask(waiting);
    Slot next = 0;
    auto action = trial.ask(next);
    ASSERT_TRUE(std::holds_alternative<Refuse>(action));
    EXPECT_EQ(std::get<Refuse>(action).error.kind(), ErrorKind::overloaded);
}

TEST(RateLimiter, remembers_no_more_buckets_than_its_limit_but_never_forgets_who_waits) {
    Trial trial({.quota = {.permits = 1, .window = seconds(9)}, .buckets_max = 1});
    Slot slot = 0;
    ASSERT_TRUE(std::holds_alternative<Proceed>(trial.ask(slot)));
    EXPECT_TRUE(trial.goes({.origin = "http://b"}));
    EXPECT_FALSE(trial.goes()) << "with a call under way it is kept";
    trial.answer(slot, {});
}

TEST(RateLimiterOptions, out_of_range_are_refused_by_name) {
    using Options = RateLimiterOptions;
    for (const auto& [options, field] :
         {std::pair(Options{.quota = {.permits = -1}}, "quota.permits"),
          std::pair(Options{.quota = {.permits = 1}}, "quota.window"),
          std::pair(Options{.quota = {.burst = -1}}, "quota.burst"),
          std::pair(Options{.quota = {.spacing = std::chrono::hours(2)}}, "quota.spacing"),
          std::pair(Options{.quota = {.concurrent = -1}}, "quota.concurrent"),
          std::pair(Options{.headroom = 1}, "limiter.headroom"),
          std::pair(Options{.waiting_max = 2'000'000}, "limiter.waiting_max"),
          std::pair(Options{.buckets_max = 0}, "limiter.buckets_max")}) {
        EXPECT_THAT(options.validate().error().to_string(), HasSubstr(field));
    }
    EXPECT_TRUE(Options{}.validate());
}

}  // namespace
}  // namespace apilab::policy
