#include <algorithm>
#include <utility>
#include <vector>

#include "apilab/sandbox/notion/internal/bodies.hpp"
#include "apilab/sandbox/notion/internal/call.hpp"
#include "apilab/sandbox/notion/internal/events.hpp"
#include "apilab/sandbox/notion/internal/rich_text.hpp"

namespace apilab::sandbox::notion {
namespace {

// What a new comment is about: a page, a block, or a discussion that is there.
std::expected<Comment, http::Response> place_of(const Call& call) {
    const auto& store = *call.store;
    if (const auto discussion = call.body["discussion_id"].string()) {
        const auto& all = store.comments.all();
        const auto known = std::ranges::find(all, canonical_id(*discussion), &Comment::discussion);
        if (known == all.end()) {
            return std::unexpected(not_found("discussion", *discussion));
        }
        return Comment{.parent = known->parent, .discussion = known->discussion};
    }
    const auto parent = call.body["parent"];
    if (const auto page = parent["page_id"].string()) {
        auto id = canonical_id(*page);
        if (store.pages.find(id) == nullptr) {
            return std::unexpected(not_found("page", *page));
        }
        return Comment{.parent = {.kind = "page_id", .id = std::move(id)}};
    }
    if (const auto block = parent["block_id"].string()) {
        auto id = canonical_id(*block);
        if (store.blocks.find(id) == nullptr) {
            return std::unexpected(not_found("block", *block));
        }
        return Comment{.parent = {.kind = "block_id", .id = std::move(id)}};
    }
    return std::unexpected(validation_error(should_be("body.parent", "defined", parent).error()));
}

void tell(const Call& call, std::string_view type, const Comment& comment) {
    emit(call, type, "comment", comment.id,
         {{"page_id", comment.parent.id}, {"parent", event_parent(comment.parent, call)}});
}

std::expected<Comment*, http::Response> comment_of(const Call& call) {
    const auto id = path_id(call, "comment");
    if (!id) {
        return std::unexpected(id.error());
    }
    auto* comment = call.store->comments.find(*id);
    if (comment == nullptr || comment->gone) {
        return std::unexpected(not_found("comment", *id));
    }
    return comment;
}

}  // namespace

http::Response create_comment(const Call& call) {
    auto comment = place_of(call);
    if (!comment) {
        return std::move(comment).error();
    }
    auto text = read_rich_text(call.body["rich_text"], "body.rich_text");
    if (!text) {
        return validation_error(text.error());
    }
    comment->id = call.store->next_id();
    if (comment->discussion.empty()) {
        comment->discussion = call.store->next_id();
    }
    comment->created = call.now();
    comment->edited = comment->created;
    comment->text = *std::move(text);
    const auto& added = call.store->comments.add(*std::move(comment));
    tell(call, "comment.created", added);
    return answer_with(comment_object(added, call));
}

http::Response list_comments(const Call& call) {
    const auto block = call.incoming->param("block_id");
    if (!block) {
        return validation_error(
            "query failed validation: query.block_id should be defined, instead was `undefined`.");
    }
    const auto id = canonical_id(*block);
    if (call.store->children_of(id) == nullptr) {
        return not_found("block", *block);
    }
    std::vector<const Comment*> all;
    for (const auto& comment : call.store->comments.all()) {
        if (comment.parent.id == id && !comment.gone) {
            all.push_back(&comment);
        }
    }
    const auto cut = cut_list(call, all.size(), [&](std::size_t i) { return all[i]->id; });
    return cut ? answer_with(list_of(*cut, "comment",
                                     [&](std::size_t i) { return comment_object(*all[i], call); }))
               : cut.error();
}

http::Response get_comment(const Call& call) {
    const auto comment = comment_of(call);
    return comment ? answer_with(comment_object(**comment, call)) : comment.error();
}

http::Response update_comment(const Call& call) {
    const auto comment = comment_of(call);
    if (!comment) {
        return comment.error();
    }
    auto text = read_rich_text(call.body["rich_text"], "body.rich_text");
    if (!text) {
        return validation_error(text.error());
    }
    (*comment)->text = *std::move(text);
    (*comment)->edited = call.now();
    tell(call, "comment.updated", **comment);
    return answer_with(comment_object(**comment, call));
}

http::Response delete_comment(const Call& call) {
    const auto comment = comment_of(call);
    if (!comment) {
        return comment.error();
    }
    (*comment)->gone = true;
    tell(call, "comment.deleted", **comment);
    return answer_with(comment_object(**comment, call));
}

}  // namespace apilab::sandbox::notion
