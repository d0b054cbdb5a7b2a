// Rules for railway.json and railway.toml.

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "apilab/base/ascii.hpp"
#include "apilab/base/duration.hpp"
#include "deploy/facts.hpp"

namespace apilab::cli::deploy {
namespace {

void check_end(const Settings& railway, const Facts& facts, Report& report) {
    const auto* draining = railway.find("deploy.drainingSeconds");
    if (draining == nullptr) {
        report.add("RLW-03", railway, railway.find("deploy.healthcheckPath"),
                   facts.grace ? fmt::format("no drainingSeconds, and it needs {} ({})",
                                             format_duration(*facts.grace), facts.grace_from)
                               : "no drainingSeconds");
        return;
    }
    const auto patience = seconds_of(draining->value);
    if (!patience || *patience == Duration{}) {
        report.add("RLW-03", railway, draining, "drainingSeconds is " + draining->value);
    } else if (facts.grace && *patience <= *facts.grace) {
        report.add("RLW-04", railway, draining,
                   fmt::format("drainingSeconds is {}, and it needs {} ({})", draining->value,
                               format_duration(*facts.grace), facts.grace_from));
    }
}

void check_numbers(const Settings& railway, Report& report) {
    static constexpr std::array numbers{
        std::string_view("deploy.drainingSeconds"), std::string_view("deploy.overlapSeconds"),
        std::string_view("deploy.healthcheckTimeout"), std::string_view("deploy.numReplicas"),
        std::string_view("deploy.restartPolicyMaxRetries")};
    for (const auto name : numbers) {
        const auto* setting = railway.find(name);
        if (setting != nullptr && setting->quoted) {
            report.add(
                "RLW-13", railway, setting,
                fmt::format("{} is \"{}\"", name.substr(name.find('.') + 1), setting->value));
        }
    }
}

void check_health(const Settings& railway, const Facts& facts, Report& report) {
    const auto* path = railway.find("deploy.healthcheckPath");
    if (path == nullptr || path->value.empty()) {
        report.add("RLW-01", railway, path, "no healthcheckPath");
    } else if (const auto why = asks_others(path->value)) {
        report.add("RLW-02", railway, path, *why);
    }
    const auto* sleeps = railway.find("deploy.sleepApplication");
    if (sleeps != nullptr && sleeps->value == "true") {
        report.add("RLW-08", railway, sleeps,
                   facts.scheduler
                       ? fmt::format("sleepApplication, and {}:{} runs '{}'", facts.scheduler->file,
                                     facts.scheduler->line, facts.scheduler->value)
                       : "sleepApplication: a webhook meets a program that has to start first");
    }
}

void check_volume(const Settings& railway, const Facts& facts, Report& report) {
    // Volumes are attached outside of this file; what it says of one is what it requires.
    const bool volume =
        (facts.store && !facts.store_elsewhere) || railway.has("deploy.requiredMountPath");
    if (!volume) {
        return;
    }
    const auto* overlap = railway.find("deploy.overlapSeconds");
    if (overlap != nullptr && seconds_of(overlap->value).value_or(Duration{}) > Duration{}) {
        report.add("RLW-05", railway, overlap, "overlapSeconds is " + overlap->value);
    }
    const auto* replicas = railway.find("deploy.numReplicas");
    if (replicas != nullptr && replicas->value != "1") {
        report.add("RLW-06", railway, replicas, "numReplicas is " + replicas->value);
    }
    for (const auto& setting : railway.all) {
        if (setting.key.starts_with("deploy.preDeployCommand")) {
            report.add(
                "RLW-07", railway, &setting,
                fmt::format("preDeployCommand {}, and the data is on a volume", setting.value));
        }
    }
}

void check_start(const Settings& railway, Report& report) {
    const auto* start = railway.find("deploy.startCommand");
    if (start == nullptr) {
        return;
    }
    if (const auto why = eats_signals(start->value)) {
        report.add("RLW-10", railway, start, *why);
    }
    for (const std::string_view option : {"--port", "-p"}) {
        const auto at = start->value.find(std::string(option));
        const auto digit =
            at == std::string::npos ? at : start->value.find_first_not_of("= ", at + option.size());
        if (digit != std::string::npos && ascii_digit(start->value[digit])) {
            report.add("RLW-09", railway, start, start->value);
            return;
        }
    }
}

}  // namespace

void check_railway(const Project& project, const Facts& facts, Report& report) {
    const auto& railway = *project.railway;
    check_health(railway, facts, report);
    check_end(railway, facts, report);
    check_numbers(railway, report);
    check_volume(railway, facts, report);
    check_start(railway, report);
    const auto* restart = railway.find("deploy.restartPolicyType");
    if (restart != nullptr && ascii_lowered(restart->value) == "never") {
        report.add("RLW-11", railway, restart, "restartPolicyType is NEVER");
    }
    const auto* builder = railway.find("build.builder");
    if (project.docker && builder != nullptr && ascii_lowered(builder->value) != "dockerfile") {
        report.add("RLW-12", railway, builder, "builder is " + builder->value);
    }
}

}  // namespace apilab::cli::deploy
