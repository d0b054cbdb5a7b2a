#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "apilab/data/page_source.hpp"

namespace apilab::data {

/// Makes a value out of an item; what the view points to is gone after the call.
template <class T>
using ItemDecoder = std::function<Result<T>(const http::Json&)>;

/// Items as they are: JSON text, or a document of their own.
[[nodiscard]] inline Result<std::string> item_text(const http::Json& item) {
    return item.to_text();
}
[[nodiscard]] inline Result<http::JsonDocument> item_document(const http::Json& item) {
    return http::JsonDocument::parse(item.to_text());
}

/// A list of many pages as one sequence of items, read lazily and handed out one by one. Values and
/// errors come the same way; an error is the last element, and nothing is asked for after it
/// (unless `BadItem::go_on` says that an item's own error is none of the walk's).
///
///     auto pages = Pages<Issue>::create(client, http::Request::get(url), page_rules::github(),
///                                       decode_issue);
///     if (!pages) { ... }
///     while (auto issue = co_await pages->next()) {
///         if (!*issue) { log((*issue).error().to_string()); break; }
///         use(**issue);
///     }
///     log(pages->summary().describe());  // complete: 1000 items on 10 pages, 10 requests
///
/// The request is that of the first page, with its credentials and its page size; the rules say how
/// to come to the others. One `next()` at a time. Movable between calls. With `prefetch`, the
/// service has to outlive what is under way ahead: `co_await close()` before both go, or let the
/// scheduler run; a walk that has come to its end has nothing under way.
template <class T>
class Pages {
public:
    /// The service (mostly a `client::Client`) outlives the pages. Error: `invalid_argument`.
    [[nodiscard]] static Result<Pages> create(runtime::Service& service, http::Request first,
                                              PageRules rules, ItemDecoder<T> decode,
                                              PageOptions options = {}) {
        auto source =
            PageSource::create(service, std::move(first), std::move(rules), std::move(options));
        if (!source) {
            return fail(std::move(source).error());
        }
        return Pages(*std::move(source), std::move(decode));
    }

    /// The next item or the error that ends the walk; nothing at the end. A cancelled task gets the
    /// error `cancelled`; the checkpoint stays good.
    [[nodiscard]] runtime::Task<std::optional<Result<T>>> next() {
        std::optional<Result<T>> element;
        const auto item = co_await source_->next();
        if (!item) {
            co_return element;
        }
        if (!*item) {
            element.emplace(fail(item->error()));
            co_return element;
        }
        element.emplace(decode_(**item));
        if (!*element) {
            element.emplace(fail(source_->walk().bad_item(std::move(*element).error())));
        }
        co_return element;
    }

    /// Cancels what is under way ahead and waits for its end; for leaving a walk early.
    [[nodiscard]] runtime::Task<void> close() { return source_->close(); }

    /// So far, and how it ended.
    [[nodiscard]] const WalkSummary& summary() const { return source_->walk().summary(); }
    /// Where the item handed out last stood.
    [[nodiscard]] const ItemPlace& place() const { return source_->walk().place(); }
    /// The place after the item handed out last (see `Checkpoint` for what it promises). Error:
    /// `invalid_argument` where the next URL holds a credential of the server's own.
    [[nodiscard]] Result<Checkpoint> checkpoint() const { return source_->walk().checkpoint(); }
    /// What `PageKind::detect` found and why; empty: nothing yet.
    [[nodiscard]] const std::string& detected() const { return source_->walk().detected(); }

private:
    Pages(std::unique_ptr<PageSource> source, ItemDecoder<T> decode)
        : source_(std::move(source)), decode_(std::move(decode)) {}
    std::unique_ptr<PageSource> source_;
    ItemDecoder<T> decode_;
};

/// All items; the first error ends it. For lists that are known to be small.
template <class T>
[[nodiscard]] runtime::Task<Result<std::vector<T>>> collect(Pages<T> pages) {
    std::vector<T> items;
    while (auto item = co_await pages.next()) {
        if (!*item) {
            co_await pages.close();
            co_return fail(std::move(*item).error());
        }
        items.push_back(**std::move(item));
    }
    co_return items;
}

/// The answers of a batch in the order of its `queries` queries, each whole: pages of one query
/// come when its token is asked for, long after those of others, and are put where they belong.
template <class T>
[[nodiscard]] runtime::Task<Result<std::vector<std::vector<T>>>> collect_by_query(
    Pages<T> pages, std::size_t queries) {
    std::vector<std::vector<T>> items(queries);
    while (auto item = co_await pages.next()) {
        if (!*item) {
            co_await pages.close();
            co_return fail(std::move(*item).error());
        }
        const auto query = pages.place().query;
        if (query < items.size()) {
            items[query].push_back(**std::move(item));
        }
    }
    co_return items;
}

}  // namespace apilab::data
