// What a client does when it is told to wait.

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "apilab/http/date.hpp"
#include "apilab/sandbox/judge/trials/internal/caller.hpp"
#include "apilab/sandbox/judge/trials/internal/topics.hpp"

namespace apilab::sandbox::trials {
namespace {

using namespace std::chrono_literals;

// One item, asked for with these waits before it.
Client after(std::vector<Duration> waits, std::string target = "/api/items/itm_0001") {
    return [waits = std::move(waits), target = std::move(target)](Stage& stage) {
        for (const Duration wait : waits) {
            stage.wait(wait);
            (void)stage.get(target);
        }
    };
}

// Waits until a date, which the sender's clock says.
void until_a_date(Stage& stage, bool by_own_clock) {
    (void)stage.get("/api/items/itm_0001");
    const auto told = stage.get("/api/items/itm_0001");
    const auto until = http::parse_http_date(told.headers.value("retry-after"));
    const auto theirs = http::parse_http_date(told.headers.value("date"));
    const auto now = by_own_clock || !theirs ? stage.scheduler.system_now() : *theirs;
    stage.wait(std::max(until.value_or(now) - now, Duration(100ms)));
    (void)stage.get("/api/items/itm_0001");
}

Client waiting(Duration wait) {
    return calling({.wait = [wait](std::size_t /*attempt*/, Rng& /*rng*/) { return wait; }},
                   gets(1));
}

void add_less_usual_words(std::vector<Trial>& list) {
    list.push_back(
        {.check = "RL-02",
         .scenario = fault("{ auth = \"skew:-90s\" }", "{ nth = 1 }") +
                     fault("{ status = 503, retry_after = \"http-date:5s\" }", "{ nth = 1 }"),
         .good = [](Stage& stage) { until_a_date(stage, false); },
         .mutants = {{"reads the date by its own clock",
                      [](Stage& stage) { until_a_date(stage, true); }}}});
    for (const auto& [about, what] :
         {std::pair("a 503", "{ status = 503, retry_after = \"3s\" }"),
          std::pair("a 403", "{ limit = \"secondary\", status = 403, retry_after = \"3s\" }")}) {
        list.push_back({.check = "RL-03",
                        .scenario = fault(what, "{ nth = 1 }"),
                        .good = calling({}, gets(1)),
                        .mutants = {{"heeds Retry-After of a 429 only", after({0s, 1s})}},
                        .about = about});
    }
    const std::string hello = "/github/repos/octo/hello";
    list.push_back({.check = "RL-05",
                    .scenario = fault("{ limit = \"secondary\" }", "{ first = 2 }", "github:*"),
                    .good = after({0s, 61s, 122s}, hello),
                    .mutants = {{"comes back within a minute", after({0s, 2s, 122s}, hello)},
                                {"waits no longer each time", after({0s, 61s, 61s}, hello)}}});
    list.push_back(
        {.check = "RL-08",
         .scenario = fault("{ status = 429, retry_after = \"4s\", headers = { ratelimit = "
                           "'\"default\";r=0;t=1' } }",
                           "{ nth = 1 }"),
         .good = calling({}, gets(1)),
         .mutants = {{"goes by RateLimit", after({0s, 1s})}}});
    for (const auto* word : {"soon", "-1", "1e12"}) {
        list.push_back(
            {.check = "RL-09",
             .scenario = fault("{ status = 503, retry_after = \"" + std::string(word) + "\" }",
                               "{ first = 2 }"),
             .good = calling({}, gets(1)),
             .mutants = {{"takes it for no wait at all", waiting(Duration())}},
             .about = word});
    }
}

}  // namespace

void add_limit_trials(std::vector<Trial>& list) {
    list.push_back(
        {.check = "RL-01",
         .scenario = fault("{ status = 429, retry_after = \"3s\" }", "{ nth = 1 }"),
         .good = calling({}, gets(1)),
         .mutants = {{"ignores the header", calling({.obeys_retry_after = false}, gets(1))},
                     {"takes its seconds for milliseconds",
                      calling({.reads_milliseconds = true}, gets(1))}}});
    list.push_back(
        {.check = "RL-01",
         .scenario = fault("{ status = 503, retry_after = \"http-date:3s\" }", "{ nth = 1 }"),
         .good = calling({}, gets(1)),
         .mutants = {{"cannot read a date", calling({.understands_dates = false}, gets(1))}},
         .about = "a date"});
    // Virtual time begins on 2026-01-01 at midnight: the window ends five seconds later.
    list.push_back(
        {.check = "RL-04",
         .scenario = fault("{ status = 403, headers = { x-ratelimit-remaining = \"0\", "
                           "x-ratelimit-reset = \"1767225605\" } }",
                           "{ nth = 1 }"),
         .good = calling({}, gets(2)),
         .mutants = {{"ignores the reset",
                      calling({.obeys_reset = false, .retries_permanent = true}, gets(1))},
                     {"takes a 403 for final and goes on with the rest",
                      [](Stage& stage) {
                          (void)stage.send(gets(1).front());
                          stage.wait(std::chrono::seconds(1));
                          (void)stage.get("/api/items/itm_0002");
                      }},
                     {"only the refused call waits", [](Stage& stage) {
                          (void)stage.send(gets(1).front());
                          stage.wait(std::chrono::seconds(2));
                          (void)stage.get("/api/items/itm_0002");
                          stage.wait(std::chrono::seconds(4));
                          (void)stage.send(gets(1).front());
                      }}}});
    list.push_back(
        {.check = "RL-06",
         .scenario = fault("{ status = 429, retry_after = \"2s\" }", "{ nth = 1 }") +
                     fault("{ delay = \"100ms\" }"),
         .good = calling({}, gets(6)),
         .mutants = {{"only the refused call waits", calling({.stops_everything = false}, gets(6))},
                     {"ignores the header", calling({.obeys_retry_after = false}, gets(6))}}});
    add_less_usual_words(list);
}

}  // namespace apilab::sandbox::trials
