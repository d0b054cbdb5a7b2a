// Day 10: tests that would find it
//
// Situation  21 clients fetch releases and documents while limits are hit and tokens die. Three are
//            right, each in its own way; eighteen have a bug each, and work well while all is well.
// Yours      The tests: what goes wrong, and what must then be true of the server's journal.
// Check      ./lab learn check day10_failure_tests
// Stuck      ./lab learn hint day10_failure_tests

#include "suspects.hpp"

namespace {
using namespace exercise;
using namespace std::chrono_literals;

// TODO: what must never be true of a request and a later one. This is true of none. Look at `same`,
// `time_again` and `fact` in suspects.hpp: did it come again before it was time? A row has, among
// others, `operation`, `status`, `first_byte` (when it came) and `finished` (when its answer left).
bool too_early(const Row& /*before*/, const Row& /*after*/) {
    return false;
}

// TODO: more tests, until at most one buggy client gets away and no correct one is accused. What
// may go wrong stands in suspects.hpp (`too_fast` and those after it); some bugs show only where
// several workers meet. An assertion about the journal is `never<...>` of two requests, as here, or
// any function of `const Rows&`: `count` and `most_asked` tell how often something was asked for,
// the first time included.
std::vector<FailureTest> my_tests() {
    using enum Work;
    return {
        // What a good client does, its work, how many at a time, what goes wrong, does it finish,
        // and what is then true of the journal: a bound in the direction that matters.
        {"waits as long as Retry-After says", releases, 1, {too_fast}, true, never<too_early>},
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
         .next = "day10_mutants"},
        argc, argv);
}
