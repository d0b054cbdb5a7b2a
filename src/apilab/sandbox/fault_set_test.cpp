#include "apilab/sandbox/fault_set.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace apilab::sandbox {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

const Surface& surface() {
    static const Surface two = {
        {{"a",
          {{"GET", "/x", "get_x", {}}, {"POST", "/x", "post_x", {}}, {"GET", "/y/{id}", "y", {}}}},
         {"b", {{"GET", "/x", "get_x", {}}}}}};
    return two;
}

constexpr SteadyTime start{1h};

class Faults {
public:
    explicit Faults(std::string_view what_when, std::uint64_t seed = 1,
                    std::optional<std::uint64_t> cap = {})
        : set_(surface(), {.seed = seed, .start = start, .failures_per_operation = cap}) {
        add(what_when);
    }
    void add(std::string_view json) {
        const auto fault = parse_fault_text(json);
        ASSERT_TRUE(fault) << fault.error().to_string();
        ASSERT_TRUE(set_.add(*fault, start));
    }
    FaultDecision ask(std::string_view provider = "a", std::size_t route = 0,
                      Duration at = Duration::zero(), std::string_view identity = "op") {
        const auto& routes = surface().entries[provider == "a" ? 0 : 1].routes;
        const auto segments = split_path(route == 2 ? "/y/7" : "/x");
        return set_.decide({.provider = provider,
                            .route = &routes[route],
                            .segments = segments,
                            .identity = identity,
                            .now = start + at});
    }
    /// One character per request: `#` where a fault struck, `.` where not.
    std::string pattern(int requests, Duration step = Duration::zero()) {
        std::string text;
        for (int i = 0; i < requests; ++i) {
            text += ask("a", 0, i * step).fault ? '#' : '.';
        }
        return text;
    }
    FaultSet& set() { return set_; }

private:
    FaultSet set_;
};

std::string fault(std::string_view where, std::string_view rest = "") {
    return R"({"where":")" + std::string(where) + R"(","what":{"status":503})" + std::string(rest) +
           "}";
}

TEST(FaultSet, fires_as_its_when_says) {
    EXPECT_EQ(Faults(fault("a:*")).pattern(4), "####");
    EXPECT_EQ(Faults(fault("a:*", R"(,"times":2)")).pattern(4), "##..");
    EXPECT_EQ(Faults(fault("a:*", R"(,"when":{"first":2})")).pattern(4), "##..");
    EXPECT_EQ(Faults(fault("a:*", R"(,"when":{"nth":3})")).pattern(6), "..#...");
    EXPECT_EQ(Faults(fault("a:*", R"(,"when":{"every":3})")).pattern(7), "..#..#.");
    EXPECT_EQ(Faults(fault("a:*", R"(,"when":{"every":2},"times":1)")).pattern(6), ".#....");
    EXPECT_EQ(Faults(fault("a:*", R"(,"when":{"window":["2s","4s"]})")).pattern(6, 1s), "..##..");
    EXPECT_EQ(Faults(fault("a:*", R"(,"ttl":"3s")")).pattern(5, 1s), "###..");
    EXPECT_EQ(Faults(fault("a:*", R"(,"when":{"probability":0})")).pattern(50).find('#'),
              std::string::npos);
    EXPECT_EQ(Faults(fault("a:*", R"(,"when":{"probability":1})")).pattern(3), "###");
}

TEST(FaultSet, every_within_counts_only_the_recent_matches) {
    const auto within = fault("a:*", R"(,"when":{"every":3,"within":"10s"})");
    EXPECT_EQ(Faults(within).pattern(7, 1s), "..#..#.");
    EXPECT_EQ(Faults(within).pattern(9, 5s), ".........");
    EXPECT_EQ(Faults(within).pattern(6, 4s), "..#..#");
}

TEST(FaultSet, the_same_seed_gives_the_same_chances_and_another_gives_others) {
    const auto half = fault("a:*", R"(,"when":{"probability":0.5})");
    const auto one = Faults(half, 7).pattern(64);
    EXPECT_EQ(one, Faults(half, 7).pattern(64));
    EXPECT_NE(one, Faults(half, 8).pattern(64));
    const auto hits = std::ranges::count(one, '#');
    EXPECT_GT(hits, 16);
    EXPECT_LT(hits, 48);
}

TEST(FaultSet, adding_a_fault_does_not_move_the_chances_of_another) {
    const auto half = fault("a:get_x", R"(,"when":{"probability":0.5})");
    const auto alone = Faults(half, 7).pattern(64);
    Faults both(half, 7);
    both.add(R"({"where":"a:*","what":{"delay":{"uniform":["1ms","2ms"]}}})");
    EXPECT_EQ(both.pattern(64), alone);
}

TEST(FaultSet, matches_provider_method_path_and_operation) {
    Faults by_method(fault("a:POST *"));
    EXPECT_FALSE(by_method.ask("a", 0).fault);
    EXPECT_TRUE(by_method.ask("a", 1).fault);
    Faults by_template(fault("a:GET /y/{anything}"));
    EXPECT_TRUE(by_template.ask("a", 2).fault);
    EXPECT_FALSE(by_template.ask("a", 0).fault);
    Faults by_literal(fault("a:GET /y/7"));
    EXPECT_TRUE(by_literal.ask("a", 2).fault);
    EXPECT_FALSE(Faults(fault("a:GET /y/8")).ask("a", 2).fault);
    Faults by_operation(fault("a:post_x"));
    EXPECT_TRUE(by_operation.ask("a", 1).fault);
    EXPECT_FALSE(by_operation.ask("a", 0).fault);
    EXPECT_FALSE(Faults(fault("a:*")).ask("b", 0).fault);
    EXPECT_TRUE(Faults(fault("*:*")).ask("b", 0).fault);
}

TEST(FaultSet, refuses_what_is_not_served_and_says_what_is) {
    FaultSet set(surface(), {.start = start});
    const auto try_add = [&](std::string_view where) {
        return set.add(*parse_fault_text(fault(where)), start);
    };
    const auto provider = try_add("slack:*");
    ASSERT_FALSE(provider);
    EXPECT_EQ(provider.error().detail(), "/where");
    EXPECT_THAT(provider.error().message(), HasSubstr("served are: a, b"));
    const auto operation = try_add("a:get_z");
    ASSERT_FALSE(operation);
    EXPECT_THAT(operation.error().message(), HasSubstr("post_x (POST /x)"));
    EXPECT_FALSE(try_add("a:GET /z"));
    EXPECT_FALSE(try_add("a:DELETE *"));
    EXPECT_FALSE(try_add("a:POST /y/{id}"));
    EXPECT_TRUE(try_add("a:GET /y/{other}"));
}

TEST(FaultSet, per_provider_counts_apart) {
    Faults shared(fault("*:*", R"(,"when":{"nth":2})"));
    EXPECT_FALSE(shared.ask("a").fault);
    EXPECT_TRUE(shared.ask("b").fault);
    Faults apart(fault("*:*", R"(,"when":{"nth":2},"per":"provider")"));
    EXPECT_FALSE(apart.ask("a").fault);
    EXPECT_FALSE(apart.ask("b").fault);
    EXPECT_TRUE(apart.ask("a").fault);
    EXPECT_TRUE(apart.ask("b").fault);
    EXPECT_EQ(apart.set().status(start).size(), 2U);
}

TEST(FaultSet, delays_add_up_and_the_first_other_fault_decides) {
    Faults faults(R"({"where":"a:*","what":{"delay":"10ms"}})");
    faults.add(R"({"where":"a:*","what":{"status":503,"delay":"5ms"}})");
    faults.add(R"({"where":"a:*","what":{"status":500},"when":{"nth":1}})");
    faults.add(R"({"where":"a:*","what":{"delay":"1ms"}})");
    const auto decision = faults.ask();
    ASSERT_TRUE(decision.fault);
    EXPECT_EQ(decision.fault->what.status, 503);
    EXPECT_EQ(decision.fault_id, "f2");
    EXPECT_EQ(decision.delay, 16ms);
    ASSERT_EQ(decision.hits.size(), 3U);
    EXPECT_EQ(decision.hits[0].kind, "delay");
    EXPECT_EQ(decision.hits[1].kind, "status");
    EXPECT_EQ(faults.set().status(start)[2].matches, 0U) << "behind the one that decided";
}

TEST(FaultSet, drawn_delays_stay_in_their_range) {
    Faults uniform(R"({"where":"a:*","what":{"delay":{"uniform":["10ms","20ms"]}}})");
    Faults lognormal(R"({"where":"a:*","what":{"delay":{"lognormal":["50ms",0.5]}}})");
    int above = 0;
    for (int i = 0; i < 400; ++i) {
        const auto delay = uniform.ask().delay;
        EXPECT_GE(delay, 10ms);
        EXPECT_LE(delay, 20ms);
        above += lognormal.ask().delay > Duration(50ms) ? 1 : 0;
    }
    EXPECT_GT(above, 150) << "half of the delays are above the median";
    EXPECT_LT(above, 250);
}

TEST(FaultSet, an_operation_is_spared_after_enough_failures_until_it_was_served) {
    Faults faults(fault("a:*"), 1, 2);
    EXPECT_TRUE(faults.ask("a", 0, 0s, "one").fault);
    EXPECT_TRUE(faults.ask("a", 0, 0s, "one").fault);
    EXPECT_FALSE(faults.ask("a", 0, 0s, "one").fault);
    EXPECT_TRUE(faults.ask("a", 0, 0s, "two").fault);
    faults.set().served("one");
    EXPECT_TRUE(faults.ask("a", 0, 0s, "one").fault);
}

TEST(FaultSet, hold_refuses_everything_until_the_announced_wait_is_over) {
    Faults faults(
        R"({"where":"a:*","what":{"limit":"primary","retry_after":"2s","hold":true},"when":{"nth":2}})");
    EXPECT_FALSE(faults.ask("a", 0, 0s).fault);
    const auto refused = faults.ask("a", 0, 1s);
    ASSERT_TRUE(refused.fault);
    EXPECT_FALSE(refused.held);
    faults.set().announced(refused.fault_id, start + 3s);
    const auto held = faults.ask("a", 1, 2s);
    ASSERT_TRUE(held.fault);
    EXPECT_EQ(held.held, Duration(1s));
    EXPECT_FALSE(faults.ask("a", 0, 3s).fault);
}

TEST(FaultSet, tells_hits_completion_and_expiry) {
    Faults faults(fault("a:*", R"(,"when":{"first":2})"));
    (void)faults.ask();
    EXPECT_FALSE(faults.set().status(start)[0].completed);
    (void)faults.ask();
    (void)faults.ask();
    const auto status = faults.set().status(start)[0];
    EXPECT_EQ(status.hits, 2U);
    EXPECT_TRUE(status.completed);
    Faults brief(fault("a:*", R"(,"ttl":"1s")"));
    EXPECT_FALSE(brief.set().status(start)[0].expired);
    EXPECT_TRUE(brief.set().status(start + 1s)[0].expired);
    EXPECT_FALSE(brief.set().status(start + 1s)[0].completed) << "it never fired";
}

TEST(FaultSet, removes_and_clears_and_never_reuses_an_id) {
    Faults faults(fault("a:*"));
    EXPECT_TRUE(faults.set().remove("f1"));
    EXPECT_FALSE(faults.set().remove("f1"));
    EXPECT_FALSE(faults.ask().fault);
    faults.add(fault("a:*"));
    EXPECT_EQ(faults.set().status(start)[0].id, "f2");
    faults.set().clear();
    EXPECT_TRUE(faults.set().status(start).empty());
}

TEST(FaultSet, holds_a_thousand_and_no_more) {
    FaultSet set(surface(), {.start = start});
    for (std::size_t i = 0; i < FaultSet::faults_max; ++i) {
        ASSERT_TRUE(set.add(*parse_fault_text(fault("a:*")), start));
    }
    const auto one_more = set.add(*parse_fault_text(fault("a:*")), start);
    ASSERT_FALSE(one_more);
    EXPECT_EQ(one_more.error().kind(), ErrorKind::too_large);
}

}  // namespace
}  // namespace apilab::sandbox
