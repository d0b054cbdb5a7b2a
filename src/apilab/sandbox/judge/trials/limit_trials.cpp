// What a client does when it is told to wait.

#include "apilab/sandbox/judge/trials/internal/caller.hpp"
#include "apilab/sandbox/judge/trials/internal/topics.hpp"

namespace apilab::sandbox::trials {

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
}

}  // namespace apilab::sandbox::trials
