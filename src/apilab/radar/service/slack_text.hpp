#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/radar/report.hpp"
#include "apilab/radar/service/item.hpp"

// What radar says on Slack, as texts. Pure. Everything that comes from elsewhere (names, notes,
// columns that people fill) is escaped (`&`, `<`, `>`), so that it can call nobody and link to
// nothing, and cut where it is too long. Source: docs.slack.dev/messaging/formatting-message-text;
// docs.slack.dev/reference/block-kit/blocks.
namespace apilab::radar {

struct SlackTextOptions {
    /// Whose sources and whose `simulated` are told; only read during the call. Null: no report is
    /// at hand, and nothing is said of them.
    const Report* report = nullptr;
    /// Most items with a section of their own. 1 to 40; others are taken as the nearer end.
    std::size_t named_max = 15;
};

struct SlackText {
    /// For notifications, and where blocks are not shown. At most 3,000 bytes.
    std::string text;
    /// A JSON array of at most 44 blocks (Slack takes 50), each text of them at most 3,000 bytes
    /// (Slack: characters), all together about 13,000.
    std::string blocks;
    /// Items with a section, and those that the last block only counts, with as many of their names
    /// as fit.
    std::size_t named = 0;
    std::size_t counted = 0;
};

/// One message about several items of a watch, the highest score first: how bad, what to type, why,
/// who owns it. A degraded answer is labelled: what failed, above all; what an item lacks, in it. A
/// simulated one is headed SIMULATED.
[[nodiscard]] SlackText slack_text(std::string_view watch, const std::vector<Item>& items,
                                   const SlackTextOptions& options = {});

/// Where a watch stands, for an answer to `status`.
struct WatchStatus {
    std::string name;
    std::size_t actionable = 0;
    /// The worst of those.
    std::optional<Severity> worst;
    /// When all sources had answered last.
    std::optional<SystemTime> last_complete;
    /// Why the last run failed; empty: it did not.
    std::string error;
};
/// At most 3,000 bytes; watches that do not fit are counted.
[[nodiscard]] std::string slack_status(const std::vector<WatchStatus>& watches, SystemTime now,
                                       bool simulated);
/// What can be asked for.
[[nodiscard]] std::string slack_help();

/// `text` for Slack's `mrkdwn`: escaped, control characters and line ends as spaces, at most
/// `bytes` of it (at least 3); where something is cut off it ends in `...`. Never ends within a
/// character or an entity.
[[nodiscard]] std::string slack_escaped(std::string_view text, std::size_t bytes);

}  // namespace apilab::radar
