#include "suspects.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <stdexcept>

#include "apilab/runtime/virtual_scheduler.hpp"
#include "apilab/sandbox/credentials.hpp"
#include "apilab/sandbox/judge/judge.hpp"
#include "apilab/sandbox/sandbox.hpp"
#include "apilab/sandbox/scenario.hpp"
#include "apilab/sandbox/world.hpp"
#include "apilab/transport/loopback_transport.hpp"
#include "internal/client_under_test.hpp"

namespace exercise {
namespace {

namespace runtime = apilab::runtime;
namespace sandbox = apilab::sandbox;
using internal::Suspect;

/// What one test said of one client: `unfinished` work, or `wrong` where its assertion does not
/// hold.
enum class Said : std::uint8_t { nothing, good, unfinished, wrong };
using Trial = std::function<Said(const FailureTest&, const Suspect&)>;

template <class T>
T must(Result<T> result) {
    if (!result) {
        throw std::runtime_error(result.error().to_string());
    }
    return *std::move(result);
}

const apilab::http::Url& base() {
    static const auto url = must(apilab::http::Url::parse("http://sandbox.test"));
    return url;
}

sandbox::Scenario scenario_of(const FailureTest& test) {
    std::string toml = "name = \"test\"\n";
    const auto add = [&](const Mishap& mishap) {
        toml += fmt::format("[[fault]]\nwhere = \"{}\"\nwhat = {}\n", mishap.where, mishap.what);
        toml += mishap.when.empty() ? "" : fmt::format("when = {}\n", mishap.when);
    };
    add({"*:*", "{ delay = \"100ms\" }"});
    std::ranges::for_each(test.mishaps, add);
    return must(sandbox::parse_scenario(toml));
}

// These worlds are always in here, whatever --base-url says.
apilab::Environment environment_of(const Lab& lab) {
    const auto given = sandbox::seed_credentials(lab.seed());
    return {given.begin(), given.end()};
}

/// Where clients are set to work, one after the other, under virtual time.
struct Bench {
    explicit Bench(Lab& where) : lab(where), environment(environment_of(where)) {}

    /// Returns how much a client got done against a service.
    std::size_t work(runtime::Service& service, const FailureTest& test, const Suspect& suspect) {
        apilab::transport::LoopbackTransport transport(scheduler, service);
        apilab::SeededRng rng(lab.seed());
        return runtime::run(scheduler, internal::do_work({.scheduler = scheduler,
                                                          .transport = transport,
                                                          .rng = rng,
                                                          .base = base(),
                                                          .environment = environment},
                                                         suspect.habits, test.work, test.workers));
    }

    Lab& lab;
    apilab::Environment environment;
    runtime::VirtualScheduler scheduler;
};

// One for all trials, a run for each: to make its providers anew would take half of the time. The
// tests' own mishaps befall three of them alone; a scenario may name any.
std::unique_ptr<sandbox::Sandbox> make_sandbox(Bench& bench, bool all) {
    const sandbox::WorldOptions options{.seed = bench.lab.seed()};
    auto providers = sandbox::make_providers(must(sandbox::make_world(options)), options);
    std::erase_if(providers, [&](const auto& provider) {
        const auto name = provider->name();
        return !all && name != "github" && name != "oauth" && name != "foreign";
    });
    return must(sandbox::Sandbox::make(bench.scheduler, {.providers = std::move(providers)}));
}

bool went_wrong(const Rows& rows) {
    return std::ranges::any_of(rows, [](const Row& row) {
        return std::ranges::any_of(row.faults, [](const auto& hit) { return hit.kind != "delay"; });
    });
}

bool condemned(sandbox::Sandbox& box, const FailureTest& test) {
    box.stop_run();
    // The work is given by number, not by a walk from page to page.
    sandbox::JudgeOptions options{.known_failures = {"PAG-01"}};
    if (!test.finishes) {
        options.known_failures.emplace_back("AUT-02");  // to give up a token is right in the end
    }
    return must(sandbox::judge_run(box, options)).verdict == sandbox::Verdict::fail;
}

Said in_sandbox(Bench& bench, sandbox::Sandbox& box, const sandbox::Scenario& scenario,
                const FailureTest& test, const Suspect& suspect) {
    (void)must(box.start_run(scenario, bench.lab.seed()));
    const auto done = bench.work(box, test, suspect);
    const auto& rows = box.journal().rows();
    if (!went_wrong(rows)) {
        return Said::nothing;
    }
    const bool finished = !test.finishes || done == internal::requests_of(base(), test.work).size();
    if ((test.judged && condemned(box, test)) || (test.holds != nullptr && !test.holds(rows))) {
        return Said::wrong;
    }
    return finished ? Said::good : Said::unfinished;
}

/// Says yes to everything.
class Mock final : public runtime::Service {
public:
    Task<Result<Response>> call(Request request, runtime::CallContext /*context*/) override {
        co_return Response::json(200, request.url().path() == "/oauth/token"
                                          ? R"({"access_token":"a","token_type":"Bearer"})"
                                          : R"({"ok":true})");
    }
};

/// The first test that found fault with a client; null: none did.
struct Finding {
    const Suspect* suspect = nullptr;
    const FailureTest* by = nullptr;
    Said said = Said::nothing;
};

struct Board {
    std::vector<Finding> correct;
    std::vector<Finding> buggy;
    /// Tests in which something did go wrong, over all clients.
    std::size_t exercised = 0;

    [[nodiscard]] static std::size_t found(const std::vector<Finding>& findings) {
        return static_cast<std::size_t>(
            std::ranges::count_if(findings, [](const Finding& one) { return one.by != nullptr; }));
    }
};

Finding examine(Board& board, const std::vector<FailureTest>& tests, const Suspect& suspect,
                const Trial& trial) {
    Finding finding{.suspect = &suspect};
    for (const auto& test : tests) {
        const Said said = trial(test, suspect);
        board.exercised += said == Said::nothing ? 0 : 1;
        if (finding.by == nullptr && (said == Said::unfinished || said == Said::wrong)) {
            finding.by = &test;
            finding.said = said;
        }
    }
    return finding;
}

// A survivor is named by its symptom only: which test would find it is for its author to find out.
std::string to_text(const Board& board) {
    std::string text = fmt::format("  {} correct clients, {} false alarms\n", board.correct.size(),
                                   Board::found(board.correct));
    for (const auto& [suspect, by, said] : board.correct) {
        text += by == nullptr
                    ? fmt::format("    fine      {}\n", suspect->name)
                    : fmt::format("    alarm     {}: \"{}\" ({})\n", suspect->name, by->name,
                                  said == Said::unfinished ? "did not finish its work"
                                                           : "its assertion is false");
    }
    text += fmt::format("  {} buggy clients, {} killed\n", board.buggy.size(),
                        Board::found(board.buggy));
    for (const auto& [suspect, by, said] : board.buggy) {
        text += by == nullptr ? fmt::format("    SURVIVED  somebody {}\n", suspect->symptom)
                              : fmt::format("    killed    {}: \"{}\"\n", suspect->name, by->name);
    }
    return text;
}

// For the judge: judge/checks_tests.cpp reads it.
std::string to_hand_in(const Board& board) {
    std::string text =
        fmt::format("exercised={}\ncorrect={}\nfalse_alarms={}\nmutants={}\nkilled={}\n",
                    board.exercised, board.correct.size(), Board::found(board.correct),
                    board.buggy.size(), Board::found(board.buggy));
    for (const auto& [suspect, by, said] : board.correct) {
        text += by == nullptr ? "" : fmt::format("alarm={}\n", by->name);
    }
    for (const auto& [suspect, by, said] : board.buggy) {
        text += by == nullptr ? fmt::format("survivor={}\n", suspect->symptom) : "";
    }
    return text;
}

void fill_board(Lab& lab, const std::vector<FailureTest>& tests, Suspects suspects,
                const Trial& trial) {
    Board board;
    for (const Suspect& suspect : internal::correct_clients()) {
        board.correct.push_back(examine(board, tests, suspect, trial));
    }
    for (const Suspect& suspect : internal::buggy_clients()) {
        board.buggy.push_back(examine(board, tests, suspect, trial));
    }
    if (suspects == Suspects::all) {
        for (const Suspect& suspect : internal::more_buggy_clients()) {
            board.buggy.push_back(examine(board, tests, suspect, trial));
        }
    }
    lab.number("mutants killed", static_cast<std::int64_t>(Board::found(board.buggy)));
    lab.number("false alarms", static_cast<std::int64_t>(Board::found(board.correct)));
    lab.show(to_text(board));
    lab.hand_in("failure tests", to_hand_in(board));
}

}  // namespace

std::vector<FailureTest> judged(std::vector<FailureTest> tests) {
    for (FailureTest& test : tests) {
        test.judged = true;
        test.holds = test.finishes ? nullptr : test.holds;
    }
    return tests;
}

bool never(const Rows& rows, bool (*wrong)(const Row& before, const Row& after)) {
    for (auto before = rows.begin(); before != rows.end(); ++before) {
        if (std::any_of(std::next(before), rows.end(),
                        [&](const Row& after) { return wrong(*before, after); })) {
            return false;
        }
    }
    return true;
}

bool same(const Row& before, const Row& after) {
    return before.provider == after.provider && before.identity == after.identity;
}

SteadyTime time_again(const Row& row) {
    return row.not_before().value_or(row.limit_reset.value_or(SteadyTime()));
}

std::int64_t count(const Rows& rows, std::string_view operation) {
    return std::ranges::count(rows, operation, &Row::operation);
}

std::int64_t most_asked(const Rows& rows) {
    std::map<std::string, std::int64_t> asked;
    std::int64_t most = 0;
    for (const Row& row : rows) {
        most = row.operation == "token" ? most : std::max(most, ++asked[row.identity]);
    }
    return most;
}

std::string_view fact(const Row& row, const std::string& name) {
    const auto found = row.facts.find(name);
    return found == row.facts.end() ? std::string_view() : found->second;
}

Task<void> try_on_all(Lab& lab, std::vector<FailureTest> tests, std::string own_scenario,
                      Suspects suspects) {
    std::optional<sandbox::Scenario> instead;  // in place of the tests' own mishaps
    if (lab.scenario() != own_scenario) {
        instead = must(sandbox::load_scenario(lab.scenario()));
    }
    Bench bench(lab);
    const auto box = make_sandbox(bench, instead.has_value());
    std::map<const FailureTest*, sandbox::Scenario> scenarios;
    for (const auto& test : tests) {
        scenarios.emplace(&test, instead ? *instead : scenario_of(test));
    }
    fill_board(lab, tests, suspects, [&](const FailureTest& test, const Suspect& suspect) {
        return in_sandbox(bench, *box, scenarios.at(&test), test, suspect);
    });
    co_return;
}

Task<void> try_against_mock(Lab& lab, std::vector<FailureTest> tests, Suspects suspects) {
    Bench bench(lab);
    Mock mock;
    fill_board(lab, tests, suspects, [&](const FailureTest& test, const Suspect& suspect) {
        const auto done = bench.work(mock, test, suspect);
        return done == internal::requests_of(base(), test.work).size() ? Said::good
                                                                       : Said::unfinished;
    });
    co_return;
}

}  // namespace exercise
