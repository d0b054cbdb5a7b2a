#include "apilab/sandbox/api/item_pages.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "apilab/base/try.hpp"
#include "apilab/http/date.hpp"
#include "apilab/http/json.hpp"
#include "apilab/http/query.hpp"
#include "apilab/http/url.hpp"
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

std::string array_text(std::span<const Item* const> rows) {
    std::string text = "[";
    for (const Item* item : rows) {
        text += text.size() > 1 ? "," : "";
        text += item->to_text();
    }
    return text + "]";
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

http::Response by_link(const Incoming& incoming, const Rows& rows, std::size_t size,
                       std::int64_t page) {
    const auto last =
        static_cast<std::int64_t>(std::max<std::size_t>((rows.size() + size - 1) / size, 1));
    auto answer = http::Response::json(
        200, array_text(slice(rows, static_cast<std::size_t>(page - 1) * size, size)));
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

http::Response by_next(const Incoming& incoming, const Rows& rows, std::size_t size,
                       std::int64_t after) {
    const auto first = behind(rows, after);
    const auto page = slice(rows, first, size);
    const bool more = first + page.size() < rows.size();
    const auto next =
        more ? http::json_quote(url_with(incoming, "after", std::to_string(page.back()->number)))
             : std::string("null");
    return http::Response::json(
        200, fmt::format("{{\"items\":{},\"next\":{}}}", array_text(page), next));
}

http::Response by_cursor(const Rows& rows, std::size_t size, std::int64_t after) {
    const auto first = behind(rows, after);
    const auto page = slice(rows, first, size);
    const bool more = first + page.size() < rows.size();
    return http::Response::json(
        200, fmt::format("{{\"items\":{},\"next_cursor\":{}}}", array_text(page),
                         http::json_quote(more ? cursor_after(page.back()->number) : "")));
}

Result<http::Response> answer(const Incoming& incoming, const Items& items, PageKind kind) {
    APILAB_TRY(const auto filter, filter_of(incoming));
    const auto rows = items.list(filter);
    const auto all = static_cast<std::int64_t>(rows.size());
    const auto otherwise = kind == PageKind::none ? limit_max : limit_default;
    APILAB_TRY(const auto limit, number(incoming, "limit", 1, limit_max, otherwise));
    const auto size = static_cast<std::size_t>(limit);
    switch (kind) {
        case PageKind::none:
            return http::Response::json(200, fmt::format("{{\"items\":{},\"total\":{}}}",
                                                         array_text(slice(rows, 0, size)), all));
        case PageKind::link: {
            APILAB_TRY(const auto page, number(incoming, "page", 1, position_max, 1));
            return by_link(incoming, rows, size, page);
        }
        case PageKind::next: {
            APILAB_TRY(const auto after, number(incoming, "after", 1, position_max, position_max));
            return by_next(incoming, rows, size, after);
        }
        case PageKind::cursor: {
            std::int64_t after = position_max;
            if (const auto cursor = query_value(incoming, "cursor"); !cursor.empty()) {
                APILAB_TRY(after, read_cursor(cursor, items.list({})));
            }
            return by_cursor(rows, size, after);
        }
        case PageKind::page: {
            APILAB_TRY(const auto page, number(incoming, "page", 1, position_max, 1));
            return http::Response::json(
                200, fmt::format(
                         "{{\"items\":{},\"page\":{},\"pages\":{},\"total\":{}}}",
                         array_text(slice(rows, static_cast<std::size_t>(page - 1) * size, size)),
                         page, (rows.size() + size - 1) / size, all));
        }
        case PageKind::offset: {
            APILAB_TRY(const auto offset, number(incoming, "offset", 0, position_max, 0));
            return http::Response::json(
                200, fmt::format("{{\"items\":{},\"offset\":{},\"limit\":{},\"total\":{}}}",
                                 array_text(slice(rows, static_cast<std::size_t>(offset), size)),
                                 offset, limit, all));
        }
    }
    return http::Response(500);
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
        case PageKind::none:
            break;
    }
    return nullptr;
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
