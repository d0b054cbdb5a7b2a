#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "apilab/base/clock.hpp"

namespace apilab::work {

enum class MessageState : std::uint8_t {
    /// Nothing was sent yet, or what was sent is known to have had no effect.
    pending,
    /// Somebody is about it. One whose lease is over may have been sent.
    sending,
    /// It may have been applied. It is looked up before anything is sent again.
    unknown,
    /// The target said so.
    applied,
    /// A look-up found it.
    reconciled,
    /// A look-up found it more than once.
    duplicated,
    /// Still unknown after all look-ups: a person has to say.
    escalated,
    /// Refused for good; nothing was applied.
    failed,
};
[[nodiscard]] std::string_view to_string(MessageState state);
[[nodiscard]] std::optional<MessageState> parse_message_state(std::string_view text);

/// An effect on somebody else, to be made once.
struct NewMessage {
    /// Who makes it: `slack`, `notion`, `gmail`. 1 to 64 of `a-z0-9._-`.
    std::string target;
    /// Under what the target knows it, so that it can be looked up. One (target, key) is one
    /// message for as long as it is kept (`RetentionTimes::messages`): another one adds nothing. 1
    /// to 255 bytes.
    std::string key;
    std::string payload;
    /// Not before; nothing: at once.
    std::optional<SystemTime> send_at;
    std::string trace_context;
};

struct MessageRef {
    std::int64_t id = 0;
    std::int64_t fence = 0;
    friend bool operator==(const MessageRef&, const MessageRef&) = default;
};

/// A message as who sends it gets it, and as people see it.
struct Message {
    MessageRef ref;
    std::string target;
    std::string key;
    std::string payload;
    /// Before the claim; one that was `sending` when its lease ended comes as `unknown`.
    MessageState state = MessageState::pending;
    /// Sends so far, one whose sender died included, and look-ups since the last of them that said
    /// "not found" and count.
    int sends = 0;
    int look_ups = 0;
    /// When it became unknown.
    std::optional<SystemTime> unknown_since;
    SystemTime due;
    SystemTime created;
    std::optional<SystemTime> finished;
    /// The target's id of the effect: a Slack `ts`, a page id.
    std::string external_id;
    std::string reason;
    /// The job that asked for it; 0: none.
    std::int64_t job = 0;
    std::string trace_context;
};

/// What who had a message makes of it.
struct MessageChange {
    MessageState state = MessageState::pending;
    /// For states that go on: when it is looked at again.
    SystemTime due;
    int sends = 0;
    int look_ups = 0;
    std::optional<SystemTime> unknown_since;
    std::string external_id;
    std::string reason;
};

struct MessageCounts {
    std::int64_t pending = 0;
    std::int64_t sending = 0;
    std::int64_t unknown = 0;
    std::int64_t applied = 0;
    std::int64_t reconciled = 0;
    std::int64_t duplicated = 0;
    std::int64_t escalated = 0;
    std::int64_t failed = 0;
    friend bool operator==(const MessageCounts&, const MessageCounts&) = default;
};

struct MessageFilter {
    std::optional<std::int64_t> id;
    std::string target;
    std::string key;
    std::optional<MessageState> state;
};

}  // namespace apilab::work
