// Views (as far as opening and changing them), search, and where Socket Mode would connect.

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>

#include "apilab/base/ascii.hpp"
#include "apilab/http/json.hpp"
#include "apilab/sandbox/internal/conditional.hpp"
#include "apilab/sandbox/internal/json_value.hpp"
#include "apilab/sandbox/slack/internal/message.hpp"
#include "apilab/sandbox/slack/internal/method.hpp"

namespace apilab::sandbox::slack {
namespace {

namespace json = boost::json;

constexpr std::size_t views_max = 1000;

// A view as it is answered: what was sent, and what Slack adds. Errors by code.
std::expected<json::object, Unfit> make_view(Context& context, std::string_view type) {
    const auto document = http::JsonDocument::parse(context.call.argument("view"));
    if (!document || !document->root().is_object()) {
        return std::unexpected(Unfit{.error = "invalid_arguments",
                                     .detail = "must be a valid view object [json-pointer:/view]"});
    }
    const auto sent = document->root();
    const bool modal = sent["type"].string_or("") == "modal";
    if (sent["type"].string_or("") != type && !type.empty()) {
        return std::unexpected(Unfit{.error = "invalid_arguments",
                                     .detail = "invalid view type [json-pointer:/view/type]"});
    }
    if (!sent["blocks"].is_array() || (modal && !sent["title"].is_object())) {
        const auto* field = sent["blocks"].is_array() ? "title" : "blocks";
        return std::unexpected(
            Unfit{.error = "invalid_arguments",
                  .detail = fmt::format("missing required field: {} [json-pointer:/view]", field)});
    }
    auto view = to_value(sent).get_object();
    const auto number = context.workspace.next_number();
    json::object out{{"id", fmt::format("V0{:08}", number)}, {"team_id", Workspace::team_id}};
    for (auto& [name, value] : view) {
        out[name] = std::move(value);
    }
    for (const auto* name : {"callback_id", "external_id", "private_metadata"}) {
        if (!out.contains(name)) {
            out[name] = "";
        }
    }
    for (const auto* name : {"clear_on_close", "notify_on_close"}) {
        if (!out.contains(name)) {
            out[name] = false;
        }
    }
    out["state"] = json::object{{"values", json::object()}};
    out["hash"] = fmt::format("{}.{}", context.seconds(),
                              stable_hash(fmt::format("view {}", number)).substr(0, 8));
    out["root_view_id"] = out["id"];
    out["previous_view_id"] = nullptr;
    out["app_id"] = Workspace::app_id;
    out["bot_id"] = Workspace::bot_id;
    return out;
}

http::Response keep(Context& context, json::object view) {
    auto& views = context.workspace.views();
    if (views.size() >= views_max) {
        views.erase(views.begin());
    }
    std::string id(view.at("id").as_string());
    views.insert_or_assign(std::move(id), view);
    return fine({{"view", std::move(view)}}, context.call);
}

// A trigger is good for three seconds and comes from a person's click; no one clicks here, so that
// only its form is looked at: `<number>.<number>.<hex>`.
bool is_trigger(std::string_view id) {
    return std::ranges::count(id, '.') == 2;
}

}  // namespace

http::Response views_open(Context& context) {
    const auto trigger = context.call.argument("trigger_id");
    if (!is_trigger(trigger)) {
        return refused(trigger.empty() ? "missing_argument" : "invalid_trigger_id");
    }
    auto view = make_view(context, "modal");
    return view ? keep(context, *std::move(view)) : view.error().answer();
}

http::Response views_push(Context& context) {
    const auto trigger = context.call.argument("trigger_id");
    if (!is_trigger(trigger)) {
        return refused(trigger.empty() ? "missing_argument" : "invalid_trigger_id");
    }
    auto view = make_view(context, "modal");
    if (!view) {
        return view.error().answer();
    }
    if (!context.workspace.views().empty()) {
        const auto& below = context.workspace.views().rbegin()->second;
        (*view)["root_view_id"] = below.at("root_view_id");
        (*view)["previous_view_id"] = below.at("id");
    }
    return keep(context, *std::move(view));
}

http::Response views_publish(Context& context) {
    if (context.workspace.user(context.call.argument("user_id")) == nullptr) {
        return refused("user_not_found");
    }
    auto view = make_view(context, "home");
    return view ? keep(context, *std::move(view)) : view.error().answer();
}

http::Response views_update(Context& context) {
    auto& views = context.workspace.views();
    const auto external = context.call.argument("external_id");
    const auto found = std::ranges::find_if(views, [&](const auto& one) {
        return one.first == context.call.argument("view_id") ||
               (!external.empty() && says(one.second.at("external_id"), external));
    });
    if (found == views.end()) {
        return refused("not_found");
    }
    const auto hash = context.call.argument("hash");
    if (!hash.empty() && !says(found->second.at("hash"), hash)) {
        return refused("hash_conflict");
    }
    auto view = make_view(context, {});
    if (!view) {
        return view.error().answer();
    }
    for (const auto* name : {"id", "root_view_id", "previous_view_id"}) {
        (*view)[name] = found->second.at(name);
    }
    return keep(context, *std::move(view));
}

http::Response search_messages(Context& context) {
    const auto wanted = ascii_lowered(context.call.argument("query"));
    const auto count = std::clamp<std::int64_t>(context.call.number("count").value_or(20), 1, 100);
    const auto at = std::max<std::int64_t>(context.call.number("page").value_or(1), 1);
    json::array matches;
    for (const auto& channel : context.workspace.channels()) {
        for (const auto& message : channel.messages) {
            const std::string text(message.at("text").as_string());
            if (!ascii_lowered(text).contains(wanted) || channel.is_private) {
                continue;
            }
            const std::string ts(message.at("ts").as_string());
            matches.emplace_back(
                json::object{{"iid", stable_hash(channel.id + ts)},
                             {"team", Workspace::team_id},
                             {"channel", json::object{{"id", channel.id},
                                                      {"name", channel.name},
                                                      {"is_private", channel.is_private},
                                                      {"is_shared", false},
                                                      {"is_mpim", false}}},
                             {"type", "message"},
                             {"user", message.at("user")},
                             {"ts", ts},
                             {"text", text},
                             {"permalink", permalink(context.incoming.base_url, channel, ts)}});
        }
    }
    const auto total = static_cast<std::int64_t>(matches.size());
    const auto from = std::min((at - 1) * count, total);
    const auto to = std::min(from + count, total);
    const auto pages = (total + count - 1) / count;
    return fine(
        {{"query", context.call.argument("query")},
         {"messages",
          json::object{
              {"total", total},
              {"paging",
               json::object{{"count", count}, {"total", total}, {"page", at}, {"pages", pages}}},
              {"pagination", json::object{{"total_count", total},
                                          {"page", at},
                                          {"per_page", count},
                                          {"page_count", pages},
                                          {"first", from + 1},
                                          {"last", to}}},
              {"matches", json::array(matches.begin() + from, matches.begin() + to)}}}},
        context.call);
}

http::Response apps_connections_open(Context& context) {
    // No one answers there: Socket Mode is not copied. The address stays on this machine.
    auto url = context.incoming.base_url;
    url.replace(0, std::min(url.find("://"), url.size()), url.starts_with("https") ? "wss" : "ws");
    return fine({{"url", fmt::format("{}/link/?ticket={}&app_id={}", url,
                                     context.workspace.next_number(), Workspace::app_id)}},
                context.call);
}

}  // namespace apilab::sandbox::slack
