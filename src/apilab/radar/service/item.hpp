#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/base/result.hpp"
#include "apilab/radar/report.hpp"

namespace apilab::radar {

/// What people wrote into a row of the working list. Read, never overwritten.
struct HumanColumns {
    /// `Decision`, in any words. Those of `declines` mean that it is not to be announced.
    std::string decision;
    std::string owner;
    /// Not before this moment; announced then, if it still stands.
    std::optional<SystemTime> snooze_until;

    friend bool operator==(const HumanColumns&, const HumanColumns&) = default;
};

/// Does a decision say that nothing is to be done (`accepted`, `ignore`, `won't fix`, `done`)? In
/// any case.
[[nodiscard]] bool declines(std::string_view decision);

/// One decision as it is remembered from run to run: a document of kind `item` under its key.
struct Item {
    std::string watch;
    Decision decision;
    /// Of what makes it news: action, candidate, advisories. Another score is none.
    std::string fingerprint;
    SystemTime first_seen;
    SystemTime last_seen;
    /// It is in no report any more, and every source had answered.
    std::optional<SystemTime> resolved;
    /// The fingerprint that Slack was told; empty: it was not.
    std::string announced;
    /// Counts up with each change of what its row says; part of the message's key.
    std::int64_t revision = 0;
    /// A hash of what the row says in that revision.
    std::string row_hash;
    HumanColumns human;

    /// `webshop/lodash`: the row's key in Notion, and the document's.
    [[nodiscard]] std::string key() const { return watch + "/" + decision.package; }
    /// Open, and something to do: action is not `watch`.
    [[nodiscard]] bool actionable() const { return !resolved && decision.action != Action::watch; }
};

[[nodiscard]] std::string item_json(const Item& item);
/// Error: `decode`, its detail the JSON pointer.
[[nodiscard]] Result<Item> read_item(std::string_view json);

/// The last run about one watch: a document of kind `run` under the watch's name.
struct RunRecord {
    std::string watch;
    SystemTime started;
    SystemTime finished;
    /// `schedule`, `github push`, `by hand`, ...
    std::string why;
    /// All of it, as `report_json` has it; empty where there was none.
    std::string report;
    /// Why it failed (the lockfile could not be read, ...); empty: it did not.
    std::string error;
    /// Every source answered freshly.
    bool complete = false;
    /// When a complete one ended last.
    std::optional<SystemTime> last_complete;
};
[[nodiscard]] std::string run_json(const RunRecord& run);
[[nodiscard]] Result<RunRecord> read_run(std::string_view json);

}  // namespace apilab::radar
