#include "apilab/sandbox/npm/search.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cctype>
#include <cstdint>
#include <ctime>

#include "apilab/http/date.hpp"
#include "apilab/sandbox/internal/query.hpp"

namespace apilab::sandbox::npm {
namespace {

namespace json = boost::json;

constexpr std::int64_t size_default = 20;
constexpr std::int64_t size_max = 250;

std::string lower(std::string_view text) {
    std::string out(text);
    std::ranges::transform(out, out.begin(), [](unsigned char c) { return std::tolower(c); });
    return out;
}

/// `Wed Jan 25 2017 19:23:35 GMT+0000 (UTC)`: not an ISO time, as the real one.
std::string javascript_date(SystemTime now) {
    const std::time_t seconds = std::chrono::system_clock::to_time_t(
        std::chrono::time_point_cast<std::chrono::system_clock::duration>(now));
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    std::string out(64, '\0');
    out.resize(
        std::strftime(out.data(), out.size(), "%a %b %d %Y %H:%M:%S GMT+0000 (UTC)", &parts));
    return out;
}

json::object entry(const Packument& package) {
    const json::object person{{"username", "sandbox"}, {"email", "sandbox@example.invalid"}};
    const std::string latest = package.tags.empty() ? "" : package.tags.front().second;
    return {
        {"package", json::object{{"name", package.name},
                                 {"version", latest},
                                 {"description", package.description},
                                 {"date", http::format_iso_time(package.modified)},
                                 {"links", json::object{}},
                                 {"publisher", person},
                                 {"maintainers", json::array{person}}}},
        {"score",
         json::object{{"final", 1.0},
                      {"detail",
                       json::object{{"quality", 1.0}, {"popularity", 1.0}, {"maintenance", 1.0}}}}},
        {"searchScore", 1.0}};
}

}  // namespace

std::string search_body(const Registry& registry, const Incoming& incoming) {
    const auto wanted = lower(query_value(incoming, "text"));
    const auto size = std::clamp(query_number(incoming, "size").value_or(size_default),
                                 std::int64_t{0}, size_max);
    const auto from = std::max(query_number(incoming, "from").value_or(0), std::int64_t{0});
    json::array objects;
    std::int64_t total = 0;
    for (const auto& [name, package] : registry.packages) {
        const bool hit =
            !package.manifests.empty() &&
            (lower(name).contains(wanted) || lower(package.description).contains(wanted));
        if (hit && total++ >= from && std::ssize(objects) < size) {
            objects.emplace_back(entry(package));
        }
    }
    return json::serialize(json::object{{"objects", std::move(objects)},
                                        {"total", total},
                                        {"time", javascript_date(incoming.system_now)}});
}

}  // namespace apilab::sandbox::npm
