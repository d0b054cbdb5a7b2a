#pragma once

#include <string>
#include <string_view>

#include "apilab/data/page_rules.hpp"
#include "apilab/http/json.hpp"
#include "apilab/http/message.hpp"

namespace apilab::data {

struct DetectedPages {
    PageRules rules;
    /// For people: `cursor: /next_cursor holds a word; items at /items`.
    std::string why;
};

/// Guesses from one answer how its list goes on, for exploring; a program that knows the API says
/// so. Looks for, in this order: a `Link` header with `next`; a URL in the usual places (`/next`,
/// `/links/next`, `/@odata.nextLink`, ...); a cursor in the usual places (`/next_cursor`,
/// `/nextPageToken`, ...); Stripe's `has_more`; page numbers or offsets with a total. With none of
/// them the answer is all there is (`PageKind::single`). Error: `decode` where there is no array
/// that could hold the items.
[[nodiscard]] Result<DetectedPages> detect_pages(const http::Request& request,
                                                 const http::Response& response,
                                                 const http::Json& root);

/// The detected part of rules as JSON, for a checkpoint, and back. Error: `decode`.
[[nodiscard]] std::string detected_to_json(const PageRules& rules);
[[nodiscard]] Result<PageRules> detected_from_json(const http::Json& json);

}  // namespace apilab::data
