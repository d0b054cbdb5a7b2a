#include "common/sandbox_process.hpp"

#include <numeric>
#include <sstream>
#include <stdexcept>

#include "apilab/client/blocking.hpp"
#include "apilab/http/json.hpp"
#include "apilab/sandbox/host.hpp"

namespace apilab::bench {
namespace {

std::string text(http::Json value) {
    return std::string(value.string_or(""));
}

http::JsonDocument parsed(std::string_view body) {
    auto document = http::JsonDocument::parse(body);
    if (!document) {
        throw std::runtime_error("the sandbox's answer: " + document.error().to_string());
    }
    return std::move(*document);
}

void count_row(http::Json row, Judged& judged) {
    const auto provider = text(row["provider"]);
    if (provider.empty()) {
        return;  // the list of providers, by which `radar check` knows that it talks to a sandbox
    }
    ++judged.attempts[provider];
    const auto status = row["status"].unsigned_integer().value_or(0);
    if (status >= 200 && status < 300 && row["reply"].string_or("") == "sent") {
        judged.answers.insert(provider + " " + text(row["method"]) + " " + text(row["path"]) + "?" +
                              text(row["query"]) + " " + text(row["body_sha256"]));
    }
}

void read_verdict(http::Json report, Judged& judged) {
    for (const auto& check : report["checks"].elements()) {
        if (check["verdict"].string_or("") != "fail") {
            continue;
        }
        const auto kind = check["kind"].string_or("");
        const bool decides =
            kind == "must" || kind == "never" || check["decides"].boolean().value_or(false);
        auto& list = decides ? judged.violations : judged.remarks;
        list.push_back(text(check["id"]) + ": " + text(check["sentence"]));
    }
}

}  // namespace

std::size_t Judged::attempts_in_all() const {
    return std::accumulate(attempts.begin(), attempts.end(), std::size_t{0},
                           [](std::size_t sum, const auto& one) { return sum + one.second; });
}

SandboxProcess::SandboxProcess(const ScratchDir& dir, const std::string& scenario, int packages)
    : ready_(dir.path() / (std::to_string(++count_) + ".json")),
      process_({sibling("apilab"), "-q", "sandbox", "serve", "--port", "0", "--admin-port", "0",
                "--ready-file", ready_.string(), "--scenario", scenario, "--seed",
                std::to_string(sandbox_seed), "--synthetic", std::to_string(packages)}) {
    for (int i = 0; i < 1000 && !std::filesystem::exists(ready_); ++i) {
        if (process_.ended_within(std::chrono::milliseconds(10))) {
            throw std::runtime_error("the sandbox did not start");
        }
    }
    const auto environment = sandbox::read_ready_file(ready_);
    if (!environment) {
        throw std::runtime_error(environment.error().to_string());
    }
    for (const auto& [name, value] : *environment) {
        variables_.push_back(name + "=" + value);
        if (name == "APILAB_ADMIN_URL") {
            admin_url_ = value;
        } else if (name == "APILAB_ADMIN_TOKEN") {
            admin_token_ = value;
        }
    }
    // Without a token the sandbox's GitHub answers 60 requests an hour, as the real one does.
    variables_.emplace_back("APILAB_GITHUB_TOKEN=apilab-sandbox-token");
}

std::string SandboxProcess::ask_admin(const std::string& method, const std::string& path) const {
    auto client = client::blocking::Client::create();
    const auto url = http::Url::parse(admin_url_ + "/_sandbox" + path);
    if (!client || !url) {
        throw std::runtime_error("the admin port cannot be asked");
    }
    auto request = method == "POST" ? http::Request::post(*url, "") : http::Request::get(*url);
    request.header("authorization", "Bearer " + admin_token_);
    const auto reply = client->send(std::move(request));
    if (!reply || !reply->ok()) {
        throw std::runtime_error(path + ": " +
                                 (reply ? std::string(reply->body()) : reply.error().to_string()));
    }
    return std::string(reply->body());
}

Judged SandboxProcess::judge() const {
    const auto runs = parsed(ask_admin("GET", "/runs"));
    const auto id = text(runs.root().at_pointer("/runs/0/id"));
    (void)ask_admin("POST", "/runs/" + id + "/stop");
    Judged judged;
    std::istringstream journal(ask_admin("GET", "/journal?limit=1000000"));
    for (std::string line; std::getline(journal, line);) {
        const auto row = parsed(line);
        if (row.root()["type"].string_or("") == "exchange") {
            count_row(row.root(), judged);
        }
    }
    read_verdict(parsed(ask_admin("GET", "/verify")).root(), judged);
    return judged;
}

}  // namespace apilab::bench
