#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string_view>

#include "checklist/answer.hpp"
#include "checklist/rules.hpp"
#include "observed_builder.hpp"

namespace apilab::cli::checklist {

/// What the rule of an item says of what was observed.
inline Answer answer_of(std::string_view item, const Seen& seen) {
    const auto rules = all_rules();
    const auto rule = std::ranges::find(rules, item, &ItemRule::item);
    return rule == rules.end() ? untested("there is no rule") : rule->rule(seen.made());
}

/// The state, with a sentence, and with evidence exactly where something was decided.
inline void expect(std::string_view item, State state, const Seen& seen) {
    const auto answer = answer_of(item, seen);
    EXPECT_EQ(to_string(answer.state), to_string(state)) << item << ": " << answer.sentence;
    EXPECT_FALSE(answer.sentence.empty()) << item;
    const bool decided = answer.state == State::pass || answer.state == State::fail;
    EXPECT_EQ(answer.evidence.empty(), !decided) << item << ": " << answer.sentence;
}

/// An episode in which the judge said this of one check.
inline Ran said(std::string_view episode, std::string_view check, sandbox::Verdict verdict) {
    return Ran(episode).check(check, verdict, "it was seen", {1});
}

}  // namespace apilab::cli::checklist
