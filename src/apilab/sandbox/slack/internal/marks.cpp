// What is attached to a message: reactions and pins.

#include <algorithm>
#include <boost/json/array.hpp>

#include "apilab/sandbox/slack/internal/events.hpp"
#include "apilab/sandbox/slack/internal/message.hpp"
#include "apilab/sandbox/slack/internal/method.hpp"
#include "apilab/sandbox/slack/internal/paging.hpp"

namespace apilab::sandbox::slack {
namespace {

namespace json = boost::json;

struct Place {
    Channel* channel = nullptr;
    json::object* message = nullptr;
    std::string_view error;
};

Place find_place(Context& context) {
    auto* channel = context.workspace.channel(context.call.argument("channel"));
    if (channel == nullptr || (channel->is_private && !channel->member)) {
        return {.error = "channel_not_found"};
    }
    auto* message = channel->message(context.call.argument("timestamp"));
    if (message == nullptr) {
        return {.error = "message_not_found"};
    }
    if (channel->archived) {
        return {.error = "is_archived"};
    }
    return {.channel = channel, .message = message, .error = {}};
}

// `:tada:` and `tada` mean the same; letters, digits and a few signs.
std::string reaction_name(const Call& call) {
    auto name = std::string(call.argument("name"));
    std::erase(name, ':');
    const bool bad =
        name.empty() ||
        name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_+-'") != std::string::npos;
    return bad ? "" : name;
}

json::object* reaction_of(json::object& message, std::string_view name) {
    auto* all = message.if_contains("reactions");
    if (all != nullptr) {
        for (auto& one : all->get_array()) {
            if (one.at("name").as_string() == name) {
                return &one.get_object();
            }
        }
    }
    return nullptr;
}

void tell_reaction(const Context& context, const Place& place, std::string_view type,
                   std::string_view name) {
    tell(context, {{"type", type},
                   {"user", context.access.user},
                   {"reaction", name},
                   {"item", json::object{{"type", "message"},
                                         {"channel", place.channel->id},
                                         {"ts", place.message->at("ts")}}},
                   {"item_user", place.message->at("user")}});
}

json::object pin_item(const Context& context, const Channel& channel, const json::object& message) {
    auto shown = message;
    shown.erase("pin");
    shown.erase("metadata");
    shown["permalink"] =
        permalink(context.incoming.base_url, channel, message.at("ts").as_string());
    const auto& pin = message.at("pin");
    return {{"type", "message"},
            {"created", pin.at("created")},
            {"created_by", pin.at("created_by")},
            {"channel", channel.id},
            {"message", std::move(shown)}};
}

}  // namespace

http::Response reactions_add(Context& context) {
    const auto place = find_place(context);
    if (place.message == nullptr) {
        return refused(place.error);
    }
    const auto name = reaction_name(context.call);
    if (name.empty()) {
        return refused("invalid_name");
    }
    const json::value user(context.access.user);
    if (auto* known = reaction_of(*place.message, name)) {
        auto& users = known->at("users").get_array();
        if (std::ranges::find(users, user) != users.end()) {
            return refused("already_reacted");
        }
        users.push_back(user);
        (*known)["count"] = users.size();
    } else {
        auto& all = (*place.message)["reactions"];
        if (!all.is_array()) {
            all = json::array();
        }
        all.get_array().emplace_back(
            json::object{{"name", name}, {"users", json::array{user}}, {"count", 1}});
    }
    tell_reaction(context, place, "reaction_added", name);
    return fine({}, context.call);
}

http::Response reactions_remove(Context& context) {
    const auto place = find_place(context);
    if (place.message == nullptr) {
        return refused(place.error);
    }
    const auto name = reaction_name(context.call);
    auto* known = reaction_of(*place.message, name);
    auto* users = known == nullptr ? nullptr : &known->at("users").get_array();
    const auto own =
        users == nullptr ? nullptr : std::ranges::find(*users, json::value(context.access.user));
    if (users == nullptr || own == users->end()) {
        return refused("no_reaction");
    }
    users->erase(own);
    (*known)["count"] = users->size();
    if (users->empty()) {
        auto& all = place.message->at("reactions").get_array();
        for (auto* one = all.begin(); one != all.end(); ++one) {
            if (one->at("name").as_string() == name) {
                all.erase(one);
                break;
            }
        }
        if (all.empty()) {
            place.message->erase("reactions");
        }
    }
    tell_reaction(context, place, "reaction_removed", name);
    return fine({}, context.call);
}

http::Response reactions_get(Context& context) {
    const auto place = find_place(context);
    if (place.message == nullptr) {
        return refused(place.error);
    }
    auto shown = *place.message;
    shown.erase("metadata");
    return fine(
        {{"type", "message"}, {"channel", place.channel->id}, {"message", std::move(shown)}},
        context.call);
}

http::Response reactions_list(Context& context) {
    const auto wanted = context.call.argument("user");
    const json::value user(wanted.empty() ? std::string_view(context.access.user) : wanted);
    json::array items;
    for (const auto& channel : context.workspace.channels()) {
        for (const auto& message : channel.messages) {
            const auto* all = message.if_contains("reactions");
            const bool own =
                all != nullptr && std::ranges::any_of(all->get_array(), [&](const auto& one) {
                    const auto& users = one.at("users").get_array();
                    return std::ranges::find(users, user) != users.end();
                });
            if (own && channel.member) {
                auto shown = message;
                shown.erase("metadata");
                items.emplace_back(json::object{
                    {"type", "message"}, {"channel", channel.id}, {"message", std::move(shown)}});
            }
        }
    }
    return page(items, "re", "items", context.call);
}

http::Response pins_add(Context& context) {
    const auto place = find_place(context);
    if (place.message == nullptr) {
        return refused(place.error);
    }
    if (place.message->contains("pinned_to")) {
        return refused("already_pinned");
    }
    (*place.message)["pinned_to"] = json::array{place.channel->id};
    (*place.message)["pin"] =
        json::object{{"created", context.seconds()}, {"created_by", context.access.user}};
    auto item = pin_item(context, *place.channel, *place.message);
    tell(context, {{"type", "pin_added"},
                   {"user", context.access.user},
                   {"channel_id", place.channel->id},
                   {"item", std::move(item)},
                   {"item_user", place.message->at("user")}});
    return fine({}, context.call);
}

http::Response pins_remove(Context& context) {
    const auto place = find_place(context);
    if (place.message == nullptr) {
        return refused(place.error);
    }
    if (!place.message->contains("pinned_to")) {
        return refused("no_pin");
    }
    auto item = pin_item(context, *place.channel, *place.message);
    place.message->erase("pinned_to");
    place.message->erase("pin");
    tell(context, {{"type", "pin_removed"},
                   {"user", context.access.user},
                   {"channel_id", place.channel->id},
                   {"item", std::move(item)}});
    return fine({}, context.call);
}

http::Response pins_list(Context& context) {
    const auto* channel = context.workspace.channel(context.call.argument("channel"));
    if (channel == nullptr || (channel->is_private && !channel->member)) {
        return refused("channel_not_found");
    }
    json::array items;
    for (const auto& message : channel->messages) {
        if (message.contains("pin")) {
            items.emplace_back(pin_item(context, *channel, message));
        }
    }
    return fine({{"items", std::move(items)}}, context.call);
}

}  // namespace apilab::sandbox::slack
