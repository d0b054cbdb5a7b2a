#pragma once

#include <string_view>

#include "apilab/base/clock.hpp"
#include "apilab/sandbox/google/mailbox.hpp"

namespace apilab::sandbox::google {

/// Does a message match `q`? Words of the search box, all of which must fit: `rfc822msgid:`,
/// `from:`, `to:`, `cc:`, `subject:`, `label:`, `in:`, `is:`, `has:attachment`, `filename:`,
/// `after:`, `before:` (dates `2026/01/31` or seconds), `newer_than:`, `older_than:` (`2d`, `3m`,
/// `1y`), `larger:`, `smaller:` (`5K`, `1M`); `"in quotes"`; with `-` in front what must not be.
/// Anything else is looked for in subject, sender and text.
[[nodiscard]] bool matches(const Message& message, std::string_view q, const Mailbox& mailbox,
                           SystemTime now);
/// Does `q` ask for spam or trash by name?
[[nodiscard]] bool asks_for_trash(std::string_view q);

}  // namespace apilab::sandbox::google
