// Day 10: tests that would find it
//
// Situation  21 clients fetch releases and documents while limits are hit and tokens die. Three are
//            right, each in its own way; eighteen have a bug each, and work well while all is well.
// Yours      The tests: what goes wrong, and what must then be true of the server's journal.
// Check      ./lab learn check day10_failure_tests
// Stuck      ./lab learn hint day10_failure_tests

#include <algorithm>

#include "suspects.hpp"

namespace {
using namespace exercise;
using namespace std::chrono_literals;

// TODO: an assertion about the journal. This one holds for everybody. Look at `never`, `same`,
// `time_again`, `count` and `fact` in suspects.hpp: is there a request that came again before it
// was time?
bool in_time(const Rows& rows) {
    return !rows.empty();
}

// TODO: more tests, until at most one buggy client gets away and no correct one is accused. The
// faults of limits: `{ limit = 'secondary', retry_after = '3s' }` (a 403 with Retry-After; `status
// = 429` and `http-date:9s` are possible), `{ limit = 'primary' }` (x-ratelimit-reset), `{ status =
// 403 }`. Those of tokens: `{ auth = 'expire' }` on oauth:get_document, `{ auth = 'revoke' }` on
// oauth:token, `{ status = 401 }`. When: nothing (always), `{ nth = 2 }`, `{ every = 3 }`. Some
// bugs show only where several workers meet.
std::vector<FailureTest> my_tests() {
    using enum Work;
    const Mishap limit{"github:*", "{ limit = 'secondary', retry_after = '3s' }", "{ nth = 2 }"};
    return {
        // what a good client does, its work, how many at a time, what goes wrong, does it finish
        {"waits as long as Retry-After says", releases, 1, {limit}, true, in_time},
    };
}
}  // namespace

int main(int argc, char** argv) {
    return exercise::run(
        {.name = "day10_failure_tests",
         .story = "your tests over 3 correct clients and 18 with a bug each",
         .scenario = "day10-failure-tests",
         .deadline = 20s,
         .production = [](Lab& lab) { return try_on_all(lab, my_tests(), "day10-failure-tests"); },
         .numbers = {"mutants killed", "false alarms"},
         .next = "day11_slack_notion"},
        argc, argv);
}
