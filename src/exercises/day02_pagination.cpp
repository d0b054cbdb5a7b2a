// Day 2: every item once, whatever the pages do
//
// Situation  Three lists in pages. Items come and go meanwhile, a 429 comes, a page is empty and
//            not the last, one list is a circle, and the program is killed three times.
// Shows      The next page is asked for as it was given. What was read and where to go on are
//            written in one step. A page seen before ends the walk.
// Run        ./lab learn day02_pagination --compare
// Break      --break=offset-paging | no-checkpoint | no-loop-guard | stop-on-empty |
//            from-the-start

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <utility>

#include "apilab/base/file.hpp"
#include "apilab/data/pages.hpp"
#include "apilab/http/link.hpp"
#include "exercise.hpp"

namespace {

using namespace exercise;
using namespace std::chrono_literals;
namespace data = apilab::data;
using apilab::http::Json;
constexpr int requests_max = 60;  // what "no guard" is in a program that has to end
constexpr std::string_view at_end = "end";

struct List {
    std::string name;
    std::string first;
    std::string items;
    data::PageRules rules;  // for the library
};
// `/items/link` has numbers for its pages: they count positions in a list that moves.
std::vector<List> lists(Lab& lab, bool by_position) {
    namespace rules = data::page_rules;
    using Kind = data::PageKind;
    const auto url = [&](std::string_view path) { return lab.get(path).url().to_string(); };
    const auto cursor = rules::sandbox(Kind::cursor);
    return {by_position ? List{"items", url("/api/items/link?limit=5"), "", rules::github()}
                        : List{"items", url("/api/items/cursor?limit=5"), "/items", cursor},
            {"releases", url("/github/repos/octo/hello/releases?per_page=1"), "", rules::github()},
            {"round", url("/api/items/next?limit=40"), "/items", rules::sandbox(Kind::next_url)}};
}

// What was read so far and where to go on, in one file that is replaced as a whole: a kill finds
// both, or both as they were a page earlier. Kept apart, one would run ahead of the other.
struct Walk {
    std::string next;
    std::string ids;  // one a line
    std::size_t pages = 0;
};
void keep(Lab& lab, const List& list, const Walk& walk) {
    const auto text = fmt::format("{}\n{}\n{}", walk.next, walk.pages, walk.ids);
    or_refuse(apilab::write_file_atomically(lab.folder() / list.name, text));
}
Walk kept(Lab& lab, const List& list) {
    const auto file = lab.folder() / list.name;
    if (!std::filesystem::exists(file) || lab.broken("no-checkpoint")) {
        return {.next = list.first};
    }
    const auto text = or_refuse(apilab::read_file(file, 1 << 20));
    const auto first = text.find('\n');
    const auto second = text.find('\n', first + 1);
    const auto pages = std::stoul(text.substr(first + 1, second - first - 1));
    lab.show(fmt::format("  {:<9} goes on behind checkpoint p={}\n", list.name, pages));
    return {text.substr(0, first), text.substr(second + 1), pages};
}

Request at(const std::string& url) {
    return Request::get(or_refuse(apilab::http::Url::parse(url)));
}

// Where it goes on; empty: nowhere. A cursor is a word of theirs: encoded, and not looked into.
std::string next_of(const List& list, const Response& page, Json root) {
    if (list.items.empty()) {
        return apilab::http::find_link(page.headers(), "next").value_or("");
    }
    const auto cursor = root["next_cursor"].string_or("");
    return cursor.empty() ? std::string(root["next"].string_or(""))
                          : list.first + "&cursor=" + apilab::http::percent_encode(cursor);
}

Result<std::string> id_of(Json item) {
    const auto id = item["id"];
    return (id.is_string() ? std::string(*id.string()) : id.to_text()) + '\n';
}
std::size_t take(Json items, Walk& walk) {
    for (const auto item : items.elements()) {
        walk.ids += *id_of(item);
    }
    ++walk.pages;
    return items.size();
}

Task<void> read(Lab& lab, List list, std::string* ids) {
    Walk walk = kept(lab, list);
    std::set<std::string> seen;
    const int attempts = lab.broken("from-the-start") ? 1 : 5;
    for (int i = 0; walk.next != at_end && i < requests_max; ++i) {
        seen.insert(walk.next);
        // A page that is refused for a while is the same page afterwards.
        const auto page = co_await send_patiently(lab, at(walk.next), attempts);
        lab.ended(list.name, page);
        if (!page || !page->ok()) {
            co_await lab.sleep(1s);
            walk = attempts == 1 ? Walk{.next = list.first} : walk;
            continue;
        }
        const auto document = or_refuse(apilab::http::JsonDocument::parse(page->body()));
        const auto count = take(document.root().at_pointer(list.items), walk);
        const auto next = next_of(list, *page, document.root());
        const bool circle = seen.contains(next) && !lab.broken("no-loop-guard");
        const bool hasty = count == 0 && lab.broken("stop-on-empty");
        walk.next = next.empty() || circle || hasty ? at_end : next;
        keep(lab, list, walk);
        if (circle) {
            lab.show(fmt::format("  {:<9} leads in a circle: not whole\n", list.name));
        }
        co_await change_items(lab, list.name == "items" ? walk.pages : 1, walk.ids);
    }
    *ids = walk.ids;
}

// The same with the library, whose checkpoint stands where the next page did.
Task<void> read_by_library(Lab& lab, List list, std::string* ids) {
    Walk walk = kept(lab, list);
    data::PageOptions options{.key = "/id"};  // by which it knows what it had
    if (walk.next != list.first) {
        options.from = or_refuse(data::Checkpoint::parse(walk.next));
    }
    auto pages = or_refuse(
        data::Pages<std::string>::create(lab.client(), at(list.first), list.rules, id_of, options));
    while (auto id = co_await pages.next()) {
        if (!*id) {
            lab.show(fmt::format("  {:<9} {}\n", list.name, (*id).error().to_string()));
            break;
        }
        walk.ids += **id;
        if (std::exchange(walk.pages, pages.place().page) != pages.place().page) {
            walk.next = or_refuse(pages.checkpoint()).to_json();
            keep(lab, list, walk);
            co_await change_items(lab, list.name == "items" ? walk.pages : 1, walk.ids);
        }
    }
    *ids = walk.ids;
}

// What one writes in a hurry: counts, asks once, knows nothing of earlier lives.
Task<void> read_in_a_hurry(Lab& lab, List list, std::string* ids) {
    Walk walk{.next = list.first};
    for (int i = 0; !walk.next.empty() && i < requests_max; ++i) {
        const auto page = co_await send_patiently(lab, at(walk.next), 1);
        lab.ended(list.name, page);
        const auto document = or_refuse(apilab::http::JsonDocument::parse(page->body()));
        take(document.root().at_pointer(list.items), walk);
        walk.next = next_of(list, *page, document.root());
        co_await change_items(lab, list.name == "items" ? walk.pages : 1, walk.ids);
    }
    *ids = walk.ids;
}

using Read = Task<void> (*)(Lab&, List, std::string*);
Task<void> all(Lab& lab, Read read_one) {
    std::vector<std::string> ids;
    for (const auto& list :
         lists(lab, lab.broken("offset-paging") || read_one == read_in_a_hurry)) {
        co_await read_one(lab, list, &ids.emplace_back());
    }
    lab.hand_in("items", ids.front());
    lab.number("items", std::ranges::count(ids.front(), '\n'));
}
template <Read read_one>
Task<void> lives(Lab& lab) {
    return lab.live([](Lab& life) { return all(life, read_one); });
}

}  // namespace

int main(int argc, char** argv) {
    return exercise::run({.name = "day02_pagination",
                          .story = "three lists in pages that change, and three kills",
                          .scenario = "day02-pages",
                          .deadline = 60s,
                          .sins = {{"offset-paging", "counts items in a list that moves", "PAG-11"},
                                   {"no-checkpoint", "begins anew in every life", "PAG-10"},
                                   {"no-loop-guard", "goes in circles", "PAG-02"},
                                   {"stop-on-empty", "takes an empty page for the end", "PAG-03"},
                                   {"from-the-start", "begins anew after a 429", "PAG-04"}},
                          .production = lives<read>,
                          .naive = lives<read_in_a_hurry>,
                          .library = lives<read_by_library>,
                          .numbers = {"items"},
                          .next = "day03_auth_and_env"},
                         argc, argv);
}
