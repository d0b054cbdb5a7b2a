// Day 10: sixteen answers, fifteen of them ugly
//
// Situation  An API behind a tired proxy. Each answer is wrong in its own way, once: cut, of a
//            wrong length, without its last chunk, with bytes behind it, reset, dripping, with a
//            header of a mebibyte; or whole, and no JSON that could be used.
// Shows      What each of them looks like to a client, and the little that all of them need:
//            limits, a body that is whole before it is used, a connection that is given up, one
//            more try.
// Run        ./lab learn day10_ugly_wire --compare      (first and last: above the verdict)
// Break      --break=give-up | no-whole-limit | use-parts | both-twins | all-or-nothing | no-ratio

#include <fmt/format.h>

#include "apilab/base/try.hpp"
#include "apilab/http/json.hpp"
#include "exercise.hpp"

namespace {
using namespace exercise;
using namespace std::chrono_literals;
using apilab::ErrorKind;
using apilab::fail;
using apilab::runtime::Timeouts;
using Answer = Result<Response>;
using Ids = std::vector<std::string>;
struct Ugly {
    std::string name;
    std::string path;
};
const std::vector<Ugly> all_of_them = {
    {"bytes that are no UTF-8", "/api/items/itm_0001"},
    {"cut by FIN", "/api/items/itm_0002"},
    {"length too long", "/api/items/itm_0003"},
    {"length too short", "/api/items/itm_0004"},
    {"chunks without end", "/api/items/itm_0005"},
    {"bytes behind the end", "/api/items/itm_0006"},
    {"a header of 1 MiB", "/api/items/itm_0007"},
    {"RST in the head", "/api/items/itm_0008"},
    {"RST in the body", "/api/items/itm_0009"},
    {"says close, stays open", "/api/items/itm_0010"},
    {"a byte a second", "/api/items/itm_0011"},
    {"a name that stands twice", "/api/items/page?limit=3&page=20"},
    {"JSON cut, length right", "/api/items/offset?limit=3&offset=100"},
    {"100,000 brackets", "/api/items/itm_0012"},
    {"a gigabyte in a megabyte", "/api/items/itm_0013"},
    {"nothing wrong", "/api/items/itm_0014"},
};

// An answer and what may be used of it: the ids in a list.
struct Seen {
    Answer answer = fail(ErrorKind::decode, "");
    Ids ids = {};
};
constexpr Timeouts limits{.connect = 1s, .first_byte = 3s, .idle = 3s, .attempt = 5s};
// "A byte a second is no silence."
constexpr Timeouts no_whole_limit{.connect = 1s, .first_byte = 3s, .idle = 3s, .attempt = 1h};
constexpr Timeouts no_limit{.connect = 1h, .first_byte = 1h, .idle = 1h, .attempt = 1h};

// Whatever looks like an id, also in a text that ends in its middle.
Ids ids_by_pattern(std::string_view text) {
    constexpr std::string_view before = "\"id\":\"";
    Ids ids;
    for (auto at = text.find(before); at != std::string_view::npos; at = text.find(before, at)) {
        at += before.size();
        ids.emplace_back(text.substr(at, text.find('"', at) - at));
    }
    return ids;
}

// All of it is JSON, of a size and depth that we expect, or none of it is used. Where a name stands
// twice, one reader chooses, and always the same.
Result<Ids> read_body(Lab& lab, const Response& answer) {
    APILAB_CHECK(answer.error_for_status());
    auto document =
        apilab::http::JsonDocument::parse(answer.body(), {.size_max = 1U << 20U, .depth_max = 32});
    if (!document && lab.broken("use-parts")) {
        return ids_by_pattern(answer.body());
    }
    if (!document) {
        return fail(std::move(document).error());
    }
    Ids ids;
    for (const auto item : document->root()["items"].elements()) {
        if (!lab.broken("both-twins")) {
            ids.emplace_back(item["id"].string_or(""));
            continue;
        }
        for (const auto& [name, value] : item.members()) {  // one reader's choice, and another's
            if (name == "id") {
                ids.emplace_back(value.string_or(""));
            }
        }
    }
    return ids;
}

Seen seen_of(Lab& lab, Answer answer) {
    auto ids = answer ? read_body(lab, *answer) : Result<Ids>(fail(answer.error()));
    if (!ids) {
        return {.answer = fail(std::move(ids).error())};
    }
    return {.answer = std::move(answer), .ids = *std::move(ids)};
}

Task<Seen> once(Lab& lab, std::string path) {
    auto request = lab.get(path);
    if (lab.broken("no-ratio")) {  // undoes the compression itself, to the last byte
        request.header("accept-encoding", "gzip");
    }
    const auto& timeouts = lab.broken("no-whole-limit") ? no_whole_limit : limits;
    auto answer =
        co_await apilab::transport::send(lab.transport(), request, {.timeouts = timeouts});
    if (answer && answer->headers().value("content-encoding") == "gzip") {
        co_await lab.sleep(30s);  // no memory is left: until somebody has started us again
    }
    co_return seen_of(lab, std::move(answer));
}

// A refusal is an answer. All else may be over at the next try, and a read may be sent again.
bool worth_a_try(Lab& lab, const Answer& answer) {
    const auto kind = answer ? ErrorKind::status : answer.error().kind();
    return kind != ErrorKind::status &&
           !lab.broken(kind == ErrorKind::decode ? "all-or-nothing" : "give-up");
}

Task<Seen> read(Lab& lab, Ugly one) {
    Seen seen;
    std::string verdicts;
    for (int attempt = 1; attempt <= 3; ++attempt) {
        seen = co_await once(lab, one.path);
        verdicts += (attempt > 1 ? "; then " : "") +
                    (seen.answer ? std::string("good") : seen.answer.error().message());
        if (!worth_a_try(lab, seen.answer)) {
            break;
        }
        co_await lab.sleep(Duration(lab.rng().between(0, Duration(200ms).count())));
    }
    lab.ended(one.name, seen.answer);
    lab.show(fmt::format("  {:<25}{}\n", one.name, verdicts));
    co_return seen;
}

// The same by the library, which tries again what ended on its way. What a body has to be it cannot
// know.
Task<Seen> read_by_library(Lab& lab, Ugly one) {
    Seen seen;
    for (int round = 1; round <= 2 && !seen.answer; ++round) {
        auto answer = co_await lab.client().send(lab.get(one.path));
        seen = seen_of(lab, std::move(answer));
    }
    lab.ended(one.name, seen.answer);
    co_return seen;
}
// What one writes in a hurry: one try, no limit, and a pattern that finds what it needs.
Task<Seen> read_in_a_hurry(Lab& lab, Ugly one) {
    Seen seen;
    seen.answer = co_await apilab::transport::send(lab.transport(), lab.get(one.path),
                                                   {.timeouts = no_limit});
    if (seen.answer && one.path.contains('?')) {
        seen.ids = ids_by_pattern(seen.answer->body());
    }
    lab.ended(one.name, seen.answer);
    co_return seen;
}

Task<void> each(Lab& lab, Task<Seen> (*read_one)(Lab&, Ugly)) {
    for (const auto& one : all_of_them) {
        const auto seen = co_await read_one(lab, one);
        if (!seen.answer && lab.broken("all-or-nothing")) {
            co_return;  // as an exception that nobody caught
        }
        for (const auto& id : seen.ids) {
            co_await read_one(lab, {"  item " + id, "/api/items/" + id});
        }
    }
}

}  // namespace

int main(int argc, char** argv) {
    return exercise::run(
        {.name = "day10_ugly_wire",
         .story = "sixteen answers, fifteen of them ugly, each in its own way",
         .scenario = "day10-ugly-wire",
         .deadline = 20s,
         .sins = {{"give-up", "takes the end of a connection for the end", "RTY-01"},
                  {"no-whole-limit", "waits as long as a byte comes now and then", "TMO-03"},
                  {"use-parts", "takes what it finds in a text that was cut", "DAT-01"},
                  {"both-twins", "reads a text twice, and each reader chooses", "DAT-08"},
                  {"all-or-nothing", "one bad byte ends the whole run", "DAT-09"},
                  {"no-ratio", "undoes compression without a limit", "DAT-13"}},
         .production = [](Lab& lab) { return each(lab, read); },
         .naive = [](Lab& lab) { return each(lab, read_in_a_hurry); },
         .library = [](Lab& lab) { return each(lab, read_by_library); },
         .client = {.timeouts = limits},
         .next = "day11_slack_notion"},
        argc, argv);
}
