#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string_view>

#include "checklist/rules.hpp"

namespace apilab::cli::checklist {

/// What the rule of an item says of it.
inline Answer said(std::string_view item, const Observed& seen) {
    const auto rules = all_rules();
    const auto rule = std::ranges::find(rules, item, &ItemRule::item);
    return rule == rules.end() ? untested("there is no such rule") : rule->rule(seen);
}

/// It says that state, with those words in its sentence; what is decided names its evidence.
inline void expect_said(std::string_view item, const Observed& seen, State state,
                        std::string_view words) {
    const auto answer = said(item, seen);
    EXPECT_EQ(to_string(answer.state), to_string(state)) << item << ": " << answer.sentence;
    EXPECT_THAT(answer.sentence, testing::HasSubstr(words)) << item;
    const bool decided = answer.state == State::pass || answer.state == State::fail;
    EXPECT_EQ(answer.evidence.empty(), !decided) << item;
    for (const auto& evidence : answer.evidence) {
        EXPECT_FALSE(evidence.text.empty()) << item;
    }
}

}  // namespace apilab::cli::checklist
