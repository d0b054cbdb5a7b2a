#include "apilab/sandbox/api/item_pages.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <span>

#include "apilab/base/try.hpp"
#include "apilab/http/date.hpp"
#include "apilab/http/json.hpp"
#include "apilab/http/query.hpp"
#include "apilab/http/url.hpp"
#include "apilab/sandbox/api/item_query.hpp"
#include "apilab/sandbox/api/problem.hpp"
#include "apilab/sandbox/internal/digest.hpp"
#include "apilab/sandbox/internal/query.hpp"

namespace apilab::sandbox::api {
namespace {

constexpr std::int64_t limit_default = 20;
constexpr std::int64_t limit_max = 100;
constexpr std::int64_t position_max = 1'000'000;

using Rows = std::vector<const Item*>;

// What stands in an opaque cursor besides the item: makes `+`, `/` and `=` appear in its base64.
constexpr std::string_view cursor_salt = "\xfb\xff\xfe>";

Error bad(std::string_view name, std::string_view what) {
    return Error(ErrorKind::invalid_argument, fmt::format("query parameter {}: {}", name, what))
        .with_detail(std::string(name));
}

Result<std::int64_t> number(const Incoming& incoming, std::string_view name, std::int64_t least,
                            std::int64_t most, std::int64_t otherwise) {
    if (!incoming.param(name)) {
        return otherwise;
    }
    const auto value = query_number(incoming, name);
    if (!value || *value < least || *value > most) {
        return fail(bad(name, fmt::format("expected a whole number from {} to {}", least, most)));
    }
    return *value;
}

Result<ItemFilter> filter_of(const Incoming& incoming) {
    ItemFilter filter;
    filter.state = incoming.param("state").value_or("all");
    if (filter.state == "all") {
        filter.state.clear();
    } else if (filter.state != "open" && filter.state != "closed") {
        return fail(bad("state", "expected open, closed or all"));
    }
    for (const auto& [name, value] : incoming.query) {
        if (name == "label") {
            filter.labels.push_back(value);
        }
    }
    if (const auto since = incoming.param("since")) {
        filter.since = http::parse_iso_time(*since);
        if (!filter.since) {
            return fail(bad("since", "expected a time such as 2026-03-01T00:00:00Z"));
        }
    }
    return filter;
}

std::string array_text(std::span<const Item* const> rows,
                       const std::vector<std::string>& members = {}) {
    std::string text = "[";
    for (const Item* item : rows) {
        text += text.size() > 1 ? "," : "";
        text += sparse_text(*item, members);
    }
    return text + "]";
}

// The rows that a list is about, and what is shown of them.
struct Listing {
    Rows rows;
    std::vector<std::string> members;
};

bool goes_by_position(PageKind kind) {
    return kind == PageKind::none || kind == PageKind::link || kind == PageKind::page ||
           kind == PageKind::offset || kind == PageKind::range;
}

Result<Listing> listing_of(const Incoming& incoming, const Items& items, PageKind kind) {
    APILAB_TRY(const auto filter, filter_of(incoming));
    Listing listing{.rows = items.list(filter), .members = {}};
    APILAB_TRY(const auto fields, parse_fields(incoming.query));
    APILAB_TRY(const auto written, incoming.param("filter")
                                       ? parse_filter(*incoming.param("filter"))
                                       : Result<Condition>(Condition()));
    APILAB_TRY(const auto rsql, incoming.param("rsql") ? parse_rsql(*incoming.param("rsql"))
                                                       : Result<Condition>(Condition()));
    std::erase_if(listing.rows, [&](const Item* item) {
        return !fields.takes(*item) || !written.takes(*item) || !rsql.takes(*item);
    });
    if (const auto sort = incoming.param("sort")) {
        if (!goes_by_position(kind)) {
            return fail(bad("sort", "this list has an order of its own"));
        }
        APILAB_TRY(const auto by, parse_sort(*sort));
        sort_items(listing.rows, by);
    }
    APILAB_TRY(listing.members, parse_sparse(incoming.param("fields").value_or("")));
    return listing;
}

// This request's URL with one parameter changed, the filter kept.
std::string url_with(const Incoming& incoming, std::string_view name, std::string_view value) {
    http::Query query;
    for (const auto& [key, kept] : incoming.query) {
        if (key != name) {
            query.add(key, kept);
        }
    }
    query.add(name, value);
    return incoming.base_url + incoming.route->path_template + "?" + query.to_string();
}

std::span<const Item* const> slice(const Rows& rows, std::size_t first, std::size_t count) {
    const auto from = std::min(first, rows.size());
    return std::span(rows).subspan(from, std::min(count, rows.size() - from));
}

// The rows behind the item of that number: what was added meanwhile does not move them.
std::size_t behind(const Rows& rows, std::int64_t number) {
    const auto found =
        std::ranges::find_if(rows, [&](const Item* item) { return item->number < number; });
    return static_cast<std::size_t>(found - rows.begin());
}

std::string cursor_after(std::int64_t number) {
    return internal::base64(fmt::format("{}{}", cursor_salt, number));
}

Result<std::int64_t> read_cursor(std::string_view text, const Rows& rows) {
    // Only what was issued is known; that it can be taken apart is nobody's business.
    for (const Item* item : rows) {
        if (cursor_after(item->number) == text) {
            return item->number;
        }
    }
    return fail(Error(ErrorKind::invalid_argument, "this cursor was never issued for this list")
                    .with_detail("cursor"));
}

http::Response by_link(const Incoming& incoming, const Listing& listing, std::size_t size,
                       std::int64_t page) {
    const auto& rows = listing.rows;
    const auto last =
        static_cast<std::int64_t>(std::max<std::size_t>((rows.size() + size - 1) / size, 1));
    auto answer = http::Response::json(
        200,
        array_text(slice(rows, static_cast<std::size_t>(page - 1) * size, size), listing.members));
    std::string link;
    const auto add = [&](std::int64_t to, std::string_view rel) {
        link += fmt::format("{}<{}>; rel=\"{}\"", link.empty() ? "" : ", ",
                            url_with(incoming, "page", std::to_string(to)), rel);
    };
    if (page > 1) {
        add(std::min(page - 1, last), "prev");
    }
    if (page < last) {
        add(page + 1, "next");
        add(last, "last");
    }
    if (page > 1) {
        add(1, "first");
    }
    if (!link.empty()) {
        answer.header("link", link);
    }
    return answer;
}

http::Response by_next(const Incoming& incoming, const Listing& listing, std::size_t size,
                       std::int64_t after) {
    const auto& rows = listing.rows;
    const auto first = behind(rows, after);
    const auto page = slice(rows, first, size);
    const bool more = first + page.size() < rows.size();
    const auto next =
        more ? http::json_quote(url_with(incoming, "after", std::to_string(page.back()->number)))
             : std::string("null");
    return http::Response::json(
        200, fmt::format("{{\"items\":{},\"next\":{}}}", array_text(page, listing.members), next));
}

http::Response by_cursor(const Listing& listing, std::size_t size, std::int64_t after) {
    const auto& rows = listing.rows;
    const auto first = behind(rows, after);
    const auto page = slice(rows, first, size);
    const bool more = first + page.size() < rows.size();
    return http::Response::json(
        200, fmt::format("{{\"items\":{},\"next_cursor\":{}}}", array_text(page, listing.members),
                         http::json_quote(more ? cursor_after(page.back()->number) : "")));
}

Result<http::Response> by_keyset(const Incoming& incoming, Listing listing, std::size_t size) {
    auto& rows = listing.rows;
    std::ranges::sort(rows, [](const Item* a, const Item* b) {
        return a->updated != b->updated ? a->updated > b->updated : a->number > b->number;
    });
    const auto before = incoming.param("updated_before");
    if (before) {
        const auto time = http::parse_iso_time(*before);
        const auto id = query_value(incoming, "id_before");
        if (!time || id.empty()) {
            return fail(bad("updated_before", "expected the two keys that the page before gave"));
        }
        std::erase_if(rows, [&](const Item* item) {
            return item->updated > *time || (item->updated == *time && item->id() >= id);
        });
    }
    const auto page = slice(rows, 0, size);
    const bool more = page.size() < rows.size();
    const auto next =
        more ? fmt::format(R"({{"updated_before":"{}","id_before":"{}"}})",
                           http::format_iso_time(page.back()->updated), page.back()->id())
             : std::string("null");
    return http::Response::json(
        200, fmt::format("{{\"items\":{},\"next\":{}}}", array_text(page, listing.members), next));
}

// `items=20-39`, `items=20-`; nothing where it is no such range.
std::optional<std::pair<std::size_t, std::size_t>> read_range(std::string_view text) {
    constexpr std::string_view unit = "items=";
    if (!text.starts_with(unit)) {
        return std::nullopt;
    }
    text.remove_prefix(unit.size());
    const auto dash = text.find('-');
    const auto whole = [](std::string_view digits) -> std::optional<std::size_t> {
        std::size_t value = 0;
        const auto [end, code] =
            std::from_chars(digits.data(), digits.data() + digits.size(), value);
        return code == std::errc() && end == digits.data() + digits.size() ? std::optional(value)
                                                                           : std::nullopt;
    };
    if (dash == std::string_view::npos) {
        return std::nullopt;
    }
    const auto first = whole(text.substr(0, dash));
    const auto last = dash + 1 == text.size() ? std::optional<std::size_t>(SIZE_MAX)
                                              : whole(text.substr(dash + 1));
    if (!first || !last || *last < *first) {
        return std::nullopt;
    }
    return std::pair(*first, *last);
}

http::Response by_range(const Incoming& incoming, const Listing& listing, std::size_t size) {
    const auto& rows = listing.rows;
    const auto field = incoming.request->headers().value("range");
    const auto range = read_range(field);
    // One that cannot be read is as if it were not there (RFC 9110 section 14.2).
    const std::size_t first = range ? range->first : 0;
    if (range && first >= rows.size()) {
        auto answer = problem(416, "beyond_the_end", "there are fewer items");
        answer.header("content-range", fmt::format("items */{}", rows.size()));
        return answer;
    }
    const auto wanted = range ? std::min(range->second - first, size - 1) + 1 : size;
    const auto page = slice(rows, first, wanted);
    const bool whole = page.size() == rows.size();
    auto answer = http::Response::json(whole ? 200 : 206, array_text(page, listing.members));
    answer.header("accept-ranges", "items");
    if (!whole) {
        answer.header("content-range",
                      fmt::format("items {}-{}/{}", first, first + page.size() - 1, rows.size()));
    }
    return answer;
}

// Positions in an opaque token, good for this query only.
std::string skip_token(std::size_t position) {
    return internal::base64(fmt::format("skip {}", position));
}

Result<std::vector<SortBy>> order_by(std::string_view text) {
    std::string sort;
    while (!text.empty()) {
        auto word = text.substr(0, text.find(','));
        text.remove_prefix(std::min(word.size() + 1, text.size()));
        word.remove_prefix(std::min(word.find_first_not_of(' '), word.size()));
        const auto space = std::min(word.find(' '), word.size());
        sort += sort.empty() ? "" : ",";
        sort += word.substr(std::min(space + 1, word.size())) == "desc" ? "-" : "";
        sort += word.substr(0, space);
    }
    return parse_sort(sort);
}

Result<http::Response> by_odata(const Incoming& incoming, const Items& items) {
    APILAB_TRY(const auto condition,
               parse_filter(incoming.param("$filter").value_or("number ge 0")));
    auto rows = items.list({});
    std::erase_if(rows, [&](const Item* item) { return !condition.takes(*item); });
    APILAB_TRY(const auto by, order_by(incoming.param("$orderby").value_or("")));
    sort_items(rows, by);
    APILAB_TRY(const auto members, parse_sparse(incoming.param("$select").value_or("")));
    APILAB_TRY(const auto top, number(incoming, "$top", 0, position_max, position_max));
    APILAB_TRY(const auto skip, number(incoming, "$skip", 0, position_max, 0));
    const auto all = slice(rows, static_cast<std::size_t>(skip), static_cast<std::size_t>(top));
    std::size_t first = 0;
    if (const auto token = query_value(incoming, "$skiptoken"); !token.empty()) {
        while (first < all.size() && skip_token(first) != token) {
            ++first;
        }
        if (first == all.size()) {
            return fail(bad("cursor", "this $skiptoken was never issued for this query"));
        }
    }
    constexpr std::size_t page_size = 20;
    const auto page = all.subspan(first, std::min(page_size, all.size() - first));
    std::string text =
        fmt::format("{{\"@odata.context\":{}",
                    http::json_quote(incoming.base_url + "/items/odata/$metadata#items"));
    if (query_value(incoming, "$count") == "true") {
        text += fmt::format(",\"@odata.count\":{}", rows.size());
    }
    text += fmt::format(",\"value\":{}", array_text(page, members));
    if (first + page.size() < all.size()) {
        text += fmt::format(
            ",\"@odata.nextLink\":{}",
            http::json_quote(url_with(incoming, "$skiptoken", skip_token(first + page.size()))));
    }
    return http::Response::json(200, text + "}").header("odata-version", "4.0");
}

Result<http::Response> by_edges(const Incoming& incoming, const Listing& listing) {
    APILAB_TRY(const auto first, number(incoming, "first", 1, limit_max, limit_default));
    APILAB_TRY(auto text, connection_text(listing.rows, static_cast<std::size_t>(first),
                                          query_value(incoming, "after")));
    return http::Response::json(200, std::move(text));
}

Result<http::Response> by_place(const Incoming& incoming, const Listing& listing, PageKind kind,
                                std::size_t size) {
    const auto& [rows, members] = listing;
    const auto all = rows.size();
    if (kind == PageKind::link) {
        APILAB_TRY(const auto page, number(incoming, "page", 1, position_max, 1));
        return by_link(incoming, listing, size, page);
    }
    if (kind == PageKind::page) {
        APILAB_TRY(const auto page, number(incoming, "page", 1, position_max, 1));
        const auto here = slice(rows, static_cast<std::size_t>(page - 1) * size, size);
        return http::Response::json(
            200, fmt::format("{{\"items\":{},\"page\":{},\"pages\":{},\"total\":{}}}",
                             array_text(here, members), page, (all + size - 1) / size, all));
    }
    if (kind == PageKind::offset) {
        APILAB_TRY(const auto offset, number(incoming, "offset", 0, position_max, 0));
        const auto here = slice(rows, static_cast<std::size_t>(offset), size);
        return http::Response::json(
            200, fmt::format("{{\"items\":{},\"offset\":{},\"limit\":{},\"total\":{}}}",
                             array_text(here, members), offset, size, all));
    }
    return kind == PageKind::range
               ? by_range(incoming, listing, size)
               : http::Response::json(200,
                                      fmt::format("{{\"items\":{},\"total\":{}}}",
                                                  array_text(slice(rows, 0, size), members), all));
}

Result<http::Response> answer(const Incoming& incoming, const Items& items, PageKind kind) {
    if (kind == PageKind::odata) {
        return by_odata(incoming, items);
    }
    APILAB_TRY(auto listing, listing_of(incoming, items, kind));
    const bool whole = kind == PageKind::none || kind == PageKind::range;
    APILAB_TRY(const auto limit,
               number(incoming, "limit", 1, limit_max, whole ? limit_max : limit_default));
    const auto size = static_cast<std::size_t>(limit);
    if (kind == PageKind::next) {
        APILAB_TRY(const auto after, number(incoming, "after", 1, position_max, position_max));
        return by_next(incoming, listing, size, after);
    }
    if (kind == PageKind::cursor) {
        std::int64_t after = position_max;
        if (const auto cursor = query_value(incoming, "cursor"); !cursor.empty()) {
            APILAB_TRY(after, read_cursor(cursor, items.list({})));
        }
        return by_cursor(listing, size, after);
    }
    if (kind == PageKind::keyset) {
        return by_keyset(incoming, std::move(listing), size);
    }
    return kind == PageKind::edges ? by_edges(incoming, listing)
                                   : by_place(incoming, listing, kind, size);
}

using By = PageShape::By;

constexpr PageShape link_shape{
    .by = By::link, .asked = "page", .first = "1", .size = "limit", .size_default = limit_default};
constexpr PageShape next_shape{.by = By::url,
                               .items = "items",
                               .next = "/next",
                               .asked = "after",
                               .size = "limit",
                               .size_default = limit_default};
constexpr PageShape cursor_shape{.by = By::token,
                                 .items = "items",
                                 .next = "/next_cursor",
                                 .asked = "cursor",
                                 .size = "limit",
                                 .size_default = limit_default,
                                 .none = "\"\""};
constexpr PageShape odata_shape{.by = By::url,
                                .items = "value",
                                .next = "/@odata.nextLink",
                                .asked = "$skiptoken",
                                .size_default = limit_default,
                                .none = ""};
constexpr PageShape counted_shape{.by = By::position,
                                  .items = "items",
                                  .asked = "page",
                                  .first = "1",
                                  .size = "limit",
                                  .size_default = limit_default,
                                  .total = "total"};
constexpr PageShape offset_shape{.by = By::position,
                                 .items = "items",
                                 .asked = "offset",
                                 .first = "0",
                                 .size = "limit",
                                 .size_default = limit_default,
                                 .total = "total",
                                 .counts_items = true};

}  // namespace

const PageShape* page_shape(PageKind kind) {
    switch (kind) {
        case PageKind::link:
            return &link_shape;
        case PageKind::next:
            return &next_shape;
        case PageKind::cursor:
            return &cursor_shape;
        case PageKind::page:
            return &counted_shape;
        case PageKind::offset:
            return &offset_shape;
        case PageKind::odata:
            return &odata_shape;
        case PageKind::none:
        case PageKind::keyset:
        case PageKind::range:
        case PageKind::edges:
            break;
    }
    return nullptr;
}

Result<std::string> connection_text(const Rows& rows, std::size_t first, std::string_view after) {
    std::size_t begin = 0;
    if (!after.empty()) {
        APILAB_TRY(const auto number, read_cursor(after, rows));
        begin = behind(rows, number);
    }
    const auto page = slice(rows, begin, first);
    std::string edges;
    for (const Item* item : page) {
        edges += fmt::format("{}{{\"cursor\":{},\"node\":{}}}", edges.empty() ? "" : ",",
                             http::json_quote(cursor_after(item->number)), item->to_text());
    }
    const auto cursor = [&](bool last) {
        return page.empty() ? std::string("null")
                            : http::json_quote(
                                  cursor_after(last ? page.back()->number : page.front()->number));
    };
    return fmt::format(
        "{{\"edges\":[{}],\"pageInfo\":{{\"hasNextPage\":{},"
        "\"hasPreviousPage\":{},\"startCursor\":{},\"endCursor\":{}}},"
        "\"totalCount\":{}}}",
        edges, begin + page.size() < rows.size(), begin > 0, cursor(false), cursor(true),
        rows.size());
}

http::Response list_items(const Incoming& incoming, const Items& items, PageKind kind) {
    auto listed = answer(incoming, items, kind);
    if (!listed) {
        const bool cursor = listed.error().detail() == "cursor";
        return problem(400, cursor ? "invalid_cursor" : "invalid_parameter",
                       listed.error().message());
    }
    return *std::move(listed);
}

}  // namespace apilab::sandbox::api
