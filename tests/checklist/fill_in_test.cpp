// Whose word counts for an item: the manifest's, a person's or what was seen.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "checklist/run.hpp"

namespace apilab::cli::checklist {
namespace {

sandbox::ChecklistItem item(std::string id, std::string check, std::string question) {
    return {.id = std::move(id),
            .group = "g",
            .item = "i",
            .check = std::move(check),
            .how = "somebody looks",
            .day = 1,
            .question = std::move(question)};
}

Observed answered(const std::string& id) {
    Observed seen;
    seen.manifest.answers[id] = {
        .answer = "we tried", .by = "Mara", .on = "2026-11-02", .link = ""};
    return seen;
}

// Of one item.
Line filled(const sandbox::ChecklistItem& one, const Observed& seen) {
    return fill_in({one}, seen).at(0);
}

TEST(ChecklistFilledIn, what_only_a_person_can_say_is_open_until_somebody_has_said_it) {
    const auto review = item("K02", "R", "Who tried?");
    EXPECT_EQ(filled(review, {}).answer.state, State::open);
    EXPECT_EQ(filled(review, {}).answer.sentence, "somebody looks");
    const auto line = filled(review, answered("K02"));
    EXPECT_EQ(line.answer.state, State::answered);
    EXPECT_EQ(line.answer.sentence, "we tried");
    EXPECT_EQ(line.persons->by, "Mara");
    EXPECT_EQ(line.question, "Who tried?");
}

TEST(ChecklistFilledIn, what_can_be_seen_is_not_answered_by_a_word) {
    const auto both = item("D08", "WR", "What ties the two together?");
    const auto line = filled(both, answered("D08"));
    EXPECT_EQ(line.answer.state, State::untested) << "nothing was run";
    EXPECT_EQ(line.persons->answer, "we tried") << "and yet it is told";
}

TEST(ChecklistFilledIn, what_does_not_apply_is_not_looked_at) {
    Observed seen;
    seen.manifest.not_applicable["G06"] = "There are no recordings";
    const auto line = filled(item("G06", "C", ""), seen);
    EXPECT_EQ(line.answer.state, State::not_applicable);
    EXPECT_EQ(line.answer.sentence, "There are no recordings");
    EXPECT_EQ(filled(item("G06", "C", ""), {}).answer.state, State::untested);
}

TEST(ChecklistFilledIn, what_no_rule_looks_at_is_not_tested) {
    EXPECT_EQ(filled(item("Z01", "W", ""), {}).answer.sentence, "no rule looks at it");
}

}  // namespace
}  // namespace apilab::cli::checklist
