#include "apilab/sandbox/notion/internal/store.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <chrono>

#include "apilab/base/ascii.hpp"
#include "apilab/sandbox/internal/digest.hpp"
#include "apilab/sandbox/notion/internal/schema.hpp"

namespace apilab::sandbox::notion {
namespace {

namespace json = boost::json;

constexpr int seed_pages = 130;

// A UUID of version 4 made from a name.
std::string uuid(std::uint64_t seed, std::string_view name) {
    auto hex = internal::sha256_hex(fmt::format("apilab notion {} {}", seed, name)).substr(0, 32);
    hex[12] = '4';
    hex[16] = '8';
    return canonical_id(hex);
}

json::object seed_properties(int number) {
    constexpr std::array<std::string_view, 4> severities = {"low", "medium", "high", "critical"};
    auto properties = empty_properties();
    properties["Name"] = text_value("title", fmt::format("Task {:03}", number));
    properties["Key"] = text_value("rich_text", fmt::format("task-{:03}", number));
    properties["Score"].as_object()["number"] = number % 10;
    properties["Severity"].as_object()["select"] =
        option_value(severities[static_cast<std::size_t>(number) % severities.size()]);
    return properties;
}

}  // namespace

std::string database_id_of(std::uint64_t seed) {
    return uuid(seed, "database");
}

std::string data_source_id_of(std::uint64_t seed) {
    return uuid(seed, "data source");
}

std::string canonical_id(std::string_view id) {
    std::string hex;
    for (const char c : id) {
        if (c == '-') {
            continue;
        }
        const char low = ascii_lower(c);
        if (!ascii_digit(low) && (low < 'a' || low > 'f')) {
            return {};
        }
        hex += low;
    }
    return hex.size() != 32 ? std::string()
                            : fmt::format("{}-{}-{}-{}-{}", hex.substr(0, 8), hex.substr(8, 4),
                                          hex.substr(12, 4), hex.substr(16, 4), hex.substr(20));
}

std::string minute_of(SystemTime time) {
    const auto minute = std::chrono::floor<std::chrono::minutes>(time);
    const auto epoch = std::chrono::duration_cast<std::chrono::seconds>(minute.time_since_epoch());
    return fmt::format("{:%Y-%m-%dT%H:%M}:00.000Z", fmt::gmtime(std::time_t(epoch.count())));
}

Store::Store(std::uint64_t seed)
    : seed_(seed), database_id_(database_id_of(seed)), data_source_id_(data_source_id_of(seed)) {
    reset();
}

void Store::reset() {
    ids_ = 0;
    pages_.clear();
    constexpr auto first = SystemTime(std::chrono::seconds(1'761'955'200));  // 2025-11-01
    for (int i = 1; i <= seed_pages; ++i) {
        const auto created = minute_of(first + std::chrono::hours(i));
        add({.created = created, .edited = created, .properties = seed_properties(i)});
    }
}

Page* Store::find(std::string_view id) {
    const auto found = std::ranges::find(pages_, canonical_id(id), &Page::id);
    return found == pages_.end() || found->id.empty() ? nullptr : &*found;
}

Page& Store::add(Page page) {
    page.id = next_id();
    pages_.push_back(std::move(page));
    return pages_.back();
}

std::string Store::next_id() {
    return uuid(seed_, fmt::format("id {}", ++ids_));
}

}  // namespace apilab::sandbox::notion
