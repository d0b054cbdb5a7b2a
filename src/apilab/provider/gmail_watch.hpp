#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "apilab/base/clock.hpp"
#include "apilab/base/result.hpp"

namespace apilab::provider {

/// What Gmail pushes through Pub/Sub when a mailbox changes.
struct GmailPush {
    std::string email_address;
    /// Where history is now: what happened is to be read from the id that was known before.
    std::uint64_t history_id = 0;
    /// Pub/Sub's id; one push may come twice.
    std::string message_id;
    std::string subscription;
};

/// Largest envelope that is read. 64 KiB.
constexpr std::size_t gmail_push_max = std::size_t{64} << 10U;

/// Reads the body of a Pub/Sub push: `{"message":{"data":...,"messageId":...},"subscription":...}`,
/// its data base64 of either alphabet, padded or not; a history id as a text or a number. Who sent
/// it is not checked here. Errors: `decode` with the JSON pointer as detail; `too_large`. Source:
/// developers.google.com/workspace/gmail/api/guides/push.
[[nodiscard]] Result<GmailPush> read_gmail_push(std::string_view body);

struct GmailWatchRules {
    /// Google asks for a renewal a day. 1 h to 6 days.
    Duration renew_every = std::chrono::hours(24);
    /// A watch ends after 7 days: so long before its end it is renewed whatever else holds.
    Duration before_end = std::chrono::hours(24);
    /// After a renewal that failed.
    Duration retry = std::chrono::minutes(10);
    /// Pushes get lost, and at most one a second is made: history is read so often without one.
    Duration poll_every = std::chrono::minutes(15);

    /// Error: `invalid_argument`, detail the field.
    [[nodiscard]] Result<void> validate() const;
};

/// What is known of one mailbox's watch; a value to be kept.
struct GmailWatchState {
    std::optional<SystemTime> renewed;
    std::optional<SystemTime> expires;
    /// The last try to renew, whatever came of it.
    std::optional<SystemTime> tried;
    /// When history was read last, and how far.
    std::optional<SystemTime> read;
    std::uint64_t history_id = 0;
    /// The farthest that a push has told of.
    std::uint64_t pushed = 0;
};

struct GmailWatchStep {
    bool renew = false;
    bool read_history = false;
    /// When to ask again, without a push.
    SystemTime look_again;
};

/// What a mailbox's watch needs now: pure. Renewed daily, in any case before its end; history is
/// read when a push says more than is known (older ones, and the same twice, say nothing), and
/// every `poll_every` all the same. A clock that was set back does not put anything off.
[[nodiscard]] GmailWatchStep gmail_watch_step(const GmailWatchState& state,
                                              const GmailWatchRules& rules, SystemTime now);

/// A push came. Pushes may come late and in another order.
void note_gmail_push(GmailWatchState& state, const GmailPush& push);

}  // namespace apilab::provider
