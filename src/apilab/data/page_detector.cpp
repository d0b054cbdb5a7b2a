#include "apilab/data/page_detector.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "apilab/data/internal/query_text.hpp"
#include "apilab/http/link.hpp"

namespace apilab::data {
namespace {

constexpr std::array item_names{"/items",   "/data",     "/results",  "/values",
                                "/entries", "/records",  "/messages", "/channels",
                                "/members", "/elements", "/content",  "/objects"};
constexpr std::array url_places{
    "/next",        "/next_url",         "/nextUrl",     "/next_page_url",
    "/nextLink",    "/@odata.nextLink",  "/links/next",  "/links/next/href",
    "/_links/next", "/_links/next/href", "/paging/next", "/pagination/next",
    "/meta/next",   "/info/next"};
struct CursorWords {
    std::string_view pointer;
    std::string_view parameter;
};
constexpr std::array cursor_places{CursorWords{"/next_cursor", "cursor"},
                                   CursorWords{"/nextCursor", "cursor"},
                                   CursorWords{"/response_metadata/next_cursor", "cursor"},
                                   CursorWords{"/meta/next_cursor", "cursor"},
                                   CursorWords{"/pagination/next_cursor", "cursor"},
                                   CursorWords{"/paging/cursors/after", "after"},
                                   CursorWords{"/paging/next/after", "after"},
                                   CursorWords{"/nextPageToken", "pageToken"},
                                   CursorWords{"/next_page_token", "page_token"},
                                   CursorWords{"/next_token", "next_token"},
                                   CursorWords{"/NextToken", "NextToken"},
                                   CursorWords{"/continuation_token", "continuation_token"}};

std::optional<std::string> find_items(const http::Json& root) {
    if (root.is_array() || root.is_null()) {
        return "";
    }
    for (const auto* name : item_names) {
        if (root.at_pointer(name).is_array()) {
            return name;
        }
    }
    for (const auto& [name, value] : root.members()) {
        if (value.is_array()) {
            return http::pointer_step(name);
        }
    }
    return std::nullopt;
}

bool looks_like_url(std::string_view text) {
    return text.starts_with("http://") || text.starts_with("https://") || text.starts_with('/') ||
           text.starts_with('?');
}

bool by_url(const http::Json& root, DetectedPages& found) {
    for (const auto* place : url_places) {
        const auto value = root.at_pointer(place);
        if (looks_like_url(value.string_or(""))) {
            found.rules.kind = PageKind::next_url;
            found.rules.next = place;
            found.why = fmt::format("next-url: {} holds a URL", place);
            return true;
        }
    }
    return false;
}

bool by_cursor(const http::Json& root, DetectedPages& found) {
    const bool flag = root["has_more"].boolean().has_value();
    for (const auto& words : cursor_places) {
        const auto value = root.at_pointer(words.pointer);
        if (value.missing() || (!value.is_null() && !internal::word_of(value))) {
            continue;
        }
        found.rules.kind = PageKind::cursor;
        found.rules.next = words.pointer;
        found.rules.parameter = words.parameter;
        found.rules.place = CursorPlace::by_method;
        found.rules.more = flag ? "/has_more" : "";
        if (flag && root["object"].string_or("") == "list") {
            found.rules.parameter = "start_cursor";
        }
        found.why = fmt::format("cursor: {} {}, asked for by {}", words.pointer,
                                value.is_null() ? "is there, and null" : "holds a word",
                                found.rules.parameter);
        return true;
    }
    return false;
}

bool by_last_item(const http::Json& root, DetectedPages& found) {
    if (!root["has_more"].boolean() || root["object"].string_or("") != "list" ||
        !root["data"].is_array()) {
        return false;
    }
    found.rules.kind = PageKind::cursor;
    found.rules.items = "/data";
    found.rules.next_of_last_item = "/id";
    found.rules.more = "/has_more";
    found.rules.parameter = "starting_after";
    found.rules.place = CursorPlace::by_method;
    found.why =
        "cursor: a list with /has_more and no cursor, as Stripe has it: the last item's /id";
    return true;
}

template <class Names>
std::string first_number(const http::Json& root, const Names& names) {
    for (const auto* name : names) {
        if (root.at_pointer(name).integer()) {
            return name;
        }
    }
    return {};
}

bool by_numbers(const http::Json& root, DetectedPages& found) {
    constexpr std::array pages{"/pages",      "/total_pages",      "/totalPages",
                               "/page_count", "/meta/total_pages", "/pagination/total_pages"};
    constexpr std::array totals{"/total",       "/total_count", "/totalCount",
                                "/total_items", "/count",       "/meta/total"};
    found.rules.total_pages = first_number(root, pages);
    found.rules.total_items = first_number(root, totals);
    if (root["offset"].integer() && !found.rules.total_items.empty()) {
        found.rules.kind = PageKind::offset;
        found.rules.parameter = "offset";
        found.rules.size_parameter = "limit";
        found.rules.size_in_answer = root["limit"].integer() ? "/limit" : "";
        found.why = fmt::format("offset: /offset beside the total {}", found.rules.total_items);
        return true;
    }
    const bool meta = root.at_pointer("/pagination/page").integer().has_value();
    const bool page = root["page"].integer().has_value() || meta;
    if (page && !(found.rules.total_pages.empty() && found.rules.total_items.empty())) {
        found.rules.kind = PageKind::page_number;
        found.rules.parameter = "page";
        found.why = fmt::format(
            "page: {} beside the total {}", meta ? "/pagination/page" : "/page",
            found.rules.total_pages.empty() ? found.rules.total_items : found.rules.total_pages);
        return true;
    }
    found.rules.total_pages.clear();
    found.rules.total_items.clear();
    return false;
}

struct Member {
    std::string_view name;
    std::string PageRules::* field;
};
constexpr std::array kept{Member{"items", &PageRules::items},
                          Member{"next", &PageRules::next},
                          Member{"next_of_last_item", &PageRules::next_of_last_item},
                          Member{"more", &PageRules::more},
                          Member{"parameter", &PageRules::parameter},
                          Member{"total_pages", &PageRules::total_pages},
                          Member{"total_items", &PageRules::total_items},
                          Member{"size_parameter", &PageRules::size_parameter},
                          Member{"size_in_answer", &PageRules::size_in_answer}};

constexpr std::array detectable{PageKind::single, PageKind::link_header, PageKind::next_url,
                                PageKind::cursor, PageKind::page_number, PageKind::offset};

}  // namespace

Result<DetectedPages> detect_pages(const http::Request& request, const http::Response& response,
                                   const http::Json& root) {
    DetectedPages found;
    found.rules.items_may_be_absent = true;
    auto items = find_items(root);
    if (http::find_link(response.headers(), "next")) {
        found.rules.kind = PageKind::link_header;
        found.why = "link: a Link header with rel=next";
    } else if (!by_url(root, found) && !by_cursor(root, found) && !by_last_item(root, found) &&
               !by_numbers(root, found)) {
        found.rules.kind = PageKind::single;
        found.why = fmt::format("single: nothing in the answer to {} says how it goes on",
                                request.url().without_query());
    }
    if (!items) {
        return fail(Error(ErrorKind::decode, "no array in the answer that could be a list of items")
                        .with_outcome(Outcome::answered)
                        .with_remedy("say where they are (PageRules::items)"));
    }
    found.rules.items = *std::move(items);
    found.why += fmt::format("; items: {}",
                             found.rules.items.empty() ? "the whole answer" : found.rules.items);
    return found;
}

std::string detected_to_json(const PageRules& rules) {
    std::string text = "{\"kind\":" + http::json_quote(to_string(rules.kind));
    for (const auto& member : kept) {
        if (const auto& value = rules.*member.field; !value.empty()) {
            text += "," + http::json_quote(member.name) + ":" + http::json_quote(value);
        }
    }
    return text + "}";
}

Result<PageRules> detected_from_json(const http::Json& json) {
    const auto word = json["kind"].string_or("");
    const auto* const kind = std::ranges::find_if(
        detectable, [&](PageKind candidate) { return to_string(candidate) == word; });
    if (kind == detectable.end()) {
        return fail(Error(ErrorKind::decode, "detected rules: /kind is no kind of pages"));
    }
    PageRules rules{.kind = *kind, .items_may_be_absent = true};
    rules.place = *kind == PageKind::cursor ? CursorPlace::by_method : CursorPlace::query;
    for (const auto& member : kept) {
        rules.*member.field = json[member.name].string_or("");
    }
    return rules;
}

}  // namespace apilab::data
