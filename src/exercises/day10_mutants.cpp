// Day 10: a test suite before 24 buggy clients
//
// Situation  27 clients, shipped by 27 teams. Three are right, each in its own way. Of the others
//            18 have a bug about limits or tokens, and six about everything else: a busy server, a
//            connection that breaks, a page that is not there, a way that leads elsewhere.
// Shows      What a suite is worth: how many bugs it finds, and that it leaves the good ones
//            alone.
// Run        ./lab learn day10_mutants --compare
// Break      --break=limits-only | results-only | on-the-dot

#include "suspects.hpp"

namespace {
using namespace exercise;
using namespace std::chrono_literals;

// Predicates over pairs of requests: `before`, and any one after it.

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

// A server that says 503 has said nothing about when, and full jitter may be short: only no wait at
// all is wrong in any case.
bool without_a_breath(const Row& before, const Row& after) {
    return same(before, after) && before.status == 503 &&
           after.first_byte < *before.finished + 100us;
}

template <int status>
bool asked_again(const Row& before, const Row& after) {
    return before.status == status && same(before, after);
}

bool stale_or_leaked(const Row& before, const Row& after) {
    const bool old = fact(before, "token") == fact(after, "token");
    return (before.status == 401 && same(before, after) && old) || !fact(after, "leak").empty();
}

bool spent_twice(const Row& /*before*/, const Row& after) {
    return !fact(after, "replay_of").empty();
}

bool credential_elsewhere(const Row& /*before*/, const Row& after) {
    return after.provider == "foreign" && after.headers && after.headers->contains("authorization");
}

// Bounds over a whole journal.

template <int most>
bool tokens_at_most(const Rows& rows) {
    return count(rows, "token") <= most;
}

template <int most>
bool asks_at_most(const Rows& rows) {
    return most_asked(rows) <= most;
}

bool takes_no_for_an_answer(const Rows& rows) {
    return tokens_at_most<1>(rows) && never<asked_again<403>>(rows);
}

// About limits and tokens: those of day10_failure_tests.
std::vector<FailureTest> about_limits_and_tokens(Lab& lab) {
    using enum Work;
    const auto in_time = lab.broken("on-the-dot") ? never<not_on_the_dot> : never<too_early>;
    return {
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
}

// About everything else. The first two differ in what they look at only: work that is lost shows in
// the result, a rush shows in the journal.
std::vector<FailureTest> about_the_rest() {
    using enum Work;
    return {
        {"gets over a busy moment", releases, 1, {busy_once}, true, nullptr},
        {"gives a busy server time", releases, 1, {busy_once}, true, never<without_a_breath>},
        {"gets over a lost connection", releases, 1, {connection_breaks}, true, nullptr},
        {"believes a 404", releases, 1, {not_there}, false, never<asked_again<404>>},
        {"keeps its token at home", releases, 1, {led_away}, false, never<credential_elsewhere>},
        {"leaves a circle", releases, 1, {led_in_a_circle}, false, asks_at_most<25>},
    };
}

std::vector<FailureTest> my_suite(Lab& lab) {
    auto tests = about_limits_and_tokens(lab);
    if (!lab.broken("limits-only")) {
        for (auto& test : about_the_rest()) {
            tests.push_back(std::move(test));
        }
    }
    for (auto& test : tests) {
        test.holds = lab.broken("results-only") ? nullptr : test.holds;
    }
    return tests;
}
}  // namespace

int main(int argc, char** argv) {
    return exercise::run(
        {.name = "day10_mutants",
         .story = "18 tests over 3 correct clients and 24 with a bug each",
         .scenario = "day10-mutants",
         .deadline = 20s,
         .sins = {{"limits-only", "tests nothing but limits and tokens", "TST-02"},
                  {"results-only", "looks only at what the client says it has done", "TST-02"},
                  {"on-the-dot", "asserts the exact time instead of the earliest", "TST-01"}},
         .production =
             [](Lab& lab) {
                 return try_on_all(lab, my_suite(lab), "day10-mutants", Suspects::all);
             },
         // What one writes in a hurry: a stub, and an assertion that the client comes to its end.
         .naive = [](Lab& lab) { return try_against_mock(lab, my_suite(lab), Suspects::all); },
         .numbers = {"mutants killed", "false alarms"},
         .next = "day10_rate_limits"},
        argc, argv);
}
