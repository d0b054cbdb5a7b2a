#include "apilab/sandbox/notion/internal/sort.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <variant>

#include "apilab/sandbox/notion/internal/rich_text.hpp"
#include "apilab/sandbox/notion/internal/values.hpp"

namespace apilab::sandbox::notion {
namespace {

namespace json = boost::json;

// Nothing: empty. An option is its place among the options, a list its first item.
using SortKey = std::variant<std::monostate, double, std::string>;

SortKey key_of_option(const Property& property, const json::value& option) {
    if (option.is_null()) {
        return {};
    }
    const auto& options = property.details.at("options").as_array();
    const auto* found = std::ranges::find_if(
        options, [&](const json::value& one) { return one.at("name") == option.at("name"); });
    return static_cast<double>(found - options.begin());
}

SortKey key_of(const Property& property, const json::value& value) {
    const auto& type = property.type;
    if (value.is_null()) {
        return {};
    }
    if (type == "formula" || type == "rollup") {
        const auto& inner = value.at(std::string_view(value.at("type").as_string()));
        return inner.is_number() ? SortKey(inner.to_number<double>()) : SortKey();
    }
    if (type == "select" || type == "status") {
        return key_of_option(property, value);
    }
    if (type == "unique_id") {
        return value.at("number").to_number<double>();
    }
    if (type == "date") {
        return std::string(value.at("start").as_string());
    }
    if (value.is_number() || value.is_bool()) {
        return value.is_bool() ? static_cast<double>(value.as_bool()) : value.to_number<double>();
    }
    if (value.is_string()) {
        return std::string(value.as_string());
    }
    if (type == "title" || type == "rich_text") {
        auto text = plain_text(value.as_array());
        return text.empty() ? SortKey() : SortKey(std::move(text));
    }
    return {};
}

struct Sort {
    Property property;
    bool descending = false;
};

struct Keyed {
    SortKey key;
    // Where it stood before: equals stay in their order.
    std::size_t place = 0;
    const Page* page = nullptr;
};

bool comes_before(const Keyed& one, const Keyed& two, bool descending) {
    const bool one_empty = one.key.index() == 0;
    const bool two_empty = two.key.index() == 0;
    if (one_empty != two_empty) {
        return two_empty;
    }
    if (one.key == two.key) {
        return one.place < two.place;
    }
    return descending ? one.key > two.key : one.key < two.key;
}

std::expected<Sort, std::string> read_sort(http::Json sort, const Schema& schema) {
    Sort read{.descending = sort["direction"].string_or("") == "descending"};
    if (const auto direction = sort["direction"].string_or("ascending");
        direction != "ascending" && direction != "descending") {
        return should_be("body.sorts[0].direction", "`\"ascending\"` or `\"descending\"`",
                         sort["direction"]);
    }
    if (const auto timestamp = sort["timestamp"].string()) {
        read.property.type = *timestamp;
        return read;
    }
    const auto name = sort["property"].string_or("");
    const auto* property = find_property(schema, name);
    if (property == nullptr) {
        return std::unexpected(
            fmt::format("Could not find sort property with name or id: {}", name));
    }
    read.property = *property;
    return read;
}

}  // namespace

std::optional<std::string> sort_pages(http::Json sorts, const Store& store, const Schema& schema,
                                      std::vector<const Page*>& pages) {
    std::vector<Sort> all;
    for (const auto sort : sorts.elements()) {
        auto read = read_sort(sort, schema);
        if (!read) {
            return read.error();
        }
        all.push_back(*std::move(read));
    }
    for (auto sort = all.rbegin(); sort != all.rend(); ++sort) {
        std::vector<Keyed> keyed;
        keyed.reserve(pages.size());
        for (const auto* page : pages) {
            keyed.push_back(
                {.key = key_of(sort->property, full_value(store, *page, sort->property)),
                 .place = keyed.size(),
                 .page = page});
        }
        std::ranges::sort(keyed, [&](const Keyed& one, const Keyed& two) {
            return comes_before(one, two, sort->descending);
        });
        std::ranges::transform(keyed, pages.begin(), &Keyed::page);
    }
    return std::nullopt;
}

}  // namespace apilab::sandbox::notion
