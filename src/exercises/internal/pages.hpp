#pragma once

// What stands in docs/days between markers, made from what the programs say of themselves: their
// comments, and their runs (`--matrix FILE`). Text in, text out.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/result.hpp"
#include "apilab/http/json.hpp"
#include "apilab/sandbox/checklist/checklist.hpp"

namespace exercise::internal {

/// What stands between `<!-- NAME -->` and the next `<!-- end -->`; nothing where there is no such
/// region.
[[nodiscard]] std::optional<std::string> region(std::string_view page, std::string_view name);
/// The page with `body` there. Error: `invalid_argument` where there is no such region.
[[nodiscard]] apilab::Result<std::string> with_region(const std::string& page,
                                                      std::string_view name, std::string_view body);

/// Situation, what to look at and the command, from the comment that a program begins with. Error:
/// `invalid_argument` where it lacks one of them.
[[nodiscard]] apilab::Result<std::string> program_text(std::string_view source);
/// The numbers of naive against production and library, from a `--matrix` document, its first seed.
/// Of a program in real time only what does not vary; likewise below.
[[nodiscard]] std::string numbers_text(apilab::http::Json matrix);
/// What each --break turns red, and what the judge looks at.
[[nodiscard]] std::string breaks_text(apilab::http::Json matrix);
/// One line of docs/days/matrix.md.
[[nodiscard]] std::string matrix_row(apilab::http::Json matrix);
/// The programs of the path in their order: those that the README's table of days names.
[[nodiscard]] std::vector<std::string> path_in(std::string_view readme);
/// The items of the checklist that a day teaches.
[[nodiscard]] std::string checklist_text(const std::vector<apilab::sandbox::ChecklistItem>& items,
                                         int day);

}  // namespace exercise::internal
