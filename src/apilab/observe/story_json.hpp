#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "apilab/base/result.hpp"
#include "apilab/observe/story.hpp"

namespace apilab::observe {

/// What a story may have to be read again.
struct StoryLimits {
    /// Bytes of the text.
    static constexpr std::size_t size_max = std::size_t{64} << 20U;
    /// Attempts, waits, decisions and exchanges, each, and headers of one message.
    static constexpr std::size_t list_max = 10'000;
    /// Times and durations: about 18 years. A deadline beyond that is none.
    static constexpr Duration time_max = Duration(std::int64_t{1} << 59U);
};

/// A story as one line of JSON (version 1), complete: `parse_story` gives the same story. Members
/// that have their default are left out; times count in nanoseconds from the beginning of the call;
/// bytes that are no UTF-8 are `{"base64": "..."}`. What goes into it passes
/// `Scrubber::of_process()`.
[[nodiscard]] std::string story_json(const Story& story);

/// The story of such a text. Members that are not known are ignored. Errors: `decode` with the
/// place (a JSON pointer, also as `detail()`) and what is right there, or the version that is not
/// ours; `too_large` beyond `StoryLimits::size_max`.
[[nodiscard]] Result<Story> parse_story(std::string_view text);

}  // namespace apilab::observe
