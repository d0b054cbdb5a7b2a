// J: seeing and steering, as far as it is seen in logs, metrics and files. What becomes of others
// while one provider is down or switched off: `steering.cpp`.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "checklist/deliveries.hpp"
#include "checklist/looking.hpp"
#include "checklist/rules.hpp"
#include "checklist/seen_text.hpp"
#include "checklist/steering.hpp"

namespace apilab::cli::checklist {

namespace {

using sandbox::Exchange;

// The episode in which the most was asked, of those where nothing or little goes wrong.
const Episode* busy_episode(const Observed& seen) {
    for (const std::string_view id : {"calm", "flaky", "down", "webhooks"}) {
        const Episode* episode = seen.episode(id);
        if (episode != nullptr && episode->trouble.empty() && !episode->rows.empty()) {
            return episode;
        }
    }
    return nullptr;
}

// All the log as one text: what is searched for once for each row.
std::string text_of(const Episode& episode) {
    std::string text;
    for (const auto line : log_of(episode)) {
        text.append(line) += '\n';
    }
    return text;
}

constexpr std::initializer_list<std::string_view> their_id_words{
    "provider_request_id", "their_request_id", "server_request_id", "upstream_request_id",
    "remote_request_id",   "x-github-request", "x_github_request",  "x-slack-req"};

Answer joins(const Episode& episode) {
    const auto log = text_of(episode);
    std::size_t with_id = 0;
    std::size_t traced = 0;
    std::vector<std::uint64_t> joined;
    std::vector<std::uint64_t> apart;
    for (const Exchange& row : episode.rows) {
        const auto id = own_id(row);
        const auto trace = trace_id(row);
        with_id += id.empty() ? 0 : 1;
        traced += trace.empty() ? 0 : 1;
        const bool there =
            (!id.empty() && log.contains(id)) || (!trace.empty() && log.contains(trace));
        (there ? joined : apart).push_back(row.seq);
    }
    const auto all = episode.rows.size();
    const auto sentence = fmt::format(
        "of {} requests {} bore a request id of ours and {} a trace; {} are found by it in the log",
        all, with_id, traced, joined.size());
    if (!apart.empty()) {
        return fails(sentence, {rows_of(episode, apart)});
    }
    const auto line = line_that_says(episode, their_id_words);
    if (line.empty()) {
        return fails(sentence + ", and the provider's own request id is not in the log",
                     {rows_of(episode, joined)});
    }
    return passes(sentence + ", with the provider's own id",
                  {rows_of(episode, joined), log_line(episode, line)});
}

Answer j01(const Observed& seen) {
    const Episode* episode = busy_episode(seen);
    return episode == nullptr ? untested("no request went out in an episode that was run")
                              : joins(*episode);
}

// How many lines of the log are about that request; by its id where it has one.
std::size_t lines_about(const std::vector<std::string_view>& log, const Exchange& row) {
    const auto id = own_id(row);
    return static_cast<std::size_t>(std::ranges::count_if(log, [&](std::string_view line) {
        return id.empty() ? line.contains(row.path) : line.contains(id);
    }));
}

// For logs that the judge cannot read: at least one line about each request.
Answer has_a_line_for_each(const Episode& episode) {
    const auto log = log_of(episode);
    std::vector<std::uint64_t> told;
    std::vector<std::uint64_t> untold;
    for (const Exchange& row : episode.rows) {
        (lines_about(log, row) > 0 ? told : untold).push_back(row.seq);
    }
    const auto sentence =
        fmt::format("{} requests went out, {} lines are in the log, and {} requests are in none",
                    episode.rows.size(), log.size(), untold.size());
    if (!untold.empty() || log.size() < episode.rows.size()) {
        return fails(sentence, {rows_of(episode, untold.empty() ? told : untold)});
    }
    return passes(sentence, {rows_of(episode, told), log_line(episode, log.back())});
}

// Somebody was told to wait, or waited by itself: the log or the metrics say why.
Answer says_why_it_waits(const Observed& seen) {
    for (const auto& [id, episode] : seen.episodes) {
        std::vector<std::uint64_t> told;
        for (const Exchange& row : episode.rows) {
            if (row.not_before() && row.answered()) {
                told.push_back(row.seq);
            }
        }
        if (told.empty() || !episode.trouble.empty()) {
            continue;
        }
        const auto line = line_that_says(
            episode, {"wait_cause", "wait_ms", "waiting", "waits", "backoff", "sleep"});
        if (!line.empty()) {
            return passes("a wait stands in the log with its reason", {log_line(episode, line)});
        }
        for (const Sample& sample : samples_of(episode.metrics)) {
            if (sample.value > 0 && says(sample.name, {"wait"}) &&
                says(sample.labels, {"retry_after", "backoff", "rate_limit"})) {
                return passes("waits are counted by their reason",
                              {{Evidence::Kind::metric, fmt::format("{}: {}", id, sample.line)}});
            }
        }
        return fails(
            fmt::format("{} answers asked for a wait, and nothing says why it waited", told.size()),
            {rows_of(episode, told)});
    }
    return untested("nobody was told to wait");
}

Answer j02(const Observed& seen) {
    const auto judge =
        first_decided({judged(seen, "flaky", {"OBS-04"}), judged(seen, "calm", {"OBS-04"})});
    Answer attempts = judge;
    if (judge.state == State::untested) {
        const Episode* episode = busy_episode(seen);
        attempts = episode == nullptr ? judge : has_a_line_for_each(*episode);
    }
    const auto waits = says_why_it_waits(seen);
    return waits.state == State::untested ? attempts : each_of({attempts, waits});
}

// What has to be there: a family whose name, or whose line, says one of the words.
struct Family {
    std::string_view what;
    std::vector<std::string_view> words;
    /// Labels count as well, not the name alone.
    bool labels = false;
};

const std::vector<Family>& families() {
    static const std::vector<Family> all{
        {"durations", {"duration_seconds", "latency", "duration_ms"}},
        {"attempts per call", {"attempt", "retries", "resend"}},
        {"limits", {"rate_limit", "ratelimit", "429", "budget", "quota"}, true},
        {"the queue's depth", {"queue", "backlog", "pending", "in_flight"}},
        {"the age of tokens", {"token"}},
        {"breakers", {"breaker", "circuit"}}};
    return all;
}

const Sample* find_family(const std::vector<Sample>& samples, const Family& family) {
    const auto found = std::ranges::find_if(samples, [&](const Sample& sample) {
        return says_any(family.labels ? sample.line : sample.name, family.words);
    });
    return found == samples.end() ? nullptr : &*found;
}

// The label by which durations tell one route from another, and how many values it has.
struct Routes {
    std::string_view label;
    std::set<std::string_view> values;
};

Routes routes_of(const std::vector<Sample>& samples) {
    Routes routes;
    for (const std::string_view label :
         {"url_template", "http_route", "route", "operation", "endpoint", "path", "url"}) {
        for (const Sample& sample : samples) {
            const auto value = label_of(sample, label);
            if (says(sample.name, {"duration", "latency"}) && !value.empty()) {
                routes.label = label;
                routes.values.insert(value);
            }
        }
        if (!routes.values.empty()) {
            return routes;
        }
    }
    return routes;
}

// The episode with the most metrics.
const Episode* scraped(const Observed& seen) {
    const Episode* best = nullptr;
    for (const auto& [id, episode] : seen.episodes) {
        if (!episode.metrics.empty() &&
            (best == nullptr || episode.metrics.size() > best->metrics.size())) {
            best = &episode;
        }
    }
    return best;
}

Answer j03(const Observed& seen) {
    if (seen.manifest.service.metrics.empty()) {
        return fails("the manifest names no metrics", {manifest_line(seen, "service")});
    }
    const Episode* episode = scraped(seen);
    if (episode == nullptr) {
        return untested(
            fmt::format("{} was not scraped in any episode", seen.manifest.service.metrics));
    }
    const auto samples = samples_of(episode->metrics);
    std::vector<Evidence> found;
    std::string missing;
    for (const Family& family : families()) {
        if (const auto* sample = find_family(samples, family)) {
            found.push_back(
                {Evidence::Kind::metric, fmt::format("{}: {}", episode->id, sample->line)});
        } else {
            missing += fmt::format("{}{}", missing.empty() ? "" : ", ", family.what);
        }
    }
    const Evidence scrape{Evidence::Kind::metric,
                          fmt::format("{}: {} samples", episode->id, samples.size())};
    if (!missing.empty()) {
        return fails(fmt::format("{} samples, none of them about {}", samples.size(), missing),
                     {scrape});
    }
    const auto routes = routes_of(samples);
    if (routes.values.empty()) {
        return fails("durations are not told apart by route", {scrape});
    }
    std::set<std::string> operations;
    for (const Exchange& row : episode->rows) {
        operations.insert(row.provider + " " + row.operation);
    }
    if (!operations.empty() && routes.values.size() > operations.size() + 2) {
        return fails(fmt::format("{} values of {} for {} operations: a series for each URL",
                                 routes.values.size(), routes.label, operations.size()),
                     {scrape});
    }
    return passes(fmt::format("durations of {} routes by {}, attempts, limits, queue, tokens and "
                              "breakers are among {} samples",
                              routes.values.size(), routes.label, samples.size()),
                  std::move(found));
}

// A rule of an alert file: its name, its expression, and where it begins.
struct Alert {
    std::string text;
    std::size_t line = 0;
};

std::vector<Alert> alerts_in(std::string_view file) {
    std::vector<Alert> alerts;
    std::size_t number = 0;
    for (const auto line : lines_of(file)) {
        ++number;
        const auto from = line.find_first_not_of(" \t-");
        const auto word = from == std::string_view::npos ? std::string_view() : line.substr(from);
        if (word.starts_with("alert:")) {
            alerts.push_back({.text = std::string(word), .line = number});
        } else if (!alerts.empty() && !word.starts_with('#') && !word.starts_with("summary") &&
                   !word.starts_with("description") && !word.starts_with("runbook")) {
            alerts.back().text.append("\n").append(word);
        }
    }
    return alerts;
}

// What an alert has to be about; one word of each list.
struct Worry {
    std::string_view what;
    std::vector<std::string_view> first;
    std::vector<std::string_view> second;
};

const std::vector<Worry>& worries() {
    static const std::vector<Worry> all{
        {"errors", {"error", "5..", "fail"}, {"rate(", "increase(", "ratio"}},
        {"latency", {"duration", "latency"}, {"quantile", "_sum", "p99", "p95"}},
        {"limits", {"429", "rate_limit", "ratelimit", "budget", "quota"}, {"rate(", "<", ">"}},
        {"refused credentials",
         {"401", "unauthorized", "credential", "auth_fail", "refused_token"},
         {">", "<", "=="}},
        {"silent webhooks", {"webhook", "deliver"}, {"time()", "absent", "== 0", "silent"}},
        {"dead letters", {"dead", "dlq", "escalated"}, {">"}},
        {"dying tokens", {"token", "credential"}, {"expir", "age", "usable"}}};
    return all;
}

Answer j04(const Observed& seen) {
    const auto& path = seen.manifest.alerts;
    if (path.empty()) {
        return fails("the manifest names no file of alerts", {manifest_line(seen, "name")});
    }
    const auto file = std::ranges::find(seen.files, path, &File::path);
    if (file == seen.files.end()) {
        return fails(fmt::format("{} is not in the folder", path), {manifest_line(seen, "alerts")});
    }
    const auto alerts = alerts_in(file->text);
    std::vector<Evidence> found;
    std::string missing;
    for (const Worry& worry : worries()) {
        const auto alert = std::ranges::find_if(alerts, [&](const Alert& one) {
            return says_any(one.text, worry.first) && says_any(one.text, worry.second);
        });
        if (alert != alerts.end()) {
            found.push_back(line_in(path, alert->line));
        } else {
            missing += fmt::format("{}{}", missing.empty() ? "" : ", ", worry.what);
        }
    }
    if (!missing.empty()) {
        found.push_back(line_in(path, 0));
        return fails(fmt::format("{} alerts, none of them about {}", alerts.size(), missing),
                     std::move(found));
    }
    return passes(fmt::format("{} alerts, about all seven: errors, latency, limits, refused "
                              "credentials, silent webhooks, dead letters, dying tokens",
                              alerts.size()),
                  std::move(found));
}

constexpr ItemRule rules[] = {
    {"J01", j01},
    {"J02", j02},
    {"J03", j03},
    {"J04", j04},
    {"J05", leaves_the_dead_alone},
    {"J06", is_not_starved},
    {"J07", can_be_switched_off},
};

}  // namespace

std::span<const ItemRule> operation_rules() {
    return rules;
}

}  // namespace apilab::cli::checklist
