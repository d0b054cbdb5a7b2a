#include "apilab/sandbox/notion/internal/bodies.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <utility>

#include "apilab/sandbox/notion/internal/schema.hpp"

namespace apilab::sandbox::notion {
namespace {

namespace json = boost::json;

constexpr std::int64_t page_size_max = 100;

json::object user() {
    return {{"object", "user"}, {"id", bot_user_id}};
}

json::array text_of(std::string_view text) {
    return text_value("rich_text", text).at("rich_text").as_array();
}

std::string undashed(std::string id) {
    std::erase(id, '-');
    return id;
}

json::object parent_of(const Page& page, const Store& store, std::string_view version) {
    if (!page.parent_page.empty()) {
        return {{"type", "page_id"}, {"page_id", page.parent_page}};
    }
    if (version < data_sources_since) {
        return {{"type", "database_id"}, {"database_id", store.database_id()}};
    }
    return {{"type", "data_source_id"},
            {"data_source_id", store.data_source_id()},
            {"database_id", store.database_id()}};
}

}  // namespace

http::Response error(int status, std::string_view code, std::string_view message) {
    return http::Response::json(
        status,
        json::serialize(json::object{
            {"object", "error"}, {"status", status}, {"code", code}, {"message", message}}));
}

http::Response validation_error(std::string_view message) {
    return error(400, "validation_error", message);
}

http::Response not_found(std::string_view kind, std::string_view id) {
    return error(404, "object_not_found",
                 fmt::format("Could not find {} with ID: {}. Make sure the relevant pages and "
                             "databases are shared with your integration \"apilab\".",
                             kind, id));
}

json::object page_object(const Page& page, const Store& store, std::string_view version) {
    auto properties = page.properties;
    for (const auto& [name, time] :
         {std::pair("Created", &page.created), std::pair("Edited", &page.edited)}) {
        if (auto* value = properties.if_contains(name)) {
            auto& object = value->as_object();
            // A copy: adding a member may move the one that this is the value of.
            const json::string type = object.at("type").as_string();
            object[type] = *time;
        }
    }
    json::object object{{"object", "page"},
                        {"id", page.id},
                        {"created_time", page.created},
                        {"last_edited_time", page.edited},
                        {"created_by", user()},
                        {"last_edited_by", user()},
                        {"cover", nullptr},
                        {"icon", nullptr},
                        {"parent", parent_of(page, store, version)},
                        {"in_trash", page.in_trash},
                        {"is_locked", false},
                        {"properties", std::move(properties)},
                        {"url", "https://app.notion.com/p/" + undashed(page.id)},
                        {"public_url", nullptr}};
    if (version < "2026-03-11") {
        object["archived"] = page.in_trash;
        object["is_archived"] = page.in_trash;
    }
    return object;
}

json::object database_object(const Store& store, std::string_view version) {
    // Unlike pages, with microseconds and an offset (providers/notion, "Endpoints").
    json::object object{{"object", "database"},
                        {"id", store.database_id()},
                        {"title", text_of("Tasks")},
                        {"description", json::array()},
                        {"created_time", "2025-11-01T00:00:11.607+00:00"},
                        {"last_edited_time", "2025-11-01T00:00:11.607+00:00"},
                        {"parent", json::object{{"type", "workspace"}, {"workspace", true}}},
                        {"is_inline", false},
                        {"in_trash", false},
                        {"icon", nullptr},
                        {"cover", nullptr},
                        {"url", "https://app.notion.com/p/" + undashed(store.database_id())},
                        {"public_url", nullptr}};
    if (version < data_sources_since) {
        object["properties"] = schema_object();
        object["archived"] = false;
    } else {
        object["data_sources"] =
            json::array{json::object{{"id", store.data_source_id()}, {"name", "Tasks"}}};
    }
    return object;
}

json::object data_source_object(const Store& store) {
    return {{"object", "data_source"},
            {"id", store.data_source_id()},
            {"title", text_of("Tasks")},
            {"description", json::array()},
            {"properties", schema_object()},
            {"parent", json::object{{"type", "database_id"}, {"database_id", store.database_id()}}},
            {"database_parent", json::object{{"type", "workspace"}, {"workspace", true}}},
            {"created_time", "2025-11-01T00:00:00.000Z"},
            {"last_edited_time", "2025-11-01T00:00:00.000Z"},
            {"in_trash", false},
            {"url", "https://app.notion.com/p/" + undashed(store.database_id())}};
}

json::object bot_object() {
    return {
        {"object", "user"},
        {"id", bot_user_id},
        {"name", "apilab"},
        {"avatar_url", nullptr},
        {"type", "bot"},
        {"bot", json::object{{"owner", json::object{{"type", "workspace"}, {"workspace", true}}},
                             {"workspace_name", "apilab"},
                             {"workspace_id", "7d3f1c9a-52c4-4f0e-9b1d-0a11ab000002"},
                             {"workspace_limits",
                              json::object{{"max_file_upload_size_in_bytes", 5'242'880}}}}}};
}

http::Response list_answer(const std::vector<json::object>& all, http::Json arguments,
                           std::string_view kind) {
    const auto size = arguments["page_size"].integer().value_or(page_size_max);
    if (size > page_size_max || size < 1) {
        return validation_error(fmt::format(
            "body failed validation: body.page_size should be {} `{}`, instead was `{}`.",
            size < 1 ? "≥" : "≤", size < 1 ? 1 : page_size_max, size));
    }
    std::size_t start = 0;
    if (const auto cursor = arguments["start_cursor"].string()) {
        const auto found = std::ranges::find_if(
            all, [&](const json::object& one) { return one.at("id").as_string() == *cursor; });
        if (found == all.end()) {
            return validation_error("The start_cursor provided is invalid: " +
                                    std::string(*cursor));
        }
        start = static_cast<std::size_t>(found - all.begin());
    }
    const auto end = std::min(start + static_cast<std::size_t>(size), all.size());
    json::array results(all.begin() + static_cast<std::ptrdiff_t>(start),
                        all.begin() + static_cast<std::ptrdiff_t>(end));
    const bool more = end < all.size();
    return http::Response::json(
        200, json::serialize(json::object{
                 {"object", "list"},
                 {"results", std::move(results)},
                 {"next_cursor", more ? json::value(all[end].at("id")) : json::value(nullptr)},
                 {"has_more", more},
                 {"type", kind},
                 {kind, json::object()}}));
}

}  // namespace apilab::sandbox::notion
