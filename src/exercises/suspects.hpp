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
template <bool (*wrong)(const Row& before, const Row& after)>
[[nodiscard]] bool never(const Rows& rows) {
    return never(rows, wrong);
}
/// Do they ask for the same: method, path, query and body?
[[nodiscard]] bool same(const Row& before, const Row& after);
/// When a refusal says that it is time again (`Retry-After`, or the end of the window); the
/// beginning of time where it says nothing.
[[nodiscard]] SteadyTime time_again(const Row& row);
/// How many requests there were for an operation (`get_document`, `token`, `list_releases`).
[[nodiscard]] std::int64_t count(const Rows& rows, std::string_view operation);
/// How often that request came which came most often, whatever token it showed; those for a token
/// aside.
[[nodiscard]] std::int64_t most_asked(const Rows& rows);
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

// What may go wrong with a limit: once, at the second request, told by `Retry-After` as seconds or
// as a date, or by the end of the window; or at every request.
inline const Mishap too_fast{"github:*", "{ limit = 'secondary', retry_after = '3s' }",
                             "{ nth = 2 }"};
inline const Mishap too_fast_until{
    "github:*", "{ limit = 'secondary', retry_after = 'http-date:9s' }", "{ nth = 2 }"};
inline const Mishap used_up{"github:*", "{ limit = 'primary', status = 429 }", "{ nth = 2 }"};
inline const Mishap always_busy{"oauth:get_document", "{ limit = 'method', retry_after = '1s' }"};
// With a permission: a 403 that is no limit.
inline const Mishap forbidden{"github:*", "{ status = 403 }", "{ nth = 2 }"};
inline const Mishap no_scope{"oauth:get_document", "{ status = 403 }", "{ nth = 2 }"};
// With a token: it ends at the first request, or again and again; even fresh ones are refused; the
// second refresh is, for the user has withdrawn consent.
inline const Mishap token_dies{"oauth:get_document", "{ auth = 'expire' }", "{ nth = 1 }"};
inline const Mishap tokens_die{"oauth:get_document", "{ auth = 'expire' }", "{ every = 3 }"};
inline const Mishap refused{"oauth:get_document", "{ status = 401 }"};
inline const Mishap revoked{"oauth:token", "{ auth = 'revoke' }", "{ nth = 2 }"};

// Without limits or tokens: a server that is busy once; a connection that breaks; what is not
// there; and a way that leads to somebody else's, or round in a circle.
inline const Mishap busy_once{"github:*", "{ status = 503 }", "{ nth = 2 }"};
inline const Mishap connection_breaks{"github:*", "{ reset = 'before_response' }", "{ nth = 1 }"};
inline const Mishap not_there{"github:*", "{ status = 404 }", "{ nth = 2 }"};
inline const Mishap led_away{"github:*", "{ redirect = { status = 302, to = 'foreign' } }",
                             "{ nth = 2 }"};
inline const Mishap led_in_a_circle{"github:*", "{ redirect = { status = 302, to = 'loop' } }"};

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
    /// The sandbox's judge is asked as well: no check of its own may fail.
    bool judged = false;
};
/// The same mishaps, with the sandbox's judge in place of what the tests hold true; of those that
/// nothing can come of, a test's own bound stays: the judge does not know that there is no way.
[[nodiscard]] std::vector<FailureTest> judged(std::vector<FailureTest> tests);

/// Which clients the tests are run over, beside three correct ones: the eighteen whose bugs have to
/// do with limits and tokens, or all twenty-four.
enum class Suspects : std::uint8_t { of_limits_and_tokens, all };

/// Runs every shipped client through every test, each in a world of its own of the lab's seed where
/// every answer takes 100 ms; shows the board; and hands the counts to the judge (TST-01, TST-02).
/// With another scenario than `own_scenario` (`--chaos`) its faults stand in place of the mishaps.
/// Numbers: `mutants killed`, `false alarms`.
[[nodiscard]] Task<void> try_on_all(Lab& lab, std::vector<FailureTest> tests,
                                    std::string own_scenario,
                                    Suspects suspects = Suspects::of_limits_and_tokens);

/// The same against a stub that says yes to everything: nothing goes wrong, nothing is written
/// down, and `holds` is not asked.
[[nodiscard]] Task<void> try_against_mock(Lab& lab, std::vector<FailureTest> tests,
                                          Suspects suspects = Suspects::of_limits_and_tokens);

}  // namespace exercise
