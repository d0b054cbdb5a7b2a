// The same job under failure, done by three clients: the questions of `apilab radar check` about
// invented packages, against a sandbox that misbehaves. Ours is `radar check` itself; the others
// are octokit with got, and requests with tenacity (peers/failure_*).
//
//     bench_failure [rounds, default 5] [packages under flaky, default 1000]
//                   [packages under a rate limit, default 100]
//                   [flaky, rate-limited or no-mercy, default all three]
//
// Every run has a sandbox process of its own, with the same seed. What it cost and brought is
// counted by the sandbox, not by the client: requests that reached a provider, different questions
// that came back whole with a success, checks of the judge that failed. How many answers there are
// to have is found out first, without faults; all clients must then get the same number. The others
// may try a question ten times, since with fewer they lose answers; ours tries three times, as it
// comes.
//
// Under rate-limited every fourth request is refused for one second, and so is all that comes
// before that is over: of one provider nobody gets more than three answers a second by the rules,
// nor for fewer than 4/3 requests each. So fewer packages. A question that was refused twice is
// spared the next refusal of its own (the scenario's mercy), which rewards whoever is refused
// often; the third job is the same without it, as a real limit would be.

#include <algorithm>
#include <cstdio>
#include <deque>
#include <exception>
#include <map>
#include <stdexcept>
#include <string_view>

#include "apilab/http/json.hpp"
#include "apilab/sandbox/synthetic.hpp"
#include "common/peers.hpp"
#include "common/process.hpp"
#include "common/samples.hpp"
#include "common/sandbox_process.hpp"

namespace {

using namespace apilab;
using namespace apilab::bench;

constexpr auto no_mercy = R"(name = "rate-limited, no mercy"
[[fault]]
where = "*:*"
per = "provider"
what = { limit = "primary", retry_after = "1s", hold = true }
when = { every = 4, within = "10s" }
[[check]]
id = "RL-01"
[[check]]
id = "RL-06"
decides = true
)";

struct Column {
    Samples wall, attempts, answers, per_answer, broken, advice, failures;
    // The last word of each check that failed, and in how many runs it did.
    std::map<std::string, std::pair<std::string, int>> findings;
};

struct Subject {
    const char* name;
    Words words;
    Column column;
};

struct Job {
    const char* name;
    /// A built-in scenario, or the text of one.
    const char* scenario;
    int packages;
    std::string lockfile{};
    std::size_t possible = 0;
};

struct Run {
    double wall_s = 0;
    double failures = 0;
    Judged judged;
};

std::deque<Subject> subjects() {
    std::deque<Subject> all;
    // The default deadline of five minutes is for registries that answer.
    all.push_back({"apilab radar check",
                   {sibling("apilab"), "-q", "--json", "radar", "check", "--deadline", "1h"},
                   {}});
    const auto add = [&all](const char* name, const Interpreter& interpreter, const char* script) {
        if (interpreter.program) {
            all.push_back({name, {*interpreter.program, peer_script(script)}, {}});
        } else {
            std::printf("%s is left out: %s\n", name, interpreter.missing.c_str());
        }
    };
    add("octokit and got", node_with_packages(), "failure_node.mjs");
    add("requests and tenacity", python_with_packages(), "failure_python.py");
    return all;
}

// Ours reports by source, the others by question.
double failures_in(const std::string& out) {
    const auto document = http::JsonDocument::parse(out);
    if (!document) {
        throw std::runtime_error("a client's report: " + document.error().to_string());
    }
    if (const auto count = document->root()["failures"].unsigned_integer()) {
        return static_cast<double>(*count);
    }
    double failed = 0;
    for (const auto& source : document->root()["sources"].elements()) {
        failed += source["status"].string_or("") == "ok" ? 0 : 1;
    }
    return failed;
}

Run run_once(const Subject& subject, const ScratchDir& dir, const Job& job,
             const std::string& scenario) {
    const SandboxProcess box(dir, scenario, job.packages);
    Words words = subject.words;
    words.push_back(job.lockfile);
    const auto usage = run_program(
        std::move(words), {.variables = box.variables(), .patience = std::chrono::hours(1)});
    return {.wall_s = usage.wall_s, .failures = failures_in(usage.out), .judged = box.judge()};
}

void find_possible(Job& job, const std::deque<Subject>& all, const ScratchDir& dir) {
    for (const auto& subject : all) {
        const auto run = run_once(subject, dir, job, "none");
        const auto answers = run.judged.answers.size();
        if (job.possible == 0) {
            job.possible = answers;
        }
        if (answers != job.possible || run.failures > 0) {
            throw std::runtime_error(std::string(subject.name) + " got " + std::to_string(answers) +
                                     " answers without faults, the others " +
                                     std::to_string(job.possible));
        }
    }
}

void add(Column& column, const Run& run) {
    const auto attempts = static_cast<double>(run.judged.attempts_in_all());
    const auto answers = static_cast<double>(run.judged.answers.size());
    column.wall.add(run.wall_s);
    column.attempts.add(attempts);
    column.answers.add(answers);
    column.per_answer.add(attempts / std::max(answers, 1.0));
    column.broken.add(static_cast<double>(run.judged.violations.size()));
    column.advice.add(static_cast<double>(run.judged.remarks.size()));
    column.failures.add(run.failures);
    for (const auto* list : {&run.judged.violations, &run.judged.remarks}) {
        for (const auto& finding : *list) {
            auto& [sentence, runs] = column.findings[finding.substr(0, finding.find(':'))];
            sentence = finding;
            ++runs;
        }
    }
}

void print_table(const Job& job, const std::deque<Subject>& all, int rounds) {
    std::printf(
        "%s, %d packages, %zu answers to have, median (min to max) of %d rounds; the last three "
        "are "
        "the most in any round\n",
        job.name, job.packages, job.possible, rounds);
    std::printf("  %-22s %-24s %-20s %-20s %-20s %-7s %-7s %s\n", "client", "wall s", "requests",
                "answers", "requests an answer", "broken", "advice", "failures");
    for (const auto& [name, words, column] : all) {
        std::printf("  %-22s %-24s %-20s %-20s %-20s %-7.0f %-7.0f %.0f\n", name,
                    column.wall.to_string(2).c_str(), column.attempts.to_string(0).c_str(),
                    column.answers.to_string(0).c_str(), column.per_answer.to_string(3).c_str(),
                    column.broken.max(), column.advice.max(), column.failures.max());
    }
    for (const auto& subject : all) {
        for (const auto& [id, finding] : subject.column.findings) {
            std::printf("    %s, %d of %d runs: %s\n", subject.name, finding.second, rounds,
                        finding.first.c_str());
        }
    }
}

void print_bars(const Job& job, const std::deque<Subject>& all) {
    const auto& ours = all.front().column;
    const std::string in = std::string(", ") + job.name;
    for (std::size_t i = 1; i < all.size(); ++i) {
        print_bar("wall / " + std::string(all[i].name) + in,
                  median_ratio(ours.wall, all[i].column.wall), 1, "");
    }
    print_bar("requests an answer" + in, ours.per_answer.median(), 1.25, "");
    print_bar("rules broken" + in, ours.broken.max(), 0, "");
    print_bar("answers not had" + in, static_cast<double>(job.possible) - ours.answers.min(), 0,
              "");
}

void measure(int rounds, Job job) {
    const ScratchDir dir;
    job.lockfile =
        dir.write("package-lock.json",
                  sandbox::synthetic_lockfile(static_cast<std::size_t>(job.packages), sandbox_seed))
            .string();
    const std::string scenario = job.name == std::string_view(job.scenario)
                                     ? job.scenario
                                     : dir.write("scenario.toml", job.scenario).string();
    auto all = subjects();
    find_possible(job, all, dir);
    for (int round = 0; round < rounds; ++round) {
        for (auto& subject : all) {
            add(subject.column, run_once(subject, dir, job, scenario));
        }
    }
    print_table(job, all, rounds);
    print_bars(job, all);
}

}  // namespace

int main(int argc, char** argv) {
    try {
        const int rounds = argument(argc, argv, 1, 5);
        const int packages = argument(argc, argv, 2, 1000);
        const int limited = argument(argc, argv, 3, 100);
        const std::string only = argc > 4 ? argv[4] : "";
        for (const auto& job :
             {Job{.name = "flaky", .scenario = "flaky", .packages = packages},
              Job{.name = "rate-limited", .scenario = "rate-limited", .packages = limited},
              Job{.name = "no-mercy", .scenario = no_mercy, .packages = limited}}) {
            if (only.empty() || only == job.name) {
                measure(rounds, job);
            }
        }
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "bench_failure: %s\n", error.what());
        return 1;
    }
}
