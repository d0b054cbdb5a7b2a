#include <algorithm>
#include <array>

#include "apilab/sandbox/slack/internal/method.hpp"

namespace apilab::sandbox::slack {
namespace {

constexpr auto read = http::Effect::read;
constexpr auto write = http::Effect::write;
constexpr auto either = Who::bot_or_user;

// Tiers (providers/slack, "Rate limits"), calls a minute; `special` is said to allow hundreds.
constexpr int tier1 = 1;
constexpr int tier2 = 20;
constexpr int tier3 = 50;
constexpr int tier4 = 100;
constexpr int special = 300;

constexpr std::string_view see = "channels:read,groups:read,im:read,mpim:read";
constexpr std::string_view past = "channels:history,groups:history,im:history,mpim:history";
constexpr std::string_view manage = "channels:manage,groups:write,im:write,mpim:write";

// By name. Which take JSON: providers/slack, "Basics", for those it names; the others as the
// documentation lists them (what writes does, what reads mostly does not).
constexpr std::array table{
    Method{"api.test", read, tier4, true, Who::anyone, "", "", api_test},
    Method{"apps.connections.open", write, tier1, false, Who::app, "connections:write", "",
           apps_connections_open},
    Method{"auth.revoke", write, tier3, false, Who::any_token, "", "", nullptr},
    Method{"auth.test", read, special, true, Who::any_token, "", "", auth_test},
    Method{"bots.info", read, tier3, false, either, "users:read", "", bots_info},
    Method{"chat.delete", write, tier3, true, either, "chat:write", "channel,ts", chat_delete},
    Method{"chat.deleteScheduledMessage", write, tier3, true, either, "chat:write",
           "channel,scheduled_message_id", chat_unschedule},
    Method{"chat.getPermalink", read, special, false, either, "", "channel,message_ts",
           chat_permalink},
    Method{"chat.meMessage", write, tier3, true, either, "chat:write", "channel,text",
           chat_me_message},
    Method{"chat.postEphemeral", write, tier4, true, either, "chat:write", "channel,user",
           chat_post_ephemeral},
    Method{"chat.postMessage", write, 0, true, either, "chat:write", "channel", chat_post_message},
    Method{"chat.scheduleMessage", write, tier3, true, either, "chat:write", "channel,post_at",
           chat_schedule},
    Method{"chat.scheduledMessages.list", read, tier3, true, either, "", "", chat_scheduled_list},
    Method{"chat.update", write, tier3, true, either, "chat:write", "channel,ts", chat_update},
    Method{"conversations.archive", write, tier2, true, either, manage, "channel",
           conversations_archive},
    Method{"conversations.close", write, tier2, true, either, "im:write,mpim:write", "channel",
           conversations_close},
    Method{"conversations.create", write, tier2, true, either, manage, "name",
           conversations_create},
    Method{"conversations.history", read, tier3, true, either, past, "channel",
           conversations_history},
    Method{"conversations.info", read, tier3, false, either, see, "channel", conversations_info},
    Method{"conversations.invite", write, tier3, true, either,
           "channels:write.invites,groups:write.invites,channels:manage,groups:write",
           "channel,users", conversations_invite},
    Method{"conversations.join", write, tier3, true, either, "channels:join", "channel",
           conversations_join},
    Method{"conversations.kick", write, tier3, true, either, manage, "channel,user",
           conversations_kick},
    Method{"conversations.leave", write, tier3, true, either, manage, "channel",
           conversations_leave},
    Method{"conversations.list", read, tier2, false, either, see, "", conversations_list},
    Method{"conversations.mark", write, tier3, true, either, manage, "channel,ts",
           conversations_mark},
    Method{"conversations.members", read, tier4, false, either, see, "channel",
           conversations_members},
    Method{"conversations.open", write, tier3, true, either, "im:write,mpim:write", "",
           conversations_open},
    Method{"conversations.rename", write, tier2, true, either, manage, "channel,name",
           conversations_rename},
    Method{"conversations.replies", read, tier3, true, either, past, "channel,ts",
           conversations_replies},
    Method{"conversations.setPurpose", write, tier2, true, either,
           "channels:write.topic,channels:manage,groups:write", "channel,purpose",
           conversations_caption},
    Method{"conversations.setTopic", write, tier2, true, either,
           "channels:write.topic,channels:manage,groups:write", "channel,topic",
           conversations_caption},
    Method{"conversations.unarchive", write, tier2, true, either, manage, "channel",
           conversations_unarchive},
    Method{"files.completeUploadExternal", write, tier4, true, either, "files:write", "files",
           files_complete},
    Method{"files.delete", write, tier3, true, either, "files:write", "file", files_delete},
    Method{"files.getUploadURLExternal", write, tier4, false, either, "files:write",
           "filename,length", files_upload_url},
    Method{"files.info", read, tier4, false, either, "files:read", "file", files_info},
    Method{"files.list", read, tier3, false, either, "files:read", "", files_list},
    Method{"oauth.v2.access", write, special, false, Who::anyone, "", "", nullptr},
    Method{"pins.add", write, tier2, true, either, "pins:write", "channel,timestamp", pins_add},
    Method{"pins.list", read, tier2, false, either, "pins:read", "channel", pins_list},
    Method{"pins.remove", write, tier2, true, either, "pins:write", "channel,timestamp",
           pins_remove},
    Method{"reactions.add", write, tier3, true, either, "reactions:write", "channel,name,timestamp",
           reactions_add},
    Method{"reactions.get", read, tier3, false, either, "reactions:read", "channel,timestamp",
           reactions_get},
    Method{"reactions.list", read, tier2, false, either, "reactions:read", "", reactions_list},
    Method{"reactions.remove", write, tier2, true, either, "reactions:write",
           "channel,name,timestamp", reactions_remove},
    Method{"search.messages", read, tier2, false, Who::user, "search:read", "query",
           search_messages},
    Method{"team.info", read, tier3, false, either, "team:read", "", team_info},
    Method{"users.conversations", read, tier3, false, either, see, "", users_conversations},
    Method{"users.getPresence", read, tier3, false, either, "users:read", "", users_presence},
    Method{"users.info", read, tier4, false, either, "users:read", "user", users_info},
    Method{"users.list", read, tier2, false, either, "users:read", "", users_list},
    Method{"users.lookupByEmail", read, tier3, false, either, "users:read.email", "email",
           users_lookup},
    Method{"users.profile.get", read, tier4, false, either, "users.profile:read", "",
           users_profile},
    Method{"views.open", write, tier4, true, either, "", "view", views_open},
    Method{"views.publish", write, tier4, true, either, "", "user_id,view", views_publish},
    Method{"views.push", write, tier4, true, either, "", "view", views_push},
    Method{"views.update", write, tier4, true, either, "", "view", views_update},
};

}  // namespace

std::span<const Method> methods() {
    return table;
}

const Method* find_method(std::string_view name) {
    const auto found = std::ranges::find(table, name, &Method::name);
    return found == table.end() ? nullptr : &*found;
}

std::int64_t Context::seconds() const {
    return std::chrono::duration_cast<std::chrono::seconds>(incoming.system_now.time_since_epoch())
        .count();
}

}  // namespace apilab::sandbox::slack
