#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/result.hpp"
#include "apilab/sandbox/fault.hpp"
#include "apilab/sandbox/limits.hpp"
#include "apilab/sandbox/webhook/webhooks.hpp"

namespace apilab::sandbox {

/// A check that a scenario asks for by its id.
struct ScenarioCheck {
    std::string id;
    /// Decides the verdict even where its kind alone would not (`should`, `budget`).
    bool decides = false;
};

/// Somebody who uses the program under test while the run is on: the same request, again and again.
struct Visitor {
    std::string method = "GET";
    /// Below the program's base URL, with a query where it has one.
    std::string path;
    /// Between the beginnings of two requests, answered or not. 1 ms to 1 h.
    Duration every{};
    /// 1 to 100,000.
    std::uint64_t count = 1;
    /// Before the first.
    Duration after{};
    /// How long it waits for an answer. Default 5 s.
    Duration patience = std::chrono::seconds(5);
};

/// A named set of faults, and what the run is judged by.
struct Scenario {
    std::string name = "none";
    std::string description;
    /// Used where the run names none.
    std::optional<std::uint64_t> seed;
    std::vector<Fault> faults;
    /// After so many failures in a row an operation is left alone until it was served: what makes a
    /// scenario recoverable by construction for a client with one attempt more.
    std::optional<std::uint64_t> failures_per_operation;
    /// So many items in `/api/items` instead of 160; 1 to 50,000.
    std::optional<std::uint64_t> items;
    /// No page of a list that is asked for by GET has more items than this, whatever was asked: 1
    /// to 1000. Providers may give fewer, and only then short lists have a second page.
    std::optional<std::uint64_t> page_items;
    /// `[limits.<provider>]`, in force from the run's beginning.
    LimitRules limits;
    std::vector<Visitor> visitors;
    std::vector<Webhooks> webhooks;
    Kills kills;
    /// Empty: every check that applies.
    std::vector<ScenarioCheck> checks;
};

/// Reads a scenario file (TOML, at most 1 MiB and 1000 faults). Errors: `invalid_argument` with the
/// line (syntax) or the JSON pointer of the field (`/fault/2/when/nth`) as detail; the message says
/// the line of either.
///
///     name = "one-503"
///     description = "The second request fails once"
///     [[fault]]
///     where = "npm:*"
///     what = { status = 503, retry_after = "1s" }
///     when = { nth = 2 }
///     [limits.api]              # or [[limits.api]], several
///     kind = "window"           # see parse_limits
///     limit = 10
///     window = "1s"
///     [[visitor]]
///     path = "/digest"
///     every = "50ms"
///     count = 200
///     [[webhook]]
///     from = "slack"
///     events = 40
///     every = "100ms"
///     twin = 3               # three pairs, where the seed says
///     stale = [7]            # beside the seventh event
///     [kill]
///     count = 5
///     within = "20s"
[[nodiscard]] Result<Scenario> parse_scenario(std::string_view toml);

struct ScenarioInfo {
    std::string name;
    std::string description;
};
/// The scenarios that are built in, by name.
[[nodiscard]] std::vector<ScenarioInfo> built_in_scenarios();
/// A built-in by name. Errors: `invalid_argument` naming those there are.
[[nodiscard]] Result<Scenario> built_in_scenario(std::string_view name);
/// A file where the text ends in `.toml` or has a slash, else a built-in.
[[nodiscard]] Result<Scenario> load_scenario(std::string_view name_or_path);

}  // namespace apilab::sandbox
