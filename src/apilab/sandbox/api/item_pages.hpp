#pragma once

#include <cstdint>
#include <string_view>

#include "apilab/http/message.hpp"
#include "apilab/sandbox/api/items.hpp"
#include "apilab/sandbox/provider.hpp"

namespace apilab::sandbox::api {

/// How a list says where it goes on.
enum class PageKind : std::uint8_t {
    /// `GET /items`: no pages; `limit` cuts.
    none,
    /// `GET /items/link?page=2`: a bare array and a `Link` header with next, prev, first, last
    /// (RFC 8288), as GitHub does it.
    link,
    /// `GET /items/next?after=...`: `{"items", "next"}`, the next page's whole URL, null at the
    /// end.
    next,
    /// `GET /items/cursor?cursor=...`: `{"items", "next_cursor"}`, opaque, empty at the end, as
    /// Slack does it. It holds `+`, `/` and `=`: who does not encode it asks for something else.
    cursor,
    /// `GET /items/page?page=2`: `{"items", "page", "pages", "total"}`; a page beyond is empty.
    page,
    /// `GET /items/offset?offset=20`: `{"items", "offset", "limit", "total"}`.
    offset,
};

/// A page of the items that the query's filter takes: `state` (open, closed, all; default all),
/// `label` (repeated: all of them), `since` (RFC 3339), `limit` (1 to 100, default 20). Newest
/// first, so whatever is added meanwhile moves the pages that go by position (link, page, offset)
/// and not those that go on after an item (next, cursor). 400 with a problem document for a value
/// that cannot be read; unknown parameters are ignored.
[[nodiscard]] http::Response list_items(const Incoming& incoming, const Items& items,
                                        PageKind kind);

/// How those pages are cut; null for `none`.
[[nodiscard]] const PageShape* page_shape(PageKind kind);

}  // namespace apilab::sandbox::api
