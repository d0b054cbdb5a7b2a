// Group K: tests and going live.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "apilab/base/ascii.hpp"
#include "apilab/base/duration.hpp"
#include "apilab/sandbox/webhook/dialect.hpp"
#include "checklist/looking.hpp"
#include "checklist/rules.hpp"

namespace apilab::cli::checklist {
namespace {

constexpr int sigint = 2;
constexpr int sigterm = 15;

// --- K01

// A kind of failure, and the words that tests of it use.
struct Failure {
    std::string_view name;
    std::vector<std::string_view> words;
};
const std::vector<Failure>& failures() {
    static const std::vector<Failure> all{
        {"limits", {"429", "rate limit", "rate_limit", "ratelimit", "retry-after", "retry_after"}},
        {"stale tokens",
         {"expired token", "token_expired", "stale token", "stale_token", "401", "refresh_token",
          "token expires", "token_that_expire", "revoked"}},
        {"timeouts", {"timeout", "timed out", "times_out", "stall", "deadline", "never_answers"}},
        {"lost replies",
         {"lost reply", "lost_reply", "reply_is_lost", "after_commit", "reply lost",
          "outcome_unknown", "answer_was_lost", "answer_is_lost", "lost_answer", "unknown outcome",
          "unknown_outcome"}},
        {"duplicates", {"duplicate", "twice", "idempoten", "replay"}},
        {"wrong order",
         {"out of order", "out_of_order", "reorder", "wrong order", "wrong_order", "older_than",
          "out-of-order"}},
        {"malformed data",
         {"malformed", "truncated", "invalid json", "invalid_json", "corrupt", "garbage", "no_json",
          "not json", "not_json", "is_no_json"}}};
    return all;
}

bool in_tests(const Manifest& manifest, std::string_view path) {
    if (!manifest.tests.empty()) {
        std::string_view folder = manifest.tests;
        while (folder.ends_with('/')) {
            folder.remove_suffix(1);
        }
        return folder == "." || path == folder ||
               (path.starts_with(folder) && path.substr(folder.size()).starts_with('/'));
    }
    const auto low = ascii_lowered(path);
    return low.contains("test") && !low.ends_with(".md");
}

// Something that a test runner runs, and not prose about it.
bool is_code(std::string_view path) {
    return std::ranges::any_of(
        std::array<std::string_view, 14>{".cpp", ".cc", ".c", ".hpp", ".py", ".js", ".mjs", ".ts",
                                         ".go", ".rs", ".java", ".rb", ".sh", ".toml"},
        [&](std::string_view end) { return path.ends_with(end); });
}

std::size_t line_with(const File& file, const std::vector<std::string_view>& words) {
    return first_line(file.text, [&](std::string_view line) {
        const auto low = ascii_lowered(line);
        return std::ranges::any_of(words,
                                   [&](std::string_view word) { return low.contains(word); });
    });
}

std::optional<Evidence> found_in(const std::vector<const File*>& files,
                                 const std::vector<std::string_view>& words) {
    for (const File* file : files) {
        if (const auto line = line_with(*file, words); line != 0) {
            return line_in(file->path, line);
        }
    }
    return std::nullopt;
}

// K01
Answer failure_tests(const Observed& seen) {
    std::vector<const File*> files;
    for (const auto& file : seen.files) {
        if (in_tests(seen.manifest, file.path) && is_code(file.path)) {
            files.push_back(&file);
        }
    }
    if (files.empty()) {
        return fails(seen.manifest.tests.empty()
                         ? "there is no test in the folder"
                         : fmt::format("there is no test below {}", seen.manifest.tests),
                     {manifest_line(seen, "tests")});
    }
    std::set<std::string> lacking;
    std::vector<Evidence> evidence;
    for (const auto& failure : failures()) {
        if (auto line = found_in(files, failure.words)) {
            evidence.push_back(std::move(*line));
        } else {
            lacking.emplace(failure.name);
        }
    }
    auto seed = found_in(files, {"seed"});
    auto clock = found_in(
        files, {"virtual", "fake_clock", "fakeclock", "manualclock", "manual_clock", "faketimers",
                "fake_timers", "fake time", "freezegun", "advance_time", "--clock virtual"});
    if (!seed) {
        lacking.insert("a seed");
    }
    if (!clock) {
        lacking.insert("virtual time");
    }
    const auto tests = counted(files.size(), "file", "files");
    if (!lacking.empty()) {
        evidence.push_back(line_in(files.front()->path, 1));
        return fails(fmt::format("in {} of tests nothing is said of {}", tests, listed(lacking)),
                     std::move(evidence));
    }
    evidence.push_back(*seed);
    evidence.push_back(*clock);
    return passes(fmt::format("in {} of tests there are tests of all {} kinds of failure, with a "
                              "seed and in virtual time",
                              tests, failures().size()),
                  std::move(evidence));
}

// --- what the platform's rules say of the files

std::optional<Answer> deployed_wrong(const Observed& seen,
                                     std::initializer_list<std::string_view> ids) {
    for (const auto& finding : seen.deployment) {
        if (finding.rule != nullptr && std::ranges::find(ids, finding.rule->id) != ids.end()) {
            return fails(
                fmt::format("{} ({}): {}", finding.rule->title, finding.rule->id, finding.what),
                {line_in(finding.file, finding.line)});
        }
    }
    return std::nullopt;
}

Evidence of_life(const Episode& episode, std::size_t number, std::string_view what) {
    return {Evidence::Kind::process, fmt::format("{}: life {} {}", episode.id, number + 1, what)};
}

// K03
Answer as_the_platform_says(const Observed& seen) {
    if (auto wrong = deployed_wrong(seen, {"DPL-03", "RLW-09", "FLY-10"})) {
        return *wrong;
    }
    const auto platform = ran(seen, "platform");
    if (!platform) {
        return platform.error();
    }
    std::vector<Evidence> evidence;
    std::size_t lines = 0;
    for (std::size_t i = 0; i < (*platform)->lives.size(); ++i) {
        const Life& life = (*platform)->lives[i];
        if (!life.ready) {
            continue;  // one that was to refuse its start
        }
        if (!life.reachable) {
            return fails(fmt::format("it listens on loopback alone, where a platform's router does "
                                     "not come (port {})",
                                     life.port),
                         {of_life(**platform, i, "is not reachable from outside")});
        }
        lines += life.log.size();
        evidence.push_back(
            of_life(**platform, i,
                    fmt::format("answered on every address, on the given port {}", life.port)));
    }
    if (evidence.empty()) {
        return untested("no life of 'platform' became ready");
    }
    if (lines == 0) {
        return fails("it wrote nothing to stdout", std::move(evidence));
    }
    return passes(
        fmt::format("{} listened on the given port on every address, took all else from "
                    "the environment, and wrote {} to stdout",
                    counted(evidence.size(), "life", "lives"), counted(lines, "line", "lines")),
        std::move(evidence));
}

// --- K04

struct Asked {
    std::size_t times = 0;
    std::size_t good = 0;
};
Asked asked_for(const Episode& episode, std::string_view path) {
    Asked asked;
    for (const auto& probe : episode.probes) {
        if (probe.what == fmt::format("GET {}", path)) {
            ++asked.times;
            asked.good += probe.status == 200 ? 1 : 0;
        }
    }
    return asked;
}

// K04
Answer health_is_its_own(const Observed& seen) {
    if (auto wrong = deployed_wrong(seen, {"DKR-08", "FLY-05", "RLW-02"})) {
        return *wrong;
    }
    const auto& service = seen.manifest.service;
    if (service.health == service.ready) {
        return fails(fmt::format("alive and ready are one question: {}", service.health),
                     {manifest_line(seen, "service.ready")});
    }
    const auto down = ran(seen, "down");
    if (!down) {
        return down.error();
    }
    Rows failing;
    std::set<std::string> names;
    for (const auto& row : (*down)->rows) {
        if (!row.faults.empty() && (!row.answered() || row.status >= 500)) {
            failing.add(**down, row);
            names.emplace(inventory_name(row.provider));
        }
    }
    const auto alive = asked_for(**down, service.health);
    const auto ready = asked_for(**down, service.ready);
    if (failing.empty() || alive.times == 0 || ready.times == 0) {
        return untested(failing.empty() ? "no call met a provider that was down"
                                        : "health and readiness were not asked for meanwhile");
    }
    auto evidence = failing.evidence();
    evidence.push_back(
        {Evidence::Kind::process,
         fmt::format("down: GET {} {} of {} times 200, GET {} {} of {}", service.health, alive.good,
                     alive.times, service.ready, ready.good, ready.times)});
    const auto numbers =
        fmt::format("while {} failed {}, {} was 200 {} of {} times and {} {} of {}", listed(names),
                    counted(failing.size(), "call", "calls"), service.health, alive.good,
                    alive.times, service.ready, ready.good, ready.times);
    return alive.good == alive.times && ready.good == ready.times
               ? passes(numbers, std::move(evidence))
               : fails(numbers, std::move(evidence));
}

// --- K05

// What is wrong with the end of a life; empty: nothing.
std::string wrong_end(const Life& life, Duration most) {
    const auto name = life.signal == sigint ? "SIGINT" : "SIGTERM";
    if (!life.exit_code) {
        return fmt::format("{} did not end it: it was killed after {}", name,
                           format_duration(most));
    }
    if (life.end_took && *life.end_took > most) {
        return fmt::format("{} ended it after {}, where {} is the limit", name,
                           format_duration(*life.end_took), format_duration(most));
    }
    if (*life.exit_code != 0) {
        return fmt::format("{} ended it with exit code {}", name, *life.exit_code);
    }
    return "";
}

// K05
Answer ends_in_time(const Observed& seen) {
    if (auto wrong =
            deployed_wrong(seen, {"DKR-06", "DKR-10", "FLY-03", "RLW-04", "UNT-04", "UNT-05"})) {
        return *wrong;
    }
    const auto platform = ran(seen, "platform");
    if (!platform) {
        return platform.error();
    }
    std::vector<Evidence> evidence;
    Duration longest{};
    for (std::size_t i = 0; i < (*platform)->lives.size(); ++i) {
        const Life& life = (*platform)->lives[i];
        if (life.signal != sigterm && life.signal != sigint) {
            continue;
        }
        if (const auto wrong = wrong_end(life, seen.manifest.service.kill_timeout);
            !wrong.empty()) {
            return fails(wrong, {of_life(**platform, i, "did not end as it was told")});
        }
        longest = std::max(longest, life.end_took.value_or(Duration::zero()));
        evidence.push_back(
            of_life(**platform, i,
                    fmt::format("ended {} after its signal with 0",
                                format_duration(life.end_took.value_or(Duration::zero())))));
    }
    if (evidence.empty()) {
        return untested("no life of 'platform' was told to end");
    }
    const auto undone = judged(seen, "platform", {"DUR-01", "PLT-02"});
    if (undone.state == State::fail) {
        return undone;
    }
    const auto sentence =
        fmt::format("{} ended by itself within {} of its signal, with exit code 0; {} allowed",
                    counted(evidence.size(), "life", "lives"), format_duration(longest),
                    format_duration(seen.manifest.service.kill_timeout));
    evidence.insert(evidence.end(), undone.evidence.begin(), undone.evidence.end());
    return passes(undone.state == State::pass ? sentence + "; " + undone.sentence : sentence,
                  std::move(evidence));
}

// --- K06

// How long a sender waits for the answer to a webhook.
Duration patience_of(std::string_view sender) {
    const auto* known = sandbox::webhook::find_dialect(sender);
    return known == nullptr ? Duration(std::chrono::seconds(10)) : known->patience;
}

// K06
Answer wakes_in_time(const Observed& seen) {
    if (auto wrong = deployed_wrong(seen, {"FLY-06", "RLW-08"})) {
        return *wrong;
    }
    Duration longest{};
    std::vector<Evidence> evidence;
    for (const std::string_view id : {"calm", "platform"}) {
        const auto episode = ran(seen, id);
        for (std::size_t i = 0; episode && i < (*episode)->lives.size(); ++i) {
            const Life& life = (*episode)->lives[i];
            if (life.ready) {
                longest = std::max(longest, *life.ready);
                evidence.push_back(of_life(
                    **episode, i, fmt::format("was ready after {}", format_duration(*life.ready))));
            }
        }
    }
    if (evidence.empty()) {
        return untested("no start was seen");
    }
    auto patience = Duration::max();
    std::string sender;
    for (const auto& [name, path] : seen.manifest.service.webhooks) {
        if (patience_of(name) < patience) {
            patience = patience_of(name);
            sender = name;
        }
    }
    const auto woke = fmt::format("{} took {} at most", counted(evidence.size(), "start", "starts"),
                                  format_duration(longest));
    if (sender.empty()) {
        patience = seen.manifest.service.ready_within;
        sender = "ready_within";
    }
    const auto sentence =
        fmt::format("{}, and {} waits {}", woke, sender, format_duration(patience));
    return longest < patience ? passes(sentence, std::move(evidence))
                              : fails(sentence, std::move(evidence));
}

// K07
Answer state_survives(const Observed& seen) {
    if (auto wrong =
            deployed_wrong(seen, {"FLY-07", "FLY-09", "FLY-12", "RLW-05", "RLW-07", "UNT-07"})) {
        return *wrong;
    }
    const auto platform = ran(seen, "platform");
    if (!platform) {
        return platform.error();
    }
    std::vector<Evidence> evidence;
    for (std::size_t i = 0; i < (*platform)->lives.size(); ++i) {
        const Life& life = (*platform)->lives[i];
        if (!life.files.empty()) {
            return fails(
                fmt::format("it left {} on the machine's own disk, which goes with it: {}",
                            counted(life.files.size(), "file", "files"), life.files.front()),
                {of_life(**platform, i, fmt::format("left {}", life.files.front()))});
        }
        if (life.ready) {
            evidence.push_back(
                of_life(**platform, i,
                        fmt::format("was ready after {} over the volume of those before it",
                                    format_duration(*life.ready))));
        }
    }
    if (evidence.size() < 2) {
        return untested("no second instance took over the volume of the first");
    }
    return passes(fmt::format("{} one after the other over one volume, each ready before it was "
                              "asked anything, none left a file elsewhere",
                              counted(evidence.size(), "instance", "instances")),
                  std::move(evidence));
}

constexpr std::array<ItemRule, 6> rules{{{"K01", failure_tests},
                                         {"K03", as_the_platform_says},
                                         {"K04", health_is_its_own},
                                         {"K05", ends_in_time},
                                         {"K06", wakes_in_time},
                                         {"K07", state_survives}}};

}  // namespace

std::span<const ItemRule> delivery_rules() {
    return rules;
}

}  // namespace apilab::cli::checklist
