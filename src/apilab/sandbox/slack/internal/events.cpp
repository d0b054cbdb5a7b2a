#include "apilab/sandbox/slack/internal/events.hpp"

#include <boost/json/serialize.hpp>
#include <string>

#include "apilab/sandbox/webhook/hub.hpp"

namespace apilab::sandbox::slack {
namespace {

namespace json = boost::json;

// What subscribers are shown of a message: metadata only to who asked for it, which none here does.
json::object shown(const json::object& message) {
    auto copy = message;
    copy.erase("metadata");
    return copy;
}

}  // namespace

std::string_view channel_type(const Channel& channel) {
    return channel.is_group        ? "mpim"
           : !channel.user.empty() ? "im"
           : channel.is_private    ? "group"
                                   : "channel";
}

void tell(const Context& context, json::object event) {
    if (context.incoming.hub == nullptr) {
        return;
    }
    if (!event.contains("event_ts")) {
        event["event_ts"] = Workspace::next_ts({}, context.incoming.system_now);
    }
    std::string type(event.at("type").as_string());
    context.incoming.hub->emit({.from = "slack",
                                .type = std::move(type),
                                .action = {},
                                .scope = std::string(Workspace::team_id),
                                .body = json::serialize(event)});
}

void tell_posted(const Context& context, const Channel& channel, const json::object& message) {
    if (context.incoming.hub == nullptr) {
        return;
    }
    auto event = shown(message);
    event["channel"] = channel.id;
    event["channel_type"] = channel_type(channel);
    event["event_ts"] = message.at("ts");
    tell(context, event);
    const auto call = "<@" + std::string(Workspace::bot_user_id) + ">";
    if (std::string_view(message.at("text").as_string()).contains(call) && channel.member) {
        event["type"] = "app_mention";
        event.erase("channel_type");
        tell(context, std::move(event));
    }
}

void tell_changed(const Context& context, const Channel& channel, const json::object& before,
                  const json::object* after) {
    if (context.incoming.hub == nullptr) {
        return;
    }
    json::object event{{"type", "message"},
                       {"subtype", after != nullptr ? "message_changed" : "message_deleted"},
                       {"channel", channel.id},
                       {"hidden", true},
                       {"previous_message", shown(before)},
                       {"channel_type", channel_type(channel)}};
    if (after != nullptr) {
        event["message"] = shown(*after);
    } else {
        event["deleted_ts"] = before.at("ts");
    }
    event["ts"] = Workspace::next_ts(channel, context.incoming.system_now);
    event["event_ts"] = event["ts"];
    tell(context, std::move(event));
}

}  // namespace apilab::sandbox::slack
