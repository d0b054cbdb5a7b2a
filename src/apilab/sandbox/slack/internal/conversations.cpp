// The methods conversations.* that read.

#include <algorithm>
#include <boost/json/array.hpp>

#include "apilab/sandbox/slack/internal/message.hpp"
#include "apilab/sandbox/slack/internal/method.hpp"
#include "apilab/sandbox/slack/internal/paging.hpp"

namespace apilab::sandbox::slack {
namespace {

namespace json = boost::json;

constexpr std::size_t history_max = 999;

std::string_view type_of(const Channel& channel) {
    return channel.is_group        ? "mpim"
           : !channel.user.empty() ? "im"
           : channel.is_private    ? "private_channel"
                                   : "public_channel";
}

// What may be read: nothing for one that is not there, or not for the bot.
Channel* readable(Context& context) {
    auto* channel = context.workspace.channel(context.call.argument("channel"));
    return channel == nullptr || (channel->is_private && !channel->member) ? nullptr : channel;
}

bool is_time(std::string_view ts) {
    return ts.find_first_not_of("0123456789.") == std::string_view::npos;
}

// The channels of the types that `types` asks for; nothing for a type that there is not.
std::optional<json::array> listed(Context& context, bool own_only) {
    auto types = context.call.list("types");
    if (types.empty()) {
        types = {"public_channel"};
    }
    for (const auto& type : types) {
        if (type != "public_channel" && type != "private_channel" && type != "im" &&
            type != "mpim") {
            return std::nullopt;
        }
    }
    json::array all;
    const auto add = [&](const Channel& channel) {
        const bool wanted = std::ranges::find(types, type_of(channel)) != types.end();
        const bool hidden = (channel.archived && context.call.flag("exclude_archived")) ||
                            (channel.is_private && !channel.member);
        if (wanted && !hidden && (!own_only || (channel.member && !channel.archived))) {
            all.emplace_back(channel_object(channel, !own_only));
        }
    };
    std::ranges::for_each(context.workspace.channels(), add);
    for (const auto& [id, channel] : context.workspace.direct()) {
        add(channel);
    }
    return all;
}

json::object without_metadata(const json::object& message, const Call& call) {
    auto copy = message;
    if (!call.flag("include_all_metadata")) {
        copy.erase("metadata");
    }
    return copy;
}

// A page of messages; nothing more: the real one leaves the cursor's object out (providers/slack,
// "Pagination").
http::Response messages_page(const Call& call, const std::vector<const json::object*>& found,
                             json::object members) {
    const auto start = page_start(call, "ts");
    const auto limit = call.limit(call.method.ends_with("replies") ? page_max : 100, history_max);
    const bool all = call.method.ends_with("replies") && call.argument("limit").empty();
    if (!start || *start > found.size()) {
        return refused("invalid_cursor");
    }
    if (!limit && !all) {
        return refused("invalid_limit");
    }
    const auto end = std::min(*start + limit.value_or(page_max), found.size());
    json::array some;
    for (std::size_t i = *start; i < end; ++i) {
        some.emplace_back(without_metadata(*found[i], call));
    }
    const bool more = end < found.size();
    json::object out{{"messages", std::move(some)}, {"has_more", more}};
    for (auto& [name, value] : members) {
        out[name] = std::move(value);
    }
    if (more) {
        out["response_metadata"] = next_page("ts", end, found.size());
    }
    return fine(std::move(out), call);
}

}  // namespace

http::Response conversations_list(Context& context) {
    const auto all = listed(context, false);
    return all ? page(*all, "ch", "channels", context.call) : refused("invalid_types");
}

http::Response users_conversations(Context& context) {
    const auto all = listed(context, true);
    return all ? page(*all, "uc", "channels", context.call) : refused("invalid_types");
}

http::Response conversations_info(Context& context) {
    const auto* channel = readable(context);
    if (channel == nullptr) {
        return refused("channel_not_found");
    }
    auto object = channel_object(*channel, context.call.flag("include_num_members"));
    if (context.call.flag("include_locale")) {
        object["locale"] = "en-US";
    }
    if (channel->member && !channel->archived) {
        object["last_read"] = "0000000000.000000";
    }
    return fine({{"channel", std::move(object)}}, context.call);
}

http::Response conversations_history(Context& context) {
    const auto& call = context.call;
    const auto* channel = readable(context);
    if (channel == nullptr) {
        return refused("channel_not_found");
    }
    if (!channel->member) {
        return refused("not_in_channel");
    }
    if (!is_time(call.argument("latest")) || !is_time(call.argument("oldest"))) {
        return refused(is_time(call.argument("latest")) ? "invalid_ts_oldest"
                                                        : "invalid_ts_latest");
    }
    const auto pins = std::ranges::count_if(
        channel->messages, [](const json::object& one) { return one.contains("pinned_to"); });
    return messages_page(
        call, messages_between(*channel, call),
        {{"pin_count", pins}, {"channel_actions_ts", nullptr}, {"channel_actions_count", 0}});
}

// The message that was answered stands first on every page's list, then replies, oldest first.
http::Response conversations_replies(Context& context) {
    const auto& call = context.call;
    const auto* channel = readable(context);
    if (channel == nullptr) {
        return refused("channel_not_found");
    }
    if (!channel->member) {
        return refused("not_in_channel");
    }
    const auto ts = call.argument("ts");
    const auto oldest = call.argument("oldest");
    const auto latest = call.argument("latest");
    std::vector<const json::object*> found;
    for (const auto& message : channel->messages) {
        const std::string_view own = message.at("ts").as_string();
        const auto* thread = message.if_contains("thread_ts");
        const bool reply = thread != nullptr && says(*thread, ts) && own != ts &&
                           (oldest.empty() || own > oldest) && (latest.empty() || own < latest);
        if (own == ts || reply) {
            found.push_back(&message);
        }
    }
    if (found.empty()) {
        return refused("thread_not_found");
    }
    return messages_page(call, found, {});
}

http::Response conversations_members(Context& context) {
    const auto* channel = readable(context);
    if (channel == nullptr) {
        return refused("channel_not_found");
    }
    const auto limit = context.call.limit(100, page_max);
    auto call = context.call;
    if (limit) {
        call.arguments["limit"] = std::to_string(*limit);
    }
    return page(json::array(channel->members.begin(), channel->members.end()), "mb", "members",
                call);
}

}  // namespace apilab::sandbox::slack
