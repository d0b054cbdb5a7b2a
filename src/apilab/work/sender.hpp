#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "apilab/base/clock.hpp"
#include "apilab/work/signature.hpp"

namespace apilab::work {

/// Where a sender writes a fact about an event.
struct EventPlace {
    enum class In : std::uint8_t { nowhere, header, body };
    In in = In::nowhere;
    /// A header's name in lower case, or an RFC 6901 pointer into the body.
    std::string_view name;
};

/// What a sender asks before, or beside, what it has to tell.
enum class Handshake : std::uint8_t {
    none,
    /// GitHub's event `ping`, sent when a webhook is made: signed, and nothing is to come of it.
    github_ping,
    /// Slack's `url_verification`: signed; wants its `challenge` back.
    slack_challenge,
    /// Notion's `verification_token`, from then on the secret of the subscription. It cannot be
    /// signed.
    notion_token,
};

/// The habits of one sender of webhooks: everything that a receiver has to know beside the secret.
struct Sender {
    /// `github`, `slack`, `stripe`, `notion`, `standard`, `standard_ed25519`, `shopify`.
    std::string_view name;
    /// What its events are filed under (`Event::source`); both kinds of Standard Webhooks are one.
    std::string_view source;
    SignatureScheme scheme = SignatureScheme::github;
    /// An answer later than this is none. GitHub 10 s, Slack 3 s, Shopify 5 s, Standard Webhooks
    /// 15 s (of 15 to 30); Stripe and Notion publish none: 10 s.
    Duration budget{};
    /// It sends again by itself what got no 2xx. GitHub does not.
    bool retries = true;
    /// When the last attempt may come, counted from the first: GitHub 3 days (asked for by a person
    /// or a program), Slack 10 min, Stripe 3 days, Notion 1 day, Standard Webhooks 76 h, Shopify
    /// 4 h. The ids of its events are kept for longer than that.
    Duration horizon{};
    /// See `Event::id_is_signed`.
    bool id_is_signed = true;
    /// Its body changes from attempt to attempt (Notion's `attempt_number`, Stripe's
    /// `pending_webhooks`): a known id counts as known whatever its body is. The signature covers
    /// both, so nobody else can make use of that.
    bool body_varies = false;
    EventPlace id;
    EventPlace scope;
    EventPlace type;
    /// What an event is about, and in which version. GitHub and Slack write it in many places,
    /// which `read_event` knows.
    EventPlace entity_kind;
    EventPlace entity;
    EventPlace version;
    Handshake handshake = Handshake::none;
    /// It may write forms: GitHub the body as a field `payload`, Slack its commands and what people
    /// click.
    bool form = false;
};

/// All of them, by name. Sources: the senders' pages, as listed in docs/explain/webhooks.md.
[[nodiscard]] std::span<const Sender> senders();
/// Null where there is none of that name.
[[nodiscard]] const Sender* find_sender(std::string_view name);

}  // namespace apilab::work
