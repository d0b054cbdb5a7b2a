// Day 13: what a folder says before it is deployed
//
// Situation  36 folders, each with a Dockerfile and a fly.toml, are about to be deployed. Twelve
//            are right. Each of the others has one fault that nothing shows until a router, a
//            signal or a second machine comes.
// Shows      Rules over files: what is there, what is missing, what two files say of the same
//            thing; each finding with its file and line, and none where all is right.
// Run        ./lab learn day13_deploy_check --compare     (real folders: apilab deploy check .)
// Break      --break=by-name | each-file-alone | no-lines | only-what-is-there

#include <cstdlib>

#include "deployments.hpp"

namespace {
using namespace exercise;

// A value is a secret, a name is not: TOKEN_URL and TOKEN_FILE say where something is.
std::optional<Said> baked_secret(const Deployment& folder) {
    for (const auto& variable : folder.instructions("ENV")) {
        const auto equals = variable.value.find('=');
        const auto name = variable.value.substr(0, equals);
        if (name.ends_with("TOKEN") || name.ends_with("SECRET") || name.ends_with("PASSWORD")) {
            return variable;
        }
    }
    return std::nullopt;
}

// Tempting: whatever is called so. A rule that cries wolf is turned off, and then finds nothing.
std::optional<Said> called_secret(const Deployment& folder) {
    for (const auto& variable : folder.instructions("ENV")) {
        if (variable.value.contains("TOKEN")) {
            return variable;
        }
    }
    return std::nullopt;
}

// Alone each file is right: the image listens somewhere, the router looks somewhere.
std::optional<Said> other_port(const Deployment& folder) {
    const auto routed = folder.setting("http_service.internal_port");
    for (const auto& variable : folder.instructions("ENV")) {
        if (routed && variable.value.starts_with("PORT=") &&
            variable.value != "PORT=" + routed->value) {
            return routed;
        }
    }
    return std::nullopt;
}

// What a file can tell about its own port: that it is one.
std::optional<Said> no_port(const Deployment& folder) {
    const auto routed = folder.setting("http_service.internal_port");
    return routed && std::atoi(routed->value.c_str()) <= 0 ? routed : std::nullopt;
}

// A volume belongs to one machine: the second one begins with an empty one of its own.
std::optional<Said> shared_volume(const Deployment& folder) {
    const auto machines = folder.setting("http_service.min_machines_running");
    return machines && std::atoi(machines->value.c_str()) > 1 ? folder.setting("[mounts]")
                                                              : std::nullopt;
}

// Without brackets a shell is process 1, and it does not pass signals on.
std::optional<Said> shell_form(const Deployment& folder) {
    for (const auto& command : folder.instructions("CMD")) {
        if (!command.value.starts_with('[')) {
            return command;
        }
    }
    return std::nullopt;
}

std::optional<Said> loopback(const Deployment& folder) {
    for (const auto& command : folder.instructions("CMD")) {
        if (command.value.contains("127.0.0.1") || command.value.contains("localhost")) {
            return command;
        }
    }
    return std::nullopt;
}

// What is missing has no line: a finding names the one it belongs to.

std::optional<Said> no_health(const Deployment& folder) {
    return folder.setting("[[http_service.checks]]") ? std::nullopt
                                                     : folder.setting("[http_service]");
}

std::optional<Said> no_patience(const Deployment& folder) {
    return folder.setting("kill_timeout") ? std::nullopt : folder.setting("app");
}

std::optional<Said> root(const Deployment& folder) {
    const auto users = folder.instructions("USER");
    const auto images = folder.instructions("FROM");
    return users.empty() && !images.empty() ? std::optional(images.back()) : std::nullopt;
}

// "Something is wrong with it": true, and of no help at two in the morning.
template <Finds finds>
std::optional<Said> somewhere(const Deployment& folder) {
    auto found = finds(folder);
    if (found) {
        found->line = 0;
    }
    return found;
}

std::vector<DeployRule> my_rules(Lab& lab) {
    if (lab.broken("no-lines")) {
        return {{"something about its secrets", somewhere<baked_secret>},
                {"something about its ports", somewhere<other_port>},
                {"something about its command", somewhere<shell_form>}};
    }
    std::vector<DeployRule> rules = {
        {"a secret in the image", baked_secret},
        {"two ports", lab.broken("each-file-alone") ? no_port : other_port},
        {"one volume for two machines", shared_volume},
        {"a shell between it and its signals", shell_form},
        {"listens where nobody is", loopback}};
    if (lab.broken("by-name")) {
        rules.push_back({"something called TOKEN", called_secret});
    }
    if (!lab.broken("only-what-is-there")) {
        rules.push_back({"no health check", no_health});
        rules.push_back({"no kill_timeout", no_patience});
        rules.push_back({"no USER", root});
    }
    return rules;
}

Task<void> production(Lab& lab) {
    return try_on_deployments(lab, my_rules(lab));
}

// Friday: grep for what went wrong the last time.
Task<void> grep(Lab& lab) {
    return try_on_deployments(lab, {{"a token", called_secret}, {"localhost", loopback}});
}

}  // namespace

int main(int argc, char** argv) {
    return exercise::run(
        {.name = "day13_deploy_check",
         .story = "eight rules over 12 right folders and 24 with a fault each",
         .scenario = "day13-deploy-check",
         .deadline = std::chrono::seconds(20),
         .sins = {{"by-name", "takes every variable called TOKEN for a secret", "TST-01"},
                  {"each-file-alone", "never holds one file against the other", "TST-02"},
                  {"no-lines", "does not say where", "TST-02"},
                  {"only-what-is-there", "does not see what is missing", "TST-02"}},
         .production = production,
         .naive = grep,
         .numbers = {"faults found", "false alarms"},
         .next = "day14_checklist"},
        argc, argv);
}
