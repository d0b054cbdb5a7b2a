#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "apilab/sandbox/internal/json_value.hpp"
#include "apilab/sandbox/notion/internal/blocks.hpp"
#include "apilab/sandbox/notion/internal/bodies.hpp"
#include "apilab/sandbox/notion/internal/call.hpp"
#include "apilab/sandbox/notion/internal/databases.hpp"
#include "apilab/sandbox/notion/internal/events.hpp"
#include "apilab/sandbox/notion/internal/rich_text.hpp"
#include "apilab/sandbox/notion/internal/values.hpp"

namespace apilab::sandbox::notion {
namespace {

namespace json = boost::json;

struct Changed {
    json::object values;
    /// The ids of the properties that were sent.
    std::vector<std::string> properties;
};

// The properties of a request, put over the values of the page; the error is a validation message.
std::expected<Changed, std::string> read_properties(http::Json sent, const Schema& schema,
                                                    json::object values) {
    Changed changed{.values = std::move(values)};
    for (const auto& [name, value] : sent.members()) {
        const auto* property = find_property(schema, name);
        if (property == nullptr) {
            return std::unexpected(fmt::format("{} is not a property that exists.", name));
        }
        auto read = read_value(*property, value, fmt::format("body.properties.{}", name));
        if (!read) {
            return std::unexpected(std::move(read).error());
        }
        changed.values[property->id] = *std::move(read);
        changed.properties.push_back(property->id);
    }
    return changed;
}

// Options that a value has and the schema had not.
void learn(DataSource* source, const Changed& changed) {
    if (source == nullptr) {
        return;
    }
    for (const auto& id : changed.properties) {
        learn_options(*find_property(source->schema, id), changed.values.at(id));
    }
}

// Where a new or moved page is to stand: a page, or a data source by its own id or its database's.
std::expected<Parent, http::Response> read_parent(const Call& call) {
    const auto parent = call.body["parent"];
    if (!parent.is_object()) {
        return std::unexpected(
            validation_error(should_be("body.parent", "defined", parent).error()));
    }
    if (parent["workspace"].boolean().value_or(false)) {
        return std::unexpected(validation_error(
            "Provided parent is not supported: internal integrations cannot make pages in the "
            "workspace."));
    }
    if (const auto page = parent["page_id"].string()) {
        auto id = canonical_id(*page);
        if (call.store->pages.find(id) == nullptr) {
            return std::unexpected(not_found("page", *page));
        }
        return Parent{.kind = "page_id", .id = std::move(id)};
    }
    const auto source = parent["data_source_id"].string();
    if (source && call.data_sources()) {
        auto id = canonical_id(*source);
        if (call.store->data_sources.find(id) == nullptr) {
            return std::unexpected(not_found("data_source", *source));
        }
        return Parent{.kind = "data_source_id", .id = std::move(id)};
    }
    const auto database = parent["database_id"].string_or("");
    const auto* found = call.store->databases.find(canonical_id(database));
    if (found == nullptr) {
        return std::unexpected(not_found("database", database));
    }
    auto only = only_source(*found, call);
    if (!only) {
        return std::unexpected(std::move(only).error());
    }
    return Parent{.kind = "data_source_id", .id = (*only)->id};
}

void hang(const Call& call, const Page& page) {
    if (page.parent.kind == "page_id") {
        call.store->children_of(page.parent.id)->push_back(page.id);
    }
}

// What a page is beside its properties; the events that tell of it.
void change_frame(const Call& call, Page& page) {
    for (const auto& [name, value] : {std::pair("icon", &page.icon), {"cover", &page.cover}}) {
        if (!call.body[name].missing()) {
            *value = to_value(call.body[name]);
        }
    }
    const auto told = [&](std::string_view type) {
        emit(call, type, "page", page.id, {{"parent", event_parent(page.parent, call)}});
    };
    if (const auto trash = call.trash(); trash && *trash != page.in_trash) {
        page.in_trash = *trash;
        told(*trash ? "page.deleted" : "page.undeleted");
    }
    if (const auto locked = call.body["is_locked"].boolean(); locked && *locked != page.is_locked) {
        page.is_locked = *locked;
        told(*locked ? "page.locked" : "page.unlocked");
    }
    if (call.body["erase_content"].boolean().value_or(false)) {
        for (const auto& id : page.children) {
            if (Block* block = call.store->blocks.find(id)) {
                block->in_trash = true;
            }
        }
        emit_content(call, page.id, {});
    }
}

}  // namespace

http::Response create_page(const Call& call) {
    auto& store = *call.store;
    auto parent = read_parent(call);
    if (!parent) {
        return std::move(parent).error();
    }
    if (call.body["properties"].missing()) {
        return validation_error(should_be("body.properties", "defined", http::Json()).error());
    }
    Page page{.created = call.now(), .edited = call.now(), .parent = *std::move(parent)};
    page.ours = true;
    page.icon = to_value(call.body["icon"]);
    page.cover = to_value(call.body["cover"]);
    auto* source =
        page.parent.kind == "data_source_id" ? store.data_sources.find(page.parent.id) : nullptr;
    auto changed = read_properties(call.body["properties"], store.schema_of(page), {});
    if (!changed) {
        return validation_error(changed.error());
    }
    const auto trees = read_blocks(call.body["children"], "body.children");
    if (!trees) {
        return validation_error(trees.error());
    }
    learn(source, *changed);
    page.values = std::move(changed->values);
    page.number = source == nullptr ? 0 : ++source->pages;
    page.id = store.next_id();
    const auto& added = store.pages.add(std::move(page));
    hang(call, added);
    add_blocks(call, {.kind = "page_id", .id = added.id}, 0, *trees);
    emit(call, "page.created", "page", added.id, {{"parent", event_parent(added.parent, call)}});
    return answer_with(page_object(added, call));
}

http::Response get_page(const Call& call) {
    const auto id = path_id(call, "page");
    if (!id) {
        return id.error();
    }
    const auto* page = call.store->pages.find(*id);
    return page == nullptr ? not_found("page", *id) : answer_with(page_object(*page, call));
}

http::Response update_page(const Call& call) {
    const auto id = path_id(call, "page");
    if (!id) {
        return id.error();
    }
    Page* page = call.store->pages.find(*id);
    if (page == nullptr) {
        return not_found("page", *id);
    }
    if (call.version >= positions_since && !call.body["archived"].missing()) {
        return validation_error(
            should_be("body.archived", "not present", call.body["archived"]).error());
    }
    auto changed =
        read_properties(call.body["properties"], call.store->schema_of(*page), page->values);
    if (!changed) {
        return validation_error(changed.error());
    }
    learn(call.store->data_sources.find(page->parent.id), *changed);
    page->values = std::move(changed->values);
    page->edited = call.now();
    if (!changed->properties.empty()) {
        emit(call, "page.properties_updated", "page", *id,
             {{"parent", event_parent(page->parent, call)},
              {"updated_properties",
               json::array(changed->properties.begin(), changed->properties.end())}});
    }
    change_frame(call, *page);
    return answer_with(page_object(*page, call));
}

http::Response move_page(const Call& call) {
    const auto id = path_id(call, "page");
    if (!id) {
        return id.error();
    }
    auto& store = *call.store;
    Page* page = store.pages.find(*id);
    if (page == nullptr) {
        return not_found("page", *id);
    }
    auto parent = read_parent(call);
    if (!parent) {
        return std::move(parent).error();
    }
    std::string above = parent->id;
    while (const auto* one = store.pages.find(above)) {
        if (one->id == *id) {
            return validation_error("Cannot move a page below itself.");
        }
        above = one->parent.id;
    }
    if (auto* siblings = store.children_of(page->parent.id)) {
        std::erase(*siblings, *id);
    }
    // Its title goes along; other properties are those of the place.
    const auto* title = page->values.if_contains("title");
    json::object values;
    if (title != nullptr) {
        values["title"] = *title;
    }
    if (parent->kind != page->parent.kind) {
        page->values = std::move(values);
    }
    page->parent = *std::move(parent);
    page->edited = call.now();
    hang(call, *page);
    emit(call, "page.moved", "page", *id, {{"parent", event_parent(page->parent, call)}});
    return answer_with(page_object(*page, call));
}

}  // namespace apilab::sandbox::notion
