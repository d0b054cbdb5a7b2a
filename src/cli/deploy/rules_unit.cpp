// Rules for a systemd unit.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "apilab/base/ascii.hpp"
#include "apilab/base/duration.hpp"
#include "deploy/facts.hpp"

namespace apilab::cli::deploy {
namespace {

constexpr Duration stop_default = std::chrono::seconds(90);

bool yes(const Setting* setting) {
    if (setting == nullptr) {
        return false;
    }
    const auto value = ascii_lowered(setting->value);
    return value == "yes" || value == "true" || value == "on" || value == "1";
}

void check_user(const Settings& unit, Report& report) {
    const auto* user = unit.find("Service.User");
    const bool root = user == nullptr || user->value == "root" || user->value == "0";
    if (root && !yes(unit.find("Service.DynamicUser"))) {
        report.add("UNT-01", unit, user != nullptr ? user : unit.find("Service.ExecStart"),
                   user != nullptr ? "User=" + user->value : "neither User= nor DynamicUser=");
    }
}

void check_end(const Settings& unit, const Facts& facts, Report& report) {
    const auto* stop = unit.find("Service.TimeoutStopSec");
    const auto patience = stop == nullptr ? stop_default : seconds_of(stop->value);
    if (facts.grace && patience && *patience <= *facts.grace) {
        report.add("UNT-04", unit, stop,
                   fmt::format("TimeoutStopSec={}, and it needs {} ({})",
                               stop == nullptr ? "90" : stop->value, format_duration(*facts.grace),
                               facts.grace_from));
    }
    const auto* signal = unit.find("Service.KillSignal");
    const auto* mode = unit.find("Service.KillMode");
    if (signal != nullptr && (signal->value == "SIGKILL" || signal->value == "9")) {
        report.add("UNT-05", unit, signal, "KillSignal=" + signal->value);
    } else if (mode != nullptr && mode->value == "none") {
        report.add("UNT-05", unit, mode, "KillMode=none");
    }
    const auto* restart = unit.find("Service.Restart");
    if (restart == nullptr || restart->value == "no") {
        report.add("UNT-03", unit, restart != nullptr ? restart : unit.find("Service.ExecStart"),
                   restart != nullptr ? "Restart=no" : "no Restart=");
    }
}

void check_hardening(const Settings& unit, Report& report) {
    static constexpr std::array names{
        std::string_view("NoNewPrivileges"), std::string_view("ProtectSystem"),
        std::string_view("ProtectHome"), std::string_view("PrivateTmp"),
        std::string_view("CapabilityBoundingSet")};
    std::vector<std::string_view> missing;
    for (const auto name : names) {
        if (unit.find(fmt::format("Service.{}", name)) == nullptr) {
            missing.push_back(name);
        }
    }
    if (!missing.empty()) {
        report.add("UNT-06", unit, unit.find("Service.ExecStart"),
                   fmt::format("without {}", fmt::join(missing, ", ")));
    }
}

void check_state(const Settings& unit, Report& report) {
    const auto* start = unit.find("Service.ExecStart");
    const auto* system = unit.find("Service.ProtectSystem");
    if (start == nullptr || system == nullptr || system->value != "strict") {
        return;
    }
    const auto at = start->value.find("sqlite:/");
    if (at == std::string::npos) {
        return;
    }
    auto path = start->value.substr(at + std::string_view("sqlite:").size());
    path = path.substr(0, path.find(' '));
    std::vector<std::string> folders;
    for (const auto* setting : unit.like("Service.StateDirectory")) {
        folders.push_back("/var/lib/" + setting->value);
    }
    for (const auto* setting : unit.like("Service.ReadWritePaths")) {
        folders.push_back(setting->value);
    }
    if (std::ranges::none_of(folders,
                             [&](const std::string& folder) { return is_below(path, folder); })) {
        report.add("UNT-07", unit, start,
                   fmt::format("{} is below no StateDirectory= and no ReadWritePaths=", path));
    }
}

}  // namespace

void check_unit(const Settings& unit, const Facts& facts, Report& report) {
    const auto* start = unit.find("Service.ExecStart");
    if (start == nullptr) {
        report.add("DPL-01", unit, nullptr, "a service without ExecStart=");
        return;
    }
    check_user(unit, report);
    check_end(unit, facts, report);
    check_hardening(unit, report);
    check_state(unit, report);
    if (const auto why = eats_signals(start->value)) {
        report.add("UNT-08", unit, start, *why);
    }
    for (const auto* setting : unit.like("Service.Environment")) {
        for (const auto& variable : variables_of(setting->value)) {
            if (is_open_secret(variable)) {
                report.add("UNT-02", unit, setting, variable.name + " has a value");
            }
        }
    }
}

}  // namespace apilab::cli::deploy
