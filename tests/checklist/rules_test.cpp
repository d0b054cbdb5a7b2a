// The building blocks that rules are made of.
#include "checklist/rules.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace apilab::cli::checklist {
namespace {

Observed seen_with(sandbox::Verdict verdict) {
    Observed seen;
    Episode episode;
    episode.id = "flaky";
    sandbox::CheckResult check;
    check.card.id = "RTY-03";
    check.finding.verdict = verdict;
    check.finding.sentence = "2 requests came again after a 404";
    check.finding.rows = {4, 9};
    episode.checks.push_back(check);
    seen.episodes["flaky"] = episode;
    return seen;
}

TEST(ChecklistRules, what_the_judge_says_is_the_answer_with_its_rows_as_evidence) {
    const auto failed = judged(seen_with(sandbox::Verdict::fail), "flaky", {"RTY-03"});
    EXPECT_EQ(failed.state, State::fail);
    EXPECT_EQ(failed.sentence, "2 requests came again after a 404");
    ASSERT_EQ(failed.evidence.size(), 2U);
    EXPECT_EQ(failed.evidence[0].text, "flaky RTY-03");
    EXPECT_EQ(failed.evidence[1].text, "flaky rows 4, 9");
    EXPECT_EQ(judged(seen_with(sandbox::Verdict::pass), "flaky", {"RTY-03"}).state, State::pass);
    EXPECT_EQ(judged(seen_with(sandbox::Verdict::unknown), "flaky", {"RTY-03"}).state,
              State::untested);
}

TEST(ChecklistRules, an_episode_that_was_not_run_or_met_trouble_shows_nothing) {
    EXPECT_EQ(judged(Observed{}, "flaky", {"RTY-03"}).state, State::untested);
    auto seen = seen_with(sandbox::Verdict::pass);
    seen.episodes["flaky"].trouble = "the service did not start";
    const auto answer = judged(seen, "flaky", {"RTY-03"});
    EXPECT_EQ(answer.state, State::untested);
    EXPECT_THAT(answer.sentence, testing::HasSubstr("did not start"));
}

TEST(ChecklistRules, of_several_answers_the_worst_counts) {
    EXPECT_EQ(all_of({passes("a", {}), untested("b")}).sentence, "b");
    EXPECT_EQ(all_of({passes("a", {}), fails("c", {}), untested("b")}).sentence, "c");
    EXPECT_EQ(first_decided({untested("b"), passes("a", {})}).sentence, "a");
}

}  // namespace
}  // namespace apilab::cli::checklist
