#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace apilab {

/// The candidate that `word` was probably meant to be: the one with the fewest letters inserted,
/// left out, changed or swapped, if those are no more than a third of the word (at least one); of
/// several the first. Capitals count as small. Empty: none is close.
[[nodiscard]] std::string closest(std::string_view word,
                                  const std::vector<std::string>& candidates);

}  // namespace apilab
