#pragma once

#include <string>
#include <vector>

#include "internal/flags.hpp"
#include "internal/stage.hpp"

namespace exercise::internal {

/// What will happen, what happened, the table where there are two, the verdict with its evidence,
/// and what to type next.
[[nodiscard]] std::string to_text(const Program& program, const Flags& flags,
                                  const std::vector<Outcome>& outcomes);
/// One document with a line break.
[[nodiscard]] std::string to_json(const Program& program, const std::vector<Outcome>& outcomes);

}  // namespace exercise::internal
