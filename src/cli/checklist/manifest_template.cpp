#include "checklist/manifest_template.hpp"

namespace apilab::cli::checklist {

std::string_view manifest_template() {
    return R"toml(# Of the integrations in this folder, for `apilab checklist run`: `apilab explain integrations.toml`.

name = "my-service"
owner = ""            # a team
on_call = ""          # a channel or a number
# root = "../.."      # where its files are, if this one lies deeper
# parts = ["src"]     # below root, what of it is looked at; none: all
# runbook = "docs/runbook.md"
# alerts = "deploy/alerts.yml"
# tests = "tests"
# fixtures = "tests/fixtures"
# retention = "no personal data are kept"

# How it is run here against a sandbox; without `command` nothing is run. {port}, {volume}, {folder},
# names that `apilab sandbox env` prints and more are replaced: `apilab explain integrations.toml`.
[service]
command = []          # ["./my-service", "--port", "{port}"]
# trigger = "github"  # the webhook that makes it do its work; none: it works by itself
# health = "/livez"
# ready = "/readyz"
# metrics = "/metrics"
# dead_letters = "/admin/dead"
# redeliver = "POST /admin/dead/{id}/again"
# reset_breaker = "POST /admin/breakers/{provider}/close"
# token = "ADMIN_TOKEN"
# ready_within = "10s"
# kill_timeout = "5s"
# secrets = ["ADMIN_TOKEN", "GITHUB_TOKEN", "GITHUB_WEBHOOK_SECRET"]

[service.environment]
# PORT = "{port}"
# GITHUB_URL = "{APILAB_GITHUB_URL}"
# ADMIN_TOKEN = "{APILAB_API_TOKEN}"
# GITHUB_TOKEN = "{APILAB_GITHUB_TOKEN}"
# GITHUB_WEBHOOK_SECRET = "{APILAB_GITHUB_WEBHOOK_SECRET}"

[service.webhooks]
# github = "/webhooks/github"

# One for each provider that it talks to: the inventory.
# [[integration]]
# provider = "github"
# role = "reads lockfiles"
# data = "names and versions of packages"
# sensitivity = "internal"  # public, internal, personal, secret
# environments = ["test", "live"]
# api_version = "2022-11-28"
# status_page = "https://www.githubstatus.com"
# support = "https://support.github.com"
# changelog = "Mara"        # who reads it
# fallback = "stale"        # fail, stale, queue
# calls_per_day = 2000
# cost = "none"
# limit = "5000 requests/h"
# timeout = "10 s (p99.9 2.1 s)"
# scopes = { "contents:read" = "reads lockfiles" }
# events = ["push"]
# consent = "none"          # published, testing, none
# off = "GITHUB_ENABLED=false"  # what switches it off at the next start

# Answers to the questions that only a person can answer (`apilab checklist show K02`).
[answers]
# K02 = { answer = "Mara tried for a day", by = "Mara", on = 2026-11-02 }

# What does not concern this service, each with a sentence.
[not_applicable]
# D05 = "Nothing of anybody else's is updated"
)toml";
}

}  // namespace apilab::cli::checklist
