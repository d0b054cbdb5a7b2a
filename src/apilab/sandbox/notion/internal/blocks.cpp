#include "apilab/sandbox/notion/internal/blocks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "apilab/sandbox/internal/query.hpp"
#include "apilab/sandbox/notion/internal/bodies.hpp"
#include "apilab/sandbox/notion/internal/events.hpp"
#include "apilab/sandbox/notion/internal/rich_text.hpp"

namespace apilab::sandbox::notion {
namespace {

namespace json = boost::json;

// Where new blocks go among the children that are there: `after` before 2026-03-11, `position` from
// then on; without either the end.
std::expected<std::size_t, http::Response> place_of(const Call& call,
                                                    const std::vector<std::string>& children) {
    const bool positions = call.version >= positions_since;
    const auto position = call.body["position"];
    auto after = call.body["after"];
    if (!after.missing() && positions) {
        return std::unexpected(
            validation_error(should_be("body.after", "not present", after).error()));
    }
    if (positions && position["type"].string_or("") == "start") {
        return 0;
    }
    if (positions && position["type"].string_or("") == "after_block") {
        after = position["after_block"]["id"];
    }
    if (after.missing()) {
        return children.size();
    }
    const auto found = std::ranges::find(children, canonical_id(after.string_or("")));
    if (found == children.end()) {
        return std::unexpected(validation_error(
            fmt::format("Block to append children after: {} is not parented by {}.",
                        after.string_or(""), path_value(*call.incoming, "id"))));
    }
    return static_cast<std::size_t>(found - children.begin()) + 1;
}

// Puts a page, block or database into the trash or takes it out; false where there is none.
bool set_trash(const Call& call, std::string_view id, bool trash) {
    auto& store = *call.store;
    if (Block* block = store.blocks.find(id)) {
        block->in_trash = trash;
        emit_content(call, id, {std::string(id)});
    } else if (Page* page = store.pages.find(id)) {
        page->in_trash = trash;
        emit(call, trash ? "page.deleted" : "page.undeleted", "page", id,
             {{"parent", event_parent(page->parent, call)}});
    } else if (Database* database = store.databases.find(id)) {
        database->in_trash = trash;
        emit(call, trash ? "database.deleted" : "database.undeleted", "database", id,
             {{"parent", event_parent(database->parent, call)}});
    } else {
        return false;
    }
    return true;
}

}  // namespace

std::vector<std::string> add_blocks(const Call& call, const Parent& parent, std::size_t at,
                                    const std::vector<BlockTree>& trees) {
    auto& store = *call.store;
    std::vector<std::string> ids;
    for (const auto& tree : trees) {
        ids.push_back(store.blocks
                          .add({.id = store.next_id(),
                                .parent = parent,
                                .type = tree.type,
                                .content = tree.content,
                                .created = call.now(),
                                .edited = call.now()})
                          .id);
        add_blocks(call, {.kind = "block_id", .id = ids.back()}, 0, tree.children);
    }
    auto& children = *store.children_of(parent.id);
    children.insert(children.begin() + static_cast<std::ptrdiff_t>(at), ids.begin(), ids.end());
    return ids;
}

http::Response get_block(const Call& call) {
    const auto id = path_id(call, "block");
    if (!id) {
        return id.error();
    }
    const auto& store = *call.store;
    const bool there = store.blocks.find(*id) != nullptr || store.pages.find(*id) != nullptr ||
                       store.databases.find(*id) != nullptr;
    return there ? answer_with(block_object(*id, call)) : not_found("block", *id);
}

http::Response update_block(const Call& call) {
    const auto id = path_id(call, "block");
    if (!id) {
        return id.error();
    }
    Block* block = call.store->blocks.find(*id);
    const auto trash = call.trash();
    if (block != nullptr) {
        const auto sent = call.body[block->type];
        if (sent.missing() && !trash) {
            return validation_error(
                should_be("body." + block->type, "defined", http::Json()).error());
        }
        auto content = read_content(sent, block->content, "body." + block->type);
        if (!content) {
            return validation_error(content.error());
        }
        block->content = *std::move(content);
        block->edited = call.now();
        if (!sent.missing()) {
            emit_content(call, *id, {*id});
        }
    } else if (call.store->pages.find(*id) != nullptr && !trash) {
        return validation_error("Pages cannot be changed by this endpoint; update the page.");
    }
    if (trash ? !set_trash(call, *id, *trash) : block == nullptr) {
        return not_found("block", *id);
    }
    return answer_with(block_object(*id, call));
}

http::Response delete_block(const Call& call) {
    const auto id = path_id(call, "block");
    if (!id) {
        return id.error();
    }
    return set_trash(call, *id, true) ? answer_with(block_object(*id, call))
                                      : not_found("block", *id);
}

http::Response list_blocks(const Call& call) {
    const auto id = path_id(call, "block");
    if (!id) {
        return id.error();
    }
    const auto* children = call.store->children_of(*id);
    if (children == nullptr) {
        return not_found("block", *id);
    }
    std::vector<std::string> there;
    std::ranges::copy_if(*children, std::back_inserter(there),
                         [&](const auto& one) { return call.store->alive(one); });
    const auto cut = cut_list(call, there.size(), [&](std::size_t i) { return there[i]; });
    return cut ? answer_with(list_of(*cut, "block",
                                     [&](std::size_t i) { return block_object(there[i], call); }))
               : cut.error();
}

http::Response append_blocks(const Call& call) {
    const auto id = path_id(call, "block");
    if (!id) {
        return id.error();
    }
    const auto* children = call.store->children_of(*id);
    if (children == nullptr) {
        return not_found("block", *id);
    }
    if (call.body["children"].missing()) {
        return validation_error(should_be("body.children", "defined", http::Json()).error());
    }
    const Block* holder = call.store->blocks.find(*id);
    const auto* type = holder == nullptr ? nullptr : find_block_type(holder->type);
    if (holder != nullptr && (type == nullptr || type->holds.empty())) {
        return validation_error("Block does not support children.");
    }
    const auto at = place_of(call, *children);
    if (!at) {
        return at.error();
    }
    const auto trees = read_blocks(call.body["children"], "body.children");
    if (!trees) {
        return validation_error(trees.error());
    }
    const Parent parent{.kind = holder == nullptr ? "page_id" : "block_id", .id = *id};
    const auto added = add_blocks(call, parent, *at, *trees);
    emit_content(call, *id, added);
    return answer_with(list_of({.first = 0, .end = added.size(), .next = {}}, "block",
                               [&](std::size_t i) { return block_object(added[i], call); }));
}

}  // namespace apilab::sandbox::notion
