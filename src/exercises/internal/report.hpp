#pragma once

#include <string>
#include <utility>
#include <vector>

#include "internal/flags.hpp"
#include "internal/stage.hpp"

namespace exercise::internal {

/// What will happen, what happened, the table where there are two, the verdict with its evidence,
/// and what to type next.
[[nodiscard]] std::string to_text(const Program& program, const Flags& flags,
                                  const std::vector<Outcome>& outcomes);
/// What stands in a row of that table between the name of a run and how long it took, by column.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> cells(const Program& program,
                                                                     const Outcome& outcome);
/// One document with a line break.
[[nodiscard]] std::string to_json(const Program& program, const std::vector<Outcome>& outcomes);

}  // namespace exercise::internal
