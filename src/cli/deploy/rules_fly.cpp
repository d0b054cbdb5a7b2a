// Rules for fly.toml.

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "apilab/base/duration.hpp"
#include "deploy/facts.hpp"

namespace apilab::cli::deploy {
namespace {

constexpr Duration timeout_max = std::chrono::seconds(300);
constexpr Duration timeout_default = std::chrono::seconds(5);

// Of `http_service` and of every entry of `services`.
std::vector<const Setting*> of_services(const Settings& fly, const std::string& name) {
    auto found = fly.like("http_service." + name);
    std::ranges::copy(fly.like("services[]." + name), std::back_inserter(found));
    return found;
}

void check_end(const Settings& fly, const Facts& facts, Report& report) {
    const auto* signal = fly.find("kill_signal");
    if (signal == nullptr) {
        report.add("FLY-01", fly, signal, "no kill_signal");
    } else if (signal->value == "SIGKILL" || signal->value == "SIGSTOP") {
        report.add("FLY-01", fly, signal, "kill_signal = " + signal->value);
    }
    const auto* timeout = fly.find("kill_timeout");
    if (timeout == nullptr) {
        report.add("FLY-02", fly, timeout,
                   facts.grace ? fmt::format("no kill_timeout, and it needs {} ({})",
                                             format_duration(*facts.grace), facts.grace_from)
                               : "no kill_timeout");
        return;
    }
    const auto patience = seconds_of(timeout->value);
    if (!patience || *patience > timeout_max) {
        report.add("FLY-03", fly, timeout,
                   fmt::format("kill_timeout = {}: Fly.io takes up to 300 s", timeout->value));
    } else if (facts.grace && *patience <= *facts.grace) {
        report.add("FLY-03", fly, timeout,
                   fmt::format("kill_timeout = {}, and it needs {} ({})", timeout->value,
                               format_duration(*facts.grace), facts.grace_from));
    } else if (!facts.grace && *patience < timeout_default) {
        report.add("FLY-03", fly, timeout,
                   fmt::format("kill_timeout = {} is below the default", timeout->value));
    }
}

void check_health(const Settings& fly, Report& report) {
    if (!fly.has("http_service") && !fly.has("services") && !fly.has("checks")) {
        return;  // nobody is sent to it
    }
    const bool any = fly.has("http_service.checks") || fly.has("checks") ||
                     !fly.like("services[].http_checks[].interval").empty() ||
                     !fly.like("services[].http_checks[].path").empty() ||
                     !fly.like("services[].tcp_checks[].interval").empty();
    if (!any) {
        const auto ports = of_services(fly, "internal_port");
        report.add("FLY-04", fly, ports.empty() ? nullptr : ports.front(),
                   "the service has no check");
    }
    auto paths = fly.like("http_service.checks[].path");
    std::ranges::copy(fly.like("services[].http_checks[].path"), std::back_inserter(paths));
    for (const auto& setting : fly.all) {
        if (setting.key.starts_with("checks.") && setting.key.ends_with(".path")) {
            paths.push_back(&setting);
        }
    }
    for (const auto* path : paths) {
        if (const auto why = asks_others(path->value)) {
            report.add("FLY-05", fly, path, *why);
        }
    }
}

void check_sleep(const Settings& fly, const Facts& facts, Report& report) {
    const auto least = of_services(fly, "min_machines_running");
    const bool one_stays =
        std::ranges::any_of(least, [](const Setting* setting) { return setting->value != "0"; });
    for (const auto* stop : of_services(fly, "auto_stop_machines")) {
        if (stop->value != "off" && stop->value != "false" && !one_stays) {
            report.add("FLY-06", fly, stop,
                       facts.scheduler
                           ? fmt::format("auto_stop_machines = {}, and {}:{} runs '{}'",
                                         stop->value, facts.scheduler->file, facts.scheduler->line,
                                         facts.scheduler->value)
                           : fmt::format("auto_stop_machines = {} with min_machines_running = 0: "
                                         "a webhook meets a machine that has to start first",
                                         stop->value));
        }
    }
}

void check_volume(const Settings& fly, const Facts& facts, Report& report) {
    auto mounts = fly.like("mounts.destination");
    std::ranges::copy(fly.like("mounts[].destination"), std::back_inserter(mounts));
    if (mounts.empty()) {
        if (facts.store && !facts.store_elsewhere) {
            report.add("FLY-12", fly, nullptr,
                       fmt::format("no [mounts], and {}:{} keeps its data in {}", facts.store->file,
                                   facts.store->line, facts.store->value));
        }
        return;
    }
    const bool holds = !facts.store || facts.store_elsewhere ||
                       std::ranges::any_of(mounts, [&](const Setting* mount) {
                           return is_below(facts.store->value, mount->value);
                       });
    if (!holds) {
        report.add("FLY-12", fly, mounts.front(),
                   fmt::format("the volume is at {}, the data in {} ({}:{})", mounts.front()->value,
                               facts.store->value, facts.store->file, facts.store->line));
    }
    const auto* strategy = fly.find("deploy.strategy");
    if (strategy != nullptr && (strategy->value == "canary" || strategy->value == "bluegreen")) {
        report.add("FLY-07", fly, strategy, "strategy = " + strategy->value);
    }
    for (const auto* least : of_services(fly, "min_machines_running")) {
        if (seconds_of(least->value).value_or(Duration{}) > std::chrono::seconds(1)) {
            report.add("FLY-08", fly, least, "min_machines_running = " + least->value);
        }
    }
    const auto* command = fly.find("deploy.release_command");
    if (command != nullptr && !facts.store_elsewhere) {
        report.add(
            "FLY-09", fly, command,
            fmt::format("release_command = {}, and the data is on a volume", command->value));
    }
}

void check_port(const Settings& fly, const Facts& facts, Report& report) {
    const auto* given = fly.find("env.PORT");
    const auto expected = given != nullptr ? std::optional(given->value)
                          : facts.port     ? std::optional(facts.port->value)
                                           : std::nullopt;
    if (!expected || expected->contains('$')) {
        return;
    }
    for (const auto* port : of_services(fly, "internal_port")) {
        if (port->value != *expected) {
            report.add("FLY-10", fly, port,
                       fmt::format("internal_port = {}, and {} says {}", port->value,
                                   given != nullptr
                                       ? fmt::format("[env] PORT (line {})", given->line)
                                       : fmt::format("{}:{}", facts.port->file, facts.port->line),
                                   *expected));
        }
    }
}

}  // namespace

void check_fly(const Settings& fly, const Facts& facts, Report& report) {
    check_end(fly, facts, report);
    check_health(fly, report);
    check_sleep(fly, facts, report);
    check_volume(fly, facts, report);
    check_port(fly, facts, report);
    for (const auto& setting : fly.all) {
        if (setting.key.starts_with("env.") &&
            is_open_secret({setting.key.substr(4), setting.value})) {
            report.add("FLY-11", fly, &setting,
                       fmt::format("{} has a value", setting.key.substr(4)));
        }
    }
}

}  // namespace apilab::cli::deploy
