#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/sandbox/judge/check.hpp"

namespace apilab::sandbox::internal {

/// What an answer says of one of its sources (`parts` in its JSON body).
struct PartLabel {
    /// `live`, `cached`, `stale`, `missing`, or something else.
    std::string state;
    /// How old the value is; nothing where the label does not say.
    std::optional<Duration> age;
};

/// One request of a visitor, and what the program asked of others on its account: those requests
/// that bear its `x-request-id`, alone or with a dot and something behind it.
struct Visit {
    const Outbound* outbound = nullptr;
    std::vector<const Exchange*> rows;
    /// By the source's name; empty where the answer has no labels.
    std::map<std::string, PartLabel> parts;

    [[nodiscard]] bool over() const { return outbound->finished.has_value(); }
    [[nodiscard]] bool answered() const { return over() && outbound->status == 200; }
    [[nodiscard]] Duration took() const { return *outbound->finished - outbound->sent; }
    /// `/healthz`, `/readyz` and `/metrics` are asked by machines and need no source.
    [[nodiscard]] bool about_itself() const;
};

/// Every visit of the run, in the order of sending.
[[nodiscard]] std::vector<Visit> visits_of(const Evidence& evidence);

/// A stretch in which one provider failed every time: no answer, or a 5xx.
struct Outage {
    std::vector<const Exchange*> rows;
    [[nodiscard]] Duration length() const;
};
/// All of them, short ones too.
[[nodiscard]] std::vector<Outage> outages_of(const std::deque<Exchange>& rows);
/// From this length on a source counts as dead.
constexpr Duration dead_after = std::chrono::seconds(10);

/// See `Sandbox::numbers`; nothing where there were no visitors.
[[nodiscard]] std::map<std::string, std::int64_t> visit_numbers(const Journal& journal);

/// A whole answer of 2xx or 304, in time for `before`.
[[nodiscard]] bool served(const Exchange& row, SteadyTime before);
/// Did something vanish from the body, or change its type?
[[nodiscard]] bool broken_by_drift(const Exchange& row);
/// Did the body only get more than was promised?
[[nodiscard]] bool extended_by_drift(const Exchange& row);

}  // namespace apilab::sandbox::internal
