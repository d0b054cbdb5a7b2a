#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/radar/cvss.hpp"
#include "apilab/radar/dependency_set.hpp"
#include "apilab/radar/radar_facts.hpp"

namespace apilab::radar {

/// How far the candidate is from what is installed. `in_range`: every dependent's declared range
/// takes it. `minor`: outside a range (an exact pin, say), but compatible by semver (`^installed`).
/// `major`: incompatible by semver.
enum class Change : std::uint8_t { in_range, minor, major, none };
/// `upgrade`: do it. `decide`: a person should look first. `mitigate`: exposed, and no version
/// helps. `watch`: nothing to do today.
enum class Action : std::uint8_t { upgrade, decide, mitigate, watch };
/// `full`: every source answered freshly. `partial`: one that only adds detail did not, or an
/// answer is stale. `low`: advisories or versions could not be checked.
enum class Confidence : std::uint8_t { full, partial, low };

[[nodiscard]] std::string_view to_string(Change change);
[[nodiscard]] std::string_view to_string(Action action);
[[nodiscard]] std::string_view to_string(Confidence confidence);

/// One item of a score.
struct Point {
    std::string why;
    /// Negative where a weight takes away.
    int points = 0;

    friend bool operator==(const Point&, const Point&) = default;
};

/// The answer about one package.
struct Decision {
    std::string package;
    /// All installed versions, ascending.
    std::vector<std::string> installed;
    bool direct = false;
    bool dev = false;
    /// Ids of all records that hit an installed version, sorted.
    std::vector<std::string> advisories;
    /// Other names of those records, for those that have any.
    std::vector<std::pair<std::string, std::vector<std::string>>> aliases;
    std::optional<std::string> candidate;
    Change change = Change::none;
    Action action = Action::watch;
    /// What to type, where typing something helps.
    std::optional<std::string> command;
    int score = 0;
    /// Add up to `score`.
    std::vector<Point> points;
    Confidence confidence = Confidence::full;
    std::vector<std::string> notes;
    /// The worst advisory's level; nothing without advisories. For `--fail-on`, not in the JSON.
    std::optional<Severity> level;
};

/// One input's whole answer.
struct Report {
    SystemTime as_of;
    /// The file, as it is to be shown.
    std::string input;
    std::size_t packages = 0;
    /// Highest score first, then by name.
    std::vector<Decision> decisions;
    std::vector<SourceReport> sources;
    /// All sources together, then each.
    CallStory calls;
    std::vector<CallStory> calls_by_source;
    bool simulated = false;
    /// Was any advisory source heard about any installed version (or was there nothing to ask)?
    bool advisories_evaluated = true;
    /// Why not, where not.
    SourceFailure failure = SourceFailure::none;
    /// What no registry answers for, and what is to be known about the input. Not in the JSON.
    std::vector<LeftOut> left_out;
    std::vector<std::string> notes;
};

/// Is "nothing found" worth saying? Only when every source answered, freshly.
[[nodiscard]] bool all_sources_ok(const Report& report);

/// The exit code of `radar check` (cli.md): 7 unreachable, 8 deadline or 9 gave up where advisories
/// could not be evaluated at all; 6 where an advisory at or above `fail_on` was found; else 0, even
/// for a degraded answer.
[[nodiscard]] int exit_code(const Report& report, std::optional<Severity> fail_on);

}  // namespace apilab::radar
