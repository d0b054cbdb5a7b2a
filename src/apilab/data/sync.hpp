#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "apilab/base/try.hpp"
#include "apilab/data/pages.hpp"
#include "apilab/data/sync_rules.hpp"

namespace apilab::data {

/// Where the copy of a list is kept: its rows, and the state of its synchronisation. Each `store`
/// and `finish` is one transaction: all of it is there afterwards, also after a crash, or none.
template <class T>
class SyncStore {
public:
    SyncStore() = default;
    SyncStore(const SyncStore&) = delete;
    SyncStore& operator=(const SyncStore&) = delete;
    virtual ~SyncStore() = default;

    /// As `store` and `finish` were given it last; empty: never.
    [[nodiscard]] virtual Result<std::string> state() = 0;
    /// Adds the rows or replaces those of the same key, stamps them with `run`, keeps `state`.
    [[nodiscard]] virtual Result<void> store(std::vector<T> rows, std::uint64_t run,
                                             std::string state) = 0;
    struct Count {
        std::size_t stored = 0;
        /// Of them those that bear another stamp than `run`.
        std::size_t unseen = 0;
    };
    [[nodiscard]] virtual Result<Count> count(std::uint64_t run) = 0;
    /// Keeps `state` and, where `delete_unseen`, removes the rows with another stamp than `run`.
    [[nodiscard]] virtual Result<void> finish(std::uint64_t run, bool delete_unseen,
                                              std::string state) = 0;
};

/// One list to be kept in step.
template <class T>
struct SyncJob {
    /// The pages of what has changed since the bookmark (none: of everything), from the checkpoint
    /// on where there is one. Names keys (`PageOptions::key`), so that a cursor that expires loses
    /// nothing.
    std::function<Result<Pages<T>>(Bookmark since, std::optional<Checkpoint> from)> open;
    /// Where a row stands: mostly `Bookmark::at(row.updated_at)`. None: it moves no bookmark.
    std::function<Bookmark(const T&)> bookmark_of;
    /// What the walk's last answer gave for the next one (`WalkSummary::sync_token`) as a bookmark;
    /// null: `Bookmark::token`.
    std::function<Bookmark(const std::string&)> bookmark_of_token;
    SyncOptions options;
    /// Rows stored in one transaction. Default 100; at least 1.
    std::size_t rows_max = 100;
};

/// What a synchronisation did. Only where it is `complete` is the copy as the list was.
struct SyncReport {
    WalkSummary walk;
    /// Everything was asked for, not only changes.
    bool full = false;
    /// It went on with a run that had been broken off.
    bool resumed = false;
    /// Why the stored state was set aside; empty: it was not.
    std::string restarted;
    /// Rows stored, and removed.
    std::size_t stored = 0;
    std::size_t deleted = 0;
    Bookmark bookmark;
    [[nodiscard]] bool complete() const { return walk.end == WalkEnd::complete; }
};

/// Brings a copy in step with its list: walks what has changed since the bookmark, stores rows and
/// state together, and goes on where the last run was broken off, by an error or by a kill. Rules:
/// `SyncRules`. `full` asks for everything, which is what finds out about deletions.
///
/// Errors: those of the walk and of the store; `too_large` for a mass deletion that is refused.
/// What was stored until then stays, and the next call goes on from there (after a refused deletion
/// it begins with the next changes). Cancellation: as an error.
///
///     auto report = co_await synchronise(store, job, clock.system_now());
template <class T>
[[nodiscard]] runtime::Task<Result<SyncReport>> synchronise(SyncStore<T>& store, SyncJob<T> job,
                                                            SystemTime now, bool full = false) {
    APILAB_CO_TRY(const auto state, store.state());
    APILAB_CO_TRY(auto rules, SyncRules::begin(job.options, state, now, full));
    SyncReport report;
    report.full = rules.full();
    report.restarted = rules.restarted();
    std::optional<Checkpoint> from;
    if (!rules.walk().empty()) {
        // A checkpoint of another version is no reason to stop: the walk begins anew.
        auto place = Checkpoint::parse(rules.walk());
        report.resumed = place.has_value();
        from = place ? std::optional(*std::move(place)) : std::nullopt;
    }
    APILAB_CO_TRY(auto pages, job.open(rules.since(), std::move(from)));
    std::vector<T> rows;
    std::optional<Error> error;
    const auto keep = [&]() -> Result<void> {
        APILAB_TRY(const auto place, pages.checkpoint());
        report.stored += rows.size();
        return store.store(std::exchange(rows, {}), rules.run(),
                           rules.page_done(place.to_json()).to_json());
    };
    while (auto item = co_await pages.next()) {
        if (!*item) {
            error = std::move(*item).error();
            break;
        }
        rules.saw(job.bookmark_of(**item));
        rows.push_back(**std::move(item));
        if (rows.size() >= job.rows_max) {
            if (auto kept = keep(); !kept) {
                error = std::move(kept).error();
                break;
            }
        }
    }
    if (error) {
        co_await pages.close();
        // What came before the error is good, and its place is known.
        if (auto kept = rows.empty() ? Result<void>() : keep(); !kept) {
            co_return fail(std::move(kept).error());
        }
        co_return fail(*std::move(error));
    }
    APILAB_CO_CHECK(keep());
    report.walk = pages.summary();
    APILAB_CO_TRY(const auto count, store.count(rules.run()));
    const auto may = rules.may_delete(report.complete(), count.unseen, count.stored);
    const bool remove = may.value_or(false);
    const auto& token = report.walk.sync_token;
    const auto told = token.empty()           ? Bookmark()
                      : job.bookmark_of_token ? job.bookmark_of_token(token)
                                              : Bookmark::token(token);
    const auto last = rules.finished(report.complete(), told);
    APILAB_CO_CHECK(store.finish(rules.run(), remove, last.to_json()));
    report.deleted = remove ? count.unseen : 0;
    report.bookmark = last.bookmark;
    if (!may) {
        co_return fail(may.error());
    }
    co_return report;
}

}  // namespace apilab::data
