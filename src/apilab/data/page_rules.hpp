#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/result.hpp"

namespace apilab::data {

/// How a list says where it goes on.
enum class PageKind : std::uint8_t {
    /// The first answer decides (`detect_pages`); for exploring.
    detect,
    /// It does not: one answer is all there is.
    single,
    /// `Link: <...>; rel="next"` (RFC 8288).
    link_header,
    /// The next page's URL stands in the body.
    next_url,
    /// A word in the body or a header goes into the next request.
    cursor,
    /// Pages have numbers.
    page_number,
    /// Items have positions.
    offset,
    /// Each query of a batch has a token of its own (OSV).
    batch_tokens,
};
[[nodiscard]] std::string_view to_string(PageKind kind);

/// Where a cursor goes.
enum class CursorPlace : std::uint8_t {
    /// A parameter of the query.
    query,
    /// A member of the JSON body.
    body,
    /// The body of a POST, the query of anything else (Notion).
    by_method,
};

/// What becomes of a next page at another origin.
enum class NextOrigin : std::uint8_t {
    /// It is refused.
    same,
    /// It is asked for, without the request's credentials (`policy::drop_credentials`) and never
    /// with a body that holds some. What a service adds on the way is that service's to keep back:
    /// `auth::CredentialsAuth` does, `ClientOptions::headers` does not.
    without_credentials,
};

/// An answer that says: this cursor is of no use any more.
struct ExpiredSign {
    int status = 0;
    /// Where the word stands; empty: the status says it all.
    std::string pointer;
    std::string value;
};

/// A page that says: this list is not whole.
struct IncompleteSign {
    std::string pointer;
    /// The value there, booleans as `true` and `false`.
    std::string value;
    /// Where the reason stands in the body (begins with `/`), or the reason itself.
    std::string reason;
};

/// How one API divides its lists into pages: data, so that an API is described and not programmed.
/// All pointers are RFC 6901; empty means the API has no such thing, unless said otherwise.
///
///     PageRules rules{.name = "shop", .kind = PageKind::cursor, .items = "/items",
///                     .next = "/next_cursor", .parameter = "cursor"};
struct PageRules {
    /// Of the API, for messages and checkpoints.
    std::string name;
    PageKind kind = PageKind::detect;

    /// The array of items; empty: the whole document. In a batch: within one result.
    std::string items;
    /// No array there means no items (Gmail leaves it out). Otherwise that is an error (`decode`);
    /// an answer without any body has no items in either case (GitHub's 204).
    bool items_may_be_absent = false;

    /// `next_url`, `cursor`: where the next URL or cursor stands in the body. Null and absent are
    /// the end. In a batch: within one result.
    std::string next;
    /// `cursor`: the header it stands in instead.
    std::string next_header;
    /// `cursor`: where it stands within the last item of the page instead (Stripe's `/id`). Needs
    /// `more`, for there is always a last item.
    std::string next_of_last_item;
    /// An empty cursor or URL is the end. Where it is not, an empty cursor is a cursor like any
    /// other (as in the Model Context Protocol).
    bool empty_ends = true;
    /// A boolean: are there more pages? `false` ends the walk whatever the cursor says; `true`
    /// without a cursor is an error. Absent: the cursor decides.
    std::string more;
    /// `cursor`, `page_number`, `offset`: the parameter (or body member) that asks for a page. In a
    /// batch: the member of a query.
    std::string parameter;
    CursorPlace place = CursorPlace::query;

    /// `page_number`, `offset`: what the first page is asked by where the request does not say.
    /// Default 1 for pages, 0 for offsets (-1 stands for these).
    std::int64_t first = -1;
    /// Where the number of pages, or of items, stands.
    std::string total_pages;
    std::string total_items;
    /// A page without items is the end where no total is known. Without this, a total or `more` a
    /// numbered walk has no end, and is refused.
    bool empty_page_ends = true;
    /// The parameter of the page size. With `size` it is set on the first request and stays for the
    /// whole walk; a cursor continued with another size skips rows on some servers.
    std::string size_parameter;
    /// Items in a page; 0: what the request says, or the server's default.
    std::int64_t size = 0;
    /// `offset`: where the answer says how many items it counts as one page.
    std::string size_in_answer;

    /// `batch_tokens`: the member of the body that holds the queries, where the results stand, and
    /// how many queries go into one request.
    std::string queries = "queries";
    std::string results = "/results";
    std::size_t batch_max = 1000;

    /// A boolean that is false in a 200 that is a refusal (Slack's `/ok`), and where its code is.
    std::string ok;
    std::string error_code;
    std::vector<ExpiredSign> expired;
    std::vector<IncompleteSign> incomplete;
    /// Where the token stands that the next walk starts from (`/nextSyncToken`, `/historyId`). The
    /// first one of a walk is kept: what happens during the walk is told again, not lost.
    std::string sync_token;
    NextOrigin next_origin = NextOrigin::same;

    /// Names the field that is missing, contradicts another, or leaves the walk without an end.
    /// Error: `invalid_argument`.
    [[nodiscard]] Result<void> validate() const;
    /// One line: `github: link, items at "", size by per_page`.
    [[nodiscard]] std::string describe() const;
};

/// The rules of the APIs that the library knows.
namespace page_rules {

/// Bare arrays and `Link` (docs.github.com/rest, using pagination). `items`: for the lists that
/// stand in an object, such as `/workflow_runs`.
[[nodiscard]] PageRules github(std::string items = {});
/// Search: `/items`; a query that ran out of time says `incomplete_results`.
[[nodiscard]] PageRules github_search();
/// `items`: `/channels`, `/members`, `/messages`. An empty cursor is the end; an old one is refused
/// as `invalid_cursor` inside a 200 (docs.slack.dev, pagination).
[[nodiscard]] PageRules slack(std::string items, CursorPlace place = CursorPlace::query);
/// The admin methods, which have `next_cursor` at the top.
[[nodiscard]] PageRules slack_admin(std::string items, CursorPlace place = CursorPlace::query);
/// `has_more`, `next_cursor`; a query that stops at 10,000 rows says so in `request_status`
/// (developers.notion.com/reference, pagination and request limits).
[[nodiscard]] PageRules notion();
/// The id of the last item asks for what follows (docs.stripe.com/api/pagination).
[[nodiscard]] PageRules stripe();
/// `POST /v1/query` of OSV: `page_token` in the body. A page may hold nothing but a token.
[[nodiscard]] PageRules osv_query();
/// `POST /v1/querybatch` of OSV. Items are the hits of all queries; see `Pages::place()`.
[[nodiscard]] PageRules osv_batch();
/// `users.messages.list`, and any other list of Gmail by its `items`.
[[nodiscard]] PageRules gmail(std::string items = "/messages");
/// `users.history.list`: what happened since a history id. The end of the walk gives the id for the
/// next one; a 404 to the first page says that the id is too old (list everything instead).
[[nodiscard]] PageRules gmail_history();
/// `/api/items/...` of the sandbox, which has a list of each kind: `link_header`, `next_url`,
/// `cursor`, `page_number`, `offset`.
[[nodiscard]] PageRules sandbox(PageKind kind);

}  // namespace page_rules

}  // namespace apilab::data
