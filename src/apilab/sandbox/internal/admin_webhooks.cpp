#include "apilab/sandbox/internal/admin_webhooks.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <array>

#include "apilab/base/try.hpp"
#include "apilab/http/json.hpp"
#include "apilab/sandbox/credentials.hpp"
#include "apilab/sandbox/internal/admin_json.hpp"
#include "apilab/sandbox/internal/fields.hpp"
#include "apilab/sandbox/query.hpp"
#include "apilab/sandbox/router.hpp"
#include "apilab/sandbox/webhook/delivery_hub.hpp"

namespace apilab::sandbox::internal {
namespace {

using http::Json;
using http::json_quote;
using http::Response;
using webhook::DeliveryRecord;
using webhook::Subscription;

const std::array<Route, 8>& routes() {
    using http::Effect;
    static const std::array<Route, 8> all = {{
        {"GET", "/webhooks/subscriptions", "list_subscriptions", Effect::read},
        {"POST", "/webhooks/subscriptions", "subscribe", Effect::write},
        {"GET", "/webhooks/subscriptions/{id}", "get_subscription", Effect::read},
        {"DELETE", "/webhooks/subscriptions/{id}", "unsubscribe", Effect::idempotent},
        {"GET", "/webhooks/deliveries", "list_deliveries", Effect::read},
        {"GET", "/webhooks/deliveries/{id}", "get_delivery", Effect::read},
        {"POST", "/webhooks/deliveries/{id}/redeliver", "redeliver", Effect::write},
        {"POST", "/webhooks/trigger", "trigger", Effect::write},
    }};
    return all;
}

const Router& router() {
    static const Router made = Router::make(routes()).value();
    return made;
}

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

std::string parameter(const http::Request& request, std::string_view name) {
    for (const auto& [key, value] : split_query(request.url().query())) {
        if (key == name) {
            return value;
        }
    }
    return {};
}

Response list_subscriptions(Sandbox& sandbox, const http::Request& request) {
    std::string list;
    for (const auto& each : sandbox.hub().subscriptions(parameter(request, "from"), "")) {
        list += (list.empty() ? "" : ",") + subscription_json(each);
    }
    return Response::json(200, fmt::format(R"({{"subscriptions":[{}]}})", list));
}

Response list_deliveries(Sandbox& sandbox, const http::Request& request) {
    std::string list;
    for (const auto& each : sandbox.hub().deliveries(parameter(request, "subscription"))) {
        list += (list.empty() ? "" : ",") + delivery_head(each) + "}";
    }
    return Response::json(200, fmt::format(R"({{"deliveries":[{}]}})", list));
}

Response with_body(Sandbox& sandbox, const http::Request& request,
                   Result<Response> (*act)(Sandbox&, Json)) {
    const auto document = http::JsonDocument::parse(request.body());
    if (!document || !document->root().is_object()) {
        return problem(422, "wrong input", "expected a JSON object", "pointer", "");
    }
    auto answer = act(sandbox, document->root());
    return answer ? *std::move(answer) : problem_of(answer.error());
}

Response answer(Sandbox& sandbox, const http::Request& request, const Router::Match& match) {
    auto& hub = sandbox.hub();
    const auto& operation = match.route->operation;
    const auto given = match.values.find("id");
    const std::string id = given == match.values.end() ? "" : given->second;
    if (operation == "list_subscriptions") {
        return list_subscriptions(sandbox, request);
    }
    if (operation == "list_deliveries") {
        return list_deliveries(sandbox, request);
    }
    if (operation == "subscribe") {
        return with_body(sandbox, request, subscribe);
    }
    if (operation == "trigger") {
        return with_body(sandbox, request, trigger);
    }
    if (operation == "get_subscription") {
        const auto found = hub.find(id);
        return found ? Response::json(200, subscription_json(*found)) : missing("subscription", id);
    }
    if (operation == "unsubscribe") {
        return hub.unsubscribe(id) ? Response(204) : missing("subscription", id);
    }
    if (operation == "redeliver") {
        return hub.redeliver(id) ? Response::json(202, R"({"status":"accepted"})")
                                 : missing("delivery", id);
    }
    const auto found = hub.delivery(id);
    return found ? Response::json(200, delivery_json(*found)) : missing("delivery", id);
}

}  // namespace

std::optional<Response> answer_about_webhooks(Sandbox& sandbox, const http::Request& request,
                                              std::string_view path) {
    const auto segments = split_path(path);
    if (segments.empty() || segments.front() != "webhooks") {
        return std::nullopt;
    }
    if (const auto match = router().find(request.method(), segments); match.route != nullptr) {
        return answer(sandbox, request, match);
    }
    std::string allow;
    for (const auto* method : {"GET", "POST", "DELETE"}) {
        if (router().find(method, segments).route != nullptr) {
            allow += fmt::format("{}{}", allow.empty() ? "" : ", ", method);
        }
    }
    if (allow.empty()) {
        return problem(404, "not found", "no such path below /_sandbox/webhooks/");
    }
    auto refusal = problem(405, "method not allowed", "allowed are: " + allow);
    refusal.header("allow", allow);
    return refusal;
}

}  // namespace apilab::sandbox::internal
