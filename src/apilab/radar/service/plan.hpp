#pragma once

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
///   snoozed: one message for all of a run. Another fingerprint is new again. In quiet hours it
///   waits for their end.
/// - Notion gets a revision of each row whose machine columns say something else: all that is
///   actionable, and what is not any more (resolved, or only watched) where it has a row.
/// - What a report does not name is resolved only where every source answered freshly; else it
///   stands as it was. What is said on a degraded answer says so.
///
/// Nothing here reads a clock: `now` is when the run ended.
[[nodiscard]] Plan plan(const std::string& watch, const std::vector<Item>& before,
                        const Report& report, const PlanRules& rules, SystemTime now);

/// What people changed since, without a new report: snoozes that are over, decisions that were
/// taken back.
[[nodiscard]] Plan replan(const std::string& watch, const std::vector<Item>& before,
                          const PlanRules& rules, SystemTime now);

/// The end of the quiet hours that `now` lies in; nothing: it lies in none.
[[nodiscard]] std::optional<SystemTime> quiet_until(const QuietHours& quiet, SystemTime now);

}  // namespace apilab::radar
