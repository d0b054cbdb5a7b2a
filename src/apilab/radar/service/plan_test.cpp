#include "apilab/radar/service/plan.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "apilab/radar/internal/test_plan.hpp"
#include "apilab/radar/service/effects.hpp"

namespace apilab::radar {
namespace {

using namespace std::chrono_literals;
using testing::at;
using testing::count;
using testing::decision;
using testing::degraded;
using testing::item_of;
using testing::report;
using testing::rules;

const SystemTime noon = at("2026-11-23T12:00:00Z");

std::string said_on_slack(const Plan& plan) {
    for (const auto& message : plan.messages) {
        if (message.target == "slack") {
            return message.payload;
        }
    }
    return {};
}

std::string key_of(const Plan& plan, std::string_view target) {
    for (const auto& message : plan.messages) {
        if (message.target == target) {
            return message.key;
        }
    }
    return {};
}

TEST(Plan, tells_slack_once_of_all_that_is_new_and_gives_each_its_row) {
    const auto first = plan("webshop", {}, report({decision("a"), decision("b")}), rules(), noon);
    EXPECT_EQ(count(first, "slack"), 1U);
    EXPECT_EQ(count(first, "notion"), 2U);
    EXPECT_EQ(first.fresh, 2U);
    EXPECT_EQ(first.announced, 2U);
    EXPECT_EQ(first.rows, 2U);
    ASSERT_EQ(first.items.size(), 2U);
    EXPECT_EQ(first.items[0].announced, first.items[0].fingerprint);
    EXPECT_EQ(first.items[0].revision, 1);
    EXPECT_EQ(first.items[0].first_seen, noon);
    EXPECT_EQ(key_of(first, "notion"), "webshop/a#1");
    EXPECT_TRUE(key_of(first, "slack").starts_with("slack:webshop:"));
    EXPECT_NE(said_on_slack(first).find('a'), std::string::npos);
    EXPECT_EQ(describe(first), "2 new, 0 changed, 0 resolved, 2 announced, 2 rows");

    const auto second =
        plan("webshop", first.items, report({decision("a"), decision("b")}), rules(), noon + 6h);
    EXPECT_TRUE(second.messages.empty());
    EXPECT_EQ(second.items[0].last_seen, noon + 6h);
    EXPECT_EQ(second.items[0].first_seen, noon);
    EXPECT_EQ(describe(second), "0 new, 0 changed, 0 resolved, 0 announced, 0 rows");
}

TEST(Plan, made_twice_has_the_same_keys_in_whatever_order_things_came) {
    const auto one = plan("w", {}, report({decision("a"), decision("b")}), rules(), noon);
    const auto two = plan("w", {}, report({decision("b"), decision("a")}), rules(), noon + 1h);
    EXPECT_EQ(key_of(one, "slack"), key_of(two, "slack"));
    const auto other = plan("x", {}, report({decision("b"), decision("a")}), rules(), noon);
    EXPECT_NE(key_of(one, "slack"), key_of(other, "slack"));
    const auto fewer = plan("w", {}, report({decision("a")}), rules(), noon);
    EXPECT_NE(key_of(one, "slack"), key_of(fewer, "slack"));
}

TEST(Plan, takes_another_candidate_or_advisory_for_news_and_another_score_for_none) {
    const auto first = plan("w", {}, report({decision("a")}), rules(), noon);
    Decision scored = decision("a");
    scored.score = 999;
    EXPECT_EQ(count(plan("w", first.items, report({scored}), rules(), noon), "slack"), 0U);
    const auto changed =
        plan("w", first.items, report({decision("a", {"GHSA-1", "GHSA-2"})}), rules(), noon);
    EXPECT_EQ(changed.changed, 1U);
    EXPECT_EQ(count(changed, "slack"), 1U);
    // And back: that was told before.
    const auto back = plan("w", changed.items, report({decision("a")}), rules(), noon);
    EXPECT_EQ(back.changed, 1U);
    EXPECT_EQ(count(back, "slack"), 0U);
}

TEST(Plan, is_silent_below_the_level_and_where_nothing_is_to_be_done) {
    Decision watched = decision("watched");
    watched.action = Action::watch;
    const auto made = plan(
        "w", {},
        report({decision("low", {"GHSA-1"}, Severity::moderate), decision("old", {}), watched}),
        rules(), noon);
    EXPECT_EQ(count(made, "slack"), 0U);
    EXPECT_EQ(count(made, "notion"), 2U);  // what is only watched has no row
    auto loud = rules();
    loud.slack->level = Severity::moderate;
    EXPECT_EQ(
        plan("w", made.items, report({decision("low", {"GHSA-1"}, Severity::moderate)}), loud, noon)
            .announced,
        1U);
}

TEST(Plan, resolves_what_is_named_no_more_and_tells_its_row) {
    const auto first = plan("w", {}, report({decision("a"), decision("b")}), rules(), noon);
    const auto second = plan("w", first.items, report({decision("b")}), rules(), noon + 1h);
    EXPECT_EQ(second.resolved, 1U);
    EXPECT_EQ(item_of(second, "a").resolved, noon + 1h);
    EXPECT_EQ(key_of(second, "notion"), "w/a#2");
    EXPECT_EQ(count(second, "slack"), 0U);
    const auto third = plan("w", second.items, report({decision("b")}), rules(), noon + 2h);
    EXPECT_EQ(third.resolved, 0U);
    EXPECT_TRUE(third.messages.empty());
    EXPECT_EQ(item_of(third, "a").resolved, noon + 1h);
}

TEST(Plan, resolves_nothing_where_a_source_was_silent_and_says_that_it_stands) {
    const auto first = plan("w", {}, report({decision("a"), decision("b")}), rules(), noon);
    for (const SourceStatus status : {SourceStatus::failed, SourceStatus::stale}) {
        auto silent = report({decision("b")});
        silent.sources[2].status = status;
        const auto second = plan("w", first.items, silent, rules(), noon + 1h);
        EXPECT_EQ(second.resolved, 0U);
        EXPECT_FALSE(item_of(second, "a").resolved);
        EXPECT_EQ(item_of(second, "a").decision.confidence, Confidence::low);
        EXPECT_EQ(item_of(second, "a").last_seen, noon);
        EXPECT_EQ(count(second, "slack"), 0U);
        const auto third =
            plan("w", second.items, report({decision("a"), decision("b")}), rules(), noon + 2h);
        EXPECT_EQ(item_of(third, "a").decision.confidence, Confidence::full);
        EXPECT_TRUE(item_of(third, "a").decision.notes.empty());
        EXPECT_EQ(count(third, "slack"), 0U);
    }
    auto nothing = report({});
    nothing.advisories_evaluated = false;
    EXPECT_EQ(plan("w", first.items, nothing, rules(), noon).resolved, 0U);
    auto nobody = report({});
    nobody.sources.clear();
    EXPECT_EQ(plan("w", first.items, nobody, rules(), noon).resolved, 0U);
}

TEST(Plan, lets_a_decision_stand_where_a_poorer_answer_says_less) {
    const auto first = plan("w", {}, report({decision("a", {"GHSA-1", "OSV-1"})}), rules(), noon);
    Decision less = decision("a", {"GHSA-1"});
    less.candidate = "1.0.0-unverified";
    const auto second = plan("w", first.items, degraded({less}), rules(), noon + 1h);
    const Item& stands = item_of(second, "a");
    EXPECT_EQ(stands.decision.advisories, (std::vector<std::string>{"GHSA-1", "OSV-1"}));
    EXPECT_EQ(stands.decision.candidate, "1.0.1");
    EXPECT_EQ(stands.decision.confidence, Confidence::low);
    EXPECT_EQ(stands.made_with, Confidence::full);
    EXPECT_EQ(stands.last_seen, noon + 1h);
    EXPECT_EQ(count(second, "slack"), 0U);
    EXPECT_EQ(count(second, "notion"), 1U);  // its row says how sure it is by now
    const auto third = plan("w", second.items, degraded({less}), rules(), noon + 2h);
    EXPECT_TRUE(third.messages.empty());
    // Whole answers take back what is withdrawn.
    const auto fourth = plan("w", third.items, report({decision("a")}), rules(), noon + 3h);
    EXPECT_EQ(item_of(fourth, "a").decision.advisories.size(), 1U);
    EXPECT_EQ(item_of(fourth, "a").decision.confidence, Confidence::full);
}

TEST(Plan, hears_of_a_new_advisory_on_a_poorer_answer_and_forgets_none) {
    const auto first = plan("w", {}, report({decision("a", {"GHSA-1", "OSV-1"})}), rules(), noon);
    const auto second =
        plan("w", first.items, degraded({decision("a", {"GHSA-1", "GHSA-2"}, Severity::critical)}),
             rules(), noon + 1h);
    EXPECT_EQ(item_of(second, "a").decision.advisories,
              (std::vector<std::string>{"GHSA-1", "GHSA-2", "OSV-1"}));
    EXPECT_EQ(count(second, "slack"), 1U);
    EXPECT_NE(said_on_slack(second).find("osv"), std::string::npos);
    const auto third = plan("w", second.items, degraded({decision("a", {"GHSA-1", "GHSA-2"})}),
                            rules(), noon + 2h);
    EXPECT_TRUE(third.messages.empty());
    EXPECT_EQ(item_of(third, "a").decision.advisories.size(), 3U);
}

TEST(Plan, follows_the_lockfile_on_a_poorer_answer_too) {
    const auto first = plan("w", {}, report({decision("a", {"GHSA-1", "OSV-1"})}), rules(), noon);
    Decision upgraded = decision("a", {"GHSA-1"});
    upgraded.installed = {"1.1.0"};
    const auto second = plan("w", first.items, degraded({upgraded}), rules(), noon + 1h);
    EXPECT_EQ(item_of(second, "a").decision.installed, (std::vector<std::string>{"1.1.0"}));
    EXPECT_EQ(item_of(second, "a").decision.advisories.size(), 1U);
    EXPECT_EQ(item_of(second, "a").decision.confidence, Confidence::low);
}

TEST(Plan, says_nothing_of_what_a_person_declined_until_it_is_taken_back) {
    auto known = plan("w", {}, report({decision("a", {"GHSA-1"}, Severity::low)}), rules(), noon);
    known.items[0].human.decision = "Won't fix";
    const auto worse = report({decision("a", {"GHSA-1", "GHSA-2"}, Severity::critical)});
    auto next = plan("w", known.items, worse, rules(), noon + 1h);
    EXPECT_EQ(count(next, "slack"), 0U);
    EXPECT_FALSE(next.again);
    EXPECT_EQ(next.items[0].human.decision, "Won't fix");
    next.items[0].human.decision = "";
    const auto told = replan("w", next.items, rules(), noon + 2h);
    EXPECT_EQ(count(told, "slack"), 1U);
    EXPECT_TRUE(replan("w", told.items, rules(), noon + 3h).messages.empty());
}

TEST(Plan, waits_for_the_end_of_a_snooze_and_tells_then_once) {
    auto known = plan("w", {}, report({decision("a", {"GHSA-1"}, Severity::low)}), rules(), noon);
    known.items[0].human.snooze_until = noon + 48h;
    const auto worse = report({decision("a", {"GHSA-1"}, Severity::critical)});
    const auto next = plan("w", known.items, worse, rules(), noon + 1h);
    EXPECT_EQ(count(next, "slack"), 0U);
    EXPECT_EQ(next.again, noon + 48h);
    EXPECT_TRUE(replan("w", next.items, rules(), noon + 48h - 1s).messages.empty());
    const auto told = replan("w", next.items, rules(), noon + 48h);
    EXPECT_EQ(count(told, "slack"), 1U);
    EXPECT_FALSE(told.again);
    EXPECT_TRUE(replan("w", told.items, rules(), noon + 72h).messages.empty());
    EXPECT_TRUE(plan("w", told.items, worse, rules(), noon + 72h).messages.empty());
}

TEST(Plan, says_nothing_of_a_snoozed_item_that_was_resolved_meanwhile) {
    auto known = plan("w", {}, report({decision("a", {"GHSA-1"}, Severity::low)}), rules(), noon);
    known.items[0].human.snooze_until = noon + 48h;
    const auto gone = plan("w", known.items, report({}), rules(), noon + 1h);
    EXPECT_FALSE(gone.again);
    EXPECT_EQ(count(replan("w", gone.items, rules(), noon + 48h), "slack"), 0U);
}

TEST(Plan, collects_a_night_into_one_message) {
    auto quiet = rules();
    quiet.slack->quiet = QuietHours{.from = 22h, .to = 7h, .zone = "Europe/Berlin"};
    const auto evening = at("2026-11-23T21:30:00Z");  // 22:30 there
    const auto first = plan("w", {}, report({decision("a"), decision("b")}), quiet, evening);
    EXPECT_EQ(count(first, "slack"), 0U);
    EXPECT_EQ(count(first, "notion"), 2U);
    EXPECT_EQ(first.again, at("2026-11-24T06:00:00Z"));
    // One is resolved before anybody was told of it, another one comes.
    const auto second =
        plan("w", first.items, report({decision("b"), decision("c")}), quiet, evening + 5h);
    EXPECT_EQ(count(second, "slack"), 0U);
    const auto morning = replan("w", second.items, quiet, *second.again);
    EXPECT_EQ(count(morning, "slack"), 1U);
    EXPECT_EQ(morning.announced, 2U);
    EXPECT_TRUE(item_of(morning, "a").announced.empty());
}

TEST(Plan, tells_again_of_what_was_resolved_for_a_month_and_not_before) {
    const auto first = plan("w", {}, report({decision("a")}), rules(), noon);
    const auto gone = plan("w", first.items, report({}), rules(), noon + 1h);
    const auto soon = plan("w", gone.items, report({decision("a")}), rules(), noon + 29 * 24h);
    EXPECT_EQ(soon.fresh, 1U);
    EXPECT_EQ(count(soon, "slack"), 0U);
    EXPECT_FALSE(item_of(soon, "a").resolved);
    EXPECT_EQ(count(soon, "notion"), 1U);
    const auto late =
        plan("w", gone.items, report({decision("a")}), rules(), noon + 1h + news_again);
    EXPECT_EQ(count(late, "slack"), 1U);
    EXPECT_EQ(item_of(late, "a").revision, 3);
}

TEST(Plan, without_sinks_remembers_and_says_nothing) {
    const auto made = plan("w", {}, report({decision("a")}), {}, noon);
    EXPECT_TRUE(made.messages.empty());
    ASSERT_EQ(made.items.size(), 1U);
    EXPECT_TRUE(made.items[0].announced.empty());
    // A sink that comes later is told of what is there.
    EXPECT_EQ(replan("w", made.items, rules(), noon).messages.size(), 2U);
}

TEST(Plan, takes_the_first_of_two_decisions_about_one_package) {
    const auto made = plan("w", {}, report({decision("a"), decision("a", {"X"})}), rules(), noon);
    ASSERT_EQ(made.items.size(), 1U);
    EXPECT_EQ(made.items[0].decision.advisories, (std::vector<std::string>{"GHSA-1"}));
}

TEST(Plan, remembers_only_so_many_fingerprints) {
    std::vector<Item> items;
    for (int i = 0; i < 50; ++i) {
        items = plan("w", items, report({decision("a", {"GHSA-" + std::to_string(i)})}), rules(),
                     noon + i * 1h)
                    .items;
    }
    EXPECT_EQ(items[0].announced_before.size(), Item::announced_max);
    EXPECT_EQ(items[0].announced, items[0].fingerprint);
}

}  // namespace
}  // namespace apilab::radar
