// apilab deploy check: a good folder has no finding, and each rule finds the one thing that breaks
// it, on its line.
#include "deploy/rules.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <set>

namespace apilab::cli::deploy {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using Files = std::map<std::string, std::string>;

const Files& good() {
    static const Files files{
        {"Dockerfile", R"(ARG BASE=debian:bookworm-slim
FROM ${BASE} AS build
WORKDIR /src
COPY . .
RUN make
FROM scratch
COPY --from=build /src/svc /svc
ENV PORT=8080 SVC_GRACE=4s
EXPOSE 8080
USER 10001:10001
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s CMD ["/svc", "health", "http://127.0.0.1:8080/readyz"]
ENTRYPOINT ["/svc"]
CMD ["worker", "--store", "sqlite:/data/svc.db"]
)"},
        {".dockerignore", ".env\n.git\n"},
        {"fly.toml", R"(app = "svc"
kill_signal = "SIGTERM"
kill_timeout = 60
[deploy]
strategy = "rolling"
[mounts]
source = "data"
destination = "/data"
[http_service]
internal_port = 8080
auto_stop_machines = "off"
min_machines_running = 1
[[http_service.checks]]
path = "/readyz"
)"},
        {"railway.json", R"({
  "build": {"builder": "DOCKERFILE"},
  "deploy": {
    "healthcheckPath": "/readyz",
    "drainingSeconds": 30,
    "overlapSeconds": 0,
    "numReplicas": 1,
    "restartPolicyType": "ON_FAILURE"
  }
}
)"},
        {"svc.service", R"([Service]
ExecStart=/usr/bin/svc worker --store sqlite:/var/lib/svc/svc.db
Restart=on-failure
DynamicUser=yes
StateDirectory=svc
LoadCredential=github:/etc/svc/github
Environment=GITHUB_SECRET_FILE=%d/github
TimeoutStopSec=30
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
CapabilityBoundingSet=
)"},
    };
    return files;
}

std::vector<Finding> findings_of(const Files& files, std::vector<std::string> lying_about = {}) {
    std::vector<Text> texts;
    for (const auto& [file, text] : files) {
        texts.push_back({file, text});
    }
    return check_project(make_project(std::move(texts), std::move(lying_about)));
}

std::vector<std::string> ids_of(const std::vector<Finding>& findings) {
    std::vector<std::string> ids;
    for (const auto& finding : findings) {
        ids.emplace_back(finding.rule->id);
    }
    return ids;
}

Files with(const std::string& file, std::string_view old, std::string_view replacement) {
    auto files = good();
    auto& text = files[file];
    const auto at = text.find(old);
    EXPECT_NE(at, std::string::npos) << old;
    if (at != std::string::npos) {
        text.replace(at, old.size(), replacement);
    }
    return files;
}

struct Broken {
    std::string rule;
    std::string file;
    std::string old;
    std::string replacement;
    std::size_t line;
};

std::vector<Broken> broken_images() {
    // In two parts, so that this file holds no token.
    const std::string token = std::string("ghp") + "_A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8";
    return {
        {"DKR-01", "Dockerfile", "debian:bookworm-slim", "debian:latest", 2},
        {"DKR-01", "Dockerfile", "debian:bookworm-slim", "registry:5000/debian", 2},
        {"DKR-02", "Dockerfile", "USER 10001:10001\n", "", 6},
        {"DKR-02", "Dockerfile", "USER 10001:10001", "USER 0:0", 10},
        {"DKR-03", "Dockerfile", "ENV PORT=8080", "ENV API_TOKEN=hunter2 PORT=8080", 8},
        {"DKR-03", "Dockerfile", "WORKDIR /src", "ARG NPM_TOKEN", 3},
        {"DKR-04", "Dockerfile", "WORKDIR /src", "COPY config/.env /", 3},
        {"DKR-04", "Dockerfile", "WORKDIR /src", "ADD [\"server.key\", \"/\"]", 3},
        {"DKR-05", ".dockerignore", ".env\n", "", 0},
        {"DKR-06", "Dockerfile", "ENTRYPOINT [\"/svc\"]", "ENTRYPOINT /svc", 13},
        {"DKR-06", "Dockerfile", "ENTRYPOINT [\"/svc\"]", "ENTRYPOINT [\"sh\", \"-c\", \"/svc\"]",
         13},
        {"DKR-06", "Dockerfile", "ENTRYPOINT [\"/svc\"]", "ENTRYPOINT [\"npm\", \"start\"]", 13},
        {"DKR-06", "Dockerfile", "CMD [\"worker\", \"--store\", \"sqlite:/data/svc.db\"]",
         "CMD worker --store sqlite:/data/svc.db", 14},
        {"DKR-07", "Dockerfile", "HEALTHCHECK --interval=15s CMD ", "LABEL a=", 6},
        {"DKR-08", "Dockerfile", "http://127.0.0.1:8080/readyz", "https://api.example.com/", 12},
        {"DKR-08", "Dockerfile", "127.0.0.1:8080/readyz", "127.0.0.1:8080/status", 12},
        {"DKR-09", "Dockerfile", "127.0.0.1:8080", "127.0.0.1:3000", 12},
        {"DKR-09", "Dockerfile", "EXPOSE 8080", "EXPOSE 3000/tcp", 9},
        {"DKR-10", "Dockerfile", "STOPSIGNAL SIGTERM", "STOPSIGNAL SIGKILL", 11},
        {"DKR-11", "Dockerfile",
         "ENTRYPOINT [\"/svc\"]\nCMD [\"worker\", \"--store\", \"sqlite:/data/svc.db\"]\n", "", 6},
        {"DPL-01", "fly.toml", "app = \"svc\"", "app = svc", 1},
        {"DPL-01", "railway.json", "\"build\":", "build:", 1},
        {"DPL-01", "svc.service", "Restart=on-failure", "Restart", 3},
        {"DPL-02", "fly.toml", "app = \"svc\"", "app = \"svc\" # " + token, 1},
        {"DPL-03", "Dockerfile", "\"worker\",", "\"worker\", \"--host=127.0.0.1\",", 14},
        {"DPL-03", "Dockerfile", "ENV PORT=8080", "ENV SVC_ADDRESS=localhost PORT=8080", 8},
    };
}

std::vector<Broken> broken_platforms() {
    return {
        {"FLY-01", "fly.toml", "kill_signal = \"SIGTERM\"\n", "", 1},
        {"FLY-01", "fly.toml", "SIGTERM", "SIGKILL", 2},
        {"FLY-02", "fly.toml", "kill_timeout = 60\n", "", 1},
        {"FLY-03", "fly.toml", "kill_timeout = 60", "kill_timeout = 4", 3},
        {"FLY-03", "fly.toml", "kill_timeout = 60", "kill_timeout = \"10m\"", 3},
        {"FLY-04", "fly.toml", "[[http_service.checks]]\npath = \"/readyz\"\n", "", 10},
        {"FLY-05", "fly.toml", "/readyz", "/health/github", 14},
        {"FLY-06", "fly.toml", "\"off\"\nmin_machines_running = 1",
         "\"suspend\"\nmin_machines_running = 0", 11},
        {"FLY-07", "fly.toml", "rolling", "canary", 5},
        {"FLY-07", "fly.toml", "rolling", "bluegreen", 5},
        {"FLY-08", "fly.toml", "min_machines_running = 1", "min_machines_running = 2", 12},
        {"FLY-09", "fly.toml", "strategy = \"rolling\"", "release_command = \"svc migrate\"", 5},
        {"FLY-10", "fly.toml", "internal_port = 8080", "internal_port = 3000", 10},
        {"FLY-11", "fly.toml", "[deploy]", "[env]\nAPI_TOKEN = \"hunter2\"\n[deploy]", 5},
        {"FLY-12", "fly.toml", "[mounts]\nsource = \"data\"\ndestination = \"/data\"\n", "", 1},
        {"FLY-12", "fly.toml", "\"/data\"", "\"/dat\"", 8},
        {"RLW-01", "railway.json", "    \"healthcheckPath\": \"/readyz\",\n", "", 1},
        {"RLW-02", "railway.json", "/readyz", "/status", 4},
        {"RLW-03", "railway.json", "    \"drainingSeconds\": 30,\n", "", 4},
        {"RLW-03", "railway.json", "\"drainingSeconds\": 30", "\"drainingSeconds\": 0", 5},
        {"RLW-04", "railway.json", "\"drainingSeconds\": 30", "\"drainingSeconds\": 3", 5},
        {"RLW-05", "railway.json", "\"overlapSeconds\": 0", "\"overlapSeconds\": 20", 6},
        {"RLW-06", "railway.json", "\"numReplicas\": 1", "\"numReplicas\": 3", 7},
        {"RLW-07", "railway.json", "\"numReplicas\": 1", "\"preDeployCommand\": [\"svc migrate\"]",
         7},
        {"RLW-08", "railway.json", "\"numReplicas\": 1", "\"sleepApplication\": true", 7},
        {"RLW-09", "railway.json", "\"numReplicas\": 1",
         "\"startCommand\": \"/svc --port 3000 --store sqlite:/data/svc.db\"", 7},
        {"RLW-10", "railway.json", "\"numReplicas\": 1",
         "\"startCommand\": \"sh -c '/svc --port $PORT'\"", 7},
        {"RLW-11", "railway.json", "ON_FAILURE", "NEVER", 8},
        {"RLW-12", "railway.json", "DOCKERFILE", "NIXPACKS", 2},
        {"RLW-13", "railway.json", "\"drainingSeconds\": 30", "\"drainingSeconds\": \"30\"", 5},
        {"UNT-01", "svc.service", "DynamicUser=yes\n", "", 2},
        {"UNT-01", "svc.service", "DynamicUser=yes", "User=root", 4},
        {"UNT-02", "svc.service", "GITHUB_SECRET_FILE=%d/github", "GITHUB_SECRET=hunter2", 7},
        {"UNT-03", "svc.service", "Restart=on-failure\n", "", 2},
        {"UNT-03", "svc.service", "Restart=on-failure", "Restart=no", 3},
        {"UNT-04", "svc.service", "TimeoutStopSec=30", "TimeoutStopSec=2s", 8},
        {"UNT-05", "svc.service", "Restart=", "KillSignal=SIGKILL\nRestart=", 3},
        {"UNT-05", "svc.service", "Restart=", "KillMode=none\nRestart=", 3},
        {"UNT-06", "svc.service", "ProtectHome=yes\n", "", 2},
        {"UNT-07", "svc.service", "StateDirectory=svc\n", "", 2},
        {"UNT-07", "svc.service", "/var/lib/svc/svc.db", "/var/lib/svc2/svc.db", 2},
        {"UNT-08", "svc.service", "=/usr/bin/svc worker", "=/bin/sh -c '/usr/bin/svc worker'", 2},
    };
}

const std::vector<Broken>& broken() {
    static const std::vector<Broken> all = [] {
        auto both = broken_images();
        std::ranges::move(broken_platforms(), std::back_inserter(both));
        return both;
    }();
    return all;
}

TEST(DeployRules, find_nothing_in_a_good_folder) {
    for (const auto& finding : findings_of(good())) {
        ADD_FAILURE() << finding.file << ':' << finding.line << ' ' << finding.rule->id << ' '
                      << finding.what;
    }
}

TEST(DeployRules, each_finds_what_breaks_it_and_nothing_else) {
    for (const auto& [rule, file, old, replacement, line] : broken()) {
        const auto findings = findings_of(with(file, old, replacement));
        ASSERT_THAT(ids_of(findings), ElementsAre(rule))
            << file << ": '" << old << "' -> '" << replacement << "'";
        EXPECT_EQ(findings[0].file, line == 0 ? "Dockerfile" : file);
        if (line != 0) {
            EXPECT_EQ(findings[0].line, line) << rule << ' ' << findings[0].what;
        }
        EXPECT_FALSE(findings[0].what.empty());
    }
}

TEST(DeployRules, are_all_broken_by_a_case_above) {
    std::set<std::string> seen;
    for (const auto& one : broken()) {
        seen.insert(one.rule);
    }
    std::string before;
    for (const auto& card : rule_cards()) {
        EXPECT_TRUE(seen.contains(std::string(card.id))) << card.id;
        EXPECT_LT(before, card.id) << "in the order of their ids";
        before = card.id;
        EXPECT_FALSE(card.right.empty() || card.source.empty() || card.title.empty()) << card.id;
    }
}

TEST(DeployRules, are_not_taken_in_by_what_only_looks_wrong) {
    const std::vector<Broken> fine{
        {"a digest", "Dockerfile", "debian:bookworm-slim", "debian@sha256:0123", 0},
        {"a tag behind a port", "Dockerfile", "debian:bookworm-slim", "registry:5000/debian:12", 0},
        {"root while it is built", "Dockerfile", "WORKDIR /src", "USER root", 0},
        {"an ARG with a reference", "Dockerfile", "WORKDIR /src", "ENV API_TOKEN=$TOKEN", 0},
        {"an example", "Dockerfile", "WORKDIR /src", "COPY .env.example /", 0},
        {"exec in the shell", "Dockerfile", "ENTRYPOINT [\"/svc\"]",
         "ENTRYPOINT [\"sh\", \"-c\", \"exec /svc\"]", 0},
        {"exec in shell form", "Dockerfile",
         "ENTRYPOINT [\"/svc\"]\nCMD [\"worker\", \"--store\", \"sqlite:/data/svc.db\"]",
         "CMD exec /svc worker --store sqlite:/data/svc.db", 0},
        {"a heredoc with the word", "Dockerfile", "RUN make", "RUN <<EOF\nUSER root\nCMD x\nEOF",
         0},
        {"a comment between lines", "Dockerfile", "RUN make", "RUN make \\\n# USER root\n  all", 0},
        {"a port from outside", "Dockerfile", "127.0.0.1:8080", "127.0.0.1:${PORT}", 0},
        {"everything but", ".dockerignore", ".env\n", "*\n!src\n", 0},
        {"any .env", ".dockerignore", ".env\n", "**/.env*\n", 0},
        {"a timeout with unit", "fly.toml", "kill_timeout = 60", "kill_timeout = \"1m\"", 0},
        {"one that stays", "fly.toml", "auto_stop_machines = \"off\"",
         "auto_stop_machines = \"stop\"", 0},
        {"off as a word of TOML", "fly.toml", "auto_stop_machines = \"off\"",
         "auto_stop_machines = false", 0},
        {"a check of the whole app", "fly.toml", "[[http_service.checks]]", "[checks.alive]", 0},
        {"mounts as a list", "fly.toml", "[mounts]", "[[mounts]]", 0},
        {"a path that has the letters", "railway.json", "/readyz", "/nonstatus", 0},
        {"a port from the platform", "railway.json", "\"numReplicas\": 1",
         "\"startCommand\": \"/svc --port $PORT\"", 0},
        {"a user of its own", "svc.service", "DynamicUser=yes", "User=svc", 0},
        {"a folder that may be written", "svc.service", "StateDirectory=svc",
         "ReadWritePaths=/var/lib", 0},
        {"a name that is a file", "svc.service", "GITHUB_SECRET_FILE=%d/github",
         "GITHUB_TOKEN_FILE=/run/x", 0},
    };
    for (const auto& [what, file, old, replacement, line] : fine) {
        for (const auto& finding : findings_of(with(file, old, replacement))) {
            ADD_FAILURE() << what << ": " << finding.rule->id << ' ' << finding.what;
        }
    }
}

TEST(DeployRules, a_store_elsewhere_needs_no_volume_and_may_be_several) {
    auto files = with("Dockerfile", "sqlite:/data/svc.db", "postgres://db/svc");
    const auto change = [&](const std::string& file, std::string_view old, std::string_view to) {
        auto& text = files[file];
        text.replace(text.find(old), old.size(), to);
    };
    change("fly.toml", "min_machines_running = 1", "min_machines_running = 3");
    change("fly.toml", "[mounts]\nsource = \"data\"\ndestination = \"/data\"\n", "");
    change("railway.json", "\"numReplicas\": 1", "\"numReplicas\": 3");
    files.erase("svc.service");
    EXPECT_THAT(ids_of(findings_of(files)), IsEmpty());
}

TEST(DeployRules, sleep_is_worse_where_something_acts_by_the_clock) {
    const auto found = findings_of(
        with("fly.toml", "\"off\"\nmin_machines_running = 1", "true\nmin_machines_running = 0"));
    ASSERT_EQ(found.size(), 1U);
    EXPECT_THAT(found[0].what, HasSubstr("Dockerfile:14 runs 'worker'"));
}

TEST(DeployRules, a_grace_that_is_given_counts_more_than_what_files_say) {
    std::vector<Text> texts;
    for (const auto& [file, text] : good()) {
        texts.push_back({file, text});
    }
    const auto project = make_project(std::move(texts), {});
    const auto found = check_project(project, {.grace = std::chrono::seconds(45)});
    EXPECT_THAT(ids_of(found), ElementsAre("RLW-04", "UNT-04"));
    EXPECT_THAT(found[0].what, HasSubstr("it needs 45 s (--grace)"));
}

TEST(DeployRules, the_worst_comes_first) {
    auto files = with("fly.toml", "app = \"svc\"", "[env]\nAPI_TOKEN = \"hunter2\"");
    files["Dockerfile"].replace(files["Dockerfile"].find("HEALTHCHECK"), 11, "# ");
    const auto ids = ids_of(findings_of(files));
    ASSERT_FALSE(ids.empty());
    EXPECT_EQ(ids.front(), "FLY-11");
    EXPECT_EQ(ids.back(), "DKR-07");
}

TEST(DeployRules, say_that_a_secret_lies_beside_the_Dockerfile) {
    const auto found = findings_of(with(".dockerignore", ".env\n", ""), {".env.production"});
    ASSERT_EQ(found.size(), 1U);
    EXPECT_THAT(found[0].what, HasSubstr(".env.production is there now"));
}

}  // namespace
}  // namespace apilab::cli::deploy
