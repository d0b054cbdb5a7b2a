// Lists of many pages.

#include <algorithm>
#include <string>
#include <vector>

#include "apilab/http/json.hpp"
#include "apilab/http/url.hpp"
#include "apilab/sandbox/judge/trials/internal/caller.hpp"
#include "apilab/sandbox/judge/trials/internal/topics.hpp"

namespace apilab::sandbox::trials {
namespace {

constexpr std::size_t forty_pages = 40;

struct WalkHabits {
    /// How many earlier cursors it remembers; 0: none, it goes round for ever.
    std::size_t remembers = 1000;
    bool stops_at_empty = false;
    bool encodes = true;
    /// Makes `page=2` itself where there are cursors to follow.
    bool counts_pages = false;
};

std::string first_page() {
    return "/api/items/cursor?limit=40";
}

bool remembered(const std::vector<std::string>& seen, const std::string& cursor,
                std::size_t remembers) {
    const auto skip = seen.size() > remembers ? seen.size() - remembers : 0;
    return std::find(seen.begin() + static_cast<std::ptrdiff_t>(skip), seen.end(), cursor) !=
           seen.end();
}

void walk(Stage& stage, const WalkHabits& habits) {
    std::vector<std::string> seen;
    std::string target = first_page();
    for (std::size_t page = 0; page < forty_pages; ++page) {
        const auto answer = stage.get(target);
        const auto document = http::JsonDocument::parse(answer.body);
        if (answer.status != 200 || !document) {
            return;
        }
        const std::string cursor(document->root()["next_cursor"].string_or(""));
        const bool empty = document->root()["items"].size() == 0;
        if (cursor.empty() || (empty && habits.stops_at_empty) ||
            remembered(seen, cursor, habits.remembers)) {
            return;
        }
        seen.push_back(cursor);
        target =
            first_page() + "&cursor=" + (habits.encodes ? http::percent_encode(cursor) : cursor);
    }
}

Client walking(WalkHabits habits) {
    return [habits](Stage& stage) { walk(stage, habits); };
}

void counts_pages(Stage& stage) {
    (void)stage.get("/api/items/link?limit=40");
    (void)stage.get("/api/items/link?page=2&limit=40");
}

// The third page fails once.
void resumes(Stage& stage, bool anew) {
    (void)stage.get(first_page());
    for (int page = 0; page < 2; ++page) {
        const auto next = http::percent_encode(stage.fact("page_next"));
        const auto target = first_page() + "&cursor=" + next;
        if (stage.get(target).status == 503) {
            (void)stage.get(anew ? first_page() : target);
        }
    }
}

void follows_elsewhere(Stage& stage, bool with_key) {
    (void)stage.get("/api/items/link?limit=40");
    Call call{.target = stage.fact("page_next")};
    if (with_key) {
        call.headers.add("authorization", "Bearer api_bearer_stub");
    }
    (void)stage.send(std::move(call));
}

std::string page_fault(std::string_view kind, std::string_view when = "") {
    return fault("{ page = \"" + std::string(kind) + "\" }", when);
}

}  // namespace

void add_page_trials(std::vector<Trial>& list) {
    list.push_back({.check = "PAG-01",
                    .scenario = "",
                    .good = walking({}),
                    .mutants = {{"makes the next page up", counts_pages},
                                {"does not encode a cursor", walking({.encodes = false})}}});
    for (const auto* kind : {"loop", "cycle", "repeat"}) {
        list.push_back({.check = "PAG-02",
                        .scenario = page_fault(kind),
                        .good = walking({}),
                        .mutants = {{"follows every cursor", walking({.remembers = 0})}},
                        .about = kind});
    }
    list.push_back({.check = "PAG-02",
                    .scenario = page_fault("loop"),
                    .good = walking({}),
                    .mutants = {{"remembers only the last cursor", walking({.remembers = 1})}},
                    .about = "a long loop"});
    list.push_back({.check = "PAG-03",
                    .scenario = page_fault("empty_with_token", "{ nth = 2 }"),
                    .good = walking({}),
                    .mutants = {{"stops at an empty page", walking({.stops_at_empty = true})}}});
    list.push_back({.check = "PAG-04",
                    .scenario = fault("{ status = 503 }", "{ nth = 3 }"),
                    .good = [](Stage& stage) { resumes(stage, false); },
                    .mutants = {{"begins anew", [](Stage& stage) { resumes(stage, true); }}}});
    list.push_back({.check = "PAG-05",
                    .scenario = page_fault("expired"),
                    .good = walking({}),
                    .mutants = {{"begins anew again and again", [](Stage& stage) {
                                     for (int i = 0; i < 3; ++i) {
                                         walk(stage, {});
                                     }
                                 }}}});
    list.push_back({.check = "PAG-06",
                    .scenario = page_fault("foreign_next"),
                    .good = [](Stage& stage) { follows_elsewhere(stage, false); },
                    .mutants = {{"takes its token along",
                                 [](Stage& stage) { follows_elsewhere(stage, true); }}}});
}

}  // namespace apilab::sandbox::trials
