#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "apilab/base/clock.hpp"
#include "apilab/data/checkpoint.hpp"
#include "apilab/http/json.hpp"
#include "apilab/http/trace_context.hpp"
#include "apilab/runtime/context.hpp"

namespace apilab::runtime {
class Scheduler;
}  // namespace apilab::runtime

namespace apilab::data {

/// What happens where a cap is reached and the list goes on.
enum class AtCap : std::uint8_t {
    /// An error (`too_large`) is the last element: nobody takes a part for the whole.
    error,
    /// The walk ends; only its summary says `capped`. For whoever wants the first so many.
    end,
};

/// What happens where an item cannot be decoded.
enum class BadItem : std::uint8_t {
    /// The error is the last element; a checkpoint taken then begins with that item again.
    stop,
    /// The error is an element like any other, and the walk goes on.
    go_on,
};

/// What happens where a cursor expires in the middle of a walk. It starts again at most once.
enum class Restart : std::uint8_t {
    /// The error is the last element.
    never,
    /// From the first page, where all items handed out so far are known by their keys, so that none
    /// comes twice: with `key`, and not beyond `keys_max`. Otherwise the error.
    exact,
    /// From the first page in any case.
    with_duplicates,
};

/// Everything about a walk that is not about the API.
struct PageOptions {
    /// Its name in checkpoints and errors; empty: the name of the rules.
    std::string walk;
    /// Pages, and items, of the whole walk. Defaults 10,000 and 10,000,000; at least 1.
    std::uint64_t pages_max = 10'000;
    std::uint64_t items_max = 10'000'000;
    AtCap at_cap = AtCap::error;
    /// A page without items that leads on is no end; this many in a row are an error. Default 20,
    /// range 1 to 10,000.
    std::uint64_t empty_pages_max = 20;
    /// Where an item's key stands within it (`/id`, a text or a whole number). Items whose key was
    /// there before are dropped; those without one are not. Empty: all are handed out.
    std::string key;
    /// Keys remembered, 16 to 40 bytes of memory each; beyond them the oldest is forgotten and a
    /// duplicate of it passes. Default 100,000, range 1 to 10,000,000.
    std::size_t keys_max = 100'000;
    /// Keys written into a checkpoint, the newest. Default 1000 (20 KB), range 0 to 100,000.
    std::size_t checkpoint_keys_max = 1000;
    Restart restart = Restart::exact;
    BadItem bad_item = BadItem::stop;
    /// Hands out each page as one item, the whole document, empty ones too. Not with `key`.
    bool whole_pages = false;
    /// Pages asked for ahead of the one that is being handed out: 0 is lazy (nothing is asked for
    /// that nobody has reached). Pages that can be told in advance (see `Paginator::ahead`) are
    /// asked for side by side, others one ahead. Order and items are those of a walk without.
    /// Default 0, range 0 to 64; needs `scheduler`.
    std::size_t prefetch = 0;
    runtime::Scheduler* scheduler = nullptr;
    /// For the times in checkpoints; may be null.
    const Clock* clock = nullptr;
    /// How long a cursor is believed to serve, noted in checkpoints. Default: not known.
    std::optional<Duration> cursor_life;
    /// How each page is asked for. A page is only read, so its effect is `read` unless it says
    /// otherwise, also where it is a POST.
    runtime::Operation operation;
    SteadyTime deadline = SteadyTime::max();
    /// The trace that the pages are asked for within; none: each call begins its own.
    http::TraceContext trace;
    /// Of one page.
    http::JsonLimits json;
    /// Where to go on. One of another walk is refused by its name.
    std::optional<Checkpoint> from;

    /// Names the option and its range. Error: `invalid_argument`.
    [[nodiscard]] Result<void> validate() const;
};

}  // namespace apilab::data
