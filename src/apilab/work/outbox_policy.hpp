#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/base/result.hpp"
#include "apilab/base/rng.hpp"
#include "apilab/http/message.hpp"
#include "apilab/policy/backoff.hpp"
#include "apilab/work/message.hpp"

namespace apilab::work {

/// What is known after a send.
enum class Sent : std::uint8_t {
    /// The target said that it took place.
    applied,
    /// It did not take place, and may at another time: nothing was sent, or a limit was reached.
    not_applied,
    /// It did not take place, and would not next time either.
    refused,
    /// Anything else: no answer, half of one, a 500.
    unknown,
};
[[nodiscard]] std::string_view to_string(Sent sent);

struct SendOutcome {
    Sent sent = Sent::unknown;
    /// The target's id of the effect, where it was applied; one above 255 bytes is not kept.
    std::string external_id;
    /// Why not, or why nobody knows. Kept with the message, up to 500 bytes; no secrets.
    std::string reason;
    /// The target wants to be left alone for so long (`Retry-After`).
    std::optional<Duration> after;
    /// False: it is not this message's turn, and nothing was begun. It costs none of `sends_max`,
    /// so whoever says so sees to it that its turn comes, or that it ends. Not applied ones only.
    bool counts = true;

    [[nodiscard]] static SendOutcome applied(std::string external_id = {});
    [[nodiscard]] static SendOutcome not_applied(std::string reason,
                                                 std::optional<Duration> after = {});
    /// Not applied, without a send: something else has to come first.
    [[nodiscard]] static SendOutcome not_yet(std::string reason, Duration after);
    [[nodiscard]] static SendOutcome refused(std::string reason);
    [[nodiscard]] static SendOutcome unknown(std::string reason);
};

/// What an answer of HTTP says of a request that has an effect; the target knows where its API
/// differs (an error in a 200).
///
/// | answer | outcome |
/// | --- | --- |
/// | 2xx | applied |
/// | nothing was sent (`Outcome::not_sent`), 401, 403, 429 | not applied; `Retry-After` is kept |
/// | other 4xx | refused |
/// | 408, 409, 1xx, 3xx, 5xx, no complete answer | unknown |
///
/// A 503 is unknown, too: whoever stands in front of a server gives it where the server took too
/// long. Source: RFC 9110 section 9.2.2; 401 and 403 are a matter of credentials, which somebody
/// may mend.
[[nodiscard]] SendOutcome outcome_of(const Result<http::Response>& answer, SystemTime now);

/// What a look-up by the message's key said.
enum class Looked : std::uint8_t {
    /// There, once or more often.
    found,
    /// Answered, completely, and not there.
    not_found,
    /// No answer, or not all of it.
    unavailable,
};

struct LookUpOutcome {
    Looked looked = Looked::unavailable;
    /// The target's ids of what was found, each once.
    std::vector<std::string> found;
    std::string reason;
    std::optional<Duration> after;

    /// No ids: not found.
    [[nodiscard]] static LookUpOutcome of(std::vector<std::string> ids);
    [[nodiscard]] static LookUpOutcome unavailable(std::string reason,
                                                   std::optional<Duration> after = {});
};

/// What a target can do about a send whose outcome is unknown.
struct TargetTraits {
    /// It can be asked for what was made under a key: Slack by message metadata, Notion by a
    /// property, Gmail by `Message-ID`.
    bool look_up = true;
    /// It does one thing per key itself, however often it is asked to (`Idempotency-Key`), for so
    /// long at least. Then an unknown send may be sent again, as long as the message is no older.
    /// 0: it has no such keys. Stripe keeps them for 24 h at least.
    Duration key_lives{};
};

struct OutboxPolicyOptions {
    /// "Not found" counts only so long after the send: indexes lag, and a request that nobody
    /// waits for any more may still be on its way. Default 60 s, range 1 s to 1 day.
    Duration settle = std::chrono::seconds(60);
    /// So many look-ups have to say "not found", spread over `settle`: the n-th counts from
    /// n/look_ups of it on. Default 3, range 1 to 20.
    int look_ups = 3;
    /// The first look-up: it may find it. Default 5 s, range 0 to `settle`.
    Duration first_look_up = std::chrono::seconds(5);
    /// Whoever cannot be asked is asked again, at growing distances, for so long; then a person
    /// has to say. Default 6 h, range `settle` to 30 days.
    Duration unknown_for_max = std::chrono::hours(6);
    /// Sends in all, the first included. Default 12, range 1 to 100.
    int sends_max = 12;
    /// Between sends, and the least and the most between look-ups that got no answer. Default equal
    /// jitter, 5 s to 10 min; no decorrelated jitter, which would have to be remembered.
    policy::BackoffOptions backoff = {.kind = policy::BackoffKind::equal_jitter,
                                      .base = std::chrono::seconds(5),
                                      .cap = std::chrono::minutes(10)};
    /// The longest wait that a target may ask for. Default 1 day, range 0 to 7 days.
    Duration retry_after_max = std::chrono::days(1);

    /// Errors: `invalid_argument`, detail the field.
    [[nodiscard]] Result<void> validate() const;
    [[nodiscard]] std::string describe() const;
};

enum class OutboxStep : std::uint8_t { send, look_up, escalate };

/// Effects on others, each once, over targets that may not say what became of a request. Pure: a
/// message and what happened to it in, its next state out.
///
/// - `pending` is sent. Not applied: again later, up to `sends_max`, then `failed`. Refused:
///   `failed`.
/// - `unknown` is never sent again before it was looked up. Found once: `reconciled`; more often:
///   `duplicated`. Not found: `pending` again, under the same key, once enough look-ups have said
///   so (`settle`, `look_ups`).
/// - Where nobody can say (no look-ups and no keys; no answer for `unknown_for_max`): `escalated`.
///   It is never guessed.
/// - A target with keys of its own is sent it again while those live. One of those sends being
///   refused says nothing of the first: such a message stays unknown.
///
/// A clock that goes back begins the settle window anew; one that jumps ahead cannot shorten the
/// distance between look-ups.
class OutboxPolicy {
public:
    /// The options are valid.
    explicit OutboxPolicy(OutboxPolicyOptions options) : options_(options) {}

    /// What to do with a message that was claimed.
    [[nodiscard]] OutboxStep step(const Message& message, const TargetTraits& traits,
                                  SystemTime now) const;
    [[nodiscard]] MessageChange after_send(const Message& message, const SendOutcome& outcome,
                                           const TargetTraits& traits, SystemTime now,
                                           Rng& rng) const;
    [[nodiscard]] MessageChange after_look_up(const Message& message, const LookUpOutcome& outcome,
                                              SystemTime now, Rng& rng) const;
    /// Nobody can say, except a person.
    [[nodiscard]] static MessageChange escalate(const Message& message, std::string_view reason,
                                                SystemTime now);

    [[nodiscard]] const OutboxPolicyOptions& options() const { return options_; }

private:
    [[nodiscard]] MessageChange unknown(const Message& message, MessageChange change,
                                        std::optional<Duration> after, const TargetTraits& traits,
                                        SystemTime now, Rng& rng) const;
    [[nodiscard]] MessageChange not_applied(const Message& message, MessageChange change,
                                            const SendOutcome& outcome, const TargetTraits& traits,
                                            SystemTime now, Rng& rng) const;
    [[nodiscard]] MessageChange later(MessageChange change, std::optional<Duration> after,
                                      SystemTime now, Rng& rng) const;
    [[nodiscard]] MessageChange not_found(MessageChange change, SystemTime since, SystemTime now,
                                          Rng& rng) const;
    [[nodiscard]] MessageChange unavailable(MessageChange change, SystemTime since,
                                            const LookUpOutcome& outcome, SystemTime now,
                                            Rng& rng) const;

    OutboxPolicyOptions options_;
};

/// What a person found out about a message.
enum class Resolution : std::uint8_t {
    /// It is there: `reconciled`.
    applied,
    /// It is not, and shall be: `pending`, its sends counted anew.
    send_again,
    /// It shall not be sent any more: `failed`.
    drop,
};
[[nodiscard]] std::string_view to_string(Resolution resolution);

/// What a person says, as a change. `who` is kept in the reason. Error: `invalid_argument` (detail
/// `state`) for a message that goes on by itself or is applied: only `escalated`, `failed` and
/// `duplicated` ones are for people, and a duplicated one is not sent again.
[[nodiscard]] Result<MessageChange> resolve(const Message& message, Resolution resolution,
                                            std::string_view who, SystemTime now);

}  // namespace apilab::work
