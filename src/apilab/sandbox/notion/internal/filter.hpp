#pragma once

#include <expected>
#include <string>

#include "apilab/http/json.hpp"
#include "apilab/sandbox/notion/internal/store.hpp"

namespace apilab::sandbox::notion {

/// A page that is held against a filter, at a time (for `past_week` and its like).
struct Candidate {
    const Store* store = nullptr;
    const Page* page = nullptr;
    SystemTime now;
};

/// Does a page pass the filter of a query? Known: `and`, `or`, `timestamp`, and conditions on every
/// type of property. The error is the message of a `validation_error`.
[[nodiscard]] std::expected<bool, std::string> passes(http::Json filter,
                                                      const Candidate& candidate);
/// The message where compound filters are nested deeper than two, or have more than 100 parts; else
/// empty.
[[nodiscard]] std::string too_deep(http::Json filter);

}  // namespace apilab::sandbox::notion
