// auth.test, users.*, bots.info, team.info.

#include <algorithm>
#include <boost/json/array.hpp>

#include "apilab/sandbox/slack/internal/method.hpp"
#include "apilab/sandbox/slack/internal/paging.hpp"

namespace apilab::sandbox::slack {
namespace {

namespace json = boost::json;

// An address is told to those with the scope for it only.
json::object shown(const Context& context, const json::object& user) {
    auto copy = user;
    if (!context.access.may("users:read.email")) {
        copy["profile"].get_object().erase("email");
    }
    if (context.call.flag("include_locale")) {
        copy["locale"] = "en-US";
    }
    return copy;
}

}  // namespace

http::Response api_test(Context& context) {
    json::object args;
    for (const auto& [name, value] : context.call.arguments) {
        if (name != "token") {
            args[name] = value;
        }
    }
    if (const auto error = context.call.argument("error"); !error.empty()) {
        return refused(error, {{"args", std::move(args)}});
    }
    return args.empty() ? fine({}, context.call) : fine({{"args", std::move(args)}}, context.call);
}

http::Response auth_test(Context& context) {
    const auto& access = context.access;
    const auto* user = context.workspace.user(access.user);
    json::object out{{"url", context.incoming.base_url + "/"},
                     {"team", "apilab"},
                     {"user", user != nullptr ? user->at("name") : json::value("apilab")},
                     {"team_id", Workspace::team_id},
                     {"user_id", access.user}};
    if (access.kind == Access::Kind::bot) {
        out["bot_id"] = Workspace::bot_id;
    }
    if (access.ends) {
        out["expires_in"] =
            std::chrono::duration_cast<std::chrono::seconds>(*access.ends - context.incoming.now)
                .count();
    }
    out["is_enterprise_install"] = false;
    return fine(std::move(out), context.call);
}

http::Response bots_info(Context& context) {
    const auto wanted = context.call.argument("bot");
    if (!wanted.empty() && wanted != Workspace::bot_id) {
        return refused("bot_not_found");
    }
    return fine({{"bot", json::object{{"id", Workspace::bot_id},
                                      {"deleted", false},
                                      {"name", "apilab"},
                                      {"updated", 1'735'689'600},
                                      {"app_id", Workspace::app_id},
                                      {"user_id", Workspace::bot_user_id},
                                      {"icons", json::object()}}}},
                context.call);
}

http::Response team_info(Context& context) {
    const auto wanted = context.call.argument("team");
    if (!wanted.empty() && wanted != Workspace::team_id) {
        return refused("team_not_found");
    }
    return fine({{"team", json::object{{"id", Workspace::team_id},
                                       {"name", "apilab"},
                                       {"domain", "apilab"},
                                       {"email_domain", "example.invalid"},
                                       {"icon", json::object{{"image_default", true}}}}}},
                context.call);
}

http::Response users_list(Context& context) {
    json::array all;
    for (const auto& user : context.workspace.users()) {
        all.emplace_back(shown(context, user.get_object()));
    }
    return page(all, "user", "members", context.call, {{"cache_ts", 1'735'689'600}});
}

http::Response users_info(Context& context) {
    const auto* user = context.workspace.user(context.call.argument("user"));
    return user == nullptr ? refused("user_not_found")
                           : fine({{"user", shown(context, *user)}}, context.call);
}

http::Response users_lookup(Context& context) {
    const auto email = context.call.argument("email");
    for (const auto& user : context.workspace.users()) {
        const auto* own = user.at("profile").get_object().if_contains("email");
        if (own != nullptr && says(*own, email)) {
            return fine({{"user", shown(context, user.get_object())}}, context.call);
        }
    }
    return refused("users_not_found");
}

http::Response users_presence(Context& context) {
    const auto wanted = context.call.argument("user");
    const auto* user = context.workspace.user(wanted.empty() ? context.access.user : wanted);
    if (user == nullptr) {
        return refused("user_not_found");
    }
    return fine({{"presence", user->at("deleted").as_bool() ? "away" : "active"}}, context.call);
}

http::Response users_profile(Context& context) {
    const auto wanted = context.call.argument("user");
    const auto* user = context.workspace.user(wanted.empty() ? context.access.user : wanted);
    if (user == nullptr) {
        return refused("user_not_found");
    }
    return fine({{"profile", shown(context, *user).at("profile")}}, context.call);
}

}  // namespace apilab::sandbox::slack
