#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/data/page_options.hpp"
#include "apilab/data/page_rules.hpp"
#include "apilab/data/sync_store.hpp"
#include "apilab/http/message.hpp"
#include "apilab/runtime/service.hpp"

namespace apilab::data {

/// How values of the bookmark are compared.
enum class BookmarkKind : std::uint8_t {
    /// Instants (RFC 3339, whatever their offset and fraction).
    time,
    /// Whole numbers, also as text.
    number,
    /// Not at all: `PageRules::sync_token` of one walk starts the next (Gmail's history id).
    token,
};

/// In which order the list comes.
enum class SyncOrder : std::uint8_t {
    /// Oldest change first: what was read is all there was up to there, so the bookmark moves with
    /// every page.
    ascending,
    /// Newest first, or not known: the bookmark moves when the walk is over, and only if it was
    /// complete.
    unordered,
};

struct SyncOptions {
    BookmarkKind kind = BookmarkKind::time;
    SyncOrder order = SyncOrder::unordered;
    /// Where an item's bookmark stands (`/updated_at`). An item without one is kept and moves
    /// nothing.
    std::string bookmark;
    /// Where its key stands (`/id`, a text or a whole number); an item without one is an error.
    std::string key = "/id";
    /// `time`: asked for again at each run, for changes that become visible late. Taken off what is
    /// asked, never off what is kept. Default 0, up to 366 days.
    Duration look_back{};
    /// `time`: values later than this after now are not believed: neither an item's (its row is
    /// kept, the bookmark stays) nor a stored one (everything is read). Default 1 day.
    Duration future_max = std::chrono::hours(24);
    /// Reads the whole list whatever the bookmark says, and removes rows that it did not hold.
    bool whole = false;
    /// Largest share of the rows that may be removed at once; beyond it the run ends with an error
    /// and nothing is removed. Default 0.2; 0 to 1. Below `removed_free` rows it does not matter.
    double removed_share_max = 0.2;
    /// Default 10.
    std::uint64_t removed_free = 10;
    /// Rows in one commit at most; a page is committed at its end in any case. Default 1000, range
    /// 1 to 100,000.
    std::size_t commit_max = 1000;
    /// Of the walk. Its clock tells now; `key`, `from` and `whole_pages` are set by the sync.
    PageOptions pages;

    /// Error: `invalid_argument` naming the option.
    [[nodiscard]] Result<void> validate() const;
};

struct SyncReport {
    /// Rows written (some of them perhaps as they were).
    std::uint64_t rows = 0;
    std::uint64_t removed = 0;
    std::string bookmark_before;
    std::string bookmark;
    /// What was odd and how it was dealt with: a state that could not be read, values from the
    /// future, an old sync token.
    std::vector<std::string> notes;
    WalkSummary walk;
};

/// The request for what changed since a bookmark; without one, for everything.
using SyncRequest = std::function<http::Request(const std::optional<std::string>& since)>;

/// Brings a stream of rows up to date, once.
///
/// Reads the state, asks for what changed since (or goes on where a killed run was), and commits
/// page by page: rows, place in the list and bookmark together. The bookmark is the newest value
/// seen and never goes back. Rows are removed only at the end of a complete walk over the whole
/// list, and not too many at once: a list that is suddenly short is mostly an accident.
///
/// Errors: those of the walk and of the store, with what was committed kept; `invalid_argument`
/// with the detail `removed_share_max`. A state that is garbage (or in the year 2999) is read as
/// none, and a note says so. Cancellation ends the walk; nothing is half committed.
///
///     auto report = co_await sync(client, request, page_rules::github(), store,
///                                 {.bookmark = "/updated_at", .pages = {.clock = &clock}});
[[nodiscard]] runtime::Task<Result<SyncReport>> sync(runtime::Service& service, SyncRequest request,
                                                     PageRules rules, SyncStore& store,
                                                     SyncOptions options);

/// The later of two bookmarks (`b` where they are equal or `a` is none); what cannot be read as its
/// kind counts as none. Tokens are not compared: the second, where there is one.
[[nodiscard]] std::string later_bookmark(BookmarkKind kind, std::string_view a, std::string_view b);

}  // namespace apilab::data
