#pragma once

#include <cstddef>
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
/// any case, with or without punctuation; the whole of it, so that `not done` says no such thing.
[[nodiscard]] bool declines(std::string_view decision);

/// One decision as it is remembered from run to run: a document of kind `item` under its key.
struct Item {
    /// Longest key, in bytes: it gets a revision appended, and stores take 255.
    static constexpr std::size_t key_max = 230;
    /// So many of `announced_before` are kept.
    static constexpr std::size_t announced_max = 32;

    std::string watch;
    /// What is known best. Where the last run knew less than the one that made it, it stands as it
    /// was, and its confidence says so.
    Decision decision;
    /// How sure it was when it was made; `decision.confidence` is how sure it is by now.
    Confidence made_with = Confidence::full;
    /// Of what makes it news: action, candidate, advisories. Another score is none.
    std::string fingerprint;
    SystemTime first_seen;
    SystemTime last_seen;
    /// It is in no report any more, and every source had answered.
    std::optional<SystemTime> resolved;
    /// The fingerprint that Slack was told; empty: it was not.
    std::string announced;
    /// The ones that it was told before, oldest first: none of them is news again.
    std::vector<std::string> announced_before;
    /// How often it came back as news; part of the key of what Slack is told.
    std::int64_t returns = 0;
    /// Counts up with each change of what its row says; part of the message's key.
    std::int64_t revision = 0;
    /// A hash of what the row says in that revision.
    std::string row_hash;
    HumanColumns human;
    /// What its row said when it was read last. Only what changed there since counts as news, so
    /// that what was said elsewhere (on the dashboard) stays.
    HumanColumns row;

    /// `webshop/lodash`: the row's key in Notion, and the document's. One that is longer than
    /// `key_max` is cut, and a hash of all of it appended.
    [[nodiscard]] std::string key() const;
    /// Open, and something to do: action is not `watch`.
    [[nodiscard]] bool actionable() const { return !resolved && decision.action != Action::watch; }
};

/// As `Item::key`.
[[nodiscard]] std::string item_key(std::string_view watch, std::string_view package);
/// Of action, candidate and advisories: 16 hexadecimal digits.
[[nodiscard]] std::string fingerprint_of(const Decision& decision);

/// JSON, so that a person can read it; times in UTC, to the nanosecond.
[[nodiscard]] std::string item_json(const Item& item);
/// Unknown members are left out; what is missing is an error where there is no sensible default.
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
