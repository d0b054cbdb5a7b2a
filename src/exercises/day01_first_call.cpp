// Day 1: a first call, and what its answer says
//
// Situation  You ask an API four things. It does two of them, refuses one for good, and is too
//            busy for the last: three kinds of answer, and a client that cannot tell them apart.
// Shows      What a status class means, what a problem document says, how long each attempt took,
//            and how the judge reads it all. Nothing to write: ./lab learn tour says where to go.
// Run        ./lab learn day01_first_call
// Break      --break=give-up | ask-again | come-back-early

#include <fmt/format.h>

#include <algorithm>

#include "apilab/http/json.hpp"
#include "apilab/http/retry_after.hpp"
#include "exercise.hpp"

namespace {

using namespace exercise;
using namespace std::chrono_literals;
namespace transport = apilab::transport;
using Answer = Result<Response>;

constexpr int max_attempts = 3;
constexpr Duration deadline = 20s;

struct Call {
    std::string method;
    std::string path;
    std::string body = {};
};
const std::vector<Call> calls = {
    {"GET", "/api/items/itm_0001"},                     // is there
    {"POST", "/api/items", R"({"title":"my first"})"},  // will be there
    {"GET", "/api/items/itm_9999"},                     // is not there
    {"GET", "/api/items/itm_0003"},                     // is there, but not at once
};

// RFC 9457: an error that a program can read. Its title is for people, `type` and `code` are not.
std::string problem_of(const Response& answer) {
    if (answer.headers().value("content-type") != "application/problem+json") {
        return "no problem document";
    }
    const auto document = apilab::http::JsonDocument::parse(answer.body());
    return document ? std::string(document->root()["title"].string_or("no title"))
                    : "not even JSON";
}

// The first digit is the whole decision; the other two are for later.
std::string meaning(const Answer& answer) {
    if (!answer) {
        return "no answer: perhaps done, perhaps not (day01_retry_classify)";
    }
    switch (answer->status() / 100) {
        case 2:
            return "2xx: done";
        case 3:
            return "3xx: it is elsewhere (day03_redirect_trap)";
        case 4:
            return fmt::format("4xx: our mistake ({}); the same request will be refused again",
                               problem_of(*answer));
        default:
            return "5xx: theirs, and it may pass; Retry-After says when";
    }
}

// One bar of a waterfall: as long as the attempt took, a sign for each 10 ms.
void tell(Lab& lab, const Call& call, const Answer& answer, Duration took) {
    const auto signs = std::clamp<std::int64_t>(took / 10ms, 1, 20);
    lab.show(fmt::format("  {:<4} {:<20} {:>4}  {:<20} {:>3} ms  {}\n", call.method, call.path,
                         answer ? std::to_string(answer->status()) : "-",
                         std::string(static_cast<std::size_t>(signs), '='), took / 1ms,
                         meaning(answer)));
}

Task<Answer> send_once(Lab& lab, const Call& call) {
    const SteadyTime begun = lab.now();
    auto answer = co_await transport::send(lab.transport(),
                                           bearing(secret_of(lab, "APILAB_API_TOKEN"),
                                                   lab.request(call.method, call.path, call.body)));
    tell(lab, call, answer, lab.now() - begun);
    co_return answer;
}

// Only what may go better next time; day01_retries has the whole of it.
bool worth_another_attempt(Lab& lab, const Answer& answer) {
    if (!answer) {
        return false;
    }
    const int kind = answer->status() / 100;
    return (kind == 5 && !lab.broken("give-up")) || (kind == 4 && lab.broken("ask-again"));
}

Task<Answer> send(Lab& lab, Call call) {
    for (int attempt = 1;; ++attempt) {
        auto answer = co_await send_once(lab, call);
        if (!worth_another_attempt(lab, answer) || attempt == max_attempts) {
            co_return answer;
        }
        const auto said = apilab::http::parse_retry_after(answer->headers(), lab.system_now());
        const Duration wait = lab.broken("come-back-early") ? 50ms : said.wait.value_or(200ms);
        lab.show(fmt::format("  {:<26}       {} ms of waiting\n", "", wait / 1ms));
        co_await lab.sleep(wait);
    }
}

// What one writes in a hurry: anything but good is done again, at once.
Task<Answer> send_until_good(Lab& lab, Call call) {
    auto answer = co_await send_once(lab, call);
    for (int i = 1; i < max_attempts && !(answer && answer->ok()); ++i) {
        answer = co_await send_once(lab, call);
    }
    co_return answer;
}

// The same as `send` in one line of the library.
Task<Answer> send_by_library(Lab& lab, Call call) {
    co_return co_await lab.client().send(bearing(secret_of(lab, "APILAB_API_TOKEN"),
                                                 lab.request(call.method, call.path, call.body)));
}

Task<void> each_call(Lab& lab, Task<Answer> (*send_one)(Lab&, Call)) {
    lab.show("  what was asked             code  how long               what it means\n");
    for (const auto& call : calls) {
        lab.ended(call.path, co_await send_one(lab, call));
    }
    lab.show(
        "\n"
        "  Above: a count of requests and of how they ended. Below: the judge, who saw only what\n"
        "  reached the API. A line is: verdict, the check's id, its kind (a must or a never "
        "decides),\n"
        "  what was seen; rows are the requests' numbers (--show-attempts). Any id has a page:\n"
        "  build/release/bin/apilab explain RTY-03\n");
}

}  // namespace

int main(int argc, char** argv) {
    return exercise::run(
        {.name = "day01_first_call",
         .story = "four requests, and the three kinds of answer",
         .scenario = "day01-first-call",
         .deadline = deadline,
         .sins = {{"give-up", "takes a 503 for final", "RTY-01"},
                  {"ask-again", "asks again for what was refused for good", "RTY-03"},
                  {"come-back-early", "does not believe Retry-After", "RL-01"}},
         .production = [](Lab& lab) { return each_call(lab, send); },
         .naive = [](Lab& lab) { return each_call(lab, send_until_good); },
         .library = [](Lab& lab) { return each_call(lab, send_by_library); },
         .next = "day01_retries"},
        argc, argv);
}
