#include <algorithm>

#include "apilab/sandbox/judge/trials/internal/stage.hpp"
#include "apilab/sandbox/judge/trials/internal/topics.hpp"
#include "apilab/sandbox/judge/trials/trial.hpp"

namespace apilab::sandbox::trials {
namespace {

Finding judged(const Trial& trial, const Client& client) {
    Stage stage(trial.scenario, trial.providers);
    if (client) {
        client(stage);
    }
    stage.sandbox->stop_run();
    const auto report = judge_run(*stage.sandbox, trial.options);
    if (report) {
        for (const auto& result : report->checks) {
            if (result.card.id == trial.check) {
                return result.finding;
            }
        }
    }
    return Finding::fail("there is no check " + trial.check);
}

}  // namespace

const std::vector<Trial>& all_trials() {
    static const std::vector<Trial> list = [] {
        std::vector<Trial> made;
        add_run_trials(made);
        add_limit_trials(made);
        add_token_trials(made);
        add_retry_trials(made);
        add_write_trials(made);
        add_webhook_trials(made);
        add_data_trials(made);
        add_page_trials(made);
        add_redirect_trials(made);
        add_wire_trials(made);
        return made;
    }();
    return list;
}

std::vector<MatrixRow> play_matrix(std::string_view check) {
    std::vector<MatrixRow> rows;
    for (const Trial& trial : all_trials()) {
        if (!check.empty() && check != trial.check) {
            continue;
        }
        const auto add = [&](std::string client, Verdict expected, const Client& plays) {
            rows.push_back(
                {trial.check, trial.about, std::move(client), expected, judged(trial, plays)});
        };
        add("good", Verdict::pass, trial.good);
        for (const Mutant& mutant : trial.mutants) {
            add(mutant.name, Verdict::fail, mutant.client);
        }
        add("nobody", Verdict::unknown, nullptr);
    }
    return rows;
}

}  // namespace apilab::sandbox::trials
