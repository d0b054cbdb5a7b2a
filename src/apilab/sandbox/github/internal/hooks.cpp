#include "apilab/sandbox/github/internal/hooks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "apilab/http/date.hpp"
#include "apilab/sandbox/github/internal/deliveries.hpp"
#include "apilab/sandbox/github/internal/events.hpp"
#include "apilab/sandbox/internal/query.hpp"

namespace apilab::sandbox::github {
namespace {

namespace json = boost::json;
using webhook::Subscription;

constexpr std::string_view documentation =
    "https://docs.github.com/rest/repos/webhooks#create-a-repository-webhook";
constexpr std::size_t events_max = 100;

// What a repository's hook may ask for.
constexpr std::array<std::string_view, 48> known_events{"*",
                                                        "branch_protection_rule",
                                                        "check_run",
                                                        "check_suite",
                                                        "code_scanning_alert",
                                                        "commit_comment",
                                                        "create",
                                                        "delete",
                                                        "dependabot_alert",
                                                        "deploy_key",
                                                        "deployment",
                                                        "deployment_status",
                                                        "discussion",
                                                        "discussion_comment",
                                                        "fork",
                                                        "gollum",
                                                        "issue_comment",
                                                        "issues",
                                                        "label",
                                                        "member",
                                                        "merge_group",
                                                        "meta",
                                                        "milestone",
                                                        "package",
                                                        "page_build",
                                                        "ping",
                                                        "project",
                                                        "project_card",
                                                        "project_column",
                                                        "public",
                                                        "pull_request",
                                                        "pull_request_review",
                                                        "pull_request_review_comment",
                                                        "pull_request_review_thread",
                                                        "push",
                                                        "registry_package",
                                                        "release",
                                                        "repository",
                                                        "repository_dispatch",
                                                        "repository_import",
                                                        "repository_vulnerability_alert",
                                                        "secret_scanning_alert",
                                                        "security_advisory",
                                                        "star",
                                                        "status",
                                                        "team_add",
                                                        "watch",
                                                        "workflow_run"};

json::object config_object(const Subscription& hook, const HookForm& form) {
    json::object out{{"content_type", form.content_type},
                     {"insecure_ssl", form.insecure_ssl},
                     {"url", clean(hook.url)}};
    if (!hook.secret.empty()) {
        out["secret"] = "********";
    }
    return out;
}

HookForm form_of(const RepositoryState& state, const std::string& id) {
    const auto found = state.hooks.find(id);
    return found == state.hooks.end() ? HookForm() : found->second;
}

json::object last_response(const Call& call, const std::string& id) {
    const auto records = call.incoming.hub->deliveries(id);
    if (records.empty()) {
        return {{"code", nullptr}, {"status", "unused"}, {"message", nullptr}};
    }
    const auto& newest = records.front();
    return {{"code", newest.status == 0 ? json::value(nullptr) : json::value(newest.status)},
            {"status", delivered(newest) ? "active" : "failed"},
            {"message", delivery_status(newest)}};
}

json::object hook_object(const Call& call, const Subscription& hook) {
    const auto& state = call.look();
    const auto path = fmt::format("/repos/{}/hooks/{}", state.name(), hook.id);
    json::array events;
    for (const auto& event : hook.events) {
        events.emplace_back(event);
    }
    return {{"type", "Repository"},
            {"id", hook_number(hook.id)},
            {"name", "web"},
            {"active", hook.active},
            {"events", std::move(events)},
            {"config", config_object(hook, form_of(state, hook.id))},
            {"updated_at", http::format_iso_time(hook.updated)},
            {"created_at", http::format_iso_time(hook.created)},
            {"url", api(path)},
            {"test_url", api(path + "/test")},
            {"ping_url", api(path + "/pings")},
            {"deliveries_url", api(path + "/deliveries")},
            {"last_response", last_response(call, hook.id)}};
}

http::Response invalid(std::string_view code, std::string_view field,
                       std::string_view message = {}) {
    return validation_error({.resource = "Hook", .code = code, .field = field, .message = message},
                            documentation);
}

// Text of a config's member that may be written as a number.
std::optional<std::string> word(http::Json value) {
    if (const auto number = value.integer()) {
        return std::to_string(*number);
    }
    const auto text = value.string();
    return text ? std::optional<std::string>(*text) : std::nullopt;
}

// Puts a body's config over what is there; the answer is what is wrong.
std::optional<http::Response> read_config(http::Json config, Subscription& hook, HookForm& form) {
    if (const auto url = text_member(config, "url")) {
        hook.url = *url;
    }
    if (!hook.url.starts_with("http://") && !hook.url.starts_with("https://")) {
        return invalid("custom", "url", "url is missing a scheme");
    }
    if (const auto secret = config["secret"].string(); secret && *secret != "********") {
        hook.secret = Secret(std::string(*secret));
    }
    form.content_type = word(config["content_type"]).value_or(form.content_type);
    form.insecure_ssl = word(config["insecure_ssl"]).value_or(form.insecure_ssl);
    if (form.content_type != "json" && form.content_type != "form") {
        return invalid("custom", "content_type", "content_type must be one of: form, json");
    }
    hook.content_type = form.content_type;
    if (form.insecure_ssl != "0" && form.insecure_ssl != "1") {
        return invalid("custom", "insecure_ssl", "insecure_ssl must be 0 or 1");
    }
    return std::nullopt;
}

std::optional<http::Response> read_events(http::Json events, Subscription& hook) {
    if (events.missing()) {
        return std::nullopt;
    }
    hook.events.clear();
    for (const auto event : events.elements()) {
        hook.events.emplace_back(event.string_or(""));
    }
    return unknown_events(hook) ? std::optional(invalid("invalid", "events")) : std::nullopt;
}

bool same(const Subscription& a, const Subscription& b) {
    return a.id != b.id && a.url == b.url && a.events == b.events;
}

bool exists_already(const Call& call, const Subscription& hook) {
    return std::ranges::any_of(call.incoming.hub->subscriptions("github", hook.scope),
                               [&](const Subscription& other) { return same(other, hook); });
}

json::object ping_object(const Call& call, const Subscription& hook) {
    return {{"zen", "Speak like a human."},
            {"hook_id", hook_number(hook.id)},
            {"hook", hook_object(call, hook)}};
}

// What the hub has against it, named as the member of `config` that it is.
http::Response refused(const Error& why) {
    const auto& pointer = why.detail();
    return invalid("custom", pointer.starts_with('/') ? pointer.substr(1) : pointer, why.message());
}

}  // namespace

bool unknown_events(const Subscription& hook) {
    return hook.events.empty() || hook.events.size() > events_max ||
           std::ranges::any_of(hook.events, [](const std::string& event) {
               return std::ranges::find(known_events, event) == known_events.end();
           });
}

http::Response list_hooks(const Call& call) {
    const auto hooks = call.incoming.hub->subscriptions("github", call.look().name());
    return list_reply(call, hooks,
                      [&](const Subscription& hook) { return hook_object(call, hook); });
}

http::Response create_hook(const Call& call) {
    const auto config = call.body["config"];
    if (call.body["name"].string_or("web") != "web") {
        return invalid("invalid", "name");
    }
    if (!config["url"].is_string()) {
        return invalid("custom", "url", "url cannot be blank");
    }
    Subscription hook{.from = "github",
                      .events = {"push"},
                      .scope = call.look().name(),
                      .active = call.body["active"].boolean().value_or(true),
                      .created = call.incoming.system_now,
                      .updated = call.incoming.system_now};
    HookForm form;
    if (auto no = read_config(config, hook, form)) {
        return *std::move(no);
    }
    if (auto no = read_events(call.body["events"], hook)) {
        return *std::move(no);
    }
    if (exists_already(call, hook)) {
        return invalid("custom", "", "Hook already exists on this repository");
    }
    const auto id = call.incoming.hub->subscribe(hook);
    if (!id) {
        return refused(id.error());
    }
    hook.id = *id;
    call.edit().hooks[hook.id] = form;
    call.incoming.note("created", "hook " + hook.id);
    auto answer = created(call, hook_object(call, hook));
    emit_to(call, hook.id, "ping", ping_object(call, hook));
    return answer;
}

http::Response get_hook(const Call& call) {
    const auto hook = find_hook(call);
    return hook ? reply(call, 200, hook_object(call, *hook)) : not_found();
}

http::Response update_hook(const Call& call) {
    auto hook = find_hook(call);
    if (!hook) {
        return not_found();
    }
    auto form = form_of(call.look(), hook->id);
    if (auto no = read_config(call.body["config"], *hook, form)) {
        return *std::move(no);
    }
    if (auto no = read_events(call.body["events"], *hook)) {
        return *std::move(no);
    }
    for (const auto event : call.body["add_events"].elements()) {
        const std::string name(event.string_or(""));
        if (std::ranges::find(hook->events, name) == hook->events.end()) {
            hook->events.push_back(name);
        }
    }
    for (const auto event : call.body["remove_events"].elements()) {
        std::erase(hook->events, event.string_or(""));
    }
    if (unknown_events(*hook)) {
        return invalid("invalid", "events");
    }
    hook->active = call.body["active"].boolean().value_or(hook->active);
    hook->updated = call.incoming.system_now;
    if (auto done = call.incoming.hub->change(*hook); !done) {
        return refused(done.error());
    }
    call.edit().hooks[hook->id] = form;
    return reply(call, 200, hook_object(call, *hook));
}

http::Response delete_hook(const Call& call) {
    const auto hook = find_hook(call);
    if (!hook) {
        return not_found();
    }
    call.edit().hooks.erase(hook->id);
    (void)call.incoming.hub->unsubscribe(hook->id);
    return no_content();
}

http::Response get_hook_config(const Call& call) {
    const auto hook = find_hook(call);
    return hook ? reply(call, 200, config_object(*hook, form_of(call.look(), hook->id)))
                : not_found();
}

http::Response update_hook_config(const Call& call) {
    auto hook = find_hook(call);
    if (!hook) {
        return not_found();
    }
    auto form = form_of(call.look(), hook->id);
    if (auto no = read_config(call.body, *hook, form)) {
        return *std::move(no);
    }
    hook->updated = call.incoming.system_now;
    if (auto done = call.incoming.hub->change(*hook); !done) {
        return refused(done.error());
    }
    call.edit().hooks[hook->id] = form;
    return reply(call, 200, config_object(*hook, form));
}

http::Response ping_hook(const Call& call) {
    const auto hook = find_hook(call);
    if (!hook) {
        return not_found();
    }
    emit_to(call, hook->id, "ping", ping_object(call, *hook));
    return no_content();
}

http::Response test_hook(const Call& call) {
    const auto hook = find_hook(call);
    if (!hook) {
        return not_found();
    }
    // Only those who want pushes are sent one.
    if (std::ranges::any_of(hook->events, [](const std::string& event) {
            return event == "push" || event == "*";
        })) {
        const auto before = object_name("before " + call.look().head());
        const json::object files{{"added", json::array{}},
                                 {"removed", json::array{}},
                                 {"modified", json::array{json::string("README.md")}}};
        emit_to(call, hook->id, "push", push_object(call, before, "A test", files));
    }
    return no_content();
}

}  // namespace apilab::sandbox::github
