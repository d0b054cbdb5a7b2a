#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apilab/base/result.hpp"

namespace apilab::radar {

// What the outbox carries: payloads of `work::NewMessage`, by target. JSON, so that a person can
// read a dead one. What a message says is decided when it is posted, not when it is sent.

/// Target `slack`. Key: `slack:<watch>:<hash of its items>`; it goes into the message's
/// metadata (`event_payload.key`), by which it is looked up.
struct SlackEffect {
    std::string channel;
    /// For notifications, and where blocks are not shown.
    std::string text;
    /// A JSON array; empty: none.
    std::string blocks;
    /// The thread that it belongs to; empty: none.
    std::string thread_ts;
};

/// Target `notion`: what the machine's columns of one row say in one revision. Key:
/// `<row>#<revision>`.
struct NotionEffect {
    /// `webshop/lodash`: the column `Key`.
    std::string row;
    std::int64_t revision = 0;
    /// Names of the columns and what they say: JSON property values, ready to be sent.
    std::vector<std::pair<std::string, std::string>> properties;
};

/// Target `gmail`. Key: `<digest>-<date>`, of which the `Message-ID` is made.
struct GmailEffect {
    std::string from;
    std::vector<std::string> to;
    std::string subject;
    std::string text;
    std::string html;
};

[[nodiscard]] std::string payload(const SlackEffect& effect);
[[nodiscard]] std::string payload(const NotionEffect& effect);
[[nodiscard]] std::string payload(const GmailEffect& effect);
/// Errors: `decode`, detail the JSON pointer.
[[nodiscard]] Result<SlackEffect> read_slack_effect(std::string_view json);
[[nodiscard]] Result<NotionEffect> read_notion_effect(std::string_view json);
[[nodiscard]] Result<GmailEffect> read_gmail_effect(std::string_view json);

}  // namespace apilab::radar
