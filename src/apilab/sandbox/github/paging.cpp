#include "apilab/sandbox/github/paging.hpp"

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <utility>

#include "apilab/http/query.hpp"
#include "apilab/http/url.hpp"
#include "apilab/sandbox/internal/query.hpp"

namespace apilab::sandbox::github {
namespace {

constexpr std::int64_t per_page_default = 30;
constexpr std::int64_t per_page_max = 100;

void append(std::string& links, const std::string& link) {
    links += links.empty() ? "" : ", ";
    links += link;
}

}  // namespace

std::size_t page_size(const Incoming& incoming) {
    const auto asked = query_number(incoming, "per_page").value_or(per_page_default);
    return static_cast<std::size_t>(asked < 1 ? per_page_default : std::min(asked, per_page_max));
}

std::string link_to(const Incoming& incoming, std::string_view path,
                    std::initializer_list<std::pair<std::string_view, std::string>> changes,
                    std::string_view rel) {
    http::Query query;
    for (const auto& [name, value] : incoming.query) {
        const bool changed =
            std::ranges::any_of(changes, [&](const auto& change) { return change.first == name; });
        if (!changed) {
            query.add(name, value);
        }
    }
    for (const auto& [name, value] : changes) {
        if (!value.empty()) {
            query.add(name, value);
        }
    }
    return "<" + incoming.base_url + std::string(path) + "?" + query.to_string() + ">; rel=\"" +
           std::string(rel) + "\"";
}

Slice slice_by_page(const Incoming& incoming, std::size_t total, std::string_view path) {
    const auto size = page_size(incoming);
    const auto pages = std::max<std::size_t>((total + size - 1) / size, 1);
    const auto page = static_cast<std::size_t>(
        std::max<std::int64_t>(query_number(incoming, "page").value_or(1), 1));
    Slice slice;
    if (page <= pages) {
        slice.first = (page - 1) * size;
        slice.count = std::min(size, total - slice.first);
    }
    const auto add = [&](std::size_t number, std::string_view rel) {
        append(slice.link, link_to(incoming, path, {{"page", std::to_string(number)}}, rel));
    };
    if (page > 1) {
        add(std::min(page - 1, pages), "prev");
    }
    if (page < pages) {
        add(page + 1, "next");
        add(pages, "last");
    }
    if (page > 1) {
        add(1, "first");
    }
    return slice;
}

}  // namespace apilab::sandbox::github
