#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/result.hpp"
#include "apilab/data/model.hpp"
#include "apilab/data/values.hpp"

// What Slack's Events API delivers. Signatures and handshakes are the receiver's (`work`); this is
// about what a body says. Source: docs.slack.dev/apis/events-api; docs.slack.dev/reference/events.
namespace apilab::provider::slack {

enum class EnvelopeType : std::uint8_t { url_verification, event_callback, app_rate_limited };
BOOST_DESCRIBE_ENUM(EnvelopeType, url_verification, event_callback, app_rate_limited)

/// The ones that somebody here has a use for; all others keep their text (`data::Open`).
enum class EventType : std::uint8_t {
    app_mention,
    message,
    app_home_opened,
    app_uninstalled,
    channel_archive,
    channel_rename,
    member_joined_channel,
    reaction_added,
    tokens_revoked,
};
BOOST_DESCRIBE_ENUM(EventType, app_mention, message, app_home_opened, app_uninstalled,
                    channel_archive, channel_rename, member_joined_channel, reaction_added,
                    tokens_revoked)

/// What happened. Members that an event of that type does not have are empty; those that are not
/// named here, and those that are of another type (`channel` is an object in `channel_rename`),
/// stay in `rest`.
struct Event {
    data::Open<EventType> type;
    /// Of a `message`: `message_changed`, `bot_message`, ...; nothing for what a person wrote.
    std::optional<std::string> subtype;
    std::optional<std::string> user;
    std::optional<std::string> bot_id;
    std::optional<std::string> app_id;
    std::optional<std::string> text;
    std::optional<std::string> channel;
    /// `channel`, `group`, `im`, `mpim`.
    std::optional<std::string> channel_type;
    std::optional<std::string> ts;
    std::optional<std::string> thread_ts;
    std::optional<std::string> event_ts;
    data::UnknownFields rest;
};
BOOST_DESCRIBE_STRUCT(Event, (),
                      (type, subtype, user, bot_id, app_id, text, channel, channel_type, ts,
                       thread_ts, event_ts, rest))

/// For whom it was delivered: at most one entry.
struct Authorization {
    std::optional<std::string> enterprise_id;
    std::optional<std::string> team_id;
    std::string user_id;
    bool is_bot = false;
};
BOOST_DESCRIBE_STRUCT(Authorization, (), (enterprise_id, team_id, user_id, is_bot))

/// The outer form. Which members are there depends on `type`.
struct Envelope {
    data::Open<EnvelopeType> type;
    std::optional<std::string> team_id;
    std::optional<std::string> api_app_id;
    /// `event_callback`: the same on every delivery of it; what it is deduplicated by.
    std::optional<std::string> event_id;
    /// Seconds since 1970.
    std::optional<std::int64_t> event_time;
    std::optional<Event> event;
    std::vector<Authorization> authorizations;
    /// `url_verification`.
    std::optional<std::string> challenge;
    /// `app_rate_limited`: the minute in which events were dropped, seconds since 1970.
    std::optional<std::int64_t> minute_rate_limited;
};
BOOST_DESCRIBE_STRUCT(Envelope, (),
                      (type, team_id, api_app_id, event_id, event_time, event, authorizations,
                       challenge, minute_rate_limited))

/// A body of the Events API. Errors: `decode` naming the JSON pointer (no JSON; no `type`; an
/// `event_callback` without `event_id` or `event`, a `url_verification` without `challenge`);
/// `too_large` above 1 MiB. Types that nobody knows are none: they are kept as they are.
[[nodiscard]] Result<Envelope> read_event(std::string_view body);

/// Was that written by the app that it is delivered to? Without this guard a bot that answers
/// messages answers itself.
[[nodiscard]] bool is_own(const Envelope& envelope);
/// By any bot: two of them that answer each other do not end either.
[[nodiscard]] bool from_bot(const Event& event);

}  // namespace apilab::provider::slack

namespace apilab::data {

template <>
struct Model<provider::slack::Event> {
    static constexpr bool partial = true;
};
template <>
struct Model<provider::slack::Authorization> {
    static constexpr bool partial = true;
};
template <>
struct Model<provider::slack::Envelope> {
    static constexpr bool partial = true;
};

}  // namespace apilab::data
