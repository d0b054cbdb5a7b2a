#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <initializer_list>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "checklist/rules.hpp"

// What rules look with.
namespace apilab::cli::checklist {

/// An episode that ran as planned; else the answer that it shows nothing, and why.
[[nodiscard]] std::expected<const Episode*, Answer> ran(const Observed& seen,
                                                        std::string_view episode);

/// Fails where one fails, passes where at least one passes, else the first: for what several
/// episodes may show, and one of them is enough.
[[nodiscard]] Answer shown_by_any(std::initializer_list<Answer> answers);
/// The first line of the service's log that says yes, in any life.
[[nodiscard]] std::optional<Evidence> log_says(
    const Episode& episode, const std::function<bool(std::string_view line)>& fits);

/// `1 request`, `2 requests`.
[[nodiscard]] std::string counted(std::size_t count, std::string_view one, std::string_view many);
/// `a, b and c`.
[[nodiscard]] std::string listed(const std::set<std::string>& words);
[[nodiscard]] bool contains_any(std::string_view text, std::initializer_list<std::string_view> any);

/// Was the row struck by a fault of that kind (`status`, `stall`, `drip`, ...)?
[[nodiscard]] bool struck(const sandbox::Exchange& row, std::string_view kind);
/// A fact of a row, or an empty view.
[[nodiscard]] std::string_view fact_of(const sandbox::Exchange& row, const std::string& name);
/// The request's own id, as the client gave it one (`X-Request-Id` and the like); empty: it has
/// none.
[[nodiscard]] std::string_view own_id(const sandbox::Exchange& row);
/// The 32 digits of its `traceparent`; empty: it has none.
[[nodiscard]] std::string_view trace_id(const sandbox::Exchange& row);
/// Was the request made of one of the providers that a service is about? Not of the other origin,
/// which stands for a stranger.
[[nodiscard]] bool to_a_provider(const sandbox::Exchange& row);

/// Under which name the inventory has a provider of the journal: `google` is its `gmail`.
[[nodiscard]] std::string_view inventory_name(std::string_view provider);
/// Null: the inventory has none.
[[nodiscard]] const Integration* integration_of(const Observed& seen, std::string_view provider);
/// The providers that were asked for anything, by their names in the inventory.
[[nodiscard]] std::set<std::string> providers_seen(const Observed& seen);

/// The longest time that a `timeout` of the inventory names outside of its parentheses: how long a
/// call may take. `first byte 15 s, call 60 s (p99.9 2.1 s)`: 60 s. Nothing: it names none.
[[nodiscard]] std::optional<Duration> longest_limit(std::string_view timeout);
/// The time beside its percentile: 2.1 s. Nothing: there is none.
[[nodiscard]] std::optional<Duration> measured_percentile(std::string_view timeout);

/// Rows of episodes, gathered as evidence.
class Rows {
public:
    void add(const Episode& episode, const sandbox::Exchange& row);
    [[nodiscard]] std::size_t size() const { return count_; }
    [[nodiscard]] bool empty() const { return count_ == 0; }
    /// Of at most four episodes.
    [[nodiscard]] std::vector<Evidence> evidence() const;

private:
    std::vector<std::pair<const Episode*, std::vector<std::uint64_t>>> episodes_;
    std::size_t count_ = 0;
};

/// Attempts of one call: of what the journal takes for one operation, those that bear one mark and
/// follow one another as a client's waits do: 2 s at most at first, then three times the wait
/// before (500 ms at least). What comes later is somebody's new call: a queue's, for example. The
/// mark is the client's own request id (the same, or the same but for a trailing `.N`), where its
/// ids show that they are a call's and not each attempt's; else its trace; else the delivery under
/// way meanwhile. Without those whose kept connection had died: replacing it is no attempt.
using Attempts = std::vector<const sandbox::Exchange*>;
[[nodiscard]] std::vector<Attempts> calls_of(const Episode& episode);

/// Each row to a provider, of every episode; asks for `calm`.
void each_call(
    const Observed& seen,
    const std::function<void(const Episode& episode, const sandbox::Exchange& row)>& look);

/// The first line of the file (from 1) that says yes; 0: none does.
[[nodiscard]] std::size_t first_line(std::string_view text,
                                     const std::function<bool(std::string_view line)>& fits);

}  // namespace apilab::cli::checklist
