// The methods chat.* but for scheduled messages.

#include <boost/json/array.hpp>

#include "apilab/sandbox/slack/internal/events.hpp"
#include "apilab/sandbox/slack/internal/message.hpp"
#include "apilab/sandbox/slack/internal/method.hpp"

namespace apilab::sandbox::slack {
namespace {

namespace json = boost::json;

// The code with which posting to this channel is refused; empty: it is not.
std::string_view no_posting(const Channel* channel) {
    if (channel == nullptr || (channel->is_private && !channel->member)) {
        return "channel_not_found";
    }
    if (channel->archived) {
        return "is_archived";
    }
    return channel->member ? "" : "not_in_channel";
}

// What is answered has no metadata: it is for those who ask for it in the history.
json::object shown(const json::object& message) {
    auto copy = message;
    copy.erase("metadata");
    return copy;
}

bool is_own(const Context& context, const json::object& message) {
    const auto* user = message.if_contains("user");
    return user != nullptr && says(*user, context.access.user);
}

http::Response post(Context& context, Channel& channel, json::object message) {
    auto answer =
        fine({{"channel", channel.id}, {"ts", message.at("ts")}, {"message", shown(message)}},
             context.call);
    channel.messages.push_back(std::move(message));
    count_reply(channel, json::object(channel.messages.back()));
    tell_posted(context, channel, channel.messages.back());
    return answer;
}

}  // namespace

http::Response chat_post_message(Context& context) {
    const auto& call = context.call;
    auto* channel = context.workspace.find(call.argument("channel"));
    if (const auto error = no_posting(channel); !error.empty()) {
        return refused(error);
    }
    const auto* dressed = call.argument("username").empty() ? nullptr : "chat:write.customize";
    if (dressed != nullptr && !context.access.may(dressed)) {
        return refused("missing_scope",
                       {{"needed", dressed}, {"provided", context.access.scope_text()}});
    }
    auto message = make_message(call, context.access,
                                Workspace::next_ts(*channel, context.incoming.system_now));
    return message ? post(context, *channel, *std::move(message)) : message.error().answer();
}

http::Response chat_me_message(Context& context) {
    auto* channel = context.workspace.find(context.call.argument("channel"));
    if (const auto error = no_posting(channel); !error.empty()) {
        return refused(error);
    }
    auto message = make_message(context.call, context.access,
                                Workspace::next_ts(*channel, context.incoming.system_now));
    if (!message) {
        return message.error().answer();
    }
    (*message)["subtype"] = "me_message";
    const auto ts = message->at("ts");
    channel->messages.push_back(*std::move(message));
    tell_posted(context, *channel, channel->messages.back());
    return fine({{"channel", channel->id}, {"ts", ts}}, context.call);
}

// Seen by one user for a while, kept nowhere.
http::Response chat_post_ephemeral(Context& context) {
    const auto& call = context.call;
    const auto* channel = context.workspace.find(call.argument("channel"));
    if (const auto error = no_posting(channel); !error.empty()) {
        return refused(error);
    }
    if (std::ranges::find(channel->members, call.argument("user")) == channel->members.end()) {
        return refused("user_not_in_channel");
    }
    const auto ts = Workspace::next_ts(*channel, context.incoming.system_now);
    if (const auto message = make_message(call, context.access, ts); !message) {
        return message.error().answer();
    }
    return fine({{"message_ts", ts}}, call);
}

http::Response chat_update(Context& context) {
    const auto& call = context.call;
    auto* channel = context.workspace.channel(call.argument("channel"));
    if (channel == nullptr || (channel->is_private && !channel->member)) {
        return refused("channel_not_found");
    }
    if (channel->archived) {
        return refused("is_archived");
    }
    auto* message = channel->message(call.argument("ts"));
    if (message == nullptr) {
        return refused("message_not_found");
    }
    if (!is_own(context, *message)) {
        return refused("cant_update_message");
    }
    const auto before = *message;
    auto after = before;
    if (auto done = write_content(call, after); !done) {
        return done.error().answer();
    }
    after["edited"] = json::object{{"user", context.access.user},
                                   {"ts", Workspace::next_ts({}, context.incoming.system_now)}};
    *message = std::move(after);
    tell_changed(context, *channel, before, message);
    return fine({{"channel", channel->id},
                 {"ts", message->at("ts")},
                 {"text", message->at("text")},
                 {"message", shown(*message)}},
                call);
}

http::Response chat_delete(Context& context) {
    const auto& call = context.call;
    auto* channel = context.workspace.channel(call.argument("channel"));
    if (channel == nullptr || (channel->is_private && !channel->member)) {
        return refused("channel_not_found");
    }
    const auto* message = channel->message(call.argument("ts"));
    if (message == nullptr) {
        return refused("message_not_found");
    }
    if (!is_own(context, *message)) {
        return refused("cant_delete_message");
    }
    const auto before = *message;
    std::erase_if(channel->messages,
                  [&](const json::object& one) { return one.at("ts") == before.at("ts"); });
    count_reply(*channel, before);
    tell_changed(context, *channel, before, nullptr);
    return fine({{"channel", channel->id}, {"ts", before.at("ts")}}, call);
}

http::Response chat_permalink(Context& context) {
    auto* channel = context.workspace.channel(context.call.argument("channel"));
    if (channel == nullptr) {
        return refused("channel_not_found");
    }
    const auto ts = context.call.argument("message_ts");
    if (channel->message(ts) == nullptr) {
        return refused("message_not_found");
    }
    return fine({{"permalink", permalink(context.incoming.base_url, *channel, ts)},
                 {"channel", channel->id}},
                context.call);
}

}  // namespace apilab::sandbox::slack
