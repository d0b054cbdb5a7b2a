#pragma once

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "checklist/rules.hpp"

// What several groups of rules ask of the rows of an episode.
namespace apilab::cli::checklist {

using Row = sandbox::Exchange;
using Rows = std::vector<const Row*>;

/// The episode, where it ran as planned; else null.
[[nodiscard]] const Episode* ran(const Observed& seen, std::string_view id);
/// Why there is nothing to look at: it was not run, or did not get there.
[[nodiscard]] Answer not_run(const Observed& seen, std::string_view id);

/// What the judge said of these checks in whatever episode: fails where one fails, passes where at
/// least one passes; else `untested` with `missing` as its sentence.
[[nodiscard]] Answer judged_anywhere(const Observed& seen,
                                     std::initializer_list<std::string_view> checks,
                                     std::string_view missing);

/// What the sandbox noted of a row; empty: nothing of that name.
[[nodiscard]] std::string_view fact(const Row& row, std::string_view name);
[[nodiscard]] std::string_view header(const Row& row, std::string_view name);
/// A request of a known operation that changes something over there: no read, and no call for a
/// token.
[[nodiscard]] bool is_write(const Row& row);
/// By which the provider, or a look-up there, can tell this write from all others: its idempotency
/// key, else an id in what it makes (Slack's metadata, Notion's `Key`, a `Message-ID`); empty: it
/// has none.
[[nodiscard]] std::string_view own_key(const Row& row);
/// Equal for writes that make the same thing: provider, operation, and the key or, without one, the
/// body.
[[nodiscard]] std::string thing_of(const Row& row);
/// The client cannot know what became of it.
[[nodiscard]] bool outcome_unknown(const Row& row);

[[nodiscard]] Evidence rows_of(const Episode& episode, const Rows& rows);
/// `3 writes`, `1 write`.
[[nodiscard]] std::string counted(std::size_t count, std::string_view one, std::string_view many);

}  // namespace apilab::cli::checklist
