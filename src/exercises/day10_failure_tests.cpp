// Day 10: tests that would find it
//
// Situation  21 clients fetch releases and documents while limits are hit and tokens die. Three are
//            right, each in its own way; eighteen have a bug each, and work well while all is well.
// Shows      A failure test: what goes wrong, and what must then be true of the server's journal.
// Run        ./lab learn day10_failure_tests --compare
// Break      --break=results-only | one-worker | on-the-dot

#include <algorithm>
#include "suspects.hpp"

namespace {
using namespace exercise;
using namespace std::chrono_literals;

bool in_time(const Rows& rows) {
    return never(rows, [](const Row& before, const Row& after) {
        return same(before, after) && after.first_byte < time_again(before);
    });
}

// Tempting: the time is known, so ask for exactly that. But later is right as well.
bool on_the_dot(const Rows& rows) {
    const auto late = [](const Row& before, const Row& after) {
        return same(before, after) && after.first_byte > time_again(before);
    };
    return in_time(rows) && never(rows, late);
}

bool everybody_waits(const Rows& rows) {  // but for what was on its way already
    return never(rows, [](const Row& before, const Row& after) {
        return after.first_byte > *before.finished + 50ms && after.first_byte < time_again(before);
    });
}

bool takes_no_for_an_answer(const Rows& rows) {
    const auto again = [](const Row& before, const Row& after) {
        return before.status == 403 && same(before, after);
    };
    return count(rows, "token") <= 1 && never(rows, again);
}

bool shows_a_fresh_token(const Rows& rows) {
    return never(rows, [](const Row& before, const Row& after) {
        const bool old = fact(before, "token") == fact(after, "token");
        return (before.status == 401 && same(before, after) && old) || !fact(after, "leak").empty();
    });
}

bool never_looks_back(const Rows& rows) {
    return never(rows, [](auto&, auto& after) { return !fact(after, "replay_of").empty(); });
}

template <int most>
bool fetches_tokens_at_most(const Rows& rows) {
    return count(rows, "token") <= most;
}

template <int most>
bool asks_at_most(const Rows& rows) {
    return std::ranges::all_of(rows, [&](const Row& row) {
        const auto asked = std::ranges::count(rows, row.identity, &Row::identity);
        return asked <= most || row.operation == "token";
    });
}

std::vector<FailureTest> my_tests(Lab& lab) {
    using enum Work;
    const Mishap limit{"github:*", "{ limit = 'secondary', retry_after = '3s' }", "{ nth = 2 }"};
    const Mishap date{"github:*", "{ limit = 'secondary', retry_after = 'http-date:9s' }",
                      "{ nth = 2 }"};
    const Mishap window{"github:*", "{ limit = 'primary', status = 429 }", "{ nth = 2 }"};
    const Mishap busy{"oauth:get_document", "{ limit = 'method', retry_after = '1s' }"};
    const Mishap page_forbidden{"github:*", "{ status = 403 }", "{ nth = 2 }"};
    const Mishap scope{"oauth:get_document", "{ status = 403 }", "{ nth = 2 }"};
    const Mishap dies{"oauth:get_document", "{ auth = 'expire' }", "{ nth = 1 }"};
    const Mishap dies_often{"oauth:get_document", "{ auth = 'expire' }", "{ every = 3 }"};
    const Mishap refused{"oauth:get_document", "{ status = 401 }"};
    const Mishap revoked{"oauth:token", "{ auth = 'revoke' }", "{ nth = 2 }"};
    const auto back = lab.broken("on-the-dot") ? on_the_dot : in_time;
    std::vector<FailureTest> tests = {
        // what a good client does, its work, how many at a time, what goes wrong, does it finish
        {"waits as long as Retry-After says", releases, 1, {limit}, true, back},
        {"reads a date as well", releases, 1, {date}, true, back},
        {"waits until the window ends", releases, 1, {window}, true, back},
        {"stops all workers for one refusal", releases, 3, {limit}, true, everybody_waits},
        {"gives up in the end", documents, 1, {busy}, false, asks_at_most<10>},
        {"takes no for an answer", releases, 1, {page_forbidden}, false, takes_no_for_an_answer},
        {"does not refresh for a scope", documents, 1, {scope}, false, takes_no_for_an_answer},
        {"refreshes and sends it again", documents, 1, {dies}, true, shows_a_fresh_token},
        {"refreshes once for all", documents, 6, {dies}, true, fetches_tokens_at_most<2>},
        {"uses the newest refresh token", documents, 1, {dies_often}, true, never_looks_back},
        {"stops when fresh tokens are refused", documents, 1, {refused}, false, asks_at_most<2>},
        {"ends with invalid_grant",
         documents,
         1,
         {dies, revoked},
         false,
         fetches_tokens_at_most<2>},
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
         .production =
             [](Lab& lab) { return try_on_all(lab, my_tests(lab), "day10-failure-tests"); },
         // What one writes in a hurry: a stub, and an assertion that the client comes to its end.
         .naive = [](Lab& lab) { return try_against_mock(lab, my_tests(lab)); },
         .numbers = {"mutants killed", "false alarms"},
         .next = "day11_slack_notion"},
        argc, argv);
}
