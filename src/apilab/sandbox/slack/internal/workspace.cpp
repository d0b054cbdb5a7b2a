#include "apilab/sandbox/slack/internal/workspace.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>

namespace apilab::sandbox::slack {
namespace {

namespace json = boost::json;

constexpr int users_count = 260;
constexpr std::int64_t founded = 1'735'689'600;  // 2025-01-01T00:00:00Z
constexpr std::int64_t day = 86'400;

struct ChannelSeed {
    std::string_view name;
    bool archived = false;
    bool is_private = false;
    bool member = true;
    int messages = 0;
};

constexpr std::array<ChannelSeed, 7> channel_seeds{{
    {.name = "general", .messages = 12},
    {.name = "releases", .messages = 3},
    {.name = "security", .messages = 5},
    {.name = "random", .messages = 2},
    {.name = "old-project", .archived = true, .messages = 4},
    {.name = "incident-room", .is_private = true},
    {.name = "design", .member = false, .messages = 6},
}};

std::string user_id(int number) {
    return number == 0 ? std::string(Workspace::bot_user_id) : fmt::format("U0{:07}", number);
}

json::object profile_of(int number, const std::string& name, bool deleted, bool bot) {
    json::object profile{{"real_name", name},
                         {"real_name_normalized", name},
                         {"display_name", deleted ? "" : name},
                         {"display_name_normalized", deleted ? "" : name},
                         {"team", Workspace::team_id}};
    if (deleted) {
        return profile;
    }
    profile["title"] = "";
    profile["phone"] = "";
    profile["status_text"] = number == 5 ? "On holiday" : "";
    profile["status_emoji"] = number == 5 ? ":palm_tree:" : "";
    profile["status_expiration"] = 0;
    profile["avatar_hash"] = fmt::format("g{:011x}", number * 7919);
    if (bot) {
        profile["bot_id"] =
            number == 0 ? std::string(Workspace::bot_id) : fmt::format("B0{:07}", number);
        profile["api_app_id"] = number == 0 ? std::string(Workspace::app_id) : "";
        profile["always_active"] = true;
    } else {
        profile["email"] = name + "@example.invalid";
    }
    for (const int size : {24, 32, 48, 72, 192, 512}) {
        profile[fmt::format("image_{}", size)] =
            fmt::format("https://avatars.example.invalid/{}/{}.png", number, size);
    }
    return profile;
}

// A deleted user stays in the list, with few fields (providers/slack, "Types that bite").
json::object user_object(int number) {
    const auto name = number == 0 ? std::string("apilab") : fmt::format("user{:03}", number);
    const bool deleted = number == 13;
    const bool bot = number == 0 || (number >= 100 && number < 103);
    json::object user{{"id", user_id(number)},
                      {"team_id", Workspace::team_id},
                      {"name", name},
                      {"deleted", deleted},
                      {"profile", profile_of(number, name, deleted, bot)},
                      {"is_bot", bot},
                      {"is_app_user", false},
                      {"updated", founded + number * day}};
    if (deleted) {
        return user;
    }
    user["real_name"] = name;
    user["color"] = fmt::format("{:06x}", (number * 7919) % 0xffffff);
    user["tz"] = "Europe/Amsterdam";
    user["tz_label"] = "Central European Time";
    user["tz_offset"] = 3600;
    user["is_admin"] = number == 1;
    user["is_owner"] = number == 1;
    user["is_primary_owner"] = number == 1;
    user["is_restricted"] = number % 50 == 7;
    user["is_ultra_restricted"] = false;
    user["has_2fa"] = false;
    user["is_email_confirmed"] = !bot;
    user["who_can_share_contact_card"] = "EVERYONE";
    return user;
}

// The bot where it is in it, then users in order; the deleted one is in nothing.
std::vector<std::string> members_of(const ChannelSeed& seed, int number) {
    std::vector<std::string> members;
    if (seed.archived) {
        return members;
    }
    const auto size = static_cast<std::size_t>(users_count / number);
    for (int i = seed.member ? 0 : 1; i < users_count && members.size() < size; ++i) {
        if (i != 13) {
            members.push_back(user_id(i));
        }
    }
    return members;
}

Channel make_channel(const ChannelSeed& seed, int number) {
    Channel channel{.id = fmt::format("C0{:07}", number),
                    .name = std::string(seed.name),
                    .archived = seed.archived,
                    .is_private = seed.is_private,
                    .member = seed.member,
                    .created = founded + number * day,
                    .members = members_of(seed, number)};
    for (int i = 0; i < seed.messages; ++i) {
        const auto text = fmt::format("message {} in {}", i + 1, seed.name);
        channel.messages.push_back({{"type", "message"},
                                    {"user", user_id(1 + (i * 31 + number) % 90)},
                                    {"text", text},
                                    {"ts", fmt::format("{}.{:06}", founded + (30 + i) * day, i)},
                                    {"team", Workspace::team_id}});
    }
    return channel;
}

json::object caption(const Caption& text) {
    return {{"value", text.value}, {"creator", text.creator}, {"last_set", text.last_set}};
}

// Few fields: no name, but who it is with.
json::object direct_object(const Channel& channel) {
    json::object object{{"id", channel.id},
                        {"created", channel.created},
                        {"is_archived", false},
                        {"is_im", !channel.is_group},
                        {"is_org_shared", false},
                        {"context_team_id", Workspace::team_id},
                        {"updated", channel.created * 1000}};
    if (channel.is_group) {
        object["name"] = channel.name;
        object["is_mpim"] = true;
        object["is_group"] = true;
        object["is_private"] = true;
        object["creator"] = channel.creator;
    } else {
        object["user"] = channel.user;
        object["is_user_deleted"] = channel.user == user_id(13);
        object["priority"] = 0;
    }
    return object;
}

}  // namespace

json::object* Channel::message(std::string_view ts) {
    const auto found = std::ranges::find_if(
        messages, [&](const json::object& one) { return one.at("ts").as_string() == ts; });
    return found == messages.end() ? nullptr : &*found;
}

Workspace::Workspace() {
    for (int i = 0; i < users_count; ++i) {
        user_at_[user_id(i)] = users_.size();
        users_.emplace_back(user_object(i));
    }
    reset();
}

void Workspace::reset() {
    channels_.clear();
    direct_.clear();
    files_.clear();
    scheduled_.clear();
    views_.clear();
    numbers_ = 0;
    int number = 0;
    for (const auto& seed : channel_seeds) {
        channels_.push_back(make_channel(seed, ++number));
    }
}

const json::object* Workspace::user(std::string_view id) const {
    const auto found = user_at_.find(id);
    return found == user_at_.end() ? nullptr : &users_[found->second].get_object();
}

Channel* Workspace::channel(std::string_view id) {
    const auto found = std::ranges::find(channels_, id, &Channel::id);
    if (found != channels_.end()) {
        return &*found;
    }
    const auto at = direct_.find(id);
    return at == direct_.end() ? nullptr : &at->second;
}

Channel* Workspace::by_name(std::string_view name) {
    const auto found = std::ranges::find(channels_, name, &Channel::name);
    return found == channels_.end() ? nullptr : &*found;
}

Channel* Workspace::find(std::string_view channel_or_user) {
    if (auto* found = channel(channel_or_user)) {
        return found;
    }
    if (user(channel_or_user) != nullptr) {
        bool made = false;
        return open({std::string(channel_or_user)}, founded, made);
    }
    return by_name(channel_or_user.substr(channel_or_user.starts_with('#') ? 1 : 0));
}

Channel* Workspace::open(std::vector<std::string> users, std::int64_t now, bool& made) {
    std::ranges::sort(users);
    for (const auto& id : users) {
        if (user(id) == nullptr) {
            return nullptr;
        }
    }
    const bool group = users.size() > 1;
    std::string name = "mpdm-apilab";
    for (const auto& id : users) {
        name += "--" + std::string(user(id)->at("name").as_string());
    }
    name += "-1";
    const auto known = std::ranges::find_if(
        direct_, [&](const auto& one) { return group && one.second.name == name; });
    if (known != direct_.end()) {
        made = false;
        return &known->second;
    }
    const auto id = group ? fmt::format("G0{:07}", next_number()) : "D" + users.front().substr(1);
    auto [at, fresh] = direct_.try_emplace(id);
    made = fresh;
    if (fresh) {
        at->second.id = id;
        at->second.name = group ? name : "";
        at->second.is_private = true;
        at->second.is_group = group;
        at->second.created = now;
        at->second.creator = bot_user_id;
        at->second.user = group ? "" : users.front();
        at->second.members = users;
        at->second.members.emplace_back(bot_user_id);
    }
    return &at->second;
}

Channel* Workspace::create(std::string_view name, bool is_private, std::int64_t now) {
    if (channels_.size() >= channels_max) {
        return nullptr;
    }
    channels_.push_back({.id = fmt::format("C0{:07}", 1000 + channels_.size()),
                         .name = std::string(name),
                         .is_private = is_private,
                         .created = now,
                         .creator = std::string(bot_user_id),
                         .members = {std::string(bot_user_id)}});
    return &channels_.back();
}

std::size_t Workspace::stored() const {
    std::size_t bytes = 0;
    for (const auto& [id, file] : files_) {
        bytes += file.bytes.size();
    }
    return bytes;
}

std::string Workspace::next_ts(const Channel& channel, SystemTime now) {
    using std::chrono::microseconds;
    const auto micros = std::chrono::duration_cast<microseconds>(now.time_since_epoch()).count();
    for (std::int64_t at = micros;; ++at) {
        auto ts = fmt::format("{}.{:06}", at / 1'000'000, at % 1'000'000);
        // Both have ten digits before the point, so that text compares as time does.
        if (channel.messages.empty() || channel.messages.back().at("ts").as_string() < ts) {
            return ts;
        }
    }
}

json::object channel_object(const Channel& channel, bool counted) {
    if (channel.direct()) {
        return direct_object(channel);
    }
    json::object object{{"id", channel.id},
                        {"name", channel.name},
                        {"name_normalized", channel.name},
                        {"is_channel", !channel.is_private},
                        {"is_group", channel.is_private},
                        {"is_im", false},
                        {"is_mpim", false},
                        {"is_private", channel.is_private},
                        {"created", channel.created},
                        {"is_archived", channel.archived},
                        {"is_general", channel.name == "general"},
                        {"unlinked", 0},
                        {"is_shared", false},
                        {"is_org_shared", false},
                        {"is_ext_shared", false},
                        {"is_pending_ext_shared", false},
                        {"pending_shared", json::array()},
                        {"shared_team_ids", json::array{Workspace::team_id}},
                        {"pending_connected_team_ids", json::array()},
                        {"creator", channel.creator},
                        {"is_member", channel.member && !channel.archived},
                        {"previous_names",
                         json::array(channel.previous_names.begin(), channel.previous_names.end())},
                        {"context_team_id", Workspace::team_id},
                        {"updated", channel.created * 1000}};
    object["topic"] = caption(channel.topic);
    object["purpose"] = caption(channel.purpose);
    if (!channel.archived && counted) {
        object["num_members"] = channel.members.size();
    }
    return object;
}

}  // namespace apilab::sandbox::slack
