#include "apilab/sandbox/notion/internal/bodies.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

#include "apilab/base/ascii.hpp"
#include "apilab/sandbox/internal/utf8.hpp"
#include "apilab/sandbox/notion/internal/rich_text.hpp"
#include "apilab/sandbox/notion/internal/values.hpp"

namespace apilab::sandbox::notion {
namespace {

namespace json = boost::json;

std::string undashed(std::string id) {
    std::erase(id, '-');
    return id;
}

// The title with dashes, then the id, as in the address that a browser shows.
std::string url_of(std::string_view title, const std::string& id) {
    std::string slug;
    for (const char c : title) {
        if (ascii_alnum(c)) {
            slug += c;
        } else if (!slug.empty() && slug.back() != '-') {
            slug += '-';
        }
    }
    if (!slug.empty() && slug.back() != '-') {
        slug += '-';
    }
    return "https://app.notion.com/p/" + slug + undashed(id);
}

// Both names while there are both (providers/notion, "Values").
void put_trash(json::object& object, bool trash, const Call& call, bool page = false) {
    object["in_trash"] = trash;
    if (call.version < positions_since) {
        object["archived"] = trash;
        if (page) {
            object["is_archived"] = trash;
        }
    }
}

bool has_children(const std::vector<std::string>& children, const Store& store) {
    return std::ranges::any_of(children, [&](const auto& id) { return store.alive(id); });
}

json::object block_frame(std::string_view id, const Parent& parent, const Call& call,
                         std::string_view created, std::string_view edited) {
    return {{"object", "block"},
            {"id", id},
            {"parent", parent_object(parent, call)},
            {"created_time", created},
            {"last_edited_time", edited},
            {"created_by", user_reference(bot_user_id)},
            {"last_edited_by", user_reference(bot_user_id)}};
}

}  // namespace

http::Response error(int status, std::string_view code, std::string_view message,
                     json::object additional_data) {
    json::object body{{"object", "error"},
                      {"status", status},
                      {"code", code},
                      {"message", internal::repaired_utf8(message)}};
    if (!additional_data.empty()) {
        body["additional_data"] = std::move(additional_data);
    }
    return http::Response::json(status, json::serialize(body));
}

http::Response validation_error(std::string_view message, json::object additional_data) {
    return error(400, "validation_error", message, std::move(additional_data));
}

http::Response not_found(std::string_view kind, std::string_view id) {
    return error(404, "object_not_found",
                 fmt::format("Could not find {} with ID: {}. Make sure the relevant pages and "
                             "databases are shared with your integration \"apilab\".",
                             kind, id),
                 {{"integration_id", bot_user_id}});
}

http::Response invalid_request_url() {
    return error(400, "invalid_request_url", "Invalid request URL.");
}

http::Response answer_with(const json::object& object) {
    return http::Response::json(200, json::serialize(object));
}

json::object parent_object(const Parent& parent, const Call& call) {
    if (parent.kind == "workspace") {
        return {{"type", "workspace"}, {"workspace", true}};
    }
    if (parent.kind != "data_source_id") {
        return {{"type", parent.kind}, {parent.kind, parent.id}};
    }
    const auto* source = call.store->data_sources.find(parent.id);
    const auto database = source == nullptr ? std::string() : source->database;
    if (!call.data_sources()) {
        return {{"type", "database_id"}, {"database_id", database}};
    }
    return {{"type", "data_source_id"}, {"data_source_id", parent.id}, {"database_id", database}};
}

json::object page_object(const Page& page, const Call& call) {
    json::object properties;
    std::vector<std::string_view> wanted;
    for (const auto& [name, value] : call.incoming->query) {
        if (name == "filter_properties" || name == "filter_properties[]") {
            wanted.emplace_back(value);
        }
    }
    const auto& schema = call.store->schema_of(page);
    for (const auto& property : schema) {
        const bool shown = wanted.empty() || std::ranges::any_of(wanted, [&](auto id) {
                               return find_property(schema, id) == &property;
                           });
        if (shown) {
            properties[property.name] = shown_value(*call.store, page, property);
        }
    }
    json::object object{{"object", "page"},
                        {"id", page.id},
                        {"created_time", page.created},
                        {"last_edited_time", page.edited},
                        {"created_by", user_reference(page.author)},
                        {"last_edited_by", user_reference(page.author)},
                        {"cover", page.cover},
                        {"icon", page.icon},
                        {"parent", parent_object(page.parent, call)},
                        {"is_locked", page.is_locked},
                        {"properties", std::move(properties)},
                        {"url", url_of(call.store->title_of(page), page.id)},
                        {"public_url", nullptr}};
    put_trash(object, page.in_trash, call, true);
    return object;
}

json::object database_object(const Database& database, const Call& call) {
    json::object object{{"object", "database"},
                        {"id", database.id},
                        {"title", database.title},
                        {"description", database.description},
                        {"parent", parent_object(database.parent, call)},
                        {"is_inline", database.is_inline},
                        {"created_time", database.created},
                        {"last_edited_time", database.edited},
                        {"icon", database.icon},
                        {"cover", database.cover},
                        {"url", url_of({}, database.id)},
                        {"public_url", nullptr}};
    const auto& store = *call.store;
    if (call.data_sources()) {
        object["is_locked"] = false;
        json::array sources;
        for (const auto& id : database.data_sources) {
            const auto* source = store.data_sources.find(id);
            if (!source->in_trash) {
                sources.emplace_back(json::object{{"id", id}, {"name", plain_text(source->title)}});
            }
        }
        object["data_sources"] = std::move(sources);
    } else {
        const auto* source = store.data_sources.find(database.data_sources.front());
        object["properties"] = schema_object(source->schema, false);
        object["created_by"] = user_reference(bot_user_id);
        object["last_edited_by"] = user_reference(bot_user_id);
    }
    put_trash(object, database.in_trash, call);
    return object;
}

json::object data_source_object(const DataSource& source, const Call& call) {
    const auto* database = call.store->databases.find(source.database);
    json::object object{
        {"object", "data_source"},
        {"id", source.id},
        {"cover", source.cover},
        {"icon", source.icon},
        {"created_time", source.created},
        {"created_by", user_reference(bot_user_id)},
        {"last_edited_by", user_reference(bot_user_id)},
        {"last_edited_time", source.edited},
        {"title", source.title},
        {"description", source.description},
        {"is_inline", database->is_inline},
        {"properties", schema_object(source.schema, true)},
        {"parent", json::object{{"type", "database_id"}, {"database_id", source.database}}},
        {"database_parent", parent_object(database->parent, call)},
        {"url", url_of({}, source.database)},
        {"public_url", nullptr}};
    put_trash(object, source.in_trash, call);
    return object;
}

json::object block_object(std::string_view id, const Call& call) {
    const auto& store = *call.store;
    json::object object;
    bool trash = false;
    if (const auto* block = store.blocks.find(id)) {
        object = block_frame(id, block->parent, call, block->created, block->edited);
        object["has_children"] = has_children(block->children, store);
        object["type"] = block->type;
        object[block->type] = block->content;
        trash = block->in_trash;
    } else if (const auto* page = store.pages.find(id)) {
        object = block_frame(id, page->parent, call, page->created, page->edited);
        object["has_children"] = has_children(page->children, store);
        object["type"] = "child_page";
        object["child_page"] = json::object{{"title", store.title_of(*page)}};
        trash = page->in_trash;
    } else if (const auto* database = store.databases.find(id)) {
        object = block_frame(id, database->parent, call, database->created, database->edited);
        object["has_children"] = false;
        object["type"] = "child_database";
        object["child_database"] = json::object{{"title", plain_text(database->title)}};
        trash = database->in_trash;
    }
    put_trash(object, trash, call);
    return object;
}

json::object comment_object(const Comment& comment, const Call& call) {
    return {{"object", "comment"},
            {"id", comment.id},
            {"parent", parent_object(comment.parent, call)},
            {"discussion_id", comment.discussion},
            {"created_time", comment.created},
            {"last_edited_time", comment.edited},
            {"created_by", user_reference(bot_user_id)},
            {"rich_text", comment.text},
            {"display_name", json::object{{"type", "integration"}, {"resolved_name", "apilab"}}}};
}

json::object file_object(const FileUpload& file, const Call& call) {
    const bool over = file.status == "pending" && call.incoming->system_now >= file.expires;
    const bool pending = file.status == "pending" && !over;
    json::object object{
        {"object", "file_upload"},
        {"id", file.id},
        {"created_time", file.created},
        {"created_by", json::object{{"id", bot_user_id}, {"type", "bot"}}},
        {"last_edited_time", file.created},
        {"expiry_time", minute_of(file.expires)},
        {"status", over ? "expired" : file.status},
        {"filename", file.filename},
        {"content_type", file.content_type},
        {"content_length", file.bytes == 0 ? json::value(nullptr) : json::value(file.bytes)}};
    if (pending) {
        object["upload_url"] = call.incoming->base_url + "/v1/file_uploads/" + file.id + "/send";
    }
    if (file.mode == "multi_part") {
        object["number_of_parts"] = json::object{{"total", file.parts}, {"sent", file.parts_sent}};
    }
    if (file.mode == "external_url" && file.status == "uploaded") {
        object["file_import_result"] = json::object{
            {"type", "success"}, {"success", json::object()}, {"imported_time", file.created}};
    }
    put_trash(object, false, call);
    return object;
}

}  // namespace apilab::sandbox::notion
