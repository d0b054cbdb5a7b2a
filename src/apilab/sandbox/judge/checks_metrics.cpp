// What a program's metrics say about attempts, waits and durations, against what really happened.

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <map>
#include <optional>

#include "apilab/http/json.hpp"
#include "apilab/sandbox/internal/checks.hpp"

namespace apilab::sandbox::internal {
namespace {

constexpr std::string_view id_header = "x-request-id";
constexpr std::string_view attempts_sum = "apilab_client_operation_attempts_sum";
constexpr std::string_view attempts_count = "apilab_client_operation_attempts_count";
constexpr std::string_view waits_total = "apilab_client_waits_total";
constexpr std::string_view wait_seconds = "apilab_client_wait_seconds_total";
constexpr std::string_view duration_bucket = "http_client_request_duration_seconds_bucket";

const std::string* handed_in(const Evidence& evidence, const std::string& name) {
    if (evidence.handed_in == nullptr) {
        return nullptr;
    }
    const auto found = evidence.handed_in->find(name);
    return found == evidence.handed_in->end() ? nullptr : &found->second;
}

const std::string* metrics_of(const Evidence& evidence) {
    return handed_in(evidence, "metrics");
}

double number_of(std::string_view text) {
    double number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

// Whatever stands in that label of a line; escapes do not come up in the labels read here.
std::string_view label_of(std::string_view line, std::string_view name) {
    const auto key = fmt::format("{}=\"", name);
    const auto at = line.find(key);
    if (at == std::string_view::npos) {
        return {};
    }
    const auto value = line.substr(at + key.size());
    return value.substr(0, value.find('"'));
}

// The series of one name, summed up by one of their labels.
std::map<std::string, double, std::less<>> summed(std::string_view text, std::string_view name,
                                                  std::string_view label) {
    std::map<std::string, double, std::less<>> sums;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        const auto line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        const bool named = line.starts_with(name) && line.size() > name.size() &&
                           (line[name.size()] == '{' || line[name.size()] == ' ');
        if (named) {
            sums[std::string(label_of(line, label))] += number_of(line.substr(line.rfind(' ') + 1));
        }
    }
    return sums;
}

double total(std::string_view text, std::string_view name) {
    double sum = 0;
    for (const auto& [label, value] : summed(text, name, "")) {
        sum += value;
    }
    return sum;
}

double seconds(Duration duration) {
    return std::chrono::duration<double>(duration).count();
}

// The attempts of the run by the ids they went out under: `op-17.2` is operation op-17.
using Operations = std::map<std::string, std::vector<const Exchange*>>;
Operations operations_of(const Evidence& evidence) {
    Operations operations;
    for (const Exchange& row : *evidence.rows) {
        const auto id = std::string(row.headers ? row.headers->value(id_header) : "");
        if (const auto dot = id.rfind('.'); dot != std::string::npos) {
            operations[id.substr(0, dot)].push_back(&row);
        }
    }
    return operations;
}

Finding attempts_per_operation(const Evidence& evidence) {
    const auto* text = metrics_of(evidence);
    if (text == nullptr || text->find(attempts_sum) == std::string::npos) {
        return Finding::not_applicable("no attempts per operation were handed in");
    }
    const auto operations = operations_of(evidence);
    std::size_t attempts = 0;
    std::size_t repeated = 0;
    for (const auto& [id, rows] : operations) {
        attempts += rows.size();
        repeated += rows.size() > 1 ? 1 : 0;
    }
    if (repeated == 0) {
        return Finding::not_exercised("no operation took more than one attempt");
    }
    const auto said = total(*text, attempts_sum);
    const auto counted = total(*text, attempts_count);
    const auto sentence = fmt::format(
        "{} attempts of {} operations are counted, there were {} of {}; {} had to ask "
        "again",
        said, counted, attempts, operations.size(), repeated);
    const bool right =
        said == static_cast<double>(attempts) && counted == static_cast<double>(operations.size());
    return right ? Finding::pass(sentence) : Finding::fail(sentence);
}

Finding waits_by_cause(const Evidence& evidence) {
    const auto* text = metrics_of(evidence);
    if (text == nullptr || text->find(waits_total) == std::string::npos) {
        return Finding::not_applicable("no waits were handed in");
    }
    double asked = 0;
    Duration waited{};
    Finding proof;
    for (const auto& [id, rows] : operations_of(evidence)) {
        for (std::size_t i = 1; i < rows.size(); ++i) {
            const Exchange& before = *rows[i - 1];
            if (before.answered() && before.not_before()) {
                asked += 1;
                waited += rows[i]->first_byte - *before.finished;
                proof.prove(before);
            }
        }
    }
    if (asked == 0) {
        return Finding::not_exercised("nobody was asked to wait and came back");
    }
    const auto counts = summed(*text, waits_total, "cause");
    const auto sums = summed(*text, wait_seconds, "cause");
    const auto value = [](const auto& map, std::string_view key) {
        const auto found = map.find(key);
        return found == map.end() ? 0.0 : found->second;
    };
    const auto said = value(counts, "retry_after");
    const auto said_seconds = value(sums, "retry_after");
    // The way to the server and back is part of what the server sees.
    const auto slack = 0.1 * (seconds(waited) + asked);
    auto finding = said == asked && std::abs(said_seconds - seconds(waited)) <= slack
                       ? Finding::pass("")
                       : Finding::fail("");
    finding.sentence = fmt::format(
        "{} waits of {:.2f} s stand under retry_after; the server asked for {}, of {:.2f} s", said,
        said_seconds, asked, seconds(waited));
    if (finding.verdict == Verdict::fail) {
        finding.rows = std::move(proof.rows);
    }
    return finding;
}

// The upper bound of the bucket that the `rank`-th observation is in, from 1.
double bucket_of(const std::map<double, double>& cumulated, std::size_t rank) {
    for (const auto& [bound, count] : cumulated) {
        if (count >= static_cast<double>(rank)) {
            return bound;
        }
    }
    return std::numeric_limits<double>::infinity();
}

Finding buckets_fit(const Evidence& evidence) {
    constexpr double coarse = 4;
    constexpr double fast = 0.01;  // below that nobody tells one from another
    const auto* text = metrics_of(evidence);
    if (text == nullptr || text->find(duration_bucket) == std::string::npos) {
        return Finding::not_applicable("no histogram of durations was handed in");
    }
    std::vector<double> really;
    for (const Exchange& row : *evidence.rows) {
        if (row.finished) {
            really.push_back(seconds(*row.finished - row.first_byte));
        }
    }
    std::map<double, double> cumulated;
    for (const auto& [bound, count] : summed(*text, duration_bucket, "le")) {
        cumulated[bound == "+Inf" ? std::numeric_limits<double>::infinity() : number_of(bound)] =
            count;
    }
    const double all = cumulated.empty() ? 0 : cumulated.rbegin()->second;
    if (really.size() < 10 || all != static_cast<double>(really.size())) {
        return Finding::not_exercised("fewer than ten attempts, or not each of them counted once");
    }
    std::ranges::sort(really);
    bool fit = true;
    std::string sentence;
    for (const std::size_t percent : {50U, 95U}) {
        const std::size_t rank = (really.size() * percent + 99) / 100;
        const double bound = bucket_of(cumulated, rank);
        fit = fit && bound <= std::max(fast, coarse * really[rank - 1]);
        sentence += fmt::format("{}p{} was {:.3f} s, its bucket says up to {:g} s",
                                sentence.empty() ? "" : "; ", percent, really[rank - 1], bound);
    }
    return fit ? Finding::pass(sentence) : Finding::fail(sentence);
}

// One call as a program tells it: how many attempts, how many of them lost, and whose time it was.
struct Told {
    std::string operation;
    std::size_t attempts = 0;
    std::size_t unknown = 0;
    double told_ms = 0;
    double own_ms = 0;
    double server_ms = 0;
};

std::optional<Told> told_of(const std::string& text) {
    const auto document = http::JsonDocument::parse(text);
    if (!document) {
        return std::nullopt;
    }
    const auto root = document->root();
    const auto number = [&](std::string_view member) {
        return root[member].integer().value_or(-1);
    };
    if (number("attempts") < 0 || number("unknown") < 0 || number("told_ms") < 0 ||
        number("own_ms") < 0 || number("server_ms") < 0) {
        return std::nullopt;
    }
    return Told{.operation = std::string(root["operation"].string_or("")),
                .attempts = static_cast<std::size_t>(number("attempts")),
                .unknown = static_cast<std::size_t>(number("unknown")),
                .told_ms = static_cast<double>(number("told_ms")),
                .own_ms = static_cast<double>(number("own_ms")),
                .server_ms = static_cast<double>(number("server_ms"))};
}

// The same from the journal.
Told seen_of(const std::vector<const Exchange*>& rows) {
    Told seen{.attempts = rows.size()};
    const auto ms = [](Duration duration) { return seconds(duration) * 1000; };
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const Exchange& row = *rows[i];
        const SteadyTime end = row.finished.value_or(row.complete);
        seen.unknown += row.answered() ? 0 : 1;
        seen.server_ms += row.answered() ? ms(end - row.first_byte) : 0;
        if (i + 1 < rows.size()) {
            const auto gap = ms(rows[i + 1]->first_byte - end);
            (row.answered() && row.not_before() ? seen.told_ms : seen.own_ms) += gap;
        }
    }
    return seen;
}

Finding time_is_told_as_it_went(const Evidence& evidence) {
    const auto* text = handed_in(evidence, "waterfall");
    if (text == nullptr) {
        return Finding::not_applicable("no call was taken apart");
    }
    const auto told = told_of(*text);
    if (!told) {
        return Finding::fail("expected operation, attempts, unknown, told_ms, own_ms, server_ms");
    }
    const auto operations = operations_of(evidence);
    const auto rows = operations.find(told->operation);
    if (rows == operations.end() || rows->second.size() < 2) {
        return Finding::not_exercised("the call that was taken apart had no second attempt");
    }
    const auto seen = seen_of(rows->second);
    // The way there and back, and what a client needs between two attempts.
    const auto near = [](double said, double really) {
        return std::abs(said - really) <= 50 + 0.1 * really;
    };
    const bool right = told->attempts == seen.attempts && told->unknown == seen.unknown &&
                       near(told->told_ms, seen.told_ms) && near(told->own_ms, seen.own_ms) &&
                       near(told->server_ms, seen.server_ms);
    const auto describe = [](const Told& one) {
        return fmt::format(
            "{} attempts, {} lost, {:.0f} ms told to wait, {:.0f} ms own, {:.0f} ms "
            "the server's",
            one.attempts, one.unknown, one.told_ms, one.own_ms, one.server_ms);
    };
    auto finding = right ? Finding::pass("") : Finding::fail("");
    finding.sentence = fmt::format("said: {}; seen: {}", describe(*told), describe(seen));
    for (const auto* row : rows->second) {
        finding.prove(*row);
    }
    return finding;
}

}  // namespace

void add_metrics_checks(CheckList& list) {
    list.push_back(make_check({.id = "OBS-20",
                               .kind = CheckKind::must,
                               .level = CheckLevel::recommended,
                               .title = "counts how many attempts each operation took",
                               .source = "OpenTelemetry HTTP spans, http.request.resend_count"},
                              attempts_per_operation));
    list.push_back(make_check({.id = "OBS-21",
                               .kind = CheckKind::must,
                               .level = CheckLevel::recommended,
                               .title = "counts a wait under its cause: theirs apart from ours",
                               .source = "RFC 9110 section 10.2.3; Prometheus naming, labels"},
                              waits_by_cause));
    list.push_back(make_check({.id = "OBS-22",
                               .kind = CheckKind::must,
                               .level = CheckLevel::recommended,
                               .title = "has histogram buckets in which p50 and p95 can be told",
                               .source = "Prometheus: histograms and summaries, errors of quantile "
                                         "estimation"},
                              buckets_fit));
    list.push_back(
        make_check({.id = "OBS-24",
                    .kind = CheckKind::must,
                    .level = CheckLevel::recommended,
                    .title = "tells of a slow call whose time it was, attempt by attempt",
                    .source = "RFC 9110 sections 9.2.2 and 10.2.3; design: waterfall"},
                   time_is_told_as_it_went));
}

}  // namespace apilab::sandbox::internal
