// Day 14: a runbook that has been tried
//
// Situation  A service has a page for the night: rotate, replay, drain, disable, restore. Half of
//            such pages name a person who has left, and a command that was renamed in spring.
// Shows      A page that is made from the configuration, and each of its steps carried out once
//            while the service works; what a step should change is looked for where it shows, and
//            each step is undone.
// Run        ./lab learn day14_runbook --compare      (the page: above the verdict)
// Break      --break=written-only | old-command | no-undo | copied

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "operated.hpp"

namespace {
using namespace exercise;
using namespace std::chrono_literals;

/// One step of the page: what one does, how long to look whether it works, how it is undone.
struct Step {
    std::string name;
    std::string why;
    std::vector<std::string> commands;
    Duration look{};
    std::vector<std::string> undo;
    /// What makes it necessary, in a drill only. The page does not have it: at night it has
    /// happened.
    std::vector<std::string> drill = {};
};

/// What stands in integrations.toml: a name and its value, in the order of the file.
using Settings = std::vector<std::pair<std::string, std::string>>;

Settings settings_of(const std::string& toml) {
    Settings all;
    std::istringstream lines(toml);
    for (std::string line; std::getline(lines, line);) {
        const auto equals = line.find(" = \"");
        if (equals != std::string::npos) {
            all.emplace_back(line.substr(0, equals),
                             line.substr(equals + 4, line.size() - equals - 5));
        }
    }
    return all;
}

// Each source that is configured can be switched off; the rest is every service's.
std::vector<Step> steps_for(Lab& lab, const Settings& settings) {
    std::vector<Step> steps{
        {"rotate", "A key was seen by somebody.", {"key rotate"}, 5s, {}},
        {"replay", "What was refused is in order again.", {"jobs redrive"}, 5s, {}},
        {"drain", "The machine is to be stopped.", {"queue drain"}, 3s, {"queue resume"}}};
    if (lab.broken("old-command")) {
        steps[1].commands = {"dlq retry --all"};  // as it was called in spring
    }
    for (const auto& [key, value] : settings) {
        // Slack calls us; it is npm that is asked.
        if (key == "provider" && value != "slack") {
            steps.push_back({"disable",
                             value + " does harm.",
                             {"source off " + value},
                             5s,
                             {"source on " + value}});
        }
    }
    if (lab.broken("no-undo")) {
        steps.back().undo = {};
    }
    // Nobody knows whether a copy is any good before it is needed: so it is needed now.
    steps.push_back({"restore",
                     "The disk is gone.",
                     {"queue drain", "store restore"},
                     0s,
                     {"queue resume"},
                     {"store snapshot", "store lose"}});
    return steps;
}

std::string page_of(Lab& lab, const Settings& settings, const std::vector<Step>& steps) {
    std::string page = "  # Runbook\n";
    for (const auto& [key, value] : settings) {
        const bool person = key == "owner" || key == "on_call";
        page += fmt::format("  {:<12}{}\n", key,
                            person && lab.broken("copied") ? "whoever wrote the last one" : value);
    }
    for (const auto& step : steps) {
        page += fmt::format("  {:<12}{} {}\n", step.name, step.why, fmt::join(step.commands, "; "));
        if (!step.undo.empty()) {
            page += fmt::format("  {:<12}then: {}\n", "", fmt::join(step.undo, "; "));
        }
    }
    return page;
}

/// What was done, for the judge and for whoever asks when it was tried last.
struct Transcript {
    std::string lines;

    void add(const Step& step, apilab::SteadyTime begun, apilab::SteadyTime ended) {
        lines += fmt::format("{} {} {}\n", step.name, begun.time_since_epoch() / 1ms,
                             ended.time_since_epoch() / 1ms);
    }
};

// A line that nobody can carry out is no step.
Task<bool> carry_out(Operated& service, std::vector<std::string> commands) {
    for (const auto& line : commands) {
        const auto said = co_await service.command(line);
        if (!said || *said == "refused") {
            co_return false;
        }
    }
    co_return true;
}

Task<void> dry_run(Lab& lab, Operated& service, std::vector<Step> steps, Transcript& transcript) {
    co_await lab.sleep(10s);  // the service has something to do by now
    for (const auto& step : steps) {
        const auto begun = lab.now();
        if (step.name == "restore" && lab.broken("written-only")) {
            continue;  // we have a backup, surely
        }
        // Something is accepted while it is drained: that is what a restored store has to have.
        if (!step.drill.empty()) {
            (void)co_await service.command("queue drain");
            co_await lab.sleep(5s);
        }
        if (co_await carry_out(service, step.drill) && co_await carry_out(service, step.commands)) {
            co_await lab.sleep(step.look);
            transcript.add(step, begun, lab.now());
        }
        (void)co_await carry_out(service, step.undo);
        co_await lab.sleep(5s);
    }
}

Task<void> serve(Lab& lab, Operated& service) {
    co_await lab.meet_the_world(service);
    service.close();
}

template <bool tried>
Task<void> day(Lab& lab) {
    const std::string toml = configuration_of(lab);
    const auto settings = settings_of(toml);
    const auto steps = steps_for(lab, settings);
    const auto page = tried ? page_of(lab, settings, steps)
                            : "  # Runbook\n  Restart it. If that does not help, ask Jan.\n";
    Operated service(lab);
    Transcript transcript;
    co_await lab.side_by_side(tried ? 3 : 2, [&](Lab& /*lab*/, std::size_t part) {
        return part == 0   ? serve(lab, service)
               : part == 1 ? service.work()
                           : dry_run(lab, service, steps, transcript);
    });
    lab.show(page);
    lab.hand_in("runbook page", page);
    lab.hand_in("runbook configuration", toml);
    lab.hand_in("runbook transcript", transcript.lines);
    lab.number("steps", std::ssize(steps));
    lab.number("tried", std::ranges::count(transcript.lines, '\n'));
}

}  // namespace

int main(int argc, char** argv) {
    return exercise::run({.name = "day14_runbook",
                          .story = "a page for the night, and each of its steps carried out once",
                          .scenario = "day14-runbook",
                          .deadline = 30s,
                          .sins = {{"written-only", "restores on paper alone", "RBK-01"},
                                   {"old-command", "names a command that was renamed", "RBK-01"},
                                   {"no-undo", "leaves a source switched off", "RBK-02"},
                                   {"copied", "names the people of another page", "RBK-03"}},
                          .production = day<true>,
                          .naive = day<false>,
                          .numbers = {"steps", "tried"},
                          .next = "apilab checklist run, on a service of yours"},
                         argc, argv);
}
