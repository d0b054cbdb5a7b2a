// Day 10: tests that would find it
//
// Situation  21 clients fetch releases and documents while limits are hit and tokens die. Three are
//            right, each in its own way; eighteen have a bug each, and work well while all is well.
// Shows      A failure test: what goes wrong, and what must then be true of the server's journal.
// Run        ./lab learn day10_failure_tests --compare
// Break      --break=results-only | one-worker | on-the-dot

#include "suspects.hpp"

namespace {
using namespace exercise;
using namespace std::chrono_literals;
constexpr const char* own_scenario = "day10-failure-tests";

bool too_early(const Row& before, const Row& after) {
    return same(before, after) && after.first_byte < time_again(before);
}

// Tempting: the time is known, so ask for exactly that. But later is right as well.
bool not_on_the_dot(const Row& before, const Row& after) {
    return same(before, after) && after.first_byte != time_again(before);
}

bool anybody_early(const Row& before, const Row& after) {
    const bool under_way = after.first_byte <= *before.finished + 50ms;  // it could not know yet
    return !under_way && after.first_byte < time_again(before);
}

template <int most>
bool tokens_at_most(const Rows& rows) {
    return count(rows, "token") <= most;
}

template <int most>
bool asks_at_most(const Rows& rows) {
    return most_asked(rows) <= most;
}

bool asked_again(const Row& before, const Row& after) {
    return before.status == 403 && same(before, after);
}
bool takes_no_for_an_answer(const Rows& rows) {
    return tokens_at_most<1>(rows) && never<asked_again>(rows);
}

bool stale_or_leaked(const Row& before, const Row& after) {
    const bool old = fact(before, "token") == fact(after, "token");
    return (before.status == 401 && same(before, after) && old) || !fact(after, "leak").empty();
}

bool spent_twice(const Row& /*before*/, const Row& after) {
    return !fact(after, "replay_of").empty();
}

std::vector<FailureTest> my_tests(Lab& lab) {
    using enum Work;
    const auto in_time = lab.broken("on-the-dot") ? never<not_on_the_dot> : never<too_early>;
    std::vector<FailureTest> tests = {
        // What a good client does, its work, how many at a time, what goes wrong, does it finish,
        // and what is then true of the journal: a bound in the direction that matters.
        {"waits as long as Retry-After says", releases, 1, {too_fast}, true, in_time},
        {"reads a date as well", releases, 1, {too_fast_until}, true, in_time},
        {"waits until the window ends", releases, 1, {used_up}, true, in_time},
        {"stops all workers for one refusal", releases, 3, {too_fast}, true, never<anybody_early>},
        {"gives up in the end", documents, 1, {always_busy}, false, asks_at_most<10>},
        {"takes no for an answer", releases, 1, {forbidden}, false, takes_no_for_an_answer},
        {"does not refresh for a scope", documents, 1, {no_scope}, false, takes_no_for_an_answer},
        {"refreshes and sends it again", documents, 1, {token_dies}, true, never<stale_or_leaked>},
        {"refreshes once for all", documents, 6, {token_dies}, true, tokens_at_most<2>},
        {"uses the newest refresh token", documents, 1, {tokens_die}, true, never<spent_twice>},
        {"stops when fresh tokens are refused", documents, 1, {refused}, false, asks_at_most<2>},
        {"ends with invalid_grant", documents, 1, {token_dies, revoked}, false, tokens_at_most<2>},
    };
    for (auto& test : tests) {
        test.workers = lab.broken("one-worker") ? 1 : test.workers;
        test.holds = lab.broken("results-only") ? nullptr : test.holds;
    }
    return tests;
}
}  // namespace

int main(int argc, char** argv) {
    return exercise::run(
        {.name = "day10_failure_tests",
         .story = "12 tests over 3 correct clients and 18 with a bug each",
         .scenario = "day10-failure-tests",
         .deadline = 20s,
         .sins = {{"results-only", "looks only at what the client says it has done", "TST-02"},
                  {"one-worker", "never has two requests under way at once", "TST-02"},
                  {"on-the-dot", "asserts the exact time instead of the earliest", "TST-01"}},
         .production = [](Lab& lab) { return try_on_all(lab, my_tests(lab), own_scenario); },
         // What one writes in a hurry: a stub, and an assertion that the client comes to its end.
         .naive = [](Lab& lab) { return try_against_mock(lab, my_tests(lab)); },
         // The library's: the judge of all these days looks at the same twelve runs.
         .library = [](Lab& lab) { return try_on_all(lab, judged(my_tests(lab)), own_scenario); },
         .numbers = {"mutants killed", "false alarms"},
         .next = "day10_mutants"},
        argc, argv);
}
