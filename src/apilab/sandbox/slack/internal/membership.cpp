// The methods conversations.* that change something.

#include <algorithm>
#include <boost/json/array.hpp>

#include "apilab/sandbox/slack/internal/events.hpp"
#include "apilab/sandbox/slack/internal/method.hpp"

namespace apilab::sandbox::slack {
namespace {

namespace json = boost::json;

constexpr std::size_t name_max = 80;
constexpr std::size_t caption_max = 250;

struct Found {
    Channel* channel = nullptr;
    std::string_view error;
};

// A channel that the bot may change: there, not archived, joined, and no direct conversation.
Found changeable(Context& context) {
    auto* channel = context.workspace.channel(context.call.argument("channel"));
    if (channel == nullptr || (channel->is_private && !channel->member)) {
        return {nullptr, "channel_not_found"};
    }
    if (channel->direct()) {
        return {nullptr, "method_not_supported_for_channel_type"};
    }
    if (channel->archived) {
        return {nullptr, "is_archived"};
    }
    if (!channel->member) {
        return {nullptr, "not_in_channel"};
    }
    return {channel, {}};
}

http::Response with_channel(const Context& context, const Channel& channel) {
    auto object = channel_object(channel, false);
    object["last_read"] = "0000000000.000000";
    return fine({{"channel", std::move(object)}}, context.call);
}

// Lower case letters, digits, `-` and `_`, and those of other scripts; the code, or empty.
std::string_view name_fault(std::string_view name) {
    if (name.size() > name_max) {
        return "invalid_name_maxlength";
    }
    const bool bad = std::ranges::any_of(name, [](unsigned char c) {
        return c < 0x80 && (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_';
    });
    return bad ? "invalid_name_specials" : "";
}

void tell_of(const Context& context, const Channel& channel, std::string_view type) {
    tell(context, {{"type", type}, {"channel", channel_object(channel, false)}});
}

void tell_member(const Context& context, const Channel& channel, std::string_view type,
                 std::string_view user) {
    tell(context, {{"type", type},
                   {"user", user},
                   {"channel", channel.id},
                   {"channel_type", channel.is_private ? "G" : "C"},
                   {"team", Workspace::team_id}});
}

}  // namespace

http::Response conversations_open(Context& context) {
    const auto& call = context.call;
    if (const auto id = call.argument("channel"); !id.empty()) {
        const auto* channel = context.workspace.channel(id);
        return channel == nullptr || !channel->direct()
                   ? refused("channel_not_found")
                   : fine({{"no_op", true},
                           {"already_open", true},
                           {"channel", json::object{{"id", channel->id}}}},
                          call);
    }
    auto users = call.list("users");
    std::erase(users, context.access.user);
    if (users.empty()) {
        return refused(call.argument("users").empty() ? "users_list_not_supplied"
                                                      : "not_enough_users");
    }
    if (users.size() > 8) {
        return refused("too_many_users");
    }
    for (const auto& id : users) {
        const auto* user = context.workspace.user(id);
        if (user != nullptr && user->at("deleted").as_bool()) {
            return refused("user_disabled");
        }
    }
    bool made = false;
    const auto* channel = context.workspace.open(std::move(users), context.seconds(), made);
    if (channel == nullptr) {
        return refused("user_not_found");
    }
    json::object out;
    if (!made) {
        out["no_op"] = true;
        out["already_open"] = true;
    }
    out["channel"] =
        call.flag("return_im") ? channel_object(*channel) : json::object{{"id", channel->id}};
    return fine(std::move(out), call);
}

http::Response conversations_close(Context& context) {
    const auto* channel = context.workspace.channel(context.call.argument("channel"));
    if (channel == nullptr) {
        return refused("channel_not_found");
    }
    return channel->direct() ? fine({}, context.call)
                             : refused("method_not_supported_for_channel_type");
}

http::Response conversations_join(Context& context) {
    auto* channel = context.workspace.channel(context.call.argument("channel"));
    if (channel == nullptr || (channel->is_private && !channel->member)) {
        return refused("channel_not_found");
    }
    if (channel->direct() || channel->is_private) {
        return refused("method_not_supported_for_channel_type");
    }
    if (channel->archived) {
        return refused("is_archived");
    }
    auto call = context.call;
    if (channel->member) {
        call.warnings.emplace_back("already_in_channel");
    } else {
        channel->member = true;
        channel->members.insert(channel->members.begin(), context.access.user);
        tell_member(context, *channel, "member_joined_channel", context.access.user);
    }
    return fine({{"channel", channel_object(*channel, false)}}, call);
}

http::Response conversations_leave(Context& context) {
    auto* channel = context.workspace.channel(context.call.argument("channel"));
    if (channel == nullptr) {
        return refused("channel_not_found");
    }
    if (channel->name == "general") {
        return refused("cant_leave_general");
    }
    if (channel->archived) {
        return refused("is_archived");
    }
    if (!channel->member) {
        return fine({{"not_in_channel", true}}, context.call);
    }
    channel->member = false;
    std::erase(channel->members, context.access.user);
    tell_member(context, *channel, "member_left_channel", context.access.user);
    return fine({}, context.call);
}

http::Response conversations_invite(Context& context) {
    const auto [channel, error] = changeable(context);
    if (channel == nullptr) {
        return refused(error);
    }
    const auto users = context.call.list("users");
    for (const auto& id : users) {
        const bool known = context.workspace.user(id) != nullptr;
        const bool there = std::ranges::find(channel->members, id) != channel->members.end();
        const auto* code = !known                      ? "user_not_found"
                           : id == context.access.user ? "cant_invite_self"
                           : there                     ? "already_in_channel"
                                                       : nullptr;
        if (code != nullptr) {
            return refused(code, {{"errors", json::array{json::object{
                                                 {"user", id}, {"ok", false}, {"error", code}}}}});
        }
    }
    for (const auto& id : users) {
        channel->members.push_back(id);
        tell_member(context, *channel, "member_joined_channel", id);
    }
    return with_channel(context, *channel);
}

http::Response conversations_kick(Context& context) {
    const auto [channel, error] = changeable(context);
    if (channel == nullptr) {
        return refused(error);
    }
    const auto user = context.call.argument("user");
    if (user == context.access.user) {
        return refused("cant_kick_self");
    }
    if (channel->name == "general") {
        return refused("cant_kick_from_general");
    }
    if (std::erase(channel->members, std::string(user)) == 0) {
        return refused(context.workspace.user(user) == nullptr ? "user_not_found"
                                                               : "not_in_channel");
    }
    tell_member(context, *channel, "member_left_channel", user);
    return fine({{"errors", json::object()}}, context.call);
}

http::Response conversations_create(Context& context) {
    const auto name = context.call.argument("name");
    if (const auto fault = name_fault(name); !fault.empty()) {
        return refused(fault);
    }
    if (context.workspace.by_name(name) != nullptr) {
        return refused("name_taken");
    }
    const auto* channel =
        context.workspace.create(name, context.call.flag("is_private"), context.seconds());
    if (channel == nullptr) {
        return refused("restricted_action");
    }
    tell_of(context, *channel, "channel_created");
    auto object = channel_object(*channel, false);
    object["last_read"] = "0000000000.000000";
    object["latest"] = nullptr;
    object["unread_count"] = 0;
    object["unread_count_display"] = 0;
    object["priority"] = 0;
    return fine({{"channel", std::move(object)}}, context.call);
}

http::Response conversations_archive(Context& context) {
    auto* channel = context.workspace.channel(context.call.argument("channel"));
    if (channel == nullptr) {
        return refused("channel_not_found");
    }
    if (channel->archived) {
        return refused("already_archived");
    }
    if (channel->name == "general") {
        return refused("cant_archive_general");
    }
    channel->archived = true;
    tell(context,
         {{"type", "channel_archive"}, {"channel", channel->id}, {"user", context.access.user}});
    return fine({}, context.call);
}

http::Response conversations_unarchive(Context& context) {
    auto* channel = context.workspace.channel(context.call.argument("channel"));
    if (channel == nullptr) {
        return refused("channel_not_found");
    }
    if (!channel->archived) {
        return refused("not_archived");
    }
    channel->archived = false;
    tell(context,
         {{"type", "channel_unarchive"}, {"channel", channel->id}, {"user", context.access.user}});
    return fine({}, context.call);
}

http::Response conversations_rename(Context& context) {
    const auto [channel, error] = changeable(context);
    if (channel == nullptr) {
        return refused(error);
    }
    const auto name = context.call.argument("name");
    if (const auto fault = name_fault(name); !fault.empty()) {
        return refused(fault);
    }
    if (context.workspace.by_name(name) != nullptr) {
        return refused("name_taken");
    }
    channel->previous_names.insert(channel->previous_names.begin(), channel->name);
    channel->name = name;
    tell(context, {{"type", "channel_rename"},
                   {"channel", json::object{{"id", channel->id},
                                            {"name", channel->name},
                                            {"created", channel->created}}}});
    return with_channel(context, *channel);
}

http::Response conversations_caption(Context& context) {
    const auto [channel, error] = changeable(context);
    if (channel == nullptr) {
        return refused(error);
    }
    const bool topic = context.call.method.ends_with("setTopic");
    const auto text = context.call.argument(topic ? "topic" : "purpose");
    if (text.size() > caption_max) {
        return refused("too_long");
    }
    (topic ? channel->topic : channel->purpose) = {
        .value = std::string(text), .creator = context.access.user, .last_set = context.seconds()};
    return with_channel(context, *channel);
}

http::Response conversations_mark(Context& context) {
    auto* channel = context.workspace.channel(context.call.argument("channel"));
    if (channel == nullptr) {
        return refused("channel_not_found");
    }
    return channel->member ? fine({}, context.call) : refused("not_in_channel");
}

}  // namespace apilab::sandbox::slack
