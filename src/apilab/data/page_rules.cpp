#include "apilab/data/page_rules.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

namespace apilab::data {
namespace {

std::unexpected<Error> refused(const PageRules& rules, std::string_view what) {
    return fail(Error(
        ErrorKind::invalid_argument,
        fmt::format("page rules{}{}: {}", rules.name.empty() ? "" : " of ", rules.name, what)));
}

bool is_pointer(const std::string& text) {
    return text.empty() || text.front() == '/';
}

Result<void> check_pointers(const PageRules& rules) {
    const std::array<std::pair<std::string_view, const std::string*>, 11> pointers{
        {{"items", &rules.items},
         {"next", &rules.next},
         {"next_of_last_item", &rules.next_of_last_item},
         {"more", &rules.more},
         {"total_pages", &rules.total_pages},
         {"total_items", &rules.total_items},
         {"size_in_answer", &rules.size_in_answer},
         {"results", &rules.results},
         {"ok", &rules.ok},
         {"error_code", &rules.error_code},
         {"sync_token", &rules.sync_token}}};
    for (const auto& [name, pointer] : pointers) {
        if (!is_pointer(*pointer)) {
            return refused(rules, fmt::format("{} is \"{}\", which is no JSON pointer (\"/{}\"?)",
                                              name, *pointer, *pointer));
        }
    }
    return {};
}

Result<void> check_cursor(const PageRules& rules) {
    const int places = (rules.next.empty() ? 0 : 1) + (rules.next_header.empty() ? 0 : 1) +
                       (rules.next_of_last_item.empty() ? 0 : 1);
    if (places != 1) {
        return refused(rules,
                       "a cursor stands in one place: next, next_header or next_of_last_item");
    }
    if (!rules.next_of_last_item.empty() && rules.more.empty()) {
        return refused(rules, "next_of_last_item without more never ends: name the flag");
    }
    if (rules.parameter.empty()) {
        return refused(rules, "parameter is empty: where does the cursor go?");
    }
    return {};
}

Result<void> check_numbers(const PageRules& rules) {
    if (rules.parameter.empty()) {
        return refused(rules, "parameter is empty: what asks for a page?");
    }
    if (rules.total_pages.empty() && rules.total_items.empty() && rules.more.empty() &&
        !rules.empty_page_ends) {
        return refused(rules,
                       "a walk by numbers without total_pages, total_items, more or "
                       "empty_page_ends has no end");
    }
    return {};
}

Result<void> check_batch(const PageRules& rules) {
    if (rules.queries.empty() || rules.next.empty() || rules.parameter.empty()) {
        return refused(rules, "a batch needs queries, next and parameter");
    }
    if (rules.batch_max < 1 || rules.batch_max > 100'000) {
        return refused(rules, fmt::format("batch_max is {}, outside 1 to 100000", rules.batch_max));
    }
    return {};
}

}  // namespace

std::string_view to_string(PageKind kind) {
    switch (kind) {
        case PageKind::detect:
            return "detect";
        case PageKind::single:
            return "single";
        case PageKind::link_header:
            return "link";
        case PageKind::next_url:
            return "next-url";
        case PageKind::cursor:
            return "cursor";
        case PageKind::page_number:
            return "page";
        case PageKind::offset:
            return "offset";
        case PageKind::batch_tokens:
            return "batch";
    }
    return "unknown";
}

Result<void> PageRules::validate() const {
    if (auto pointers = check_pointers(*this); !pointers) {
        return pointers;
    }
    if (size < 0 || size > 1'000'000 || (size > 0 && size_parameter.empty())) {
        return refused(*this, fmt::format("size is {}: 0 to 1000000, with size_parameter", size));
    }
    switch (kind) {
        case PageKind::next_url:
            return next.empty() ? refused(*this, "next is empty: where does the URL stand?")
                                : Result<void>();
        case PageKind::cursor:
            return check_cursor(*this);
        case PageKind::page_number:
        case PageKind::offset:
            return check_numbers(*this);
        case PageKind::batch_tokens:
            return check_batch(*this);
        default:
            return {};
    }
}

std::string PageRules::describe() const {
    std::string text = fmt::format("{}: {}, items at \"{}\"", name, to_string(kind), items);
    const auto add = [&](std::string_view what, std::string_view value) {
        if (!value.empty()) {
            text += fmt::format(", {} {}", what, value);
        }
    };
    add("next at", next);
    add("next in header", next_header);
    add("next is the last item's", next_of_last_item);
    add("more at", more);
    add("asked by", parameter);
    if (!parameter.empty() && place != CursorPlace::query) {
        text += place == CursorPlace::body ? " in the body" : " by method";
    }
    if (first != -1) {
        add("from", std::to_string(first));
    }
    add("pages at", total_pages);
    add("total at", total_items);
    add("size by", size_parameter);
    if (size > 0) {
        text += fmt::format(" {}", size);
    }
    text += empty_ends ? "" : ", an empty cursor goes on";
    return text;
}

namespace page_rules {
namespace {

PageRules by_cursor(std::string name, std::string items, std::string next, std::string parameter) {
    return {.name = std::move(name),
            .kind = PageKind::cursor,
            .items = std::move(items),
            .next = std::move(next),
            .parameter = std::move(parameter)};
}

}  // namespace

PageRules github(std::string items) {
    return {.name = "github",
            .kind = PageKind::link_header,
            .items = std::move(items),
            .size_parameter = "per_page"};
}

PageRules github_search() {
    auto rules = github("/items");
    rules.name = "github search";
    rules.incomplete = {{.pointer = "/incomplete_results",
                         .value = "true",
                         .reason = "the search ran out of time (incomplete_results)"}};
    return rules;
}

PageRules slack(std::string items, CursorPlace place) {
    auto rules = by_cursor("slack", std::move(items), "/response_metadata/next_cursor", "cursor");
    rules.place = place;
    rules.size_parameter = "limit";
    rules.ok = "/ok";
    rules.error_code = "/error";
    rules.expired = {{.status = 200, .pointer = "/error", .value = "invalid_cursor"}};
    return rules;
}

PageRules slack_admin(std::string items, CursorPlace place) {
    auto rules = slack(std::move(items), place);
    rules.name = "slack admin";
    rules.next = "/next_cursor";
    return rules;
}

PageRules notion() {
    auto rules = by_cursor("notion", "/results", "/next_cursor", "start_cursor");
    rules.more = "/has_more";
    rules.place = CursorPlace::by_method;
    rules.size_parameter = "page_size";
    rules.error_code = "/code";
    rules.incomplete = {{.pointer = "/request_status/type",
                         .value = "incomplete",
                         .reason = "/request_status/incomplete_reason"}};
    return rules;
}

PageRules stripe() {
    PageRules rules{.name = "stripe", .kind = PageKind::cursor, .items = "/data"};
    rules.next_of_last_item = "/id";
    rules.more = "/has_more";
    rules.parameter = "starting_after";
    rules.size_parameter = "limit";
    rules.error_code = "/error/code";
    return rules;
}

PageRules osv_query() {
    auto rules = by_cursor("osv", "/vulns", "/next_page_token", "page_token");
    rules.items_may_be_absent = true;
    rules.place = CursorPlace::body;
    rules.error_code = "/message";
    return rules;
}

PageRules osv_batch() {
    auto rules = osv_query();
    rules.name = "osv batch";
    rules.kind = PageKind::batch_tokens;
    return rules;
}

PageRules gmail(std::string items) {
    auto rules = by_cursor("gmail", std::move(items), "/nextPageToken", "pageToken");
    rules.items_may_be_absent = true;
    rules.size_parameter = "maxResults";
    rules.error_code = "/error/errors/0/reason";
    rules.expired = {
        {.status = 400, .pointer = "/error/errors/0/reason", .value = "invalidPageToken"}};
    return rules;
}

PageRules gmail_history() {
    auto rules = gmail("/history");
    rules.name = "gmail history";
    rules.sync_token = "/historyId";
    rules.expired.push_back({.status = 404, .pointer = {}, .value = {}});
    return rules;
}

PageRules sandbox(PageKind kind) {
    PageRules rules{.name = "sandbox",
                    .kind = kind,
                    .items = kind == PageKind::link_header ? "" : "/items",
                    .size_parameter = "limit"};
    rules.error_code = "/code";
    if (kind == PageKind::next_url) {
        rules.next = "/next";
    } else if (kind == PageKind::cursor) {
        rules.next = "/next_cursor";
        rules.parameter = "cursor";
        rules.expired = {{.status = 400, .pointer = "/code", .value = "invalid_cursor"},
                         {.status = 410, .pointer = {}, .value = {}}};
    } else if (kind == PageKind::page_number) {
        rules.parameter = "page";
        rules.total_pages = "/pages";
    } else if (kind == PageKind::offset) {
        rules.parameter = "offset";
        rules.total_items = "/total";
        rules.size_in_answer = "/limit";
    }
    return rules;
}

}  // namespace page_rules

}  // namespace apilab::data
