#include "apilab/sandbox/notion/internal/schema.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>
#include <utility>

#include "apilab/http/url.hpp"
#include "apilab/sandbox/internal/conditional.hpp"
#include "apilab/sandbox/internal/json_value.hpp"
#include "apilab/sandbox/notion/internal/rich_text.hpp"

namespace apilab::sandbox::notion {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 23> types = {
    "title",          "rich_text",    "number",
    "select",         "multi_select", "status",
    "date",           "people",       "files",
    "checkbox",       "url",          "email",
    "formula",        "phone_number", "relation",
    "rollup",         "unique_id",    "button",
    "created_time",   "created_by",   "last_edited_time",
    "last_edited_by", "place"};

bool has_options(std::string_view type) {
    return type == "select" || type == "multi_select" || type == "status";
}

json::array options(std::initializer_list<std::string_view> names) {
    json::array all;
    for (const auto name : names) {
        all.emplace_back(option_value(name));
    }
    return all;
}

json::object status_details() {
    json::array groups;
    const auto group = [&](std::string_view name, std::string_view option) {
        auto one = option_value(name);
        one["option_ids"] = json::array{option_value(option).at("id")};
        groups.emplace_back(std::move(one));
    };
    group("To-do", "Not started");
    group("In progress", "In progress");
    group("Complete", "Done");
    return {{"options", options({"Not started", "In progress", "Done"})},
            {"groups", std::move(groups)}};
}

json::object rollup_details(std::string_view function, std::string_view name, std::string_view id) {
    return {{"relation_property_name", "Related"},
            {"rollup_property_name", name},
            {"relation_property_id", "rEl%40"},
            {"rollup_property_id", id},
            {"function", function}};
}

// Details in full form from those of a request.
json::object full_details(std::string_view type, http::Json sent) {
    json::object details;
    if (sent.is_object()) {
        details = to_value(sent).as_object();
    }
    if (has_options(type)) {
        json::array all;
        for (const auto option : sent["options"].elements()) {
            auto one = option_value(option["name"].string_or(""));
            one["color"] = option["color"].string_or("default");
            all.emplace_back(std::move(one));
        }
        if (type == "status" && all.empty()) {
            return status_details();
        }
        details = {{"options", std::move(all)}};
        if (type == "status") {
            details["groups"] = json::array();
        }
    } else if (type == "number" && !details.contains("format")) {
        details["format"] = "number";
    } else if (type == "unique_id" && !details.contains("prefix")) {
        details["prefix"] = nullptr;
    } else if (type == "relation" && !details.contains("type")) {
        details["type"] = "single_property";
        details["single_property"] = json::object();
    }
    return details;
}

std::string_view type_in(http::Json sent) {
    if (const auto named = sent["type"].string()) {
        return *named;
    }
    for (const auto& [name, value] : sent.members()) {
        if (std::ranges::find(types, name) != types.end()) {
            return *std::ranges::find(types, name);
        }
    }
    return {};
}

std::expected<void, std::string> read_one(std::string_view name, http::Json sent, Schema& schema) {
    auto* known = find_property(schema, name);
    const auto path = fmt::format("body.properties.{}", name);
    if (sent.is_null()) {
        if (known == nullptr || known->type == "title") {
            return std::unexpected(fmt::format("{} cannot be removed.", name));
        }
        schema.erase(schema.begin() + (known - schema.data()));
        return {};
    }
    const auto type = type_in(sent);
    if (known == nullptr) {
        if (std::ranges::find(types, type) == types.end()) {
            return should_be(path + ".title", "defined", http::Json());
        }
        const bool second =
            type == "title" && std::ranges::find(schema, "title", &Property::type) != schema.end();
        if (second) {
            return std::unexpected("Cannot create new title property.");
        }
        schema.push_back({.name = std::string(name),
                          .id = type == "title" ? "title" : stable_hash(name).substr(0, 4),
                          .type = std::string(type),
                          .details = full_details(type, sent[type])});
        return {};
    }
    if (const auto renamed = sent["name"].string()) {
        known->name = *renamed;
    }
    if (!type.empty()) {
        if ((type == "title") != (known->type == "title")) {
            return std::unexpected(fmt::format("Cannot change the type of {}.", name));
        }
        known->type = type;
        known->details = full_details(type, sent[type]);
    }
    return {};
}

}  // namespace

const Property* find_property(const Schema& schema, std::string_view name) {
    const auto found = std::ranges::find_if(schema, [&](const Property& one) {
        return one.name == name || one.id == name || http::percent_decode(one.id) == name;
    });
    return found == schema.end() ? nullptr : &*found;
}

Property* find_property(Schema& schema, std::string_view name) {
    const auto* found = find_property(std::as_const(schema), name);
    return found == nullptr ? nullptr : schema.data() + (found - schema.data());
}

const Schema& title_only() {
    static const Schema schema = {{.name = "title", .id = "title", .type = "title"}};
    return schema;
}

Schema seed_schema(std::string_view database, std::string_view data_source) {
    return {
        {"Name", "title", "title", {}},
        {"Key", "k%3Aey", "rich_text", {}},
        {"Notes", "nOtE", "rich_text", {}},
        {"Severity",
         "sVrt",
         "select",
         {{"options", options({"low", "medium", "high", "critical"})}}},
        {"Tags", "t%40gs", "multi_select", {{"options", options({"release", "security"})}}},
        {"Status", "sTat", "status", status_details()},
        {"Score", "sC%3Dr", "number", {{"format", "number"}}},
        {"Double", "dBl%7D", "formula", {{"expression", "prop(\"Score\") * 2"}}},
        {"Announced", "aNnc", "checkbox", {}},
        {"Due", "dU%7Ce", "date", {}},
        {"Link", "lInk", "url", {}},
        {"Email", "eMai", "email", {}},
        {"Phone", "pHon", "phone_number", {}},
        {"People", "pPl%5D", "people", {}},
        {"Files", "fI%3Fl", "files", {}},
        {"Related",
         "rEl%40",
         "relation",
         {{"database_id", database},
          {"data_source_id", data_source},
          {"type", "single_property"},
          {"single_property", json::object()}}},
        {"Related score", "rSc%3E", "rollup", rollup_details("sum", "Score", "sC%3Dr")},
        {"Related names", "rNm%3C", "rollup", rollup_details("show_original", "Name", "title")},
        {"Number", "nUm%26", "unique_id", {{"prefix", "TASK"}}},
        {"Do", "bTtn", "button", {}},
        {"Created", "cRtd", "created_time", {}},
        {"Created by", "cRb%2B", "created_by", {}},
        {"Edited", "eDtd", "last_edited_time", {}},
        {"Edited by", "eDb%2D", "last_edited_by", {}},
    };
}

json::object schema_object(const Schema& schema, bool data_sources) {
    json::object columns;
    for (const auto& property : schema) {
        auto details = property.details;
        if (property.type == "relation" && !data_sources) {
            details.erase("data_source_id");
        }
        columns[property.name] = json::object{{"id", property.id},
                                              {"name", property.name},
                                              {"description", nullptr},
                                              {"type", property.type},
                                              {property.type, std::move(details)}};
    }
    return columns;
}

json::object option_value(std::string_view name) {
    return {{"id", stable_hash(name).substr(0, 4)}, {"name", name}, {"color", "default"}};
}

void learn_options(Property& property, const json::value& value) {
    const auto learn = [&](const json::value& option) {
        auto& known = property.details["options"].as_array();
        const bool there = std::ranges::any_of(
            known, [&](const json::value& one) { return one.at("name") == option.at("name"); });
        if (!there) {
            known.push_back(option);
        }
    };
    if (property.type == "select" && value.is_object()) {
        learn(value);
    } else if (property.type == "multi_select") {
        std::ranges::for_each(value.as_array(), learn);
    }
}

std::expected<Schema, std::string> read_schema(http::Json sent, Schema schema) {
    for (const auto& [name, value] : sent.members()) {
        if (auto read = read_one(name, value, schema); !read) {
            return std::unexpected(std::move(read).error());
        }
    }
    if (std::ranges::find(schema, "title", &Property::type) == schema.end()) {
        return std::unexpected("Title is not provided");
    }
    return schema;
}

}  // namespace apilab::sandbox::notion
