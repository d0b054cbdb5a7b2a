#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/result.hpp"
#include "apilab/sandbox/checklist/checklist.hpp"
#include "checklist/rules.hpp"

namespace apilab::cli::checklist {

/// Which items are asked about; what is empty (0) asks for all.
struct Selection {
    /// `B`.
    std::string group = {};
    int day = 0;
    std::vector<std::string> items = {};
    /// Items whose rules look at one of these.
    std::vector<std::string> episodes = {};
};

/// Which episodes a rule looks at, in the order of `known`. Found by asking the rule, first with
/// nothing to see, then with empty episodes, until it asks for no other. One that asks for none and
/// is no matter of files alone (`check` of its item has a W or an L) looks at whatever there is:
/// all of `known`.
[[nodiscard]] std::vector<std::string> episodes_of(const ItemRule& rule, std::string_view check,
                                                   std::span<const std::string> known);

/// What is to be done for a selection.
struct Plan {
    std::vector<sandbox::ChecklistItem> items;
    /// Those that the items' rules look at; none: the files say it all.
    std::vector<std::string> episodes = {};
};

/// Errors: `invalid_argument` that names the flag: no such item, group or episode, or a selection
/// without an item.
[[nodiscard]] Result<Plan> plan_of(const std::vector<sandbox::ChecklistItem>& items,
                                   const Selection& selection, std::span<const ItemRule> rules,
                                   std::span<const std::string> known);

}  // namespace apilab::cli::checklist
