#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "apilab/data/page_options.hpp"
#include "apilab/data/paginator.hpp"
#include "apilab/data/recent_keys.hpp"

namespace apilab::data {

/// Where an item stood.
struct ItemPlace {
    /// The page of the walk, from 1.
    std::uint64_t page = 0;
    /// Within the page, from 0.
    std::size_t index = 0;
    /// In a batch: which query it answers.
    std::size_t query = 0;
};

/// One walk over a list, without any I/O: what to ask for, what to hand out, when it is over. All
/// guards are here. The driver's loop:
///
///     for (;;) {
///         if (auto item = walk.next()) { use it; continue; }
///         if (walk.over()) { break; }
///         walk.answer(send(*walk.wanted()));
///     }
class PageWalk {
public:
    /// Error: `invalid_argument` naming the rule or option, or for a checkpoint of another walk.
    [[nodiscard]] static Result<PageWalk> create(http::Request first, PageRules rules,
                                                 PageOptions options);

    /// The next item or, once and last, the error that ends the walk. Nothing: the walk is over or
    /// needs a page. The view is valid until the next call.
    [[nodiscard]] std::optional<Result<http::Json>> next();
    [[nodiscard]] bool over() const { return summary_.end != WalkEnd::under_way && !error_; }
    /// The page that is needed; nothing while there are items.
    [[nodiscard]] const std::optional<PagePosition>& wanted() const { return wanted_; }
    [[nodiscard]] Result<http::Request> request(const PagePosition& position) const {
        return paginator_.request(position);
    }
    /// The pages behind the one being handed out, as far as they can be told: at most `count`, and
    /// none beyond a cap.
    [[nodiscard]] std::vector<PagePosition> ahead(std::size_t count) const;
    void count_request() { ++summary_.requests; }
    /// What came for `wanted()`, asked for by `sent`.
    void answer(const http::Request& sent, const Result<http::Response>& reply);
    /// The item handed out last could not be decoded. The error, with its place; by the options it
    /// ends the walk.
    [[nodiscard]] Error bad_item(Error error);
    /// The document of the page handed out last, with `PageOptions::whole_pages`; once.
    [[nodiscard]] http::JsonDocument take_document() { return *std::move(page_); }
    /// Ends the walk with an error (the request could not be made).
    void end_with(Error error);

    [[nodiscard]] const WalkSummary& summary() const { return summary_; }
    [[nodiscard]] const ItemPlace& place() const { return place_; }
    /// Was the item handed out last the last one of its page?
    [[nodiscard]] bool at_page_end() const { return page_ && index_ == answer_.items.size(); }
    [[nodiscard]] const PageRules& rules() const { return paginator_.rules(); }
    [[nodiscard]] const std::string& detected() const { return paginator_.detected(); }
    [[nodiscard]] const PageOptions& options() const { return options_; }
    /// The place after the item handed out last. Error: see `Paginator::for_keeping`.
    [[nodiscard]] Result<Checkpoint> checkpoint() const;

private:
    PageWalk(Paginator paginator, PageOptions options);
    [[nodiscard]] Result<void> begin();
    [[nodiscard]] Result<void> go_on_from(const Checkpoint& checkpoint);
    void take_page(const http::Request& sent, const http::Response& response);
    void check_tokens();
    void leave_page();
    void finish();
    void cap(std::string_view option);
    void restart_or_end(Error error);
    [[nodiscard]] std::optional<std::uint64_t> key_of(const http::Json& item) const;
    /// Was the item handed out before?
    [[nodiscard]] bool known(const http::Json& item);
    [[nodiscard]] std::string where() const;

    Paginator paginator_;
    PageOptions options_;
    WalkSummary summary_;
    RecentKeys keys_;
    bool keys_complete_ = true;
    /// What led on so far.
    std::unordered_set<std::uint64_t> seen_;
    std::uint64_t empty_pages_ = 0;

    PagePosition position_;
    std::optional<PagePosition> wanted_;
    std::optional<http::JsonDocument> page_;
    PageAnswer answer_;
    std::size_t index_ = 0;
    /// Items of the page that an earlier run handed out.
    std::uint64_t skip_ = 0;
    /// The one handed out last brought a key with it.
    bool key_added_ = false;
    ItemPlace place_;
    std::optional<Error> error_;
    std::optional<SystemTime> started_;
};

}  // namespace apilab::data
