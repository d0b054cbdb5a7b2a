#include "apilab/sandbox/internal/near_misses.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <numeric>
#include <tuple>

#include "apilab/base/scrubber.hpp"
#include "apilab/sandbox/path_pattern.hpp"

namespace apilab::sandbox::internal {

namespace json = boost::json;

namespace {

constexpr std::size_t word_max = 64;
constexpr std::size_t segment_cost = 3;
constexpr std::size_t nearest_max = 3;
constexpr std::size_t distance_max = 6;
constexpr std::size_t looked_at_max = 2000;

// Levenshtein's distance, of short words.
std::size_t edits(std::string_view a, std::string_view b) {
    a = a.substr(0, word_max);
    b = b.substr(0, word_max);
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t change = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({row[j] + 1, row[j - 1] + 1, change});
        }
    }
    return row[b.size()];
}

// Those of one distance by the names of their operations.
void sort_by_distance(std::vector<NearMiss>& misses) {
    std::ranges::sort(misses, {}, [](const NearMiss& miss) {
        return std::tuple(miss.distance, std::string_view(miss.route->operation));
    });
}

std::vector<std::string> template_parts(std::string_view path) {
    std::vector<std::string> parts;
    while (!path.empty()) {
        path.remove_prefix(1);
        const auto end = std::min(path.find('/'), path.size());
        if (end > 0) {
            parts.emplace_back(path.substr(0, end));
        }
        path.remove_prefix(end);
    }
    return parts;
}

void compare_segments(const std::vector<std::string>& parts,
                      const std::vector<std::string>& segments, NearMiss& miss) {
    const bool rest = !parts.empty() && parts.back().ends_with("+}");
    const std::size_t fixed = rest ? parts.size() - 1 : parts.size();
    for (std::size_t i = 0; i < std::min(fixed, segments.size()); ++i) {
        if (parts[i].starts_with('{') || parts[i] == segments[i]) {
            continue;
        }
        miss.distance += std::min(edits(parts[i], segments[i]), segment_cost);
        miss.why.push_back(
            fmt::format("segment {} is \"{}\", not \"{}\"", i + 1, parts[i], segments[i]));
    }
    if (segments.size() < parts.size()) {
        miss.distance += segment_cost * (parts.size() - segments.size());
        miss.why.push_back(fmt::format("the path goes on with /{}", parts[segments.size()]));
    } else if (segments.size() > parts.size() && !rest) {
        miss.distance += segment_cost * (segments.size() - parts.size());
        miss.why.push_back(fmt::format("the path ends before /{}", segments[parts.size()]));
    }
}

json::array nearest_json(const std::vector<NearMiss>& misses) {
    json::array list;
    for (const NearMiss& miss : misses) {
        list.push_back(json::object{{"provider", miss.provider},
                                    {"operation", miss.route->operation},
                                    {"method", miss.route->method},
                                    {"path", miss.route->path_template},
                                    {"why", json::array(miss.why.begin(), miss.why.end())}});
    }
    return list;
}

std::vector<NearMiss> nearest_of_all(const Surface& surface, const Exchange& row) {
    std::vector<NearMiss> all;
    for (const auto& entry : surface.entries) {
        if (row.provider.empty() || row.provider == entry.provider) {
            auto some = nearest_operations(entry, row.method, row.path);
            std::ranges::move(some, std::back_inserter(all));
        }
    }
    sort_by_distance(all);
    all.resize(std::min(all.size(), nearest_max));
    if (row.provider.empty()) {
        for (NearMiss& miss : all) {
            miss.why.insert(miss.why.begin(), fmt::format("the path lacks its /{}", miss.provider));
        }
    }
    return all;
}

}  // namespace

std::vector<NearMiss> nearest_operations(const Surface::Entry& provider, std::string_view method,
                                         std::string_view path) {
    const auto segments = split_path(path);
    std::vector<NearMiss> found;
    for (const Route& route : provider.routes) {
        NearMiss miss{.provider = provider.provider, .route = &route};
        compare_segments(template_parts(route.path_template), segments, miss);
        if (route.method != method && !(method == "HEAD" && route.method == "GET")) {
            ++miss.distance;
            miss.why.insert(miss.why.begin(), fmt::format("the method is {}", route.method));
        }
        if (miss.distance <= distance_max) {
            found.push_back(std::move(miss));
        }
    }
    sort_by_distance(found);
    found.resize(std::min(found.size(), nearest_max));
    return found;
}

std::string near_misses_json(const Sandbox& sandbox, std::size_t limit) {
    json::array list;
    const auto& rows = sandbox.journal().rows();
    for (auto row = rows.rbegin(); row != rows.rend(); ++row) {
        if (list.size() >= std::min(limit, looked_at_max)) {
            break;
        }
        if (row->decision != Exchange::Decision::unsupported) {
            continue;
        }
        list.push_back(json::object{
            {"seq", row->seq},
            {"provider", row->provider.empty() ? json::value() : json::value(row->provider)},
            {"method", row->method},
            {"path", row->path},
            {"status", row->status},
            {"nearest", nearest_json(nearest_of_all(sandbox.surface(), *row))}});
    }
    auto text = json::serialize(json::object{{"near_misses", std::move(list)}});
    Scrubber::of_process().scrub(text);
    return text;
}

}  // namespace apilab::sandbox::internal
