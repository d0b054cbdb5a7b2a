// Whether a program that is asked by others answers in time, whatever becomes of those it asks.

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "apilab/base/duration.hpp"
#include "apilab/sandbox/internal/checks.hpp"
#include "apilab/sandbox/internal/visits.hpp"

namespace apilab::sandbox::internal {
namespace {

Finding no_visits() {
    return Finding::not_applicable("no visitor asked the program anything");
}

Finding answers_in_time(const Evidence& evidence) {
    const auto visits = visits_of(evidence);
    if (visits.empty()) {
        return no_visits();
    }
    if (!evidence.options.deadline) {
        return Finding::not_applicable("the program promised no deadline");
    }
    const Duration limit = *evidence.options.deadline + evidence.options.early_tolerance;
    std::size_t late = 0;
    Duration longest{};
    std::vector<Duration> times;
    Finding proof;
    for (const Visit& visit : visits) {
        const bool complete = visit.over() && visit.outbound->status != 0;
        const Duration took = visit.over() ? visit.took() : Duration::max();
        times.push_back(took);
        longest = std::max(longest, took);
        if (!complete || took > limit) {
            ++late;
            for (const Exchange* row : visit.rows) {
                proof.prove(*row);
            }
        }
    }
    std::ranges::sort(times);
    const auto p99 = times[(times.size() * 99 - 1) / 100];
    const auto sentence =
        fmt::format("{} of {} answers within {}; p99 {}, longest {}", visits.size() - late,
                    visits.size(), format_duration(*evidence.options.deadline),
                    format_duration(p99), format_duration(longest));
    auto finding = late == 0 ? Finding::pass(sentence) : Finding::fail(sentence);
    finding.rows = std::move(proof.rows);
    return finding;
}

bool failed_row(const Exchange* row) {
    return !served(*row, SteadyTime::max());
}

Finding answers_without_a_source(const Evidence& evidence) {
    const auto visits = visits_of(evidence);
    if (visits.empty()) {
        return no_visits();
    }
    std::size_t counted = 0;
    std::size_t hit = 0;
    std::size_t failed = 0;
    Finding proof;
    for (const Visit& visit : visits) {
        if (visit.about_itself()) {
            continue;
        }
        ++counted;
        hit += std::ranges::any_of(visit.rows, failed_row) ? 1 : 0;
        if (!visit.answered()) {
            ++failed;
            for (const Exchange* row : visit.rows) {
                proof.prove(*row);
            }
        }
    }
    const bool down = std::ranges::any_of(
        *evidence.rows, [](const Exchange& row) { return !served(row, SteadyTime::max()); });
    if (counted == 0 || (!down && failed == 0)) {
        return Finding::not_exercised("every source answered all the time");
    }
    const auto sentence = fmt::format("{} of {} answers were 200; for {} of them a source failed",
                                      counted - failed, counted, hit);
    auto finding = failed * 1000 > counted ? Finding::fail(sentence) : Finding::pass(sentence);
    finding.rows = std::move(proof.rows);
    return finding;
}

Finding no_call_after_the_deadline(const Evidence& evidence) {
    const auto visits = visits_of(evidence);
    if (visits.empty()) {
        return no_visits();
    }
    if (!evidence.options.deadline) {
        return Finding::not_applicable("the program promised no deadline");
    }
    const Duration limit = *evidence.options.deadline + evidence.options.early_tolerance;
    std::size_t calls = 0;
    std::size_t slow = 0;
    Finding late;
    std::size_t after = 0;
    for (const Visit& visit : visits) {
        for (const Exchange* row : visit.rows) {
            ++calls;
            slow += !row->finished || *row->finished - visit.outbound->sent > limit ? 1 : 0;
            if (row->first_byte - visit.outbound->sent > limit) {
                ++after;
                late.prove(*row);
            }
        }
        slow += std::ranges::any_of(visit.rows, failed_row) ? 1 : 0;
    }
    if (slow == 0) {
        return Finding::not_exercised("no source kept a visitor's request waiting");
    }
    if (after == 0) {
        return Finding::pass(
            fmt::format("{} calls for visitors, none begun after the visitor's deadline", calls));
    }
    auto finding = Finding::fail(fmt::format(
        "{} of {} calls were begun when nobody waited for the answer any more", after, calls));
    finding.rows = std::move(late.rows);
    return finding;
}

bool healthy(const Visit& visit) {
    return visit.outbound->path == "/healthz" && visit.answered();
}

Finding health_is_its_own(const Evidence& evidence) {
    const auto visits = visits_of(evidence);
    std::size_t asked_for = 0;
    std::size_t sick = 0;
    for (const Visit& visit : visits) {
        if (visit.outbound->path == "/healthz") {
            ++asked_for;
            sick += healthy(visit) ? 0 : 1;
        }
    }
    if (asked_for == 0) {
        return Finding::not_applicable("nobody asked for /healthz");
    }
    std::size_t down = 0;
    for (const auto& outage : outages_of(*evidence.rows)) {
        down += outage.rows.size() > 1 ? 1 : 0;
    }
    if (down == 0) {
        return Finding::not_exercised("no source was down");
    }
    const auto sentence = fmt::format("/healthz was 200 {} of {} times while sources came and went",
                                      asked_for - sick, asked_for);
    return sick == 0 ? Finding::pass(sentence) : Finding::fail(sentence);
}

// 12 a minute, and never less than 12: to find out takes a few.
std::size_t bound_of(const Outage& outage) {
    const double minutes = std::chrono::duration<double>(outage.length()).count() / 60;
    return static_cast<std::size_t>(12 * std::max(1.0, minutes));
}

Finding spares_the_dead(const Evidence& evidence) {
    if (visits_of(evidence).empty()) {
        return no_visits();
    }
    const auto outages = outages_of(*evidence.rows);
    const auto longest = std::ranges::max_element(outages, {}, &Outage::length);
    if (longest == outages.end() || longest->length() < dead_after) {
        return Finding::not_exercised("no source was down for as long as 10 s");
    }
    const auto bound = bound_of(*longest);
    const auto sentence = fmt::format(
        "{} calls to {} in the {} in which it never answered (at most {})", longest->rows.size(),
        longest->rows.front()->provider, format_duration(longest->length()), bound);
    auto finding = longest->rows.size() > bound ? Finding::fail(sentence) : Finding::pass(sentence);
    for (const Exchange* row : longest->rows) {
        finding.prove(*row);
    }
    return finding;
}

Finding asks_for_changes_only(const Evidence& evidence) {
    if (visits_of(evidence).empty()) {
        return no_visits();
    }
    std::map<std::string, std::size_t> whole;
    std::size_t unchanged = 0;
    std::size_t again = 0;
    Finding proof;
    for (const Exchange& row : *evidence.rows) {
        const bool revalidates = row.headers && row.headers->contains("if-none-match");
        unchanged += row.status == 304 ? 1 : 0;
        // OSV's answers have no validator: nobody can ask whether they changed.
        if (row.method == "GET" && row.answered() && row.status == 200 &&
            whole[row.provider + row.path + '?' + row.query]++ > 0 && !revalidates) {
            ++again;
            proof.prove(row);
        }
    }
    if (unchanged + again < 5) {
        return Finding::not_exercised("nothing was asked for often enough");
    }
    const auto sentence =
        fmt::format("{} of {} repeated requests were answered 304", unchanged, unchanged + again);
    auto finding =
        unchanged * 5 < (unchanged + again) * 4 ? Finding::fail(sentence) : Finding::pass(sentence);
    finding.rows = std::move(proof.rows);
    return finding;
}

}  // namespace

void add_service_checks(CheckList& list) {
    const auto add = [&](std::string_view id, CheckKind kind, std::string_view title,
                         std::string_view source, Finding (*judge)(const Evidence&)) {
        list.push_back(make_check({.id = id,
                                   .kind = kind,
                                   .level = CheckLevel::recommended,
                                   .title = title,
                                   .source = source},
                                  judge));
    };
    add("SVC-01", CheckKind::must, "answers its own callers within the promised time",
        "Google SRE book, Addressing Cascading Failures: latency and deadlines", answers_in_time);
    add("SVC-02", CheckKind::must, "answers although a source is down",
        "Google SRE book, Handling Overload: degraded answers", answers_without_a_source);
    add("SVC-04", CheckKind::never, "never calls a source after its caller's deadline",
        "Google SRE book, Addressing Cascading Failures: deadline propagation",
        no_call_after_the_deadline);
    add("SVC-05", CheckKind::never, "never is unhealthy because a source is down",
        "AWS Builders' Library, Implementing health checks", health_is_its_own);
    add("SVC-06", CheckKind::must, "leaves a dead source alone but for a probe now and then",
        "Nygard, Release It!: circuit breaker", spares_the_dead);
    add("LOD-07", CheckKind::must, "asks whether something changed instead of fetching it again",
        "RFC 9110 section 13.1.2; GitHub REST API, conditional requests", asks_for_changes_only);
}

}  // namespace apilab::sandbox::internal
