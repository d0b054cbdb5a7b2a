#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "apilab/base/clock.hpp"

namespace apilab::sandbox {

/// One sender of webhooks and what goes wrong on its side: a table `[[webhook]]` of a scenario. The
/// places of what goes wrong are numbers of its events, from 1.
struct Webhooks {
    /// `github`, `slack`, `stripe`, `notion` or `standard`: whose headers, signature, patience and
    /// schedule (`webhook::dialects`).
    std::string from;
    /// Below the program's base URL. Default `/webhooks/` and the sender's name.
    std::string path;
    /// Genuine events. 1 to 10,000.
    std::uint64_t events = 1;
    /// Between the beginnings of two events. 1 ms to 1 h.
    Duration every = std::chrono::seconds(1);
    /// Before the first.
    Duration after{};
    /// Begins with GitHub's `ping`, Slack's `url_verification`, Notion's `verification_token`.
    /// Default true.
    bool handshake = true;

    /// So many of the events, at places drawn from the seed, or at exactly these.
    struct Places {
        std::uint64_t count = 0;
        std::vector<std::uint64_t> at;
    };
    /// Genuine, in bytes that a parser and writer of JSON would not give back.
    Places odd;
    /// Genuine, but the first delivery is lost on its way (not GitHub, which does not send again).
    Places lost;
    /// The same event once more, later.
    Places duplicate;
    /// The same event twice in the same instant.
    Places twin;
    /// Beside the event: a body that was changed by one byte after it was signed; a signature by
    /// somebody else (or for another id); none; true signatures, but six minutes old or six minutes
    /// ahead (Slack, Stripe and Standard Webhooks; the others sign no time).
    Places altered;
    Places forged;
    Places without_signature;
    Places stale;
    Places future;
    /// Stripe and Standard Webhooks: beside events later than `rotate`, a signature with the secret
    /// that was good before.
    Places retired;
    /// The first delivery is lost and nobody tries again, until somebody asks for it
    /// (`again_after`).
    Places redelivered;
    /// The event tells of an object, and what had happened to it before arrives after it: created
    /// after updated, or updated after deleted, by turns.
    Places reorder;
    /// Beside the event: one of a type that nobody has heard of, with new fields. Genuine.
    Places unknown;
    /// The body takes 2 s to arrive.
    Places slow;
    /// 5 MiB more in the body, which mean nothing. To refuse it with 413 is no mistake.
    Places huge;
    /// Genuine, but its URLs lead to another origin of the sandbox's (`foreign`), which is as
    /// private as an address can be (GitHub, Slack).
    Places lure;
    /// Beside the event: what the receiver's own bot has said, which comes back to it (Slack).
    Places own;
    /// So long after the first a `duplicate` or `redelivered` comes. 1 ms to 1 h.
    Duration again_after = std::chrono::seconds(20);
    /// The first so many events bear two signatures, the first of them under the secret that was
    /// good before; later ones only that of the secret in the credentials. Default 0: no change of
    /// secrets.
    std::uint64_t rotate = 0;
    /// Standard Webhooks: `v1` (HMAC), `v1a` (ed25519) or `both`. Default `v1`.
    std::string signs = "v1";
    /// Stripe: `livemode` is false, and the schedule that of tests.
    bool test = false;
    /// At most so many attempts for an event; 0: as many as the sender makes.
    std::uint64_t attempts = 0;
};

/// Kills of the program: the table `[kill]` of a scenario.
struct Kills {
    /// 1 to 100; 0: none.
    std::uint64_t count = 0;
    /// They fall into this stretch from the run's beginning, one into each of `count` equal parts
    /// of it, where exactly the seed says. 1 s to 1 h.
    Duration within = std::chrono::seconds(20);
    /// How long the program is away after each; less than half a part. Default 1 s.
    Duration away = std::chrono::seconds(1);
};

/// When the program is killed, measured from the run's beginning; in order.
[[nodiscard]] std::vector<Duration> kill_times(const Kills& kills, std::uint64_t seed);

}  // namespace apilab::sandbox
