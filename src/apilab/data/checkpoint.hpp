#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/data/paginator.hpp"
#include "apilab/data/walk_summary.hpp"

namespace apilab::data {

/// Where a walk stands, to go on from there after a kill: the page, and how many of its items were
/// handed out. A value without secrets (`Paginator::for_keeping`).
///
/// **What it promises.** A walk that goes on from a checkpoint hands out what comes after the last
/// item handed out before it was taken. Whoever keeps it *before* an item is done with loses that
/// item in a crash; whoever keeps it *after* sees the items since the last one kept once more (at
/// least once); whoever keeps it together with what was made of the item, in one transaction, sees
/// each item exactly once. Items are skipped by their key where `PageOptions::key` names it, else
/// by their number in the page; the second is only right where the page has not changed meanwhile.
struct Checkpoint {
    static constexpr std::int64_t version = 1;
    /// Largest text that is read. 4 MiB.
    static constexpr std::size_t size_max = std::size_t{4} << 20U;

    /// `PageOptions::walk`, for people.
    std::string walk;
    /// `Paginator::fingerprint()`: of another request or other rules it is refused.
    std::string fingerprint;
    PagePosition position;
    /// Items of that page that need not be handed out again.
    std::uint64_t index = 0;
    /// Nothing is left.
    bool done = false;
    /// So far, over all runs.
    WalkSummary so_far;
    /// Hashes of the keys of the newest items, oldest first, and whether these are all there were.
    std::vector<std::uint64_t> keys;
    bool keys_complete = true;
    /// What `PageKind::detect` has found (`detected_to_json`), and why; empty: nothing.
    std::string detected;
    std::string detected_why;
    /// When the walk began, and until when its cursors are believed to serve (`PageOptions::clock`,
    /// `PageOptions::cursor_life`); nothing: not known.
    std::optional<SystemTime> started;
    std::optional<SystemTime> expires;

    /// One line of JSON.
    [[nodiscard]] std::string to_json() const;
    /// Errors: `too_large` beyond `size_max`; `decode` naming the member that is missing or wrong,
    /// or the version that is not ours.
    [[nodiscard]] static Result<Checkpoint> parse(std::string_view text);
};

}  // namespace apilab::data
