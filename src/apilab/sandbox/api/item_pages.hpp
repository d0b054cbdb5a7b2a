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
    /// `GET /items/keyset?updated_before=...&id_before=...`: what was changed last comes first;
    /// `{"items", "next": {"updated_before", "id_before"}}`, null at the end. Both keys are needed:
    /// many items may have one time.
    keyset,
    /// `GET /items/range` with `Range: items=20-39`: 206 with `Content-Range: items 20-39/160`, 200
    /// without the field, 416 with `Content-Range: items */160` beyond the end (RFC 9110 section 14
    /// for a unit of our own).
    range,
    /// `GET /items/odata?$top=&$skip=&$filter=&$orderby=&$select=&$count=true`: `{"value",
    /// "@odata.count", "@odata.nextLink"}`; the link, with an opaque `$skiptoken`, is left out at
    /// the end (OData 4.01).
    odata,
    /// `GET /items/edges?first=20&after=...`: `{"edges": [{"cursor", "node"}], "pageInfo",
    /// "totalCount"}` as GraphQL's connections (the Relay specification); `endCursor` is that of
    /// the last edge also where `hasNextPage` is false.
    edges,
};

/// A page of the items that the query's filter takes: `state` (open, closed, all; default all),
/// `label` (repeated: all of them), `since` (RFC 3339), whatever `Condition` has, `limit` (1 to
/// 100, default 20), `fields` (see `parse_sparse`), and where pages go by position `sort`. Newest
/// first, so whatever is added meanwhile moves the pages that go by position (link, page, offset)
/// and not those that go on after an item (next, cursor). 400 with a problem document for a value
/// that cannot be read; unknown parameters are ignored.
[[nodiscard]] http::Response list_items(const Incoming& incoming, const Items& items,
                                        PageKind kind);

/// `POST /items/search` with `{"filter", "sort": ["-updated_at"], "fields": ["title"], "limit",
/// "offset"}`: `{"items", "total", "next_offset"}`. `filter`: see `parse_json_filter`. Errors: 400
/// with the JSON pointer as `pointer`.
[[nodiscard]] http::Response search_items(const Incoming& incoming, const Items& items);

/// `POST /graphql` for the one query there is: `items(first, after, state)`, its arguments literal
/// or from `variables`. Answers the whole connection whatever was selected. Errors are 200 with
/// `errors`, as GraphQL has it; 400 where the body is no such request.
[[nodiscard]] http::Response graphql(const Incoming& incoming, const Items& items);

/// A connection's text: so many of the rows after that cursor (empty: from the first).
[[nodiscard]] Result<std::string> connection_text(const std::vector<const Item*>& rows,
                                                  std::size_t first, std::string_view after);

/// How those pages are cut; null for `none`, and for those that no fault on pages can turn (keyset,
/// range, edges).
[[nodiscard]] const PageShape* page_shape(PageKind kind);

}  // namespace apilab::sandbox::api
