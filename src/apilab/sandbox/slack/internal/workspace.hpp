#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/clock.hpp"

namespace apilab::sandbox::slack {

/// A conversation and what was said in it, oldest first.
struct Channel {
    std::string id;
    std::string name;
    bool archived = false;
    bool is_private = false;
    /// The bot is in it: it may read and post.
    bool member = true;
    std::int64_t created = 0;
    std::int64_t members = 0;
    /// Message objects as `conversations.history` has them, with their metadata.
    std::vector<boost::json::object> messages;
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

    Workspace();
    /// By id, `name` or `#name`; a user's id is the direct conversation with that user. Null where
    /// there is none.
    [[nodiscard]] Channel* find(std::string_view channel);
    /// In the order of listing; without direct conversations.
    [[nodiscard]] const std::vector<Channel>& channels() const { return channels_; }
    /// User objects as `users.list` has them.
    [[nodiscard]] const boost::json::array& users() const { return users_; }
    /// The `ts` of a message that is posted now: unique in the channel and later than all others.
    [[nodiscard]] static std::string next_ts(const Channel& channel, SystemTime now);
    /// Puts the seed world back.
    void reset();

private:
    std::vector<Channel> channels_;
    std::map<std::string, Channel, std::less<>> direct_;
    boost::json::array users_;
};

/// The object of `conversations.list`.
[[nodiscard]] boost::json::object channel_object(const Channel& channel);

}  // namespace apilab::sandbox::slack
