// Rules for a Dockerfile.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "apilab/base/ascii.hpp"
#include "apilab/base/secret_source.hpp"
#include "deploy/facts.hpp"

namespace apilab::cli::deploy {
namespace {

// What ARG says of a name that a FROM uses.
std::string resolved(const Dockerfile& docker, std::string_view image) {
    std::string text(image);
    for (const auto& instruction : docker.all) {
        if (instruction.name != "ARG") {
            continue;
        }
        for (const auto& [name, value] : variables_of(instruction)) {
            for (const auto& used : {"${" + name + "}", "$" + name}) {
                if (const auto at = text.find(used); at != std::string::npos) {
                    text.replace(at, used.size(), value);
                }
            }
        }
    }
    return text;
}

void check_base(const Dockerfile& docker, Report& report) {
    std::vector<std::string> stages;
    for (const auto& instruction : docker.all) {
        if (instruction.name != "FROM" || instruction.words.empty()) {
            continue;
        }
        const auto image = resolved(docker, instruction.words.front());
        const bool own = std::ranges::find(stages, image) != stages.end();
        if (instruction.words.size() > 2) {
            stages.push_back(instruction.words[2]);
        }
        const auto name = std::string_view(image).substr(image.rfind('/') + 1);
        const auto colon = name.find(':');
        if (own || image == "scratch" || image.empty() || image.contains('$') ||
            image.contains('@')) {
            continue;
        }
        if (colon == std::string_view::npos || name.substr(colon) == ":latest") {
            report.add("DKR-01", docker.file, instruction.line,
                       fmt::format("{}: the next build may get another one", image));
        }
    }
}

void check_user(const Dockerfile& docker, Report& report) {
    const auto stage = docker.final_stage();
    const auto* user = docker.last("USER");
    const auto name = user == nullptr || user->words.empty()
                          ? std::string()
                          : user->words.front().substr(0, user->words.front().find(':'));
    if (user == nullptr && !stage.front()->text.contains("nonroot")) {
        report.add("DKR-02", docker.file, stage.front()->line, "the last stage has no USER");
    } else if (user != nullptr && (name == "root" || name == "0")) {
        report.add("DKR-02", docker.file, user->line, fmt::format("USER {}", name));
    }
}

void check_variables(const Dockerfile& docker, Report& report) {
    for (const auto& instruction : docker.all) {
        if (instruction.name != "ENV" && instruction.name != "ARG") {
            continue;
        }
        for (const auto& variable : variables_of(instruction)) {
            if (is_open_secret(variable)) {
                report.add("DKR-03", docker.file, instruction.line,
                           fmt::format("{} {} has a value: it stays in the image's history",
                                       instruction.name, variable.name));
            } else if (instruction.name == "ARG" && variable_names_a_secret(variable.name)) {
                report.add("DKR-03", docker.file, instruction.line,
                           fmt::format("ARG {}: what is given for it stays in the image's history",
                                       variable.name));
            }
        }
    }
}

bool is_kept_out(const Project& project, std::string_view name) {
    if (!project.dockerignore) {
        return false;
    }
    static constexpr std::array all{std::string_view("*"), std::string_view("**"),
                                    std::string_view("**/*")};
    std::string_view rest = *project.dockerignore;
    bool out = false;
    while (!rest.empty()) {
        auto line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(line.size() + 1, rest.size()));
        line = line.substr(0, line.find_last_not_of(" \t\r") + 1);
        const bool back = line.starts_with('!');
        line.remove_prefix(back ? 1 : 0);
        line.remove_prefix(line.starts_with("**/") ? 3 : (line.starts_with('/') ? 1 : 0));
        const bool meant = line == name || std::ranges::find(all, line) != all.end() ||
                           (line.ends_with('*') && line.size() > 1 &&
                            name.starts_with(line.substr(0, line.size() - 1))) ||
                           (line.starts_with("*.") && name.ends_with(line.substr(1)));
        out = meant ? !back : out;
    }
    return out;
}

void check_copies(const Project& project, const Dockerfile& docker, Report& report) {
    for (const auto& instruction : docker.all) {
        if ((instruction.name != "COPY" && instruction.name != "ADD") ||
            instruction.words.size() < 2) {
            continue;
        }
        for (auto word = instruction.words.begin(); word + 1 != instruction.words.end(); ++word) {
            const auto name = std::filesystem::path(*word).filename().string();
            if (names_private_file(name)) {
                report.add(
                    "DKR-04", docker.file, instruction.line,
                    fmt::format("{} {}: whoever has the image has it", instruction.name, *word));
            }
            // From another stage it is not the folder that is copied.
            const bool everything = *word == "." || *word == "./" || *word == "*";
            if (everything && !is_kept_out(project, ".env")) {
                const auto lies =
                    project.private_files.empty()
                        ? std::string()
                        : fmt::format(" ({} is there now)", project.private_files.front());
                report.add(
                    "DKR-05", docker.file, instruction.line,
                    fmt::format("{} {} takes a .env along{}", instruction.name, *word, lies));
            }
        }
    }
}

void check_start(const Dockerfile& docker, Report& report) {
    const auto* entry = docker.last("ENTRYPOINT");
    const auto* command = docker.last("CMD");
    if (entry == nullptr && command == nullptr) {
        report.add("DKR-11", docker.file, docker.final_stage().front()->line,
                   "neither ENTRYPOINT nor CMD: it runs what its base runs");
        return;
    }
    const auto* first = entry != nullptr ? entry : command;
    if (!first->exec_form && !first->text.starts_with("exec ")) {
        report.add("DKR-06", docker.file, first->line,
                   fmt::format("{} {}: a shell stays in front of it and gets the signals",
                               first->name, first->text));
    } else if (const auto why = eats_signals(first->words); why && first->exec_form) {
        report.add("DKR-06", docker.file, first->line, *why);
    }
    if (entry != nullptr && entry->exec_form && command != nullptr && !command->exec_form) {
        report.add("DKR-06", docker.file, command->line,
                   "CMD in shell form: the program gets /bin/sh -c as its arguments");
    }
}

// `http://127.0.0.1:8080/readyz` of a health check.
struct Target {
    std::string host;
    std::string port = "80";
    std::string path;
};

std::optional<Target> target_of(std::string_view text) {
    const auto at = text.find("://");
    if (at == std::string_view::npos) {
        return std::nullopt;
    }
    text.remove_prefix(at + 3);
    text = text.substr(0, text.find_first_of(" \"'|;"));
    const auto slash = std::min(text.find('/'), text.size());
    Target target{.host = std::string(text.substr(0, slash)),
                  .path = std::string(text.substr(slash))};
    const auto colon = target.host.rfind(':');
    if (colon != std::string::npos && !target.host.ends_with(']')) {
        target.port = target.host.substr(colon + 1);
        target.host.resize(colon);
    }
    return target;
}

void check_health(const Dockerfile& docker, const Facts& facts, Report& report) {
    const auto* health = docker.last("HEALTHCHECK");
    if (health == nullptr || health->text == "NONE") {
        report.add("DKR-07", docker.file,
                   health == nullptr ? docker.final_stage().front()->line : health->line,
                   "nothing tells whether it works");
        return;
    }
    const auto target = target_of(health->text);
    if (!target) {
        return;
    }
    static constexpr std::array here{std::string_view("127.0.0.1"), std::string_view("localhost"),
                                     std::string_view("[::1]"), std::string_view("0.0.0.0")};
    if (!target->host.starts_with('$') && std::ranges::find(here, target->host) == here.end()) {
        report.add("DKR-08", docker.file, health->line, fmt::format("it asks {}", target->host));
        return;
    }
    if (const auto why = asks_others(target->path)) {
        report.add("DKR-08", docker.file, health->line, *why);
    }
    if (facts.port && !target->port.starts_with('$') && target->port != facts.port->value) {
        report.add("DKR-09", docker.file, health->line,
                   fmt::format("the health check asks port {}, line {} says {}", target->port,
                               facts.port->line, facts.port->value));
    }
}

void check_ports(const Dockerfile& docker, const Facts& facts, Report& report) {
    const auto* expose = docker.last("EXPOSE");
    if (expose == nullptr || !facts.port || expose->words.empty()) {
        return;
    }
    const bool named = std::ranges::any_of(expose->words, [&](const std::string& word) {
        return word.substr(0, word.find('/')) == facts.port->value || word.contains('$');
    });
    if (!named && !facts.port->value.contains('$')) {
        report.add("DKR-09", docker.file, expose->line,
                   fmt::format("EXPOSE {}, and PORT is {} (line {})", expose->text,
                               facts.port->value, facts.port->line));
    }
}

}  // namespace

void check_docker(const Project& project, const Facts& facts, Report& report) {
    const auto& docker = *project.docker;
    check_base(docker, report);
    check_user(docker, report);
    check_variables(docker, report);
    check_copies(project, docker, report);
    check_start(docker, report);
    check_health(docker, facts, report);
    check_ports(docker, facts, report);
    if (const auto* signal = docker.last("STOPSIGNAL");
        signal != nullptr && (signal->text == "SIGKILL" || signal->text == "9")) {
        report.add("DKR-10", docker.file, signal->line, "STOPSIGNAL " + signal->text);
    }
}

}  // namespace apilab::cli::deploy
