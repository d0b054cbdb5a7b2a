#pragma once

#include <expected>
#include <string>

#include "apilab/http/json.hpp"
#include "apilab/sandbox/notion/internal/store.hpp"

namespace apilab::sandbox::notion {

/// Does a page pass the filter of a query? Known: `and`, `or`, and conditions on texts, titles,
/// selects, checkboxes, numbers and `timestamp` (`equals`, `does_not_equal`, `contains`,
/// `starts_with`, `is_empty`, `is_not_empty`, `greater_than`, `less_than`, `on_or_after`,
/// `on_or_before`, `after`, `before`). The error is the message of a `validation_error`.
[[nodiscard]] std::expected<bool, std::string> passes(http::Json filter, const Page& page);

}  // namespace apilab::sandbox::notion
