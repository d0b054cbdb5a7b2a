#include "apilab/sandbox/npm/search.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cctype>
#include <cstdint>
#include <ctime>

#include "apilab/http/date.hpp"
#include "apilab/http/json.hpp"
#include "apilab/sandbox/internal/json_value.hpp"
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

json::object links_of(http::Json document, const std::string& page) {
    json::object links{{"npm", page}};
    for (const auto* name : {"homepage", "repository", "bugs"}) {
        const auto value = document[name];
        const auto text = value.is_object() ? value["url"].string_or("") : value.string_or("");
        if (!text.empty()) {
            links[name] = text;
        }
    }
    return links;
}

json::object entry(const Packument& package, const std::string& base_url) {
    const auto document = http::JsonDocument::parse(package.full);
    const auto root = document->root();
    json::array people;
    for (const auto one : root["maintainers"].elements()) {
        people.emplace_back(json::object{{"username", one["name"].string_or("")},
                                         {"email", one["email"].string_or("")}});
    }
    const json::value publisher = people.empty() ? json::value(json::object()) : people.front();
    const std::string latest = package.tags.empty() ? "" : package.tags.front().second;
    json::object out{{"name", package.name},
                     {"version", latest},
                     {"description", package.description},
                     {"keywords", root["keywords"].is_array() ? to_value(root["keywords"])
                                                              : json::value(json::array())},
                     {"date", http::format_iso_time(package.modified)},
                     {"links", links_of(root, base_url + "/package/" + package.name)},
                     {"publisher", publisher},
                     {"maintainers", std::move(people)}};
    return {
        {"package", std::move(out)},
        {"flags", json::object{{"insecure", 0}}},
        {"updated", http::format_iso_time(package.modified)},
        {"score",
         json::object{{"final", 1.0},
                      {"detail",
                       json::object{{"quality", 1.0}, {"popularity", 1.0}, {"maintenance", 1.0}}}}},
        {"searchScore", 1.0}};
}

bool has_words(const Packument& package, std::string_view words) {
    const auto text = lower(package.name + " " + package.description);
    while (!words.empty()) {
        const auto end = words.find(' ');
        const auto word = words.substr(0, end);
        const bool fits = word.starts_with("scope:")
                              ? package.name.starts_with("@" + std::string(word.substr(6)) + "/")
                              : text.contains(word);
        if (!fits) {
            return false;
        }
        words = end == std::string_view::npos ? std::string_view() : words.substr(end + 1);
    }
    return true;
}

}  // namespace

std::string search_body(const Shelf& shelf, const Incoming& incoming) {
    const auto wanted = lower(query_value(incoming, "text"));
    const auto size = std::clamp(query_number(incoming, "size").value_or(size_default),
                                 std::int64_t{0}, size_max);
    const auto from = std::max(query_number(incoming, "from").value_or(0), std::int64_t{0});
    json::array objects;
    std::int64_t total = 0;
    shelf.each([&](const Packument& package) {
        const bool hit = !package.manifests.empty() && !shelf.restricted(package.name) &&
                         has_words(package, wanted);
        if (hit && total++ >= from && std::ssize(objects) < size) {
            objects.emplace_back(entry(package, incoming.base_url));
        }
    });
    return json::serialize(json::object{{"objects", std::move(objects)},
                                        {"total", total},
                                        {"time", javascript_date(incoming.system_now)}});
}

}  // namespace apilab::sandbox::npm
