// What is tried again, how often, and after how long.

#include <algorithm>

#include "apilab/sandbox/judge/trials/internal/caller.hpp"
#include "apilab/sandbox/judge/trials/internal/topics.hpp"

namespace apilab::sandbox::trials {
namespace {

using namespace std::chrono_literals;

Habits waiting(Duration (*wait)(std::size_t attempt)) {
    return {.wait = [wait](std::size_t attempt, Rng& /*rng*/) { return wait(attempt); }};
}
Habits at_once() {
    return waiting([](std::size_t) { return Duration(); });
}
Habits one_second() {
    return waiting([](std::size_t) { return Duration(1s); });
}
Habits doubling() {
    return waiting(
        [](std::size_t attempt) { return Duration(std::chrono::seconds(1U << (attempt - 1))); });
}
// As octokit's retry plugin: the square of the attempt.
Habits squares() {
    return waiting(
        [](std::size_t attempt) { return Duration(std::chrono::seconds(attempt * attempt)); });
}
// A loop of four around a library that itself tries four times.
Habits nested() {
    auto habits = waiting(
        [](std::size_t attempt) { return attempt % 4 == 0 ? Duration(2s) : Duration(100ms); });
    habits.attempts_max = 16;
    return habits;
}

// As urllib3's Retry: at once, then exactly so long.
Habits first_at_once() {
    return waiting([](std::size_t attempt) { return attempt == 1 ? Duration() : Duration(1s); });
}

std::string once_503() {
    return fault("{ status = 503 }", "{ every = 2 }");
}

void add_recovery(std::vector<Trial>& list) {
    list.push_back({.check = "RTY-01",
                    .scenario = once_503() +
                                fault("{ reset = \"before_response\" }", "{ nth = 3 }") +
                                fault("{ truncate = 5 }", "{ nth = 4 }"),
                    .good = calling({}, gets(6)),
                    .mutants = {{"never retries", calling({.attempts_max = 1}, gets(6))}}});
    list.push_back({.check = "RTY-01",
                    .scenario = fault("{ status = 403, limit = \"secondary\", retry_after = "
                                      "\"2s\" }",
                                      "{ nth = 1 }"),
                    .good = calling({}, gets(2)),
                    .mutants = {{"takes a 403 that is a limit for final",
                                 calling({.knows_forbidden_limits = false}, gets(2))}},
                    .about = "a limit as 403"});
    list.push_back(
        {.check = "RTY-03",
         .scenario = fault("{ status = 422 }", "", "api:GET /items/itm_0001"),
         .good = calling({}, gets(3)),
         .mutants = {{"retries every error", calling({.retries_permanent = true}, gets(3))}}});
    const std::vector<Call> missing = {{.target = "/api/items/missing"}};
    list.push_back(
        {.check = "RTY-03",
         .scenario = fault("{ status = 503 }", "{ nth = 9 }"),
         .good = calling({}, missing),
         .mutants = {{"retries every error", calling({.retries_permanent = true}, missing)}},
         .about = "a 404 of the provider"});
    list.push_back({.check = "RTY-04",
                    .scenario = fault("{ status = 503 }"),
                    .good = calling({}, gets(1)),
                    .mutants = {{"goes on for ever", calling({.attempts_max = 30}, gets(1))},
                                {"retries inside of retries", calling(nested(), gets(1))}}});
}

}  // namespace

void add_retry_trials(std::vector<Trial>& list) {
    add_recovery(list);
    list.push_back(
        {.check = "TMO-06",
         .scenario = fault("{ status = 503 }"),
         .good = calling({.attempts_max = 30, .deadline = 2s}, gets(2)),
         .mutants = {{"goes on after its deadline",
                      calling({.attempts_max = 8, .deadline = 2s, .ignores_deadline = true},
                              gets(2))}},
         .options = {.deadline = Duration(2s)}});
    list.push_back({.check = "BKO-01",
                    .scenario = fault("{ status = 503 }"),
                    .good = calling({}, gets(2)),
                    .mutants = {{"never waits", calling(at_once(), gets(2))}}});
    list.push_back({.check = "BKO-04",
                    .scenario = fault("{ status = 503 }"),
                    .good = calling({}, gets(12)),
                    .mutants = {{"always waits one second", calling(one_second(), gets(12))},
                                {"waits 1, 2, 4 seconds", calling(doubling(), gets(12))},
                                {"waits 1, 4, 9 seconds", calling(squares(), gets(12))},
                                {"comes at once, then after one second",
                                 calling(first_at_once(), gets(12))}}});
    list.push_back({.check = "BKO-05",
                    .scenario = fault("{ status = 503 }"),
                    .good = calling({}, gets(24)),
                    .mutants = {{"comes back in step", calling(one_second(), gets(24))}}});
}

void add_run_trials(std::vector<Trial>& list) {
    const std::vector<Call> named = {{.target = "/github/repos/octo/hello"}};
    const std::vector<Call> nameless = {
        {.target = "/github/repos/octo/hello", .headers = {{"user-agent", ""}}}};
    list.push_back({.check = "OBS-01",
                    .scenario = "",
                    .good = calling({}, named),
                    .mutants = {{"has no name", calling({}, nameless)}}});
}

}  // namespace apilab::sandbox::trials
