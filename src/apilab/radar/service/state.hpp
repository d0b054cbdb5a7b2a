#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/base/result.hpp"
#include "apilab/radar/service/item.hpp"
#include "apilab/radar/service/plan.hpp"
#include "apilab/work/store.hpp"

// What is remembered, as documents of a store. All of these are made for a `work::StoreWriter`'s
// operation: one transaction in which nothing else happens.
namespace apilab::radar {

/// Of all of radar's jobs.
inline constexpr std::string_view radar_queue = "radar";

inline constexpr std::string_view item_kind = "item";
inline constexpr std::string_view run_kind = "run";

/// One watch as it was read, with the versions of its documents.
struct WatchState {
    std::string watch;
    /// By key; resolved ones too.
    std::vector<Item> items;
    /// By the items' keys.
    std::map<std::string, std::int64_t, std::less<>> versions;
    std::optional<RunRecord> run;
    std::int64_t run_version = 0;
};

/// Errors: the store's, and `decode` naming the document.
[[nodiscard]] Result<WatchState> read_watch(work::Store& store, std::string_view watch);

/// What came of a run, to be kept.
struct RunOutcome {
    Plan plan;
    /// Nothing: there was none (`replan`), and the last one stays.
    std::optional<RunRecord> run;
    /// Of the job, for the messages.
    std::string trace_context;
};
/// Puts the run, posts the messages, puts the items that changed, and has `replan` come again at
/// `Plan::again`: a job of queue `radar`, kind `replan`, payload `{"watch":NAME}`.
///
/// `before` is what was read in the same operation. Where somebody else changed a document since (a
/// second process on one PostgreSQL), or anything is refused half-way, it is an error `io` of
/// detail `busy`: `StoreWriter` takes all of it back and does the operation again, reading anew.
[[nodiscard]] Result<void> keep(work::Store& store, const WatchState& before,
                                const RunOutcome& outcome, SystemTime now);

/// Resolves what is open of projects that are watched no more (`let_go`): nobody checks them, so
/// nobody else would. Returns how many items there were. Errors: as `keep`.
[[nodiscard]] Result<std::size_t> close_unwatched(work::Store& store,
                                                  const std::vector<std::string>& watched,
                                                  const PlanRules& rules,
                                                  const std::string& trace_context, SystemTime now);

/// Everything of every watch, by key.
[[nodiscard]] Result<std::vector<Item>> read_items(work::Store& store);
[[nodiscard]] Result<std::optional<Item>> read_item_of(work::Store& store, std::string_view key);
/// By watch.
[[nodiscard]] Result<std::vector<RunRecord>> read_runs(work::Store& store);
/// The same for who needs no reports: of a large project one has megabytes.
[[nodiscard]] Result<std::vector<RunRecord>> read_runs_without_reports(work::Store& store);

/// What a person said somewhere else than in Notion: `change` gets what is there, and leaves what
/// it was not about, since somebody else may have said something in another process meanwhile (then
/// `busy`, as in `keep`). Returns the item as it is then; nothing: there is none of that key.
/// `add_replan` after it, in the same operation.
[[nodiscard]] Result<std::optional<Item>> change_human(
    work::Store& store, std::string_view key, const std::function<void(HumanColumns&)>& change,
    SystemTime now);
/// Enqueues a job of kind `replan`: at once, or at `at`.
[[nodiscard]] Result<void> add_replan(work::Store& store, const std::string& watch,
                                      std::optional<SystemTime> at, SystemTime now);

}  // namespace apilab::radar
