// What becomes of bodies that are not what they seem.

#include <fmt/format.h>

#include <string>
#include <utility>
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

void asks_again(Stage& stage) {
    (void)stage.get(std::string(list_target));
    stage.wait(std::chrono::seconds(1));
    for (const auto& id : ids_in(stage.get(std::string(list_target)).body)) {
        (void)stage.get("/api/items/" + id);
    }
}

void repairs(Stage& stage) {
    for (const auto& id : ids_in(stage.get(std::string(list_target)).body)) {
        (void)stage.get("/api/items/" + id);
    }
}

void uses_what_came_and_asks_again(Stage& stage) {
    repairs(stage);
    stage.wait(std::chrono::seconds(1));
    (void)stage.get(std::string(list_target));
}

// As if the page that came had been the list: by an id that it knew from before.
void goes_on_regardless(Stage& stage) {
    (void)stage.get(std::string(list_target));
    const auto ids = stage.fact("page_ids");
    (void)stage.get("/api/items/" + ids.substr(0, ids.find(' ')));
}

void asks_without_end(Stage& stage) {
    for (int i = 0; i < 12; ++i) {
        (void)stage.get(std::string(list_target));
        stage.wait(std::chrono::seconds(1));
    }
}

// Takes the first or the second of two values of one name, or each.
void takes(Stage& stage, bool first, bool second) {
    const auto ids = ids_in(stage.get(std::string(list_target)).body);
    if (first && !ids.empty()) {
        (void)stage.get("/api/items/" + ids[0]);
    }
    if (second && ids.size() > 1) {
        (void)stage.get("/api/items/" + ids[1]);
    }
}

void asks_once(Stage& stage) {
    (void)stage.get(std::string(list_target));
}

// By the title of the first item, as it stands there or encoded.
Client asking_by_title(std::string target) {
    return [target = std::move(target)](Stage& stage) {
        asks_once(stage);
        (void)stage.get(target);
    };
}

std::string spoilt(std::string_view kind, std::string_view when = "{ nth = 1 }") {
    return fault(fmt::format("{{ corrupt = \"{}\" }}", kind), when, "api:list_items_cursor");
}

void add_spoilt_bodies(std::vector<Trial>& list) {
    list.push_back({.check = "DAT-03",
                    .scenario = spoilt("html"),
                    .good = asks_again,
                    .mutants = {{"goes on as if the list had come", goes_on_regardless}}});
    list.push_back({.check = "DAT-03",
                    .scenario = spoilt("html", "{ first = 100 }"),
                    .good = asks_once,
                    .mutants = {{"asks for it without end", asks_without_end}},
                    .about = "for ever"});
    list.push_back(
        {.check = "DAT-08",
         .scenario = spoilt("duplicate_keys"),
         .good = [](Stage& stage) { takes(stage, false, true); },
         .mutants = {{"takes each value", [](Stage& stage) { takes(stage, true, true); }}}});
    for (const auto* kind : {"invalid_utf8", "bom"}) {
        list.push_back({.check = "DAT-09",
                        .scenario = spoilt(kind),
                        .good = asks_again,
                        .mutants = {{"falls over it", asks_once}},
                        .about = kind});
    }
    for (const auto& [check, kind] :
         {std::pair("DAT-11", "deep"), std::pair("DAT-13", "gzip_bomb")}) {
        list.push_back({.check = check,
                        .scenario = spoilt(kind),
                        .good = asks_again,
                        .mutants = {{"falls over it", asks_once}}});
    }
    list.push_back(
        {.check = "DAT-15",
         .scenario = fault("{ drift = [{ op = \"enum\", pointer = \"/items/0/title\", to = "
                           "\"../zz9?x=1#%2fzz9\" }] }",
                           "", "api:list_items_cursor"),
         .good = asking_by_title("/api/items/..%2Fzz9%3Fx%3D1%23%252fzz9"),
         .mutants = {{"puts it in as it is", asking_by_title("/api/zz9?x=1")},
                     {"encodes the slash only", asking_by_title("/api/items/..%2Fzz9?x=1")}}});
}

}  // namespace

void add_data_trials(std::vector<Trial>& list) {
    list.push_back(
        {.check = "DAT-01",
         .scenario = spoilt("truncated_json"),
         .good = asks_again,
         .mutants = {{"repairs what was cut and uses it", repairs},
                     {"uses what came before it asks again", uses_what_came_and_asks_again}}});
    list.push_back({.check = "DAT-06",
                    .scenario = "",
                    .good = [](Stage& stage) { mirror_documents(stage, false); },
                    .mutants = {{"keeps numbers as doubles",
                                 [](Stage& stage) { mirror_documents(stage, true); }}}});
    add_spoilt_bodies(list);
}

}  // namespace apilab::sandbox::trials
