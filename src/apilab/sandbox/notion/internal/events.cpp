#include "apilab/sandbox/notion/internal/events.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <chrono>
#include <utility>

#include "apilab/sandbox/notion/internal/users.hpp"

namespace apilab::sandbox::notion {
namespace {

namespace json = boost::json;

constexpr int depth_max = 100;

std::string milliseconds_of(SystemTime time) {
    auto text = instant_of(time);
    text.replace(text.find('+'), std::string::npos, "Z");
    return text;
}

}  // namespace

void emit(const Call& call, std::string_view type, std::string_view kind, std::string_view id,
          json::object data) {
    if (call.incoming->hub == nullptr) {
        return;
    }
    json::object body{
        {"id", call.store->next_id()},
        {"timestamp", milliseconds_of(call.incoming->system_now)},
        {"workspace_id", workspace_id},
        {"workspace_name", "apilab"},
        {"subscription_id", call.store->id_of("subscription")},
        {"integration_id", bot_user_id},
        {"authors", json::array{json::object{{"id", bot_user_id}, {"type", "bot"}}}},
        {"attempt_number", 1},
        {"api_version", call.data_sources() ? data_sources_since : std::string_view("2022-06-28")},
        {"entity", json::object{{"id", id}, {"type", kind}}},
        {"type", type},
        {"data", std::move(data)}};
    call.incoming->hub->emit({.from = "notion",
                              .type = std::string(type),
                              .action = {},
                              .scope = std::string(workspace_id),
                              .body = json::serialize(body)});
}

json::object event_parent(const Parent& parent, const Call& call) {
    if (parent.kind == "workspace") {
        return {{"id", workspace_id}, {"type", "space"}};
    }
    if (parent.kind == "data_source_id") {
        const auto* source = call.store->data_sources.find(parent.id);
        json::object object{{"id", source == nullptr ? std::string() : source->database},
                            {"type", "database"}};
        if (call.data_sources()) {
            object["data_source_id"] = parent.id;
        }
        return object;
    }
    return {{"id", parent.id}, {"type", parent.kind.substr(0, parent.kind.rfind("_id"))}};
}

void emit_content(const Call& call, std::string_view id, const std::vector<std::string>& blocks) {
    std::string at(id);
    for (int i = 0; i < depth_max; ++i) {
        const auto* block = call.store->blocks.find(at);
        if (block == nullptr) {
            break;
        }
        at = block->parent.id;
    }
    const auto* page = call.store->pages.find(at);
    if (page == nullptr) {
        return;
    }
    json::array updated;
    for (const auto& one : blocks) {
        updated.emplace_back(json::object{{"id", one}, {"type", "block"}});
    }
    emit(call, "page.content_updated", "page", at,
         {{"parent", event_parent(page->parent, call)}, {"updated_blocks", std::move(updated)}});
}

}  // namespace apilab::sandbox::notion
