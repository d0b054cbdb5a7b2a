#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "checklist/looking.hpp"
#include "checklist/rules.hpp"

// Writes and reads of an episode: what they make, and what became of them.
namespace apilab::cli::checklist {

using Calls = std::vector<const sandbox::Exchange*>;

/// What the judge said of these checks in whatever episode: fails where one fails, passes where at
/// least one passes; else `untested` with `missing` as its sentence.
[[nodiscard]] Answer judged_anywhere(const Observed& seen,
                                     std::initializer_list<std::string_view> checks,
                                     std::string_view missing);
/// The same, in those episodes alone that say yes.
[[nodiscard]] Answer judged_where(const Observed& seen,
                                  std::initializer_list<std::string_view> checks,
                                  std::string_view missing, bool (*fits)(const Episode& episode));

/// All of it was one life over one volume: what it keeps in memory was there to the end.
[[nodiscard]] bool one_life(const Episode& episode);
/// No life of it was given a fresh volume: what it had noted of its work was there to the end.
[[nodiscard]] bool one_volume(const Episode& episode);

/// A header of the request; empty: it had none.
[[nodiscard]] std::string_view header_of(const sandbox::Exchange& row, std::string_view name);
/// A request of a known operation that changes something over there: no read, and no call for a
/// token.
[[nodiscard]] bool is_write(const sandbox::Exchange& row);
/// By which the provider, or a look-up there, can tell this write from all others: its idempotency
/// key, else an id in what it makes (Slack's metadata, Notion's `Key`, a `Message-ID`); empty: it
/// has none, as a row that has only a title.
[[nodiscard]] std::string_view own_key(const sandbox::Exchange& row);
/// Is its own key one of this attempt to write, as an `Idempotency-Key` is? Not the name of what is
/// written, as the key of a row in a table: under that one another body is another state.
[[nodiscard]] bool binds_its_body(const sandbox::Exchange& row);
/// Equal for writes that make the same thing: provider, operation, and the key or, without one, the
/// body.
[[nodiscard]] std::string thing_of(const sandbox::Exchange& row);
/// The client cannot know what became of it.
[[nodiscard]] bool outcome_unknown(const sandbox::Exchange& row);

[[nodiscard]] Evidence rows_of(const Episode& episode, const Calls& calls);

}  // namespace apilab::cli::checklist
