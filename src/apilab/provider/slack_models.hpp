#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/data/model.hpp"
#include "apilab/data/values.hpp"

// What Slack's Web API sends, as far as we read it, for `data::decode`. Slack adds members without
// notice and its own samples disagree about many, so the models name what they need (`partial`);
// what an operation is for (`ts`, `upload_url`, ...) is strict: without it the call has failed.
// Source: docs.slack.dev/reference/methods; github.com/slack-ruby/slack-api-ref.
namespace apilab::provider::slack {

/// `auth.test`: whose token it is.
struct Identity {
    std::string url;
    std::string team;
    std::string user;
    std::string team_id;
    std::string user_id;
    /// Of a bot's token.
    std::optional<std::string> bot_id;
    std::optional<std::string> enterprise_id;
    /// Seconds left, of a token that rotates.
    std::optional<std::int64_t> expires_in;
};
BOOST_DESCRIBE_STRUCT(Identity, (),
                      (url, team, user, team_id, user_id, bot_id, enterprise_id, expires_in))

/// Where a message was put.
struct Posted {
    /// The resolved id.
    std::string channel;
    /// The message's id within the channel: a text, never a number.
    std::string ts;
};
BOOST_DESCRIBE_STRUCT(Posted, (), (channel, ts))

/// What an app says about a message of its own. Only given to who asks for it.
struct Metadata {
    std::string event_type;
    data::RawJson event_payload;
};
BOOST_DESCRIBE_STRUCT(Metadata, (), (event_type, event_payload))

struct Edited {
    std::string user;
    std::string ts;
};
BOOST_DESCRIBE_STRUCT(Edited, (), (user, ts))

/// A message as the history has it. One of a bot may have no `user`, one that was edited has
/// `edited`, the first one of a thread has `reply_count`.
struct Message {
    std::string ts;
    std::optional<std::string> subtype;
    std::optional<std::string> text;
    std::optional<std::string> user;
    std::optional<std::string> bot_id;
    std::optional<std::string> app_id;
    std::optional<std::string> username;
    /// The thread that it belongs to; its own `ts` where it is the first one.
    std::optional<std::string> thread_ts;
    std::optional<std::int64_t> reply_count;
    std::optional<Edited> edited;
    std::optional<Metadata> metadata;
    std::optional<data::RawJson> blocks;
};
BOOST_DESCRIBE_STRUCT(Message, (),
                      (ts, subtype, text, user, bot_id, app_id, username, thread_ts, reply_count,
                       edited, metadata, blocks))

/// A conversation. The flags say of which kind it is (its id does not); a direct one has a `user`
/// and no `name`.
struct Channel {
    std::string id;
    std::optional<std::string> name;
    std::optional<std::string> user;
    std::optional<bool> is_channel;
    std::optional<bool> is_group;
    std::optional<bool> is_im;
    std::optional<bool> is_mpim;
    std::optional<bool> is_private;
    std::optional<bool> is_archived;
    std::optional<bool> is_member;
    std::optional<std::int64_t> num_members;
};
BOOST_DESCRIBE_STRUCT(Channel, (),
                      (id, name, user, is_channel, is_group, is_im, is_mpim, is_private,
                       is_archived, is_member, num_members))

struct Profile {
    /// Absent without the scope `users:read.email`.
    std::optional<std::string> email;
    std::optional<std::string> display_name;
    std::optional<std::string> real_name;
};
BOOST_DESCRIBE_STRUCT(Profile, (), (email, display_name, real_name))

/// Deleted ones stay, with few members.
struct User {
    std::string id;
    std::string name;
    std::optional<bool> deleted;
    std::optional<bool> is_bot;
    std::optional<std::string> tz;
    std::optional<Profile> profile;
};
BOOST_DESCRIBE_STRUCT(User, (), (id, name, deleted, is_bot, tz, profile))

struct File {
    std::string id;
    std::optional<std::string> name;
    std::optional<std::string> title;
    std::optional<std::string> mimetype;
    std::optional<std::int64_t> size;
    std::optional<std::string> permalink;
};
BOOST_DESCRIBE_STRUCT(File, (), (id, name, title, mimetype, size, permalink))

/// Where the bytes of a file go.
struct UploadTicket {
    std::string upload_url;
    std::string file_id;
};
BOOST_DESCRIBE_STRUCT(UploadTicket, (), (upload_url, file_id))

}  // namespace apilab::provider::slack

namespace apilab::data {

template <>
struct Model<provider::slack::Identity> {
    static constexpr bool partial = true;
};
template <>
struct Model<provider::slack::Posted> {
    static constexpr bool partial = true;
    static constexpr auto on_drift = OnDrift::strict;
};
template <>
struct Model<provider::slack::Metadata> {
    static constexpr bool partial = true;
};
template <>
struct Model<provider::slack::Edited> {
    static constexpr bool partial = true;
};
template <>
struct Model<provider::slack::Message> {
    static constexpr bool partial = true;
};
template <>
struct Model<provider::slack::Channel> {
    static constexpr bool partial = true;
};
template <>
struct Model<provider::slack::Profile> {
    static constexpr bool partial = true;
};
template <>
struct Model<provider::slack::User> {
    static constexpr bool partial = true;
};
template <>
struct Model<provider::slack::File> {
    static constexpr bool partial = true;
};
template <>
struct Model<provider::slack::UploadTicket> {
    static constexpr bool partial = true;
    static constexpr auto on_drift = OnDrift::strict;
};

}  // namespace apilab::data
