// What becomes of bodies that are not what they seem.

#include <fmt/format.h>

#include <string>
#include <vector>

#include "apilab/http/json.hpp"
#include "apilab/sandbox/judge/trials/internal/caller.hpp"
#include "apilab/sandbox/judge/trials/internal/topics.hpp"

namespace apilab::sandbox::trials {
namespace {

// A list of documents, each asked for by its id.
void mirror_documents(Stage& stage, bool as_doubles) {
    const auto list = http::JsonDocument::parse(stage.get("/api/documents").body);
    if (!list) {
        return;
    }
    for (const auto entry : list->root()["documents"].elements()) {
        const auto id = entry["id"].unsigned_integer().value_or(0);
        const auto kept = static_cast<std::uint64_t>(static_cast<double>(id));
        (void)stage.get(fmt::format("/api/documents/{}", as_doubles ? kept : id));
    }
}

constexpr std::string_view list_target = "/api/items/cursor?limit=40";

std::vector<std::string> ids_in(std::string_view body) {
    std::vector<std::string> ids;
    constexpr std::string_view before = "\"id\":\"";
    for (auto at = body.find(before); at != std::string_view::npos; at = body.find(before, at)) {
        at += before.size();
        if (const auto end = body.find('"', at); end != std::string_view::npos) {
            ids.emplace_back(body.substr(at, end - at));
        }
    }
    return ids;
}

// The page as it arrives: cut in the middle.
Seen cut_page(Stage& stage) {
    auto seen = stage.get(std::string(list_target));
    if (stage.fact("corrupt").empty()) {  // a sandbox that cannot cut: cut by hand
        stage.last_row().facts["corrupt"] = "truncated_json";
        seen.body.resize(seen.body.size() / 2);
    }
    return seen;
}

void asks_again(Stage& stage) {
    (void)cut_page(stage);
    stage.wait(std::chrono::seconds(1));
    for (const auto& id : ids_in(stage.get(std::string(list_target)).body)) {
        (void)stage.get("/api/items/" + id);
    }
}

void repairs(Stage& stage) {
    for (const auto& id : ids_in(cut_page(stage).body)) {
        (void)stage.get("/api/items/" + id);
    }
}

void uses_what_came_and_asks_again(Stage& stage) {
    repairs(stage);
    stage.wait(std::chrono::seconds(1));
    (void)stage.get(std::string(list_target));
}

std::string cut_once() {
    const std::string what = "{ corrupt = \"truncated_json\" }";
    const auto known = parse_fault_text(
        R"({"where":"api:*","what":{"corrupt":"truncated_json"},"when":{"nth":1}})");
    return known ? fault(what, "{ nth = 1 }") : std::string();
}

}  // namespace

void add_data_trials(std::vector<Trial>& list) {
    list.push_back(
        {.check = "DAT-01",
         .scenario = cut_once(),
         .good = asks_again,
         .mutants = {{"repairs what was cut and uses it", repairs},
                     {"uses what came before it asks again", uses_what_came_and_asks_again}}});
    list.push_back({.check = "DAT-06",
                    .scenario = "",
                    .good = [](Stage& stage) { mirror_documents(stage, false); },
                    .mutants = {{"keeps numbers as doubles",
                                 [](Stage& stage) { mirror_documents(stage, true); }}}});
}

}  // namespace apilab::sandbox::trials
