#pragma once

// What day 10 stands on: clients that were shipped with a bug each, and a few without one. A
// learner's tests are run over all of them, every time in a fresh world, and have to tell them
// apart.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "apilab/sandbox/journal.hpp"
#include "exercise.hpp"

namespace exercise {

/// One request of a client, as the server's journal has it.
using Row = apilab::sandbox::Exchange;
using Rows = std::deque<Row>;

/// Is there no pair of requests, `before` and a later `after`, of which this is true?
[[nodiscard]] bool never(const Rows& rows, bool (*wrong)(const Row& before, const Row& after));
/// Do they ask for the same: method, path, query and body?
[[nodiscard]] bool same(const Row& before, const Row& after);
/// When a refusal says that it is time again (`Retry-After`, or the end of the window); the
/// beginning of time where it says nothing.
[[nodiscard]] SteadyTime time_again(const Row& row);
/// How many requests there were for an operation (`get_document`, `token`, `list_releases`).
[[nodiscard]] std::int64_t count(const Rows& rows, std::string_view operation);
/// What the provider noted about the request, or empty: `token` (which one was shown, as a number),
/// `replay_of` (a refresh token that had been used before), `leak` (a secret in the wrong place).
[[nodiscard]] std::string_view fact(const Row& row, const std::string& name);

/// What goes wrong, as in a scenario: `{"github:*", "{ status = 503 }", "{ nth = 2 }"}`.
struct Mishap {
    std::string where;
    std::string what;
    /// Empty: always.
    std::string when = {};
};

/// The work that a client is given: six pages of GitHub releases, or six documents behind OAuth.
enum class Work : std::uint8_t { releases, documents };

struct FailureTest {
    /// A sentence: what a good client does.
    std::string name;
    Work work = Work::releases;
    /// How many pieces of the work the client does at a time.
    std::size_t workers = 1;
    std::vector<Mishap> mishaps = {};
    /// A good client gets all of its work done in spite of it.
    bool finishes = true;
    /// What must be true of the journal. Asked only where something did go wrong; null: nothing.
    bool (*holds)(const Rows&) = nullptr;
};

/// Runs every shipped client through every test, each in a world of its own of the lab's seed where
/// every answer takes 100 ms; shows the board; and hands the counts to the judge (TST-01, TST-02).
/// With another scenario than `own_scenario` (`--chaos`) its faults stand in place of the mishaps.
/// Numbers: `mutants killed`, `false alarms`.
[[nodiscard]] Task<void> try_on_all(Lab& lab, std::vector<FailureTest> tests,
                                    std::string own_scenario);

/// The same against a stub that says yes to everything: nothing goes wrong, nothing is written
/// down, and `holds` is not asked.
[[nodiscard]] Task<void> try_against_mock(Lab& lab, std::vector<FailureTest> tests);

}  // namespace exercise
