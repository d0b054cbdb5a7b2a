#include "apilab/sandbox/judge/judge.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "apilab/base/try.hpp"

namespace apilab::sandbox {

namespace {

struct Chosen {
    const Check* check = nullptr;
    bool decides = false;
};

bool decides_by_kind(CheckKind kind, bool strict) {
    return kind == CheckKind::must || kind == CheckKind::never ||
           (strict && kind != CheckKind::pre);
}

Result<std::vector<Chosen>> choose(const std::vector<ScenarioCheck>& asked, bool strict) {
    std::vector<Chosen> chosen;
    for (const auto& wanted : asked) {
        const Check* check = find_check(wanted.id);
        if (check == nullptr) {
            std::string known;
            for (const auto& other : all_checks()) {
                known += fmt::format("{}{}", known.empty() ? "" : ", ", other->card().id);
            }
            return fail(Error(ErrorKind::invalid_argument,
                              fmt::format("no check '{}'; known are: {}", wanted.id, known))
                            .with_detail(fmt::format("/check/{}/id", chosen.size())));
        }
        chosen.push_back({check, wanted.decides || decides_by_kind(check->card().kind, strict)});
    }
    if (asked.empty()) {
        for (const auto& check : all_checks()) {
            chosen.push_back({check.get(), decides_by_kind(check->card().kind, strict)});
        }
    }
    return chosen;
}

bool is_known_failure(const CheckResult& result, const JudgeOptions& options) {
    return result.finding.verdict == Verdict::fail &&
           std::ranges::find(options.known_failures, result.card.id) !=
               options.known_failures.end();
}

void count_rows(const Sandbox& sandbox, RunReport& report) {
    for (const Exchange& row : sandbox.journal().rows()) {
        if (row.decision == Exchange::Decision::unsupported) {
            ++report.unsupported;
        }
        ++report.requests;
        report.faulted += row.faults.empty() ? 0 : 1;
    }
    report.rows_dropped = sandbox.journal().dropped();
}

void decide(RunReport& report) {
    std::size_t failed = 0;
    std::size_t passed = 0;
    std::string first_failed;
    std::string missing;
    for (const auto& result : report.checks) {
        const Verdict verdict = result.finding.verdict;
        if (result.card.kind == CheckKind::pre && verdict != Verdict::pass && missing.empty()) {
            missing = result.finding.sentence;
        }
        if (!result.decides) {
            continue;
        }
        if (verdict == Verdict::fail && ++failed == 1) {
            first_failed = fmt::format("{}: {}", result.card.id, result.finding.sentence);
        }
        passed += verdict == Verdict::pass ? 1 : 0;
    }
    if (failed > 0) {
        report.verdict = Verdict::fail;
        report.sentence =
            failed == 1 ? first_failed : fmt::format("{} (and {} more)", first_failed, failed - 1);
    } else if (!missing.empty()) {
        report.verdict = Verdict::unknown;
        report.sentence = missing;
    } else if (passed > 0) {
        report.verdict = Verdict::pass;
        report.sentence =
            fmt::format("{} deciding check{} passed, none failed", passed, passed == 1 ? "" : "s");
    } else {
        report.verdict = Verdict::unknown;
        report.sentence = "no deciding check was exercised";
    }
}

}  // namespace

Result<RunReport> judge_run(const Sandbox& sandbox, const JudgeOptions& options) {
    std::vector<ScenarioCheck> asked = sandbox.run().checks;
    if (!options.checks.empty()) {
        asked.clear();
        for (const auto& id : options.checks) {
            asked.push_back({.id = id, .decides = true});
        }
    }
    APILAB_TRY(const auto chosen, choose(asked, options.strict));
    const auto& rows = sandbox.journal().rows();
    const auto operations = group_operations(rows, options.causal_window);
    const SteadyTime now = sandbox.scheduler().now();
    Evidence evidence{.rows = &rows,
                      .operations = &operations,
                      .outbound = &sandbox.journal().outbound(),
                      .events = &sandbox.journal().events(),
                      .handed_in = &sandbox.handed_in(),
                      .leaked_in = sandbox.leaked_in(),
                      .numbers = sandbox.numbers(),
                      .faults = sandbox.faults().status(now),
                      .options = options};
    RunReport report;
    report.run = sandbox.run();
    report.operations = operations.size();
    evidence.until = report.run.stopped.value_or(now);
    report.elapsed = evidence.until - report.run.started;
    if (!report.run.stopped) {
        evidence.running_at = now;
    }
    count_rows(sandbox, report);
    std::set<std::uint64_t> cited;
    for (const Chosen& entry : chosen) {
        CheckResult result{entry.check->card(), entry.decides, entry.check->judge(evidence)};
        result.decides = result.decides && !is_known_failure(result, options);
        cited.insert(result.finding.rows.begin(), result.finding.rows.end());
        report.checks.push_back(std::move(result));
    }
    report.timeline = make_timeline(evidence, report.run.started, cited);
    decide(report);
    return report;
}

}  // namespace apilab::sandbox
