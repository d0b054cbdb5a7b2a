// Which items are asked about, and which episodes their rules need.
#include "checklist/selection.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "checklist/episodes.hpp"

namespace apilab::cli::checklist {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::vector<std::string> known{"calm", "flaky", "silent", "lost"};

Answer asks_one(const Observed& seen) {
    return judged(seen, "flaky", {"RTY-03"});
}
// Says no more where the first was not run, as rules do.
Answer asks_another_after_it(const Observed& seen) {
    if (seen.episode("silent") == nullptr) {
        return untested("'silent' was not run");
    }
    return judged(seen, "calm", {"TMO-01"});
}
Answer looks_at_files(const Observed& seen) {
    return seen.files.empty() ? untested("no files") : passes("files", {});
}

const std::vector<ItemRule> rules{{"B02", asks_another_after_it},
                                  {"C02", asks_one},
                                  {"G01", looks_at_files},
                                  {"G02", looks_at_files}};

std::vector<sandbox::ChecklistItem> items() {
    std::vector<sandbox::ChecklistItem> all;
    for (const auto& [id, check, day] : {std::tuple("A01", "R", 14),
                                         {"B02", "W", 1},
                                         {"C02", "W", 1},
                                         {"C03", "W", 2},
                                         {"G01", "CW", 3},
                                         {"G02", "C", 3}}) {
        all.push_back(
            {.id = id, .group = "g", .item = "i", .check = check, .how = "h", .day = day});
    }
    return all;
}

std::vector<std::string> ids(const Plan& plan) {
    std::vector<std::string> all;
    std::ranges::transform(plan.items, std::back_inserter(all), &sandbox::ChecklistItem::id);
    return all;
}

TEST(ChecklistSelection, a_rule_tells_which_episodes_it_looks_at_even_behind_an_early_return) {
    EXPECT_THAT(episodes_of(rules[1], "W", known), ElementsAre("flaky"));
    EXPECT_THAT(episodes_of(rules[0], "W", known), ElementsAre("calm", "silent"))
        << "in the order of the episodes";
}

TEST(ChecklistSelection, what_looks_at_no_episode_needs_all_where_it_is_of_a_run_and_none_else) {
    EXPECT_EQ(episodes_of(rules[2], "CW", known), known);
    EXPECT_THAT(episodes_of(rules[3], "C", known), IsEmpty());
}

TEST(ChecklistSelection, only_what_the_asked_items_need_is_run) {
    const auto one = plan_of(items(), {.items = {"C02"}}, rules, known);
    ASSERT_TRUE(one) << one.error().to_string();
    EXPECT_THAT(ids(*one), ElementsAre("C02"));
    EXPECT_THAT(one->episodes, ElementsAre("flaky"));
    const auto day = plan_of(items(), {.day = 1}, rules, known);
    EXPECT_THAT(ids(*day), ElementsAre("B02", "C02"));
    EXPECT_THAT(day->episodes, ElementsAre("calm", "flaky", "silent"));
    EXPECT_THAT(plan_of(items(), {.group = "A"}, rules, known)->episodes, IsEmpty());
    EXPECT_THAT(plan_of(items(), {}, rules, known)->episodes, testing::ElementsAreArray(known));
    EXPECT_EQ(plan_of(items(), {}, rules, known)->items.size(), 6U);
}

TEST(ChecklistSelection, an_episode_asks_for_the_items_that_look_at_it_and_no_other_is_run) {
    const auto plan = plan_of(items(), {.episodes = {"silent"}}, rules, known);
    ASSERT_TRUE(plan) << plan.error().to_string();
    EXPECT_THAT(ids(*plan), ElementsAre("B02", "G01"));
    EXPECT_THAT(plan->episodes, ElementsAre("silent"));
}

TEST(ChecklistSelection, what_is_not_there_is_an_error_that_names_the_flag) {
    const auto message = [](const Selection& selection) {
        return plan_of(items(), selection, rules, known).error().to_string();
    };
    EXPECT_THAT(message({.items = {"Z99"}}), HasSubstr("--item: no item 'Z99'"));
    EXPECT_THAT(message({.group = "Z"}), HasSubstr("--group: no group 'Z'"));
    EXPECT_THAT(message({.group = "C0"}), HasSubstr("--group: no group 'C0'"));
    EXPECT_THAT(message({.episodes = {"loud"}}), HasSubstr("--episode: no episode 'loud'"));
    EXPECT_THAT(message({.group = "A", .day = 1}), HasSubstr("no item"));
}

TEST(ChecklistSelection, every_rule_can_be_asked_with_empty_episodes) {
    std::vector<std::string> all;
    for (const auto& plan : episode_plans()) {
        all.emplace_back(plan.id);
    }
    const auto checklist = sandbox::built_in_checklist();
    ASSERT_TRUE(checklist);
    const auto every = plan_of(*checklist, {}, all_rules(), all);
    ASSERT_TRUE(every) << every.error().to_string();
    EXPECT_EQ(every->items.size(), 100U);
}

}  // namespace
}  // namespace apilab::cli::checklist
