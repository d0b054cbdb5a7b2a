#include "apilab/sandbox/notion/internal/databases.hpp"

#include <fmt/format.h>

#include <boost/json/parse.hpp>
#include <utility>

#include "apilab/sandbox/internal/json_value.hpp"
#include "apilab/sandbox/notion/internal/bodies.hpp"
#include "apilab/sandbox/notion/internal/events.hpp"
#include "apilab/sandbox/notion/internal/rich_text.hpp"

namespace apilab::sandbox::notion {
namespace {

namespace json = boost::json;

// A text of the body put into `into`; the message where it is none.
std::optional<std::string> take_text(const Call& call, std::string_view name, json::array& into) {
    if (call.body[name].missing()) {
        return std::nullopt;
    }
    auto text = read_rich_text(call.body[name], fmt::format("body.{}", name));
    if (!text) {
        return text.error();
    }
    into = *std::move(text);
    return std::nullopt;
}

template <typename Thing>
std::optional<std::string> take_frame(const Call& call, Thing& thing) {
    for (const auto& [name, value] : {std::pair("icon", &thing.icon), {"cover", &thing.cover}}) {
        if (!call.body[name].missing()) {
            *value = to_value(call.body[name]);
        }
    }
    if (auto wrong = take_text(call, "title", thing.title)) {
        return wrong;
    }
    return take_text(call, "description", thing.description);
}

const Schema& name_only() {
    static const Schema schema = {{.name = "Name", .id = "title", .type = "title"}};
    return schema;
}

std::expected<DataSource, std::string> new_source(const Call& call, std::string database,
                                                  http::Json properties) {
    DataSource source{.id = call.store->next_id(),
                      .database = std::move(database),
                      .schema = name_only(),
                      .created = call.now(),
                      .edited = call.now()};
    if (!properties.missing()) {
        auto schema = read_schema(properties, {});
        if (!schema) {
            return std::unexpected(std::move(schema).error());
        }
        source.schema = *std::move(schema);
    }
    return source;
}

std::expected<Database*, http::Response> database_of(const Call& call) {
    const auto id = path_id(call, "database");
    if (!id) {
        return std::unexpected(id.error());
    }
    auto* database = call.store->databases.find(*id);
    if (database == nullptr) {
        return std::unexpected(not_found("database", *id));
    }
    return database;
}

std::expected<DataSource*, http::Response> source_of(const Call& call) {
    if (!call.data_sources()) {
        return std::unexpected(invalid_request_url());
    }
    const auto id = path_id(call, "data_source");
    if (!id) {
        return std::unexpected(id.error());
    }
    auto* source = call.store->data_sources.find(*id);
    if (source == nullptr) {
        return std::unexpected(not_found("data_source", *id));
    }
    return source;
}

std::expected<Parent, http::Response> database_parent(const Call& call) {
    const auto parent = call.body["parent"];
    if (parent["workspace"].boolean().value_or(false)) {
        return Parent();
    }
    const auto page = parent["page_id"].string_or("");
    auto id = canonical_id(page);
    if (parent["page_id"].missing()) {
        return std::unexpected(
            validation_error(should_be("body.parent", "defined", parent).error()));
    }
    if (call.store->pages.find(id) == nullptr) {
        return std::unexpected(not_found("page", page));
    }
    return Parent{.kind = "page_id", .id = std::move(id)};
}

// The schema of an update; events name the properties.
std::optional<std::string> change_schema(const Call& call, DataSource& source) {
    const auto sent = call.body["properties"];
    if (sent.missing()) {
        return std::nullopt;
    }
    auto schema = read_schema(sent, source.schema);
    if (!schema) {
        return schema.error();
    }
    json::array updated;
    for (const auto& [name, value] : sent.members()) {
        const auto* before = find_property(source.schema, name);
        const auto* after = find_property(*schema, name);
        const auto* either = before == nullptr ? after : before;
        updated.emplace_back(json::object{{"id", either == nullptr ? std::string() : either->id},
                                          {"name", name},
                                          {"action", before == nullptr ? "created"
                                                     : value.is_null() ? "deleted"
                                                                       : "updated"}});
    }
    source.schema = *std::move(schema);
    const bool split = call.data_sources();
    emit(call, split ? "data_source.schema_updated" : "database.schema_updated",
         split ? "data_source" : "database", split ? source.id : source.database,
         {{"parent", json::object{{"id", source.database}, {"type", "database"}}},
          {"updated_properties", std::move(updated)}});
    return std::nullopt;
}

}  // namespace

std::expected<DataSource*, http::Response> only_source(const Database& database, const Call& call) {
    if (database.data_sources.size() > 1) {
        json::array ids(database.data_sources.begin(), database.data_sources.end());
        return std::unexpected(validation_error(
            "Databases with multiple data sources are not supported in this API version.",
            {{"error_type", "multiple_data_sources_for_database"},
             {"database_id", database.id},
             {"child_data_source_ids", std::move(ids)},
             {"minimum_api_version", data_sources_since}}));
    }
    return call.store->data_sources.find(database.data_sources.front());
}

http::Response create_database(const Call& call) {
    auto parent = database_parent(call);
    if (!parent) {
        return std::move(parent).error();
    }
    const auto properties = call.data_sources() ? call.body["initial_data_source"]["properties"]
                                                : call.body["properties"];
    if (properties.missing() && !call.data_sources()) {
        return validation_error(should_be("body.properties", "defined", properties).error());
    }
    const auto created = instant_of(call.incoming->system_now);
    Database database{.id = call.store->next_id(),
                      .parent = *std::move(parent),
                      .created = created,
                      .edited = created,
                      .is_inline = call.body["is_inline"].boolean().value_or(false)};
    if (const auto wrong = take_frame(call, database)) {
        return validation_error(*wrong);
    }
    auto source = new_source(call, database.id, properties);
    if (!source) {
        return validation_error(source.error());
    }
    source->title = database.title;
    database.data_sources = {source->id};
    call.store->data_sources.add(*std::move(source));
    const auto& added = call.store->databases.add(std::move(database));
    if (auto* children = call.store->children_of(added.parent.id)) {
        children->push_back(added.id);
    }
    emit(call, "database.created", "database", added.id,
         {{"parent", event_parent(added.parent, call)}});
    return answer_with(database_object(added, call));
}

http::Response get_database(const Call& call) {
    const auto database = database_of(call);
    if (!database) {
        return database.error();
    }
    if (!call.data_sources()) {
        if (const auto only = only_source(**database, call); !only) {
            return only.error();
        }
    }
    return answer_with(database_object(**database, call));
}

http::Response update_database(const Call& call) {
    const auto found = database_of(call);
    if (!found) {
        return found.error();
    }
    auto& database = **found;
    if (const auto wrong = take_frame(call, database)) {
        return validation_error(*wrong);
    }
    if (!call.data_sources()) {
        const auto only = only_source(database, call);
        if (!only) {
            return only.error();
        }
        if (const auto wrong = change_schema(call, **only)) {
            return validation_error(*wrong);
        }
    }
    database.is_inline = call.body["is_inline"].boolean().value_or(database.is_inline);
    database.edited = instant_of(call.incoming->system_now);
    if (const auto trash = call.trash(); trash && *trash != database.in_trash) {
        database.in_trash = *trash;
        emit(call, *trash ? "database.deleted" : "database.undeleted", "database", database.id,
             {{"parent", event_parent(database.parent, call)}});
    }
    return answer_with(database_object(database, call));
}

http::Response create_data_source(const Call& call) {
    if (!call.data_sources()) {
        return invalid_request_url();
    }
    const auto named = call.body["parent"]["database_id"].string_or("");
    auto* database = call.store->databases.find(canonical_id(named));
    if (database == nullptr) {
        return call.body["parent"].missing()
                   ? validation_error(should_be("body.parent", "defined", http::Json()).error())
                   : not_found("database", named);
    }
    if (call.body["properties"].missing()) {
        return validation_error(should_be("body.properties", "defined", http::Json()).error());
    }
    auto source = new_source(call, database->id, call.body["properties"]);
    if (!source) {
        return validation_error(source.error());
    }
    if (const auto wrong = take_frame(call, *source)) {
        return validation_error(*wrong);
    }
    const auto& added = call.store->data_sources.add(*std::move(source));
    database->data_sources.push_back(added.id);
    emit(call, "data_source.created", "data_source", added.id,
         {{"parent", json::object{{"id", database->id}, {"type", "database"}}}});
    return answer_with(data_source_object(added, call));
}

http::Response get_data_source(const Call& call) {
    const auto source = source_of(call);
    return source ? answer_with(data_source_object(**source, call)) : source.error();
}

http::Response update_data_source(const Call& call) {
    const auto found = source_of(call);
    if (!found) {
        return found.error();
    }
    auto& source = **found;
    if (const auto wrong = take_frame(call, source)) {
        return validation_error(*wrong);
    }
    if (const auto wrong = change_schema(call, source)) {
        return validation_error(*wrong);
    }
    source.in_trash = call.trash().value_or(source.in_trash);
    source.edited = call.now();
    return answer_with(data_source_object(source, call));
}

http::Response list_templates(const Call& call) {
    const auto source = source_of(call);
    return source
               ? answer_with(
                     {{"templates", json::array()}, {"has_more", false}, {"next_cursor", nullptr}})
               : source.error();
}

}  // namespace apilab::sandbox::notion
