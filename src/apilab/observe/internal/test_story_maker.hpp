#pragma once

#include <string>

#include "apilab/base/rng.hpp"
#include "apilab/observe/story.hpp"

namespace apilab::observe::internal {

// Stories for tests.

/// A GET that was answered with 503 and, after 250 ms, with 200, with both exchanges.
[[nodiscard]] Story sample_story();

/// Anything that a story may be: each member by chance, bytes that are no text among them.
[[nodiscard]] Story random_story(Rng& rng);

}  // namespace apilab::observe::internal
