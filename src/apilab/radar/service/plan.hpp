#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/radar/report.hpp"
#include "apilab/radar/service/config.hpp"
#include "apilab/radar/service/item.hpp"
#include "apilab/work/message.hpp"

namespace apilab::radar {

/// What a run changes: pure. `items` are all of the watch afterwards, resolved ones too;
/// `messages` are to be posted in the same transaction that keeps them.
struct Plan {
    std::vector<Item> items;
    std::vector<work::NewMessage> messages;
    /// For the log and the dashboard: `3 new, 1 changed, 2 resolved, 1 announced, 4 rows`.
    std::size_t fresh = 0;
    std::size_t changed = 0;
    std::size_t resolved = 0;
    std::size_t announced = 0;
    std::size_t rows = 0;
    /// When something that waits now can be said without a new report: the end of the quiet hours,
    /// or of a snooze. `replan` then.
    std::optional<SystemTime> again;
};

struct PlanRules {
    std::optional<SlackSink> slack;
    std::optional<NotionSink> notion;
    /// Most items named in one message; the others are counted in it. 1 to 40.
    std::size_t named_max = 15;
};

/// Compares a report with what was known of that watch.
///
/// - Slack is told once of what is new and actionable, at or above the level, not declined and not
///   snoozed: one message for all of a run. Another fingerprint is new again; one that was told
///   before is not, whatever was in between, unless it was resolved for 30 days (`news_again`).
///   In quiet hours nothing is decided: what still stands at their end is told then, in one
///   message (`Plan::again`).
/// - Notion gets a revision of each row whose machine columns say something else: all that is
///   actionable, and what is not any more (resolved, or only watched) where it has a row.
/// - What a report does not name is resolved only where every source answered freshly; else it
///   stands as it was. So does a decision that the report has on less than was known: one that is
///   not sure, names no new advisory and is less sure than the one before or lost an advisory, of
///   the same installed versions. What stands and what is said on a degraded answer say so.
///
/// Nothing here reads a clock: `now` is when the run ended. The messages' keys are made of what
/// they say, so that the same plan made twice is sent once: `slack:<watch>:<hash of the items'
/// keys, fingerprints and returns>` and `<row>#<revision>`.
///
///     const Plan next = plan("webshop", known, report, {.slack = config.slack}, now);
///     // keep next.items and post next.messages in one transaction
[[nodiscard]] Plan plan(const std::string& watch, const std::vector<Item>& before,
                        const Report& report, const PlanRules& rules, SystemTime now);

/// What was resolved for so long is news when it comes back, as if it had never been told. Messages
/// are kept for as long (`work::RetentionTimes::messages`).
inline constexpr std::chrono::days news_again{30};

/// `3 new, 1 changed, 2 resolved, 1 announced, 4 rows`.
[[nodiscard]] std::string describe(const Plan& plan);

/// What people changed since, without a new report: snoozes that are over, decisions that were
/// taken back.
[[nodiscard]] Plan replan(const std::string& watch, const std::vector<Item>& before,
                          const PlanRules& rules, SystemTime now);

/// Of a project that is watched no more: what was open is resolved, its rows say so, and nobody is
/// interrupted for it. Done once: then nothing is open.
[[nodiscard]] Plan let_go(const std::string& watch, const std::vector<Item>& before,
                          const PlanRules& rules, SystemTime now);

/// The end of the quiet hours that `now` lies in; nothing: it lies in none, or they begin when they
/// end. By the clock on the wall there: where the clocks are set forward over the end, they end
/// with the jump; where they are set back, what is between `from` and `to` a second time is quiet
/// a second time. A zone that this machine does not know counts as UTC.
[[nodiscard]] std::optional<SystemTime> quiet_until(const QuietHours& quiet, SystemTime now);

}  // namespace apilab::radar
