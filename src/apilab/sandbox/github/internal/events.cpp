#include "apilab/sandbox/github/internal/events.hpp"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <string>
#include <utility>

#include "apilab/sandbox/github/internal/repository_bodies.hpp"

namespace apilab::sandbox::github {
namespace {

namespace json = boost::json;

webhook::Event event_of(const Call& call, std::string_view type, std::string_view action,
                        json::object rest) {
    json::object body;
    if (!action.empty()) {
        body["action"] = action;
    }
    for (auto& [name, value] : rest) {
        body[name] = std::move(value);
    }
    if (auto* issue = body.if_contains("issue")) {
        issue->as_object().emplace("draft", false);  // here of an issue as well
    }
    const auto& state = call.look();
    body["repository"] = repository_object(state, RepositoryDetail::short_form, call.newer);
    body["repository"].as_object()["custom_properties"] = json::object{};
    body["sender"] = user_object(call.login);
    return {.from = "github",
            .type = std::string(type),
            .action = std::string(action),
            .scope = state.name(),
            .body = with_base(json::serialize(body), call.incoming.base_url)};
}

json::object person(std::string_view login) {
    return {{"name", login},
            {"email", fmt::format("{}@users.noreply.github.com", login)},
            {"username", login}};
}

}  // namespace

void emit(const Call& call, std::string_view type, std::string_view action, json::object rest) {
    if (call.incoming.hub != nullptr) {
        call.incoming.hub->emit(event_of(call, type, action, std::move(rest)));
    }
}

void emit_to(const Call& call, std::string_view hook, std::string_view type, json::object rest) {
    if (call.incoming.hub != nullptr) {
        call.incoming.hub->emit_to(hook, event_of(call, type, "", std::move(rest)));
    }
}

json::object push_object(const Call& call, std::string_view before, std::string_view message,
                         const json::object& files) {
    const auto& state = call.look();
    const auto head = state.head();
    json::object commit{{"id", head},
                        {"tree_id", object_name("tree of " + head)},
                        {"distinct", true},
                        {"message", message},
                        {"timestamp", call.at},
                        {"url", page(state.name() + "/commit/" + head)},
                        {"author", person(call.login)},
                        {"committer", person(call.login)}};
    for (const auto& [name, value] : files) {
        commit[name] = value;
    }
    return {
        {"ref", "refs/heads/main"},
        {"before", before},
        {"after", head},
        {"pusher", json::object{{"name", call.login},
                                {"email", fmt::format("{}@users.noreply.github.com", call.login)}}},
        {"created", false},
        {"deleted", false},
        {"forced", false},
        {"base_ref", nullptr},
        {"compare", page(fmt::format("{}/compare/{}...{}", state.name(), before.substr(0, 12),
                                     head.substr(0, 12)))},
        {"commits", json::array{commit}},
        {"head_commit", commit}};
}

}  // namespace apilab::sandbox::github
