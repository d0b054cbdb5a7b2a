#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "apilab/base/clock.hpp"

namespace apilab::sandbox::webhook {

/// What an event of a made-up world is about.
enum class Matter : std::uint8_t {
    /// Something happened once: a push, a mention, a payment.
    plain,
    /// Of a type that nobody has heard of, with fields that nobody has heard of.
    unknown,
    /// An object that other events tell of as well; each later state has a later version.
    created,
    updated,
    deleted,
    /// What the receiver itself has said comes back to it (Slack).
    own,
};

/// An event to be written down.
struct Subject {
    /// A dialect's name.
    std::string from;
    std::uint64_t seed = 1;
    /// `event_id`.
    std::string id;
    /// From 1; events of one object share it.
    std::uint64_t number = 1;
    /// When it happened.
    SystemTime at;
    Matter matter = Matter::plain;
    /// Written as no program would write it again: blanks, escapes, another spelling of a number.
    bool odd = false;
    /// Stripe's `livemode` is false.
    bool test = false;
    /// Its URLs lead to this origin, which is not the sender's; empty: to the sender's own.
    std::string lure = {};
};

struct Body {
    /// `push`, `event_callback`, `invoice.paid`.
    std::string type;
    std::string action;
    /// JSON, in the shape of the sender's own (facts, not its documentation's examples).
    std::string text;
    /// Which object it tells of, where there is one.
    std::string object;
    /// The object's version as the body says it: a date, or seconds since 1970.
    std::string version;
    /// What an answer to it names: `ts` of a message that somebody wrote on Slack.
    std::string ts = {};
    /// The words of that message, as an answer may repeat them: `event 3`.
    std::string words = {};
};

[[nodiscard]] Body write_body(const Subject& subject);

/// What a receiver may know a delivery by, in the sender's own form: GitHub a UUID, Slack
/// `Ev...`, Stripe `evt_...`, Notion a UUID, Standard Webhooks `msg_...`. The same for the same
/// seed and name.
[[nodiscard]] std::string event_id(std::string_view from, std::uint64_t seed,
                                   std::string_view name);
/// 32 hexadecimal digits that belong to this seed, sender and name.
[[nodiscard]] std::string event_digits(std::string_view from, std::uint64_t seed,
                                       std::string_view name);

/// The body that wraps what Slack tells of (`inner`, JSON).
[[nodiscard]] std::string slack_envelope(std::string_view event, std::string_view inner,
                                         std::uint64_t seed, SystemTime at);
/// What a sender asks before it sends anything: GitHub's `ping`, Slack's `url_verification` with
/// this challenge, Notion's `verification_token` (unsigned). Others ask nothing: empty.
[[nodiscard]] Body handshake_body(std::string_view from, std::string_view challenge);

}  // namespace apilab::sandbox::webhook
