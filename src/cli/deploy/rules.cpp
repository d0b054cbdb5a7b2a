#include "deploy/rules.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <tuple>

#include "deploy/facts.hpp"

namespace apilab::cli::deploy {
namespace {

using enum Severity;

constexpr std::string_view docker_docs = "docs.docker.com/reference/dockerfile";
constexpr std::string_view fly_docs = "fly.io/docs/reference/configuration";
constexpr std::string_view fly_volumes = "fly.io/docs/volumes/overview";
constexpr std::string_view railway_docs = "docs.railway.com/config-as-code/reference";
constexpr std::string_view railway_end = "docs.railway.com/deployments/deployment-teardown";
constexpr std::string_view railway_volumes = "docs.railway.com/reference/volumes";
constexpr std::string_view unit_docs = "systemd.exec(5), systemd.service(5)";
constexpr std::string_view factors = "12factor.net";

// clang-format off
constexpr std::array cards{
    RuleCard{"DKR-01", moderate, "the base image has no tag, or `latest`", "name a version (debian:bookworm-slim) or a digest", docker_docs},
    RuleCard{"DKR-02", high, "runs as root", "USER with a number, 10001:10001, in the last stage", docker_docs},
    RuleCard{"DKR-03", critical, "a secret in ENV or ARG", "give it at run time, or to one step with RUN --mount=type=secret", "docs.docker.com/build/building/secrets"},
    RuleCard{"DKR-04", critical, "copies a file that holds secrets", "leave it out; the platform's secrets come through the environment", "docs.docker.com/build/building/secrets"},
    RuleCard{"DKR-05", high, "copies everything, and nothing keeps secrets out", "a .dockerignore with .env, or copy what is needed by name", "docs.docker.com/build/concepts/context"},
    RuleCard{"DKR-06", high, "a shell or package manager between the platform and the program", "exec form: CMD [\"program\", \"argument\"]", docker_docs},
    RuleCard{"DKR-07", low, "no HEALTHCHECK", "HEALTHCHECK CMD [...] that asks the program itself", docker_docs},
    RuleCard{"DKR-08", high, "the health check asks somebody else", "ask this program on 127.0.0.1: a provider's bad day is no reason to restart", "design: /readyz never asks a third party"},
    RuleCard{"DKR-09", moderate, "ports that do not agree", "EXPOSE, PORT and the health check name one port", docker_docs},
    RuleCard{"DKR-10", high, "a stop signal that cannot be handled", "STOPSIGNAL SIGTERM", docker_docs},
    RuleCard{"DKR-11", moderate, "nothing to run", "ENTRYPOINT or CMD in the last stage", docker_docs},
    RuleCard{"DPL-01", high, "a file that cannot be read", "write it as the platform reads it", "the platform refuses it, too"},
    RuleCard{"DPL-02", critical, "a credential in a file", "take it out, replace it where it was made, and keep it in the platform's secrets", factors},
    RuleCard{"DPL-03", high, "listens on this machine only", "listen on 0.0.0.0: the platform's router comes from outside", "docs.railway.com/guides/public-networking"},
    RuleCard{"FLY-01", moderate, "no stop signal is named, and Fly.io's is SIGINT", "kill_signal = \"SIGTERM\", and a program that takes both alike", fly_docs},
    RuleCard{"FLY-02", high, "no kill_timeout: killed after 5 s", "kill_timeout above the time that the program needs to end", fly_docs},
    RuleCard{"FLY-03", high, "killed before it can have ended", "kill_timeout above the program's grace, at most 300 s", fly_docs},
    RuleCard{"FLY-04", high, "no health check: traffic goes to whoever has started", "[[http_service.checks]] with path = \"/readyz\"", fly_docs},
    RuleCard{"FLY-05", high, "the health check depends on others", "a path that asks this program alone (/readyz, /livez)", "design: /readyz never asks a third party"},
    RuleCard{"FLY-06", high, "stops when nobody asks, and what acts by the clock stops with it", "auto_stop_machines = \"off\" and min_machines_running = 1", "fly.io/docs/launch/autostop-autostart"},
    RuleCard{"FLY-07", high, "a volume, and a strategy that starts a second machine first", "strategy = \"rolling\": a volume belongs to one machine", fly_volumes},
    RuleCard{"FLY-08", high, "one volume and several machines", "one machine, or a store that several can share (PostgreSQL)", fly_volumes},
    RuleCard{"FLY-09", high, "a release command that needs the volume", "do it when the program starts: release commands run without volumes", fly_docs},
    RuleCard{"FLY-10", high, "the port is not the program's", "internal_port is the port that the image listens on", fly_docs},
    RuleCard{"FLY-11", critical, "a secret in [env]", "fly secrets set NAME=...", "fly.io/docs/apps/secrets"},
    RuleCard{"FLY-12", high, "data on a disk that goes with the machine", "[mounts] whose destination holds the store", fly_volumes},
    RuleCard{"RLW-01", high, "no health check: traffic goes to whoever has started", "\"healthcheckPath\": \"/readyz\"", railway_docs},
    RuleCard{"RLW-02", high, "the health check depends on others", "a path that asks this program alone (/readyz)", "design: /readyz never asks a third party"},
    RuleCard{"RLW-03", high, "no drainingSeconds: killed at once, or nearly", "\"drainingSeconds\" above the time that the program needs to end", railway_end},
    RuleCard{"RLW-04", high, "killed before it can have ended", "\"drainingSeconds\" above the program's grace", railway_end},
    RuleCard{"RLW-05", high, "two deployments at once over one volume", "\"overlapSeconds\": 0 where there is a volume", railway_volumes},
    RuleCard{"RLW-06", high, "one volume and several replicas", "one replica, or a store that several can share (PostgreSQL)", railway_volumes},
    RuleCard{"RLW-07", high, "a command before the deployment that needs the volume", "do it when the program starts: volumes are mounted only then", railway_volumes},
    RuleCard{"RLW-08", high, "sleeps when nobody asks, and what acts by the clock sleeps with it", "\"sleepApplication\": false", "docs.railway.com/reference/app-sleeping"},
    RuleCard{"RLW-09", high, "a port of its own", "listen on $PORT, which Railway gives", "docs.railway.com/guides/public-networking"},
    RuleCard{"RLW-10", high, "a shell or package manager between the platform and the program", "the program itself, or exec in front of it", railway_docs},
    RuleCard{"RLW-11", moderate, "not started again when it ends", "\"restartPolicyType\": \"ON_FAILURE\" or \"ALWAYS\"", railway_docs},
    RuleCard{"RLW-12", moderate, "there is a Dockerfile, and it is not what is built", "\"builder\": \"DOCKERFILE\" with its \"dockerfilePath\"", railway_docs},
    RuleCard{"RLW-13", high, "a number written as text", "10, not \"10\": the deployment fails before it starts", "github.com/railwayapp/docs/issues/1243"},
    RuleCard{"UNT-01", high, "runs as root", "DynamicUser=yes, or User=", unit_docs},
    RuleCard{"UNT-02", critical, "a secret in Environment=", "LoadCredential=NAME:FILE and NAME_FILE=%d/NAME: everybody may read a unit's environment", "systemd.io/CREDENTIALS"},
    RuleCard{"UNT-03", moderate, "not started again when it fails", "Restart=on-failure", unit_docs},
    RuleCard{"UNT-04", high, "killed before it can have ended", "TimeoutStopSec= above the program's grace", unit_docs},
    RuleCard{"UNT-05", high, "no signal that can be handled reaches it", "KillSignal=SIGTERM and KillMode=mixed", "systemd.kill(5)"},
    RuleCard{"UNT-06", low, "may do more than it needs", "NoNewPrivileges=, ProtectSystem=strict, ProtectHome=, PrivateTmp=, CapabilityBoundingSet=", unit_docs},
    RuleCard{"UNT-07", high, "its data is where it may not write", "StateDirectory=, and the store below it", unit_docs},
    RuleCard{"UNT-08", high, "a shell or package manager between systemd and the program", "the program itself, or exec in front of it", unit_docs},
};
// clang-format on

const RuleCard& card_of(std::string_view id) {
    const auto found = std::ranges::find(cards, id, &RuleCard::id);
    assert(found != cards.end());
    return *found;
}

constexpr std::array severities{std::string_view("low"), std::string_view("moderate"),
                                std::string_view("high"), std::string_view("critical")};

}  // namespace

std::string_view to_string(Severity severity) {
    return severities.at(static_cast<std::size_t>(severity));
}

std::optional<Severity> severity_of(std::string_view word) {
    const auto found = std::ranges::find(severities, word);
    if (found == severities.end()) {
        return std::nullopt;
    }
    return static_cast<Severity>(found - severities.begin());
}

std::span<const RuleCard> rule_cards() {
    return cards;
}

void Report::add(std::string_view id, std::string file, std::size_t line, std::string what) {
    findings_.push_back({.rule = &card_of(id),
                         .file = std::move(file),
                         .line = std::max<std::size_t>(line, 1),
                         .what = std::move(what)});
}

std::vector<Finding> Report::sorted() && {
    std::ranges::sort(findings_, [](const Finding& a, const Finding& b) {
        return std::tie(b.rule->severity, a.file, a.line, a.rule->id, a.what) <
               std::tie(a.rule->severity, b.file, b.line, b.rule->id, b.what);
    });
    return std::move(findings_);
}

std::vector<Finding> check_project(const Project& project, const CheckOptions& options) {
    Report report;
    const auto facts = facts_of(project, options);
    check_common(project, facts, report);
    if (project.docker) {
        check_docker(project, facts, report);
    }
    if (project.fly) {
        check_fly(*project.fly, facts, report);
    }
    if (project.railway) {
        check_railway(project, facts, report);
    }
    for (const auto& unit : project.units) {
        check_unit(unit, facts, report);
    }
    return std::move(report).sorted();
}

}  // namespace apilab::cli::deploy
