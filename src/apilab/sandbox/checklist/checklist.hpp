#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/result.hpp"

namespace apilab::sandbox {

/// One question of the API integration checklist.
struct ChecklistItem {
    /// `B07`.
    std::string id;
    /// `Transport and HTTP`.
    std::string group;
    std::string item;
    /// How it can be answered: letters of `WCLR` (wire, configuration, logs, review by a person).
    std::string check;
    std::string how;
    /// The day of the path that teaches it.
    int day = 0;
    /// What a person is asked; empty where `check` has no `R`.
    std::string question = {};

    [[nodiscard]] bool review_only() const { return check == "R"; }
};

/// Reads the checklist (TOML, as docs/integration-checklist.toml). Errors: `invalid_argument` that
/// names the item: an id twice or out of its group, an unknown letter, a day outside 1 to 14, an
/// `R` without a question or a question without an `R`.
[[nodiscard]] Result<std::vector<ChecklistItem>> parse_checklist(std::string_view toml);

/// The hundred items that are built in.
[[nodiscard]] Result<std::vector<ChecklistItem>> built_in_checklist();

/// `wire, review`.
[[nodiscard]] std::string check_words(std::string_view letters);

/// docs/integration-checklist.md.
[[nodiscard]] std::string checklist_markdown(const std::vector<ChecklistItem>& items);

}  // namespace apilab::sandbox
