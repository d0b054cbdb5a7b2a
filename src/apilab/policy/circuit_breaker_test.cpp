#include "apilab/policy/circuit_breaker.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace apilab::policy {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using State = CircuitBreaker::State;
using testing::HasSubstr;

const CallFacts here{.origin = "http://a"};

// A breaker on a clock of its own, and attempts that begin and end at one moment.
struct Trial {
    SeededRng rng{1};
    CircuitBreaker breaker;
    SteadyTime now{std::chrono::hours(5)};

    explicit Trial(CircuitBreakerOptions options = {}) : breaker(options, rng) {}

    std::optional<Error> refusal(const CallFacts& call = here) {
        Slot slot = 0;
        auto action = breaker.before(call, slot, now);
        if (auto* refused = std::get_if<Refuse>(&action)) {
            return refused->error;
        }
        breaker.withdraw(call, slot, now);
        return std::nullopt;
    }
    void attempt(const AttemptOutcome& outcome, const CallFacts& call = here) {
        Slot slot = 0;
        if (std::holds_alternative<Proceed>(breaker.before(call, slot, now))) {
            auto at = outcome;
            at.at = now;
            breaker.after(call, slot, at);
        }
    }
    void answered(int status, int times = 1) {
        for (int i = 0; i < times; ++i) {
            attempt({.status = status});
        }
    }
    void unconnected(int times) {
        for (int i = 0; i < times; ++i) {
            attempt({.error = ErrorKind::connect, .outcome = Outcome::not_sent});
        }
    }
};

TEST(CircuitBreaker, opens_at_the_ratio_and_not_before_there_are_calls_enough) {
    Trial trial;
    trial.answered(500, 19);
    EXPECT_EQ(trial.breaker.state(here), State::closed);
    trial.answered(500);
    EXPECT_EQ(trial.breaker.state(here), State::open);

    Trial mixed;
    mixed.answered(200, 11);
    mixed.answered(503, 10);
    EXPECT_EQ(mixed.breaker.state(here), State::closed);  // 10 of 21
    mixed.answered(503);
    EXPECT_EQ(mixed.breaker.state(here), State::open);  // 11 of 22
}

TEST(CircuitBreaker, what_is_older_than_its_window_is_forgotten) {
    Trial trial;
    trial.answered(500, 15);
    trial.now += seconds(70);  // into a part of the window that nothing has overwritten
    trial.answered(500, 15);
    EXPECT_EQ(trial.breaker.state(here), State::closed);
    trial.answered(500, 5);
    EXPECT_EQ(trial.breaker.state(here), State::open);
}

TEST(CircuitBreaker, five_attempts_in_a_row_without_a_connection_open_it) {
    Trial trial;
    trial.unconnected(4);
    trial.answered(200);
    trial.unconnected(4);
    EXPECT_EQ(trial.breaker.state(here), State::closed);
    trial.unconnected(1);
    EXPECT_EQ(trial.breaker.state(here), State::open);
}

TEST(CircuitBreaker, a_refusal_says_why_and_when_the_next_probe_is) {
    Trial trial;
    trial.unconnected(5);
    const auto error = trial.refusal();
    ASSERT_TRUE(error);
    EXPECT_EQ(error->kind(), ErrorKind::breaker_open);
    EXPECT_EQ(error->outcome(), Outcome::not_sent);
    EXPECT_EQ(error->ending(), Ending::breaker);
    EXPECT_GE(error->retry_after(), seconds(5));
    EXPECT_LE(error->retry_after(), milliseconds(5500));
    EXPECT_THAT(error->to_string(), HasSubstr("5 attempts in a row found no connection"));
    EXPECT_THAT(error->to_string(), HasSubstr("next probe in"));
}

TEST(CircuitBreaker, half_open_lets_one_through_and_its_success_closes_it) {
    Trial trial;
    trial.unconnected(5);
    trial.now += seconds(6);
    Slot probe = 0;
    ASSERT_TRUE(std::holds_alternative<Proceed>(trial.breaker.before(here, probe, trial.now)));
    EXPECT_EQ(trial.breaker.state(here), State::half_open);
    EXPECT_TRUE(trial.refusal());  // nobody beside it
    trial.breaker.after(here, probe, {.status = 200, .at = trial.now});
    EXPECT_EQ(trial.breaker.state(here), State::closed);
    EXPECT_FALSE(trial.refusal());
}

TEST(CircuitBreaker, each_failed_probe_doubles_the_time_up_to_its_cap) {
    Trial trial;
    trial.unconnected(5);
    for (const int expected : {5, 10, 20, 40, 60, 60}) {
        const auto wait = *trial.refusal()->retry_after();
        EXPECT_GE(wait, seconds(expected));
        EXPECT_LE(wait, milliseconds(expected * 1100));
        trial.now += wait;
        trial.answered(503);  // the probe
        EXPECT_EQ(trial.breaker.state(here), State::open);
    }
}

TEST(CircuitBreaker, a_probe_that_was_not_made_or_was_cancelled_leaves_room_for_the_next) {
    Trial trial;
    trial.unconnected(5);
    trial.now += seconds(6);
    Slot probe = 0;
    ASSERT_TRUE(std::holds_alternative<Proceed>(trial.breaker.before(here, probe, trial.now)));
    trial.breaker.withdraw(here, probe, trial.now);
    EXPECT_FALSE(trial.refusal());
    Slot second = 0;
    ASSERT_TRUE(std::holds_alternative<Proceed>(trial.breaker.before(here, second, trial.now)));
    trial.breaker.after(here, second, {.error = ErrorKind::cancelled, .at = trial.now});
    EXPECT_FALSE(trial.refusal());
}

TEST(CircuitBreaker, a_limit_is_no_failure) {
    Trial trial;
    trial.answered(429, 100);
    trial.answered(404, 100);
    trial.answered(501, 100);
    EXPECT_EQ(trial.breaker.state(here), State::closed);
}

TEST(CircuitBreaker, what_began_before_it_opened_does_not_open_it_further) {
    Trial trial;
    Slot late = 0;
    ASSERT_TRUE(std::holds_alternative<Proceed>(trial.breaker.before(here, late, trial.now)));
    trial.unconnected(5);
    const auto before = trial.refusal()->retry_after();
    trial.breaker.after(here, late, {.status = 500, .at = trial.now});
    EXPECT_EQ(trial.refusal()->retry_after(), before);
}

TEST(CircuitBreaker, origins_and_where_asked_operations_have_their_own) {
    Trial trial;
    trial.unconnected(5);
    EXPECT_FALSE(trial.refusal({.origin = "http://b"}));
    EXPECT_TRUE(trial.refusal({.origin = "http://a", .operation = "other"}));

    Trial each({.per_operation = true});
    for (int i = 0; i < 5; ++i) {
        each.attempt({.error = ErrorKind::connect, .outcome = Outcome::not_sent},
                     {.origin = "http://a", .operation = "one"});
    }
    EXPECT_TRUE(each.refusal({.origin = "http://a", .operation = "one"}));
    EXPECT_FALSE(each.refusal({.origin = "http://a", .operation = "other"}));
}

TEST(CircuitBreaker, tells_how_each_breaker_stands_and_changes_nothing_by_it) {
    Trial trial;
    trial.attempt({.status = 200}, {.origin = "http://b", .provider = "npm"});
    trial.attempt({.status = 503}, {.origin = "http://b", .provider = "npm"});
    trial.unconnected(5);
    const auto all = trial.breaker.breakers(trial.now);
    ASSERT_EQ(all.size(), 2);
    EXPECT_EQ(all[0].origin, "http://a");
    EXPECT_EQ(all[0].state, CircuitBreaker::State::open);
    EXPECT_THAT(all[0].reason, HasSubstr("5 attempts in a row"));
    EXPECT_GE(all[0].probe_in, seconds(5));
    EXPECT_EQ(all[0].calls, 0);
    EXPECT_EQ(all[1], (CircuitBreaker::Snapshot{
                          .origin = "http://b", .provider = "npm", .calls = 2, .failures = 1}));
    const auto later = trial.breaker.breakers(trial.now + seconds(70));
    EXPECT_EQ(later[0].state, CircuitBreaker::State::open) << "until somebody asks";
    EXPECT_EQ(later[0].probe_in, Duration::zero());
    EXPECT_EQ(later[1].calls, 0) << "the window is over";
    EXPECT_EQ(trial.breaker.breakers(trial.now), all);
}

TEST(CircuitBreaker, remembers_no_more_than_its_limit) {
    Trial trial({.breakers_max = 2});
    trial.unconnected(5);
    trial.attempt({.status = 200}, {.origin = "http://b"});
    trial.attempt({.status = 200}, {.origin = "http://c"});
    EXPECT_FALSE(trial.refusal());  // forgotten
}

TEST(CircuitBreakerOptions, out_of_range_are_refused_by_name) {
    using Options = CircuitBreakerOptions;
    for (const auto& [options, field] :
         {std::pair(Options{.failure_ratio = 0}, "breaker.failure_ratio"),
          std::pair(Options{.calls_min = 0}, "breaker.calls_min"),
          std::pair(Options{.window = milliseconds(1)}, "breaker.window"),
          std::pair(Options{.connection_failures = 0}, "breaker.connection_failures"),
          std::pair(Options{.open = seconds(61)}, "breaker.open is"),
          std::pair(Options{.open_max = std::chrono::hours(2)}, "breaker.open_max"),
          std::pair(Options{.breakers_max = 0}, "breaker.breakers_max")}) {
        EXPECT_THAT(options.validate().error().to_string(), HasSubstr(field));
    }
    EXPECT_TRUE(Options{}.validate());
}

}  // namespace
}  // namespace apilab::policy
