// Messages that are posted later: whoever calls next after their time finds them posted.

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <utility>

#include "apilab/sandbox/slack/internal/events.hpp"
#include "apilab/sandbox/slack/internal/message.hpp"
#include "apilab/sandbox/slack/internal/method.hpp"
#include "apilab/sandbox/slack/internal/paging.hpp"

namespace apilab::sandbox::slack {
namespace {

namespace json = boost::json;

constexpr std::int64_t ahead_max = 120LL * 24 * 3600;
constexpr std::size_t scheduled_max = 1000;

}  // namespace

http::Response chat_schedule(Context& context) {
    const auto& call = context.call;
    auto* channel = context.workspace.find(call.argument("channel"));
    if (channel == nullptr || (channel->is_private && !channel->member)) {
        return refused("channel_not_found");
    }
    if (channel->archived) {
        return refused("is_archived");
    }
    if (!channel->member) {
        return refused("not_in_channel");
    }
    const auto at = call.number("post_at");
    const auto now = context.seconds();
    if (!at) {
        return refused("invalid_time");
    }
    if (*at <= now || *at > now + ahead_max) {
        return refused(*at <= now ? "time_in_past" : "time_too_far");
    }
    if (context.workspace.scheduled().size() >= scheduled_max) {
        return refused("restricted_too_many");
    }
    auto message = make_message(call, context.access, fmt::format("{}.000000", *at));
    if (!message) {
        return message.error().answer();
    }
    const auto id = fmt::format("Q{:010}", context.workspace.next_number());
    auto shown = *message;
    shown["type"] = "delayed_message";
    shown.erase("ts");
    shown.erase("metadata");
    context.workspace.scheduled().push_back({.id = id,
                                             .channel = channel->id,
                                             .post_at = *at,
                                             .created = now,
                                             .message = *std::move(message)});
    return fine({{"scheduled_message_id", id},
                 {"channel", channel->id},
                 {"post_at", *at},
                 {"message", std::move(shown)}},
                call);
}

http::Response chat_scheduled_list(Context& context) {
    const auto wanted = context.call.argument("channel");
    if (!wanted.empty() && context.workspace.channel(wanted) == nullptr) {
        return refused("invalid_channel");
    }
    json::array all;
    for (const auto& one : context.workspace.scheduled()) {
        if (wanted.empty() || one.channel == wanted) {
            all.emplace_back(json::object{{"id", one.id},
                                          {"channel_id", one.channel},
                                          {"post_at", one.post_at},
                                          {"date_created", one.created},
                                          {"text", one.message.at("text")}});
        }
    }
    return page(all, "sm", "scheduled_messages", context.call);
}

http::Response chat_unschedule(Context& context) {
    const auto& call = context.call;
    if (context.workspace.channel(call.argument("channel")) == nullptr) {
        return refused("channel_not_found");
    }
    const auto gone = std::erase_if(context.workspace.scheduled(), [&](const Scheduled& one) {
        return one.id == call.argument("scheduled_message_id") &&
               one.channel == call.argument("channel");
    });
    return gone == 0 ? refused("invalid_scheduled_message_id") : fine({}, call);
}

void post_due(Context& context) {
    auto& waiting = context.workspace.scheduled();
    const auto now = context.seconds();
    std::ranges::sort(waiting, {}, [](const Scheduled& one) {
        return std::pair(one.post_at, std::string_view(one.id));
    });
    while (!waiting.empty() && waiting.front().post_at <= now) {
        auto due = std::move(waiting.front());
        waiting.erase(waiting.begin());
        if (auto* channel = context.workspace.channel(due.channel)) {
            due.message["ts"] =
                Workspace::next_ts(*channel, SystemTime(std::chrono::seconds(due.post_at)));
            channel->messages.push_back(std::move(due.message));
            count_reply(*channel, json::object(channel->messages.back()));
            tell_posted(context, *channel, channel->messages.back());
        }
    }
}

}  // namespace apilab::sandbox::slack
