#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace apilab::cli::checklist {

/// What is known about one item of the checklist.
enum class State : std::uint8_t {
    /// Shown: a run, a file or a log says so.
    pass,
    /// The opposite is shown.
    fail,
    /// A rule looked and found nothing that decides: the run did not get there.
    untested,
    /// A question for a person that nobody has answered.
    open,
    /// A person has answered it, and the answer stands in `integrations.toml`.
    answered,
    /// Does not concern this integration; the sentence says why.
    not_applicable,
};
/// `pass`, `fail`, `untested`, `open`, `answered`, `n/a`.
[[nodiscard]] std::string_view to_string(State state);

/// One thing that can be looked at again.
struct Evidence {
    enum class Kind : std::uint8_t {
        /// A run's check: `flaky RTY-03`.
        check,
        /// Rows of a run's journal: `flaky rows 12, 14`.
        rows,
        /// `deploy/fly.toml:12`.
        file,
        /// A line that the service wrote.
        log,
        /// A line of its metrics.
        metric,
        /// What a process did: exit code, port, files.
        process,
    };
    Kind kind = Kind::check;
    std::string text;
};
[[nodiscard]] std::string_view to_string(Evidence::Kind kind);

/// What a rule says of one item.
struct Answer {
    State state = State::untested;
    /// One sentence without its end: what was seen, not what the item says.
    std::string sentence;
    /// Never empty where `state` is `pass` or `fail`.
    std::vector<Evidence> evidence;
};

}  // namespace apilab::cli::checklist
