#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "apilab/base/clock.hpp"
#include "apilab/base/result.hpp"
#include "apilab/data/bookmark.hpp"

namespace apilab::data {

struct SyncOptions {
    /// In which order the source gives its rows, by the field that the bookmark is taken from.
    enum class Order : std::uint8_t {
        /// Oldest first: after each page the bookmark may move on.
        ascending,
        /// Newest first: the bookmark moves only when the last page is in. (Whoever moves it with
        /// the
        /// first page loses the rest when the walk breaks off.)
        descending,
        /// As `descending`.
        unknown,
    };
    Order order = Order::unknown;
    /// The source is asked for what has changed since the bookmark less this: clocks differ, and
    /// some providers round (Notion to the minute). For bookmarks of time. Default 1 min, range 0
    /// to 7 days.
    Duration look_back = std::chrono::minutes(1);
    /// A bookmark further ahead than this is no bookmark: the state is taken for garbage, and a row
    /// that claims such a time does not move the bookmark. Default 1 h, range 0 to 1 day.
    Duration ahead_max = std::chrono::hours(1);
    /// Rows that a complete walk over everything did not have are deleted. Default off.
    bool deletions = false;
    /// A walk that would delete a larger share of the rows than this is refused, as long as it is
    /// about more than `deletions_min` rows. Default 0.2; 0 to 1, where 1 refuses nothing.
    double deletion_share_max = 0.2;
    std::size_t deletions_min = 10;

    /// Names the option and its range.
    [[nodiscard]] Result<void> validate() const;
};

/// What is kept between runs, in the transaction that stores the rows. JSON text of at most 8 MiB
/// (a checkpoint with many keys is the largest part).
struct SyncState {
    static constexpr std::size_t size_max = std::size_t{8} << 20U;

    /// Everything up to here is stored.
    Bookmark bookmark;
    /// The number of the run that is under way, or that was the last; rows bear the number of the
    /// run that saw them last.
    std::uint64_t run = 0;
    /// A run is under way (or was, when the process ended): what it began with, how far it has
    /// seen, and where its walk stands (`Checkpoint`, empty: before the first page).
    struct Pending {
        /// Everything was asked for, not only changes.
        bool full = false;
        /// What the source was asked for; a bookmark that moves meanwhile does not change it.
        Bookmark since;
        /// When the run began, by our clock.
        SystemTime began;
        Bookmark seen;
        std::string walk;
    };
    std::optional<Pending> pending;

    [[nodiscard]] std::string to_json() const;
    /// Error: `decode`, naming the member.
    [[nodiscard]] static Result<SyncState> parse(std::string_view text);
};

/// The rules of one synchronisation, pure: told what a walk gives, it says what may be stored as
/// the state, and what may be deleted. Bookmarks never go backwards.
///
/// Where rows do not come in ascending order, a bookmark of time never passes the moment at which
/// the run began: a row may have changed behind the walk's back, and a later one, seen changed,
/// must not hide it.
///
///     auto rules = SyncRules::begin(options, store.state(), clock.system_now());
///     // ask for everything after rules.since() (nothing: everything), from rules.walk()
///     rules.saw(Bookmark::at(row.updated_at));          // each row
///     store(rows, rules.page_done(pages.checkpoint())); // each page, one transaction
///     store(rules.finished(true));
class SyncRules {
public:
    /// Goes on with the run that `state` (as `SyncState::to_json` wrote it; empty: the first run)
    /// says is under way, or begins a new one. State that cannot be read, or whose bookmark lies in
    /// the future, is set aside: `restarted()` says why, and everything is asked for. `full`: asks
    /// for everything although there is a bookmark, which is what deletions need. Error:
    /// `invalid_argument` naming an option.
    [[nodiscard]] static Result<SyncRules> begin(SyncOptions options, std::string_view state,
                                                 SystemTime now, bool full = false);

    /// Ask for what has changed since then; none: for everything.
    [[nodiscard]] const Bookmark& since() const { return state_.pending->since; }
    /// Where the walk of a run that was broken off goes on; empty: at its beginning.
    [[nodiscard]] const std::string& walk() const { return state_.pending->walk; }
    /// Stamp rows with it.
    [[nodiscard]] std::uint64_t run() const { return state_.run; }
    [[nodiscard]] bool full() const { return state_.pending->full; }
    /// Why the state was set aside; empty: it was not.
    [[nodiscard]] const std::string& restarted() const { return restarted_; }

    /// A row was seen.
    void saw(const Bookmark& bookmark);
    /// The rows so far are about to be stored, with the walk at `walk`: the state to store in the
    /// same transaction.
    [[nodiscard]] SyncState page_done(std::string walk);
    /// The walk had to begin anew (its cursor has expired): what was seen of it stays stored.
    void walk_restarted() { state_.pending->walk.clear(); }

    /// The walk is over. `complete`: it came to the source's end, nothing was cut off. `told`: a
    /// bookmark that the source gave at the end (a sync token, a history id), which then replaces
    /// what the rows said. A walk that is not complete moves no bookmark, unless pages were in
    /// ascending order.
    [[nodiscard]] SyncState finished(bool complete, const Bookmark& told = {});

    /// May the rows of earlier runs be deleted, `unseen` of `stored`? Only after a complete walk
    /// over everything. False: there is nothing to delete, or this was no such walk. Error:
    /// `too_large` where it would be more than the options take for possible (an empty or a cut-off
    /// answer looks like a great deletion).
    [[nodiscard]] Result<bool> may_delete(bool complete, std::size_t unseen,
                                          std::size_t stored) const;

private:
    SyncRules(SyncOptions options, SyncState state, SystemTime now)
        : options_(options), state_(std::move(state)), now_(now) {}
    [[nodiscard]] bool in_future(const Bookmark& bookmark) const;
    void begin_run(bool full);

    SyncOptions options_;
    SyncState state_;
    SystemTime now_;
    std::string restarted_;
};

}  // namespace apilab::data
