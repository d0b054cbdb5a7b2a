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

// A deleted user stays in the list, with few fields (providers/slack, "Types that bite").
json::object user_object(int number) {
    const auto name = number == 0 ? std::string("apilab") : fmt::format("user{:03}", number);
    const bool deleted = number == 13;
    const bool bot = number == 0 || (number >= 100 && number < 103);
    json::object user{{"id", user_id(number)},
                      {"team_id", Workspace::team_id},
                      {"name", name},
                      {"deleted", deleted},
                      {"profile", json::object{{"real_name", name},
                                               {"display_name", deleted ? "" : name},
                                               {"team", Workspace::team_id}}},
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
    return user;
}

Channel make_channel(const ChannelSeed& seed, int number) {
    Channel channel{.id = fmt::format("C0{:07}", number),
                    .name = std::string(seed.name),
                    .archived = seed.archived,
                    .is_private = seed.is_private,
                    .member = seed.member,
                    .created = founded + number * day,
                    .members = 260 / number};
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

}  // namespace

Workspace::Workspace() {
    for (int i = 0; i < users_count; ++i) {
        users_.emplace_back(user_object(i));
    }
    reset();
}

void Workspace::reset() {
    channels_.clear();
    direct_.clear();
    int number = 0;
    for (const auto& seed : channel_seeds) {
        channels_.push_back(make_channel(seed, ++number));
    }
}

Channel* Workspace::find(std::string_view channel) {
    const auto name = channel.substr(channel.starts_with('#') ? 1 : 0);
    const auto found = std::ranges::find_if(
        channels_, [&](const Channel& one) { return one.id == channel || one.name == name; });
    if (found != channels_.end()) {
        return &*found;
    }
    const bool direct = channel.starts_with('D');
    const auto user = direct ? "U" + std::string(channel.substr(1)) : std::string(channel);
    const bool known = std::ranges::any_of(
        users_, [&](const json::value& one) { return one.at("id").as_string() == user; });
    if (!known) {
        return nullptr;
    }
    const auto id = "D" + user.substr(1);
    const auto at = direct_.find(id);
    if (at == direct_.end() && direct) {
        return nullptr;  // nobody has opened it
    }
    return at != direct_.end() ? &at->second
                               : &direct_.emplace(id, Channel{.id = id}).first->second;
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

json::object channel_object(const Channel& channel) {
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
                        {"creator", "U00000001"},
                        {"is_member", channel.member && !channel.archived},
                        {"previous_names", json::array()},
                        {"context_team_id", Workspace::team_id},
                        {"updated", channel.created * 1000}};
    for (const auto* text : {"topic", "purpose"}) {
        object[text] = json::object{{"value", ""}, {"creator", ""}, {"last_set", 0}};
    }
    if (!channel.archived) {
        object["num_members"] = channel.members;
    }
    return object;
}

}  // namespace apilab::sandbox::slack
