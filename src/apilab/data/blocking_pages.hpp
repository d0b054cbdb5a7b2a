#pragma once

#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "apilab/client/blocking.hpp"
#include "apilab/data/page_walk.hpp"

namespace apilab::data::blocking {

/// One step: the next item, asking for pages as they are needed.
[[nodiscard]] std::optional<Result<http::Json>> next_item(client::blocking::Client& client,
                                                          PageWalk& walk);
/// Error: `invalid_argument`, as `PageWalk::create`; for `prefetch`, which blocking walks do not
/// have; for a deadline without `PageOptions::clock`.
[[nodiscard]] Result<PageWalk> create_walk(http::Request first, PageRules rules,
                                           PageOptions options);

/// `data::Pages` for scripts: an input range whose elements are values or, last, an error.
///
///     auto pages = blocking::Pages<std::string>::create(client, request, page_rules::github(),
///                                                       item_text);
///     for (Result<std::string>& item : *pages) { ... }
///
/// The client outlives it. One thread at a time.
template <class T>
class Pages {
public:
    using Decoder = std::function<Result<T>(const http::Json&)>;
    /// Error: `invalid_argument`.
    [[nodiscard]] static Result<Pages> create(client::blocking::Client& client, http::Request first,
                                              PageRules rules, Decoder decode,
                                              PageOptions options = {}) {
        auto walk = create_walk(std::move(first), std::move(rules), std::move(options));
        if (!walk) {
            return fail(std::move(walk).error());
        }
        return Pages(client, *std::move(walk), std::move(decode));
    }

    /// The next item or the error that ends the walk; nothing at the end.
    [[nodiscard]] std::optional<Result<T>> next() {
        auto item = next_item(*client_, *walk_);
        if (!item) {
            return std::nullopt;
        }
        if (!*item) {
            return fail(std::move(*item).error());
        }
        auto value = decode_(**item);
        if (!value) {
            return fail(walk_->bad_item(std::move(value).error()));
        }
        return value;
    }

    class Iterator {
    public:
        using value_type = Result<T>;
        using difference_type = std::ptrdiff_t;
        using iterator_concept = std::input_iterator_tag;
        Iterator() = default;
        explicit Iterator(Pages& pages) : pages_(&pages) { ++*this; }
        Result<T>& operator*() const { return *pages_->element_; }
        Iterator& operator++() {
            pages_->element_ = pages_->next();
            return *this;
        }
        void operator++(int) { ++*this; }
        friend bool operator==(const Iterator& at, std::default_sentinel_t /*end*/) {
            return at.pages_ == nullptr || !at.pages_->element_;
        }

    private:
        Pages* pages_ = nullptr;
    };
    /// Reads the next item. An input range: it is gone through once.
    [[nodiscard]] Iterator begin() { return Iterator(*this); }
    [[nodiscard]] std::default_sentinel_t end() { return {}; }

    [[nodiscard]] const WalkSummary& summary() const { return walk_->summary(); }
    [[nodiscard]] const ItemPlace& place() const { return walk_->place(); }
    [[nodiscard]] Result<Checkpoint> checkpoint() const { return walk_->checkpoint(); }
    [[nodiscard]] const std::string& detected() const { return walk_->detected(); }

private:
    Pages(client::blocking::Client& client, PageWalk walk, Decoder decode)
        : client_(&client),
          walk_(std::make_unique<PageWalk>(std::move(walk))),
          decode_(std::move(decode)) {}
    client::blocking::Client* client_;
    std::unique_ptr<PageWalk> walk_;
    Decoder decode_;
    std::optional<Result<T>> element_;
};

}  // namespace apilab::data::blocking
