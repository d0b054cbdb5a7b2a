#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <string>
#include <utility>

#include "apilab/provider/slack.hpp"
#include "apilab/work/outbox.hpp"

namespace apilab::radar {

/// What is known of a `chat.postMessage`, by what came of it:
///
/// | Slack says | outcome |
/// | --- | --- |
/// | ok | applied, id: the `ts` |
/// | nothing, because nothing was sent | not applied |
/// | `ratelimited`, 429, `service_unavailable`, `message_limit_exceeded`, ... | not applied, later
/// | | of the token: `invalid_auth`, `missing_scope`, ... | not applied, a minute later at least |
/// | | 401, 403 | not applied: may be mended |
/// | `channel_not_found`, `is_archived`, `invalid_blocks`, ...; other 4xx | refused |
/// | `internal_error`, `request_timeout`, a word that nobody knows | unknown |
/// | no or half an answer, a 200 that is no JSON, 5xx | unknown |
///
/// Source: docs.slack.dev/reference/methods/chat.postMessage, errors.
[[nodiscard]] work::SendOutcome slack_outcome(const Result<provider::Slack::Posted>& posted);

/// Puts effects (`SlackEffect`) on Slack: one message each, with the outbox's key in its metadata,
/// by which it is found again. For a `work::Outbox`, with `{.pace = 1s}` (about one message a
/// second and channel).
///
///     SlackTarget target(slack);
///     outbox.add("slack", target, {.pace = 1s});
///
/// The client below must not send a write again whose outcome is unknown (`client::Client` does
/// not: the API has no keys). A message that somebody deleted is not found, and sent again.
class SlackTarget final : public work::OutboxTarget {
public:
    struct Options {
        /// It is looked for from so long before the message was made on: clocks differ. Default 5
        /// min.
        Duration before = std::chrono::minutes(5);
        /// Pages of 200 messages; a look-up that would need more says nothing. Default 50, range 1
        /// to 1000.
        std::size_t pages_max = 50;
    };
    SlackTarget(provider::Slack slack, Options options)
        : slack_(std::move(slack)), options_(options) {}
    explicit SlackTarget(provider::Slack slack) : SlackTarget(std::move(slack), Options()) {}

    /// One `chat.postMessage`. A payload that cannot be read is refused.
    [[nodiscard]] runtime::Task<work::SendOutcome> send(work::Message message) override;
    /// The channel's history or, for an effect in a thread, that thread, by the key. Found: the
    /// `ts` of each. Not found only where the whole window was read and each message in it was
    /// readable; else `unavailable`. A channel that is given by name is looked up first, and a
    /// person (`U...`) stands for the conversation with them.
    [[nodiscard]] runtime::Task<work::LookUpOutcome> look_up(work::Message message) override;

private:
    [[nodiscard]] runtime::Task<Result<std::string>> id_of(provider::Slack slack,
                                                           std::string channel);
    provider::Slack slack_;
    Options options_;
    /// Ids by what channels are called in payloads.
    std::map<std::string, std::string, std::less<>> ids_;
};

}  // namespace apilab::radar
