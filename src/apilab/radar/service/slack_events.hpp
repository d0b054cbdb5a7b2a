#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "apilab/base/result.hpp"

namespace apilab::radar {

/// What somebody on Slack wants of radar.
enum class SlackWish : std::uint8_t {
    status,
    check,
    help,
    /// Said to radar, and none of these: answered with `help`.
    unclear,
};
[[nodiscard]] std::string_view to_string(SlackWish wish);

struct SlackQuestion {
    SlackWish wish = SlackWish::unclear;
    /// Of `check`: the watch; empty: all. A name that none can have makes it `unclear`.
    std::string watch;
    std::string channel;
    /// The message that asked.
    std::string ts;
    /// Where the answer goes: the thread that it was asked in, else one under the question.
    std::string thread_ts;
    std::string user;

    /// The message key of the answer, `slack:answer:<channel>:<ts>`. A mention in a direct message
    /// comes as two events, and a delivery whose answer was late comes again: the outbox knows the
    /// key, and each question is answered once.
    [[nodiscard]] std::string answer_key() const;
};

struct SlackHeard {
    /// Nothing: there is nothing to be answered.
    std::optional<SlackQuestion> question;
    /// Why not, in a few words for the log.
    std::string ignored;
};

/// What a body of Slack's Events API means to radar: `app_mention` and messages in direct
/// conversations are questions. Everything else is ignored and says why: what radar or any other
/// bot wrote (answers to answers do not end), edits and deletions, what was said to others, types
/// that nobody knows, handshakes. Errors: `decode`, `too_large` (`provider::slack::read_event`).
///
/// It does not tell a delivery that comes again from a first one, which may have been lost: the
/// receiver knows the events that it has, `answer_key` does the rest.
[[nodiscard]] Result<SlackHeard> read_slack_event(std::string_view body);

}  // namespace apilab::radar
