#include "apilab/sandbox/github/advisory_list.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <tuple>
#include <utility>

#include "apilab/base/try.hpp"
#include "apilab/sandbox/github/paging.hpp"
#include "apilab/sandbox/internal/query.hpp"

namespace apilab::sandbox::github {
namespace {

constexpr std::size_t affects_max = 1000;
constexpr std::array ecosystems{"rubygems", "npm",    "pip",     "maven", "nuget", "composer", "go",
                                "rust",     "erlang", "actions", "pub",   "other", "swift"};

struct Filter {
    std::string_view ecosystem;
    std::string_view severity;
    std::string_view cve_id;
    std::string_view ghsa_id;
    std::string_view withdrawn;
    bool malware = false;
    /// Name and version; an empty version stands for all.
    std::vector<std::pair<std::string_view, std::string_view>> affects;
};

std::pair<std::string_view, std::string_view> split_package(std::string_view text) {
    const auto at = text.rfind('@');
    if (at == std::string_view::npos || at == 0) {
        return {text, {}};
    }
    return {text.substr(0, at), text.substr(at + 1)};
}

Result<Filter> read_filter(const Incoming& incoming) {
    Filter filter{.ecosystem = query_value(incoming, "ecosystem"),
                  .severity = query_value(incoming, "severity"),
                  .cve_id = query_value(incoming, "cve_id"),
                  .ghsa_id = query_value(incoming, "ghsa_id"),
                  .withdrawn = query_value(incoming, "is_withdrawn"),
                  .malware = query_value(incoming, "type") == "malware"};
    if (!filter.ecosystem.empty() &&
        std::ranges::find(ecosystems, filter.ecosystem) == ecosystems.end()) {
        return fail(ErrorKind::invalid_argument,
                    "ecosystem: '" + std::string(filter.ecosystem) + "' is not a known ecosystem");
    }
    for (const auto& [name, value] : incoming.query) {
        if (name != "affects" && name != "affects[]") {
            continue;
        }
        std::string_view rest = value;
        while (!rest.empty()) {
            const auto comma = rest.find(',');
            if (const auto item = rest.substr(0, comma); !item.empty()) {
                filter.affects.push_back(split_package(item));
            }
            rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
        }
    }
    if (filter.affects.size() > affects_max) {
        return fail(ErrorKind::invalid_argument, "affects: at most 1000 packages can be given");
    }
    return filter;
}

bool names(const Advisory& advisory, const Filter& filter) {
    return std::ranges::any_of(filter.affects, [&](const auto& wanted) {
        return std::ranges::any_of(advisory.affected, [&](const Affected& affected) {
            return affected.package == wanted.first &&
                   (wanted.second.empty() || affects(affected, wanted.second));
        });
    });
}

bool passes(const Advisory& advisory, const Filter& filter) {
    const bool ecosystem = filter.ecosystem.empty() ||
                           std::ranges::any_of(advisory.affected, [&](const Affected& affected) {
                               return affected.ecosystem == filter.ecosystem;
                           });
    const auto same = [](std::string_view wanted, std::string_view has) {
        return wanted.empty() || wanted == has;
    };
    const bool withdrawn =
        filter.withdrawn.empty() || (filter.withdrawn == "true") == advisory.withdrawn;
    return ecosystem && withdrawn && !filter.malware && same(filter.severity, advisory.severity) &&
           same(filter.cve_id, advisory.cve_id) && same(filter.ghsa_id, advisory.ghsa_id) &&
           (filter.affects.empty() || names(advisory, filter));
}

// A cursor is opaque to a client; here it is the advisory's id in hexadecimal.
std::string cursor_of(const Advisory& advisory) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    for (const unsigned char c : advisory.ghsa_id) {
        out += digits[c >> 4U];
        out += digits[c & 15U];
    }
    return out;
}

Result<std::size_t> position(const std::vector<const Advisory*>& rows, std::string_view cursor) {
    const auto found = std::ranges::find(
        rows, cursor, [](const Advisory* advisory) { return cursor_of(*advisory); });
    if (found == rows.end()) {
        return fail(ErrorKind::invalid_argument, "before/after: the cursor is not valid");
    }
    return static_cast<std::size_t>(found - rows.begin());
}

/// The first row of the page; `before` counts back from its cursor.
Result<std::size_t> page_start(const Incoming& incoming, const std::vector<const Advisory*>& rows,
                               std::size_t size) {
    if (const auto after = query_value(incoming, "after"); !after.empty()) {
        APILAB_TRY(const auto at, position(rows, after));
        return at + 1;
    }
    if (const auto before = query_value(incoming, "before"); !before.empty()) {
        APILAB_TRY(const auto at, position(rows, before));
        return at - std::min(at, size);
    }
    return 0;
}

}  // namespace

Result<AdvisoryPage> cut_by_cursor(const Incoming& incoming,
                                   const std::vector<const Advisory*>& rows,
                                   std::string_view path) {
    const auto size = page_size(incoming);
    APILAB_TRY(const auto first, page_start(incoming, rows, size));
    const auto last = std::min(first + size, rows.size());
    AdvisoryPage page{.advisories = {rows.begin() + static_cast<std::ptrdiff_t>(first),
                                     rows.begin() + static_cast<std::ptrdiff_t>(last)}};
    const auto add = [&](const Advisory& at, std::string_view side, std::string_view rel) {
        page.link += page.link.empty() ? "" : ", ";
        page.link += link_to(incoming, path,
                             {{"before", side == "before" ? cursor_of(at) : ""},
                              {"after", side == "after" ? cursor_of(at) : ""}},
                             rel);
    };
    if (last < rows.size()) {
        add(*rows[last - 1], "after", "next");
    }
    if (first > 0 && first < rows.size()) {
        add(*rows[first], "before", "prev");
    }
    return page;
}

Result<AdvisoryPage> list_advisories(const Store& store, const Incoming& incoming) {
    APILAB_TRY(const auto filter, read_filter(incoming));
    std::vector<const Advisory*> rows;
    for (const auto& advisory : store.advisories()) {
        if (passes(advisory, filter)) {
            rows.push_back(&advisory);
        }
    }
    if (query_value(incoming, "sort") == "updated") {
        std::ranges::sort(rows, [](const Advisory* a, const Advisory* b) {
            return std::tie(b->updated, b->ghsa_id) < std::tie(a->updated, a->ghsa_id);
        });
    }
    if (query_value(incoming, "direction") == "asc") {
        std::ranges::reverse(rows);
    }
    return cut_by_cursor(incoming, rows, "/advisories");
}

}  // namespace apilab::sandbox::github
