#pragma once

#include <string>
#include <vector>

#include "apilab/observe/story.hpp"

namespace apilab::observe {

/// Why a call went as it did, as sentences. The first says what came of it: the answer or the
/// error, whether the other side may have acted, what to do. Behind it everything that was decided
/// and waited, in order, each as `http::explain` has it:
///
///     POST /orders: 201 after 2 attempts in 230 ms
///     503 -> retry in 182 ms (transient, attempt 2 of 3, budget 486/500)
///     waited 182 ms before attempt 2 (backoff)
///     201 -> done
///
/// No line ends; secrets of the process are `***`.
[[nodiscard]] std::vector<std::string> why(const Story& story);

/// The same as text: the first sentence, then the others numbered, a line each.
[[nodiscard]] std::string why_text(const Story& story);

}  // namespace apilab::observe
