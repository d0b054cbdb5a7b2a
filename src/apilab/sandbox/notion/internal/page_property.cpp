#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "apilab/sandbox/internal/conditional.hpp"
#include "apilab/sandbox/internal/query.hpp"
#include "apilab/sandbox/notion/internal/bodies.hpp"
#include "apilab/sandbox/notion/internal/call.hpp"
#include "apilab/sandbox/notion/internal/values.hpp"

namespace apilab::sandbox::notion {
namespace {

namespace json = boost::json;

json::object item_of(const Property& property, json::value value) {
    return {{"object", "property_item"},
            {"type", property.type},
            {"id", property.id},
            {property.type, std::move(value)}};
}

bool is_paged(const Property& property, const json::value& value) {
    constexpr std::array<std::string_view, 4> lists = {"title", "rich_text", "relation", "people"};
    return std::ranges::find(lists, property.type) != lists.end() ||
           (property.type == "rollup" && value.at("type") == "array");
}

}  // namespace

http::Response get_page_property(const Call& call) {
    const auto id = path_id(call, "page");
    if (!id) {
        return id.error();
    }
    const auto& store = *call.store;
    const auto* page = store.pages.find(*id);
    if (page == nullptr) {
        return not_found("page", *id);
    }
    const auto name = path_value(*call.incoming, "property");
    const auto* property = find_property(store.schema_of(*page), name);
    if (property == nullptr) {
        return not_found("property", name);
    }
    auto value = full_value(store, *page, *property);
    if (!is_paged(*property, value)) {
        return answer_with(item_of(*property, std::move(value)));
    }
    const bool rollup = property->type == "rollup";
    const json::array all = rollup ? value.at("array").as_array() : value.as_array();
    const auto cursor_of = [&](std::size_t i) {
        const auto half = stable_hash(fmt::format("{} {} {}", *id, property->id, i));
        return canonical_id(half + stable_hash(half));
    };
    const auto cut = cut_list(call, all.size(), cursor_of);
    if (!cut) {
        return cut.error();
    }
    auto list = list_of(*cut, "property_item", [&](std::size_t i) {
        if (!rollup) {
            return item_of(*property, all[i]);
        }
        const auto& one = all[i].as_object();
        const auto type = one.at("type").as_string();
        return json::object{{"object", "property_item"},
                            {"type", type},
                            {"id", property->id},
                            {type, one.at(type)}};
    });
    json::value next;
    if (cut->next) {
        next = fmt::format("{}/v1/pages/{}/properties/{}?start_cursor={}", call.incoming->base_url,
                           *id, property->id, *cut->next);
    }
    json::value below = json::object();
    if (rollup) {
        below = std::move(value);
        below.as_object()["array"] = json::array();
    }
    list["property_item"] = json::object{{"id", property->id},
                                         {"next_url", std::move(next)},
                                         {"type", property->type},
                                         {property->type, std::move(below)}};
    return answer_with(list);
}

}  // namespace apilab::sandbox::notion
