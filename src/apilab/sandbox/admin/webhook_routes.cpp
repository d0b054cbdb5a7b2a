// Who is told of changes, what was delivered, and doing it again.

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "apilab/base/try.hpp"
#include "apilab/http/json.hpp"
#include "apilab/sandbox/admin/internal/read.hpp"
#include "apilab/sandbox/admin/internal/routes.hpp"
#include "apilab/sandbox/credentials.hpp"
#include "apilab/sandbox/internal/admin_json.hpp"
#include "apilab/sandbox/internal/fields.hpp"
#include "apilab/sandbox/webhook/delivery_hub.hpp"

namespace apilab::sandbox::admin {
namespace {

using internal::bad_field;
using internal::below;
using internal::only_keys;
using internal::problem;
using internal::read_boolean;
using internal::read_string;

using http::Json;
using http::json_quote;
using http::Response;
using webhook::DeliveryRecord;
using webhook::Subscription;

std::string date(SystemTime at) {
    return fmt::format("\"{:%Y-%m-%dT%H:%M:%S}Z\"", std::chrono::floor<std::chrono::seconds>(at));
}

std::string subscription_json(const Subscription& subscription) {
    std::string events;
    for (const auto& event : subscription.events) {
        events += fmt::format("{}{}", events.empty() ? "" : ",", json_quote(event));
    }
    return fmt::format(
        R"({{"id":{},"from":{},"url":{},"events":[{}],"scope":{},"active":{},"signed":{},)"
        R"("content_type":{},"created":{},"updated":{}}})",
        json_quote(subscription.id), json_quote(subscription.from), json_quote(subscription.url),
        events, json_quote(subscription.scope), subscription.active, !subscription.secret.empty(),
        json_quote(subscription.content_type), date(subscription.created),
        date(subscription.updated));
}

std::string headers_json(const std::vector<std::pair<std::string, std::string>>& headers) {
    std::string text;
    for (const auto& [name, value] : headers) {
        text +=
            fmt::format("{}[{},{}]", text.empty() ? "" : ",", json_quote(name), json_quote(value));
    }
    return "[" + text + "]";
}

// Without its end, so that more can be said.
std::string delivery_head(const DeliveryRecord& delivery) {
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(delivery.took).count();
    return fmt::format(
        R"({{"id":{},"subscription":{},"guid":{},"event":{},"action":{},"delivered_at":{},)"
        R"("took_ms":{},"redelivery":{},"status":{},"error":{})",
        json_quote(delivery.id), json_quote(delivery.subscription), json_quote(delivery.guid),
        json_quote(delivery.event), json_quote(delivery.action), date(delivery.delivered_at), took,
        delivery.redelivery, delivery.status, json_quote(delivery.error));
}

std::string delivery_json(const DeliveryRecord& delivery) {
    return fmt::format(R"({},"request":{{"headers":{},"body":{}}},"response":{{"headers":{},)"
                       R"("body":{}}}}})",
                       delivery_head(delivery), headers_json(delivery.request_headers),
                       json_quote(delivery.request_body), headers_json(delivery.response_headers),
                       json_quote(delivery.response_body));
}

Response missing(std::string_view what, std::string_view id) {
    return problem(404, "not found", fmt::format("there is no {} '{}'", what, id));
}

Result<std::string> optional_text(Json root, std::string_view name, std::string fallback = {}) {
    if (const auto value = root[name]; !value.missing()) {
        return read_string(value, below("", name));
    }
    return fallback;
}

// Who a subscription or a single event is for.
Result<Subscription> read_target(Json root, std::uint64_t seed) {
    Subscription target;
    APILAB_TRY(target.from, read_string(root["from"], "/from"));
    APILAB_TRY(target.url, read_string(root["url"], "/url"));
    APILAB_TRY(auto secret, optional_text(root, "secret", webhook_secret(seed, target.from)));
    target.secret = Secret(std::move(secret));
    return target;
}

Result<Subscription> read_subscription(Json root, std::uint64_t seed) {
    APILAB_CHECK(only_keys(root, "",
                           {"from", "url", "secret", "events", "scope", "active", "content_type"}));
    APILAB_TRY(auto made, read_target(root, seed));
    APILAB_TRY(made.scope, optional_text(root, "scope"));
    APILAB_TRY(made.content_type, optional_text(root, "content_type", "json"));
    if (made.content_type != "json" && made.content_type != "form") {
        return bad_field("/content_type", "expected json or form");
    }
    if (const auto active = root["active"]; !active.missing()) {
        APILAB_TRY(made.active, read_boolean(active, "/active"));
    }
    const auto events = root["events"];
    if (events.missing()) {
        made.events = {"*"};
    } else if (!events.is_array()) {
        return bad_field("/events", "expected a list of event types");
    }
    for (const auto event : events.elements()) {
        APILAB_TRY(auto name, read_string(event, fmt::format("/events/{}", made.events.size())));
        made.events.push_back(std::move(name));
    }
    return made;
}

Result<Response> subscribe(Sandbox& sandbox, Json root) {
    APILAB_TRY(auto made, read_subscription(root, sandbox.run().seed));
    auto& hub = sandbox.hub();
    APILAB_TRY(const auto id, hub.subscribe(made));
    if (made.from == "github") {
        hub.emit_to(id, {.from = "github",
                         .type = "ping",
                         .action = {},
                         .scope = {},
                         .body = fmt::format(R"({{"zen":"Design for failure.","hook_id":{0},)"
                                             R"("hook":{{"type":"Repository","id":{0},"name":)"
                                             R"("web","active":true}}}})",
                                             id)});
    }
    return Response::json(201, subscription_json(*hub.find(id)));
}

Result<Response> trigger(Sandbox& sandbox, Json root) {
    APILAB_CHECK(only_keys(root, "", {"from", "url", "secret", "type", "action", "body", "what"}));
    APILAB_TRY(auto target, read_target(root, sandbox.run().seed));
    webhook::Event event;
    APILAB_TRY(event.type, optional_text(root, "type"));
    APILAB_TRY(event.action, optional_text(root, "action"));
    APILAB_TRY(const auto what, optional_text(root, "what"));
    if (const auto body = root["body"]; body.is_string()) {
        event.body = body.string_or("");
    } else if (!body.missing()) {
        body.append_to(event.body);
    }
    APILAB_TRY(const auto guid, sandbox.hub().trigger(std::move(target), std::move(event), what));
    return Response::json(202, fmt::format(R"({{"guid":{}}})", json_quote(guid)));
}

Response list_subscriptions(const Context& context, const Call& call) {
    std::string list;
    for (const auto& each :
         context.sandbox.hub().subscriptions(std::string(call.param("from").value_or("")), "")) {
        list += (list.empty() ? "" : ",") + subscription_json(each);
    }
    return Response::json(200, fmt::format(R"({{"subscriptions":[{}]}})", list));
}

Response list_deliveries(const Context& context, const Call& call) {
    std::string list;
    for (const auto& each :
         context.sandbox.hub().deliveries(std::string(call.param("subscription").value_or("")))) {
        list += (list.empty() ? "" : ",") + delivery_head(each) + "}";
    }
    return Response::json(200, fmt::format(R"({{"deliveries":[{}]}})", list));
}

Response with_body(const Context& context, const Call& call,
                   Result<Response> (*act)(Sandbox&, Json)) {
    std::optional<http::JsonDocument> keep;
    const auto root = read_body(call.request->body(), keep);
    if (!root) {
        return refuse(root.error());
    }
    auto answer = act(context.sandbox, *root);
    return answer ? *std::move(answer) : refuse(answer.error());
}

void add_subscriptions(Routes& routes, Context& context) {
    routes.push_back(
        {.path = "/webhooks/subscriptions",
         .operation = "list_subscriptions",
         .summary = "Who is told of what",
         .parameters = {"from"},
         .gives = "Object",
         .answer = [&context](const Call& call) { return list_subscriptions(context, call); }});
    routes.push_back(
        {.method = "POST",
         .path = "/webhooks/subscriptions",
         .operation = "subscribe",
         .summary = "Somebody more is told; from and url are needed",
         .takes = "Object",
         .gives = "Object",
         .status = 201,
         .answer = [&context](const Call& call) { return with_body(context, call, subscribe); }});
    routes.push_back({.path = "/webhooks/subscriptions/{id}",
                      .operation = "get_subscription",
                      .summary = "One subscription",
                      .gives = "Object",
                      .answer = [&context](const Call& call) {
                          const auto found = context.sandbox.hub().find(call.at("id"));
                          return found ? Response::json(200, subscription_json(*found))
                                       : missing("subscription", call.at("id"));
                      }});
    routes.push_back({.method = "DELETE",
                      .path = "/webhooks/subscriptions/{id}",
                      .operation = "unsubscribe",
                      .summary = "No longer told",
                      .status = 204,
                      .answer = [&context](const Call& call) {
                          return context.sandbox.hub().unsubscribe(call.at("id"))
                                     ? Response(204)
                                     : missing("subscription", call.at("id"));
                      }});
}

void add_deliveries(Routes& routes, Context& context) {
    routes.push_back(
        {.path = "/webhooks/deliveries",
         .operation = "list_deliveries",
         .summary = "What was delivered, the newest first, without bodies",
         .parameters = {"subscription"},
         .gives = "Object",
         .answer = [&context](const Call& call) { return list_deliveries(context, call); }});
    routes.push_back({.path = "/webhooks/deliveries/{id}",
                      .operation = "get_delivery",
                      .summary = "One delivery with what was asked and answered",
                      .gives = "Object",
                      .answer = [&context](const Call& call) {
                          const auto found = context.sandbox.hub().delivery(call.at("id"));
                          return found ? Response::json(200, delivery_json(*found))
                                       : missing("delivery", call.at("id"));
                      }});
    routes.push_back({.method = "POST",
                      .path = "/webhooks/deliveries/{id}/redeliver",
                      .operation = "redeliver",
                      .summary = "The same once more",
                      .gives = "Object",
                      .status = 202,
                      .answer = [&context](const Call& call) {
                          return context.sandbox.hub().redeliver(call.at("id"))
                                     ? Response::json(202, R"({"status":"accepted"})")
                                     : missing("delivery", call.at("id"));
                      }});
    routes.push_back(
        {.method = "POST",
         .path = "/webhooks/trigger",
         .operation = "trigger",
         .summary = "One event to one receiver now; from and url are needed",
         .takes = "Object",
         .gives = "Object",
         .status = 202,
         .answer = [&context](const Call& call) { return with_body(context, call, trigger); }});
}

}  // namespace

void add_webhook_routes(Routes& routes, Context& context) {
    add_subscriptions(routes, context);
    add_deliveries(routes, context);
}

}  // namespace apilab::sandbox::admin
