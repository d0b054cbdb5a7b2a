#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/clock.hpp"

namespace apilab::sandbox::slack {

/// What a channel is called after, and who said so.
struct Caption {
    std::string value;
    std::string creator;
    std::int64_t last_set = 0;
};

/// A conversation and what was said in it, oldest first.
struct Channel {
    std::string id;
    std::string name;
    bool archived = false;
    bool is_private = false;
    /// The bot is in it: it may read and post.
    bool member = true;
    std::int64_t created = 0;
    std::string creator = "U00000001";
    std::vector<std::string> members;
    /// The other one of a direct conversation; empty for none.
    std::string user;
    /// More than two people.
    bool is_group = false;
    Caption topic;
    Caption purpose;
    std::vector<std::string> previous_names;
    /// Message objects as `conversations.history` has them, with their metadata.
    std::vector<boost::json::object> messages;

    [[nodiscard]] boost::json::object* message(std::string_view ts);
    [[nodiscard]] bool direct() const { return !user.empty() || is_group; }
};

/// A file that was asked for, sent, or shared.
struct File {
    std::string id;
    /// Last part of the URL that it is sent to.
    std::string key;
    std::string name;
    std::string title;
    std::int64_t length = 0;
    std::int64_t created = 0;
    bool sent = false;
    bool complete = false;
    std::string bytes;
    std::vector<std::string> channels;
};

/// A message that is posted later.
struct Scheduled {
    std::string id;
    std::string channel;
    std::int64_t post_at = 0;
    std::int64_t created = 0;
    boost::json::object message;
};

/// What the emulated workspace holds: 7 channels (one archived, one private, one the bot is not
/// in), 260 users (four of them bots, one deleted), and some messages. Posting to a user opens a
/// direct conversation.
class Workspace {
public:
    static constexpr std::string_view team_id = "T0APILAB1";
    static constexpr std::string_view bot_id = "B0APILAB1";
    static constexpr std::string_view bot_user_id = "U0APILAB1";
    static constexpr std::string_view app_id = "A0APILAB1";
    static constexpr std::size_t channels_max = 1000;
    static constexpr std::size_t stored_max = std::size_t{64} << 20U;

    Workspace();
    /// By id only, as `conversations.*` take it. Null where there is none.
    [[nodiscard]] Channel* channel(std::string_view id);
    /// By id, `name` or `#name`; a user's id is the direct conversation with that user. Null where
    /// there is none.
    [[nodiscard]] Channel* find(std::string_view channel);
    [[nodiscard]] Channel* by_name(std::string_view name);
    /// The conversation with these users, made where there was none; null for one nobody knows.
    /// `made` says which.
    [[nodiscard]] Channel* open(std::vector<std::string> users, std::int64_t now, bool& made);
    /// Null where there are too many.
    [[nodiscard]] Channel* create(std::string_view name, bool is_private, std::int64_t now);
    /// In the order of listing; without direct conversations.
    [[nodiscard]] std::vector<Channel>& channels() { return channels_; }
    [[nodiscard]] std::map<std::string, Channel, std::less<>>& direct() { return direct_; }
    /// User objects as `users.list` has them.
    [[nodiscard]] const boost::json::array& users() const { return users_; }
    [[nodiscard]] const boost::json::object* user(std::string_view id) const;
    [[nodiscard]] std::map<std::string, File, std::less<>>& files() { return files_; }
    [[nodiscard]] std::vector<Scheduled>& scheduled() { return scheduled_; }
    [[nodiscard]] std::map<std::string, boost::json::object, std::less<>>& views() {
        return views_;
    }
    /// A number that nothing else here has: for ids of files, views, scheduled messages.
    [[nodiscard]] std::uint64_t next_number() { return ++numbers_; }
    /// Bytes of all files.
    [[nodiscard]] std::size_t stored() const;
    /// The `ts` of a message that is posted now: unique in the channel and later than all others.
    [[nodiscard]] static std::string next_ts(const Channel& channel, SystemTime now);
    /// Puts the seed world back.
    void reset();

private:
    std::vector<Channel> channels_;
    std::map<std::string, Channel, std::less<>> direct_;
    boost::json::array users_;
    std::map<std::string, std::size_t, std::less<>> user_at_;
    std::map<std::string, File, std::less<>> files_;
    std::vector<Scheduled> scheduled_;
    std::map<std::string, boost::json::object, std::less<>> views_;
    std::uint64_t numbers_ = 0;
};

/// Is it this text?
[[nodiscard]] inline bool says(const boost::json::value& value, std::string_view text) {
    return value.is_string() && std::string_view(value.get_string()) == text;
}

/// The object of `conversations.list`. `num_members` is left out where `counted` is false.
[[nodiscard]] boost::json::object channel_object(const Channel& channel, bool counted = true);

}  // namespace apilab::sandbox::slack
