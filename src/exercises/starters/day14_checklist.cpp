// Day 14: a checklist that is filled in from evidence
//
// Situation  Before an integration goes live somebody asks a hundred questions about it.
// Yours      An item is ticked where a run proves it, and says which run and which check; what no
//            run put to the test stays open, with a sentence. The runs: the service of day 9, and
//            the programs it grew from.
// Check      ./lab learn check day14_checklist
// Stuck      ./lab learn hint day14_checklist

#include <boost/json.hpp>
#include <fstream>

#include "apilab/sandbox/checklist/checklist.hpp"
#include "exercise.hpp"

namespace {

using namespace exercise;
namespace json = boost::json;
using apilab::sandbox::ChecklistItem;

struct Proof {
    std::string item, run, check;
};
const std::vector<Proof> proofs = {
    {"A08", "day09_service", "SVC-02"},      {"B02", "day01_timeouts", "TMO-01"},
    {"B04", "day09_service", "SVC-04"},      {"B06", "day02_sessions", "CON-01"},
    {"C02", "day01_retries", "RTY-03"},      {"C04", "day01_backoff_jitter", "BKO-05"},
    {"C05", "day01_retries", "RL-01"},       {"C06", "day01_retries", "RTY-04"},
    {"E03", "day01_retries", "RL-04"},       {"D01", "day02_sessions", "IDM-02"},
    {"D02", "day02_sessions", "IDM-04"},     {"E08", "day09_service", "LOD-07"},
    {"F02", "day03_auth_and_env", "AUT-01"}, {"F04", "day04_oauth2", "AUT-03"},
    {"G04", "day03_auth_and_env", "AUT-14"}, {"H01", "day06_webhooks", "WHK-01"},
    {"H02", "day06_webhooks", "WHK-04"},     {"H04", "day06_webhooks", "WHK-08"},
    {"H05", "day06_webhooks", "WHK-05"},     {"H07", "day06_webhooks", "WHK-09"},
    {"I03", "day08_three_apis", "DAT-04"},   {"J02", "day05_logging", "OBS-04"},
    {"J05", "day09_breaker", "SVC-06"},      {"K03", "day13_deploy", "PLT-01"},
    {"K04", "day09_service", "SVC-05"},      {"K05", "day13_deploy", "PLT-03"}};

// TODO: say what is true about one item. `proofs` names, for some, a run and a check;
// `lab.shown_by(run, check)` is `pass`, `fail` or `unknown`. What may be ticked, what has to stay
// open, and what does the reader need to know in either case? `item.how` says how it could be
// answered. Keys: item, state (pass, fail or open), run and check (the evidence), why (a sentence).
json::object answer(Lab& lab, const ChecklistItem& item) {
    (void)lab;
    return {{"item", item.id}, {"state", "open"}, {"why", ""}};
}

Task<void> fill_from_evidence(Lab& lab) {
    json::array list;
    std::filesystem::create_directories(".apilab");
    std::ofstream page(".apilab/integration-checklist.md");
    page << "# Integration checklist\n\n| item | state | why |\n| --- | --- | --- |\n";
    for (const auto& item : *apilab::sandbox::built_in_checklist()) {
        const auto line = answer(lab, item);
        page << "| " << item.id << ' ' << item.item << " | " << line.at("state").as_string().c_str()
             << " | " << line.at("why").as_string().c_str() << " |\n";
        list.push_back(line);
    }
    lab.hand_in("checklist", serialize(list));
    co_return;
}

}  // namespace

int main(int argc, char** argv) {
    return exercise::run({.name = "day14_checklist",
                          .story = "a hundred questions, answered from runs",
                          .scenario = "day14-checklist",
                          .deadline = std::chrono::seconds(20),
                          .production = fill_from_evidence,
                          .numbers = {"ticked", "ticked without proof", "open"},
                          .next = "apilab checklist run, on a service of yours"},
                         argc, argv);
}
