// What a client makes of the less usual ways to be told to wait: dates by another clock, two words
// that differ, words that are none, and silence.

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "apilab/base/duration.hpp"
#include "apilab/http/date.hpp"
#include "apilab/sandbox/internal/checks.hpp"

namespace apilab::sandbox::internal {

std::string_view limit_word(const Evidence& evidence, const Exchange& row) {
    if (const auto said = row.facts.find("limit_says"); said != row.facts.end()) {
        return said->second;
    }
    for (const auto& hit : row.faults) {
        const auto status = std::ranges::find(evidence.faults, hit.id, &FaultStatus::id);
        if (status != evidence.faults.end() && !status->fault->what.limit.empty()) {
            return status->fault->what.limit;
        }
    }
    return {};
}

namespace {

constexpr Duration no_time = std::chrono::milliseconds(5);

// A refusal, and the same request again.
struct Pair {
    const Exchange* told = nullptr;
    const Exchange* next = nullptr;
    [[nodiscard]] Duration gap() const { return next->first_byte - *told->finished; }
};

std::vector<Pair> pairs(const Evidence& evidence, bool (*wanted)(const Exchange&)) {
    std::vector<Pair> all;
    for (const auto& operation : *evidence.operations) {
        for (std::size_t i = 0; i + 1 < operation.attempts.size(); ++i) {
            if (operation.attempts[i]->answered() && wanted(*operation.attempts[i])) {
                all.push_back({operation.attempts[i], operation.attempts[i + 1]});
            }
        }
    }
    return all;
}

// Each wait has to be at least as long as announced, less `tolerance`.
Finding kept(const std::vector<Pair>& all, Duration tolerance, std::string_view what) {
    Finding proof;
    Finding good;
    Duration worst{};
    for (const Pair& pair : all) {
        const Duration by = *pair.told->not_before() - pair.next->first_byte;
        Finding& into = by > tolerance ? proof : good;
        into.prove(*pair.told);
        into.prove(*pair.next);
        worst = std::max(worst, by);
    }
    if (!proof.rows.empty()) {
        auto finding = Finding::fail(
            fmt::format("asked again up to {} too early {}", format_duration(worst), what));
        finding.rows = std::move(proof.rows);
        return finding;
    }
    if (all.empty()) {
        return Finding::not_exercised(fmt::format("nothing was asked again {}", what));
    }
    auto finding = Finding::pass(
        fmt::format("{} wait{} kept {}", all.size(), all.size() == 1 ? " was" : "s were", what));
    finding.rows = std::move(good.rows);
    return finding;
}

Finding goes_by_their_clock(const Evidence& evidence) {
    const auto all = pairs(evidence, [](const Exchange& row) {
        return row.announced_until && row.facts.contains("skew");
    });
    auto finding = kept(all, std::chrono::seconds(1), "after a date by a clock that is off");
    // Late is no failure, but it tells which clock was asked.
    for (const Pair& pair : all) {
        if (finding.verdict == Verdict::pass &&
            pair.next->first_byte > *pair.told->not_before() + std::chrono::seconds(30)) {
            finding.warning = true;
            finding.sentence += "; much later than announced, as by the client's own clock";
            break;
        }
    }
    return finding;
}

Finding waits_after_503_and_403(const Evidence& evidence) {
    return kept(pairs(evidence,
                      [](const Exchange& row) {
                          return (row.status == 503 || row.status == 403) && row.not_before();
                      }),
                evidence.options.early_tolerance, "after Retry-After on a 503 or 403");
}

Finding retry_after_wins(const Evidence& evidence) {
    return kept(pairs(evidence,
                      [](const Exchange& row) {
                          const auto t = fact(row, "ratelimit_t");
                          std::int64_t seconds = 0;
                          std::from_chars(t.data(), t.data() + t.size(), seconds);
                          return !t.empty() && row.announced &&
                                 std::chrono::seconds(seconds) < *row.announced;
                      }),
                evidence.options.early_tolerance, "where Retry-After was longer than RateLimit");
}

bool all_digits(std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// Neither whole seconds up to a day nor a date; and zero, which says nothing about how long.
bool says_nothing_usable(const Exchange& row) {
    constexpr std::size_t digits_of_a_day = 5;
    const auto text = fact(row, "retry_after");
    const bool usable = all_digits(text) ? text != "0" && text.size() <= digits_of_a_day
                                         : http::parse_http_date(text).has_value();
    return row.status >= 400 && !text.empty() && !usable;
}

// A wait with full jitter may be short once; more than half of them at once are none.
Finding gets_over_garbage(const Evidence& evidence) {
    constexpr Duration too_long = std::chrono::minutes(5);
    constexpr std::size_t enough = 2;
    const auto all = pairs(evidence, says_nothing_usable);
    std::size_t at_once = 0;
    std::size_t late = 0;
    Finding proof;
    Finding good;
    for (const Pair& pair : all) {
        at_once += pair.gap() < no_time ? 1 : 0;
        late += pair.gap() > too_long ? 1 : 0;
        Finding& into = pair.gap() < no_time || pair.gap() > too_long ? proof : good;
        into.prove(*pair.told);
        into.prove(*pair.next);
    }
    if (late > 0 || (at_once * 2 > all.size() && all.size() >= enough)) {
        auto finding = Finding::fail(fmt::format(
            "of {} times that Retry-After said nothing usable it came back at once {} times, and "
            "after more than 5 min {} times",
            all.size(), at_once, late));
        finding.rows = std::move(proof.rows);
        return finding;
    }
    if (all.empty()) {
        return Finding::not_exercised("nothing was asked again after a Retry-After without sense");
    }
    if (all.size() < enough && at_once > 0) {
        return Finding::inconclusive("one short wait may be chance");
    }
    auto finding = Finding::pass(fmt::format("{} times it backed off by itself", all.size()));
    finding.rows = std::move(good.rows);
    return finding;
}

Finding a_minute_at_least(const Evidence& evidence) {
    constexpr Duration minute = std::chrono::seconds(60);
    std::size_t waits = 0;
    Finding proof;
    Finding good;
    for (const auto& operation : *evidence.operations) {
        Duration before{};
        for (std::size_t i = 0; i + 1 < operation.attempts.size(); ++i) {
            const Exchange& told = *operation.attempts[i];
            if (told.provider != "github" || limit_word(evidence, told) != "secondary" ||
                told.announced || !told.answered()) {
                continue;
            }
            const Exchange& next = *operation.attempts[i + 1];
            const Duration gap = next.first_byte - *told.finished;
            const bool early = gap + evidence.options.early_tolerance < minute || gap <= before;
            Finding& into = early ? proof : good;
            into.prove(told);
            into.prove(next);
            before = gap;
            ++waits;
        }
    }
    if (!proof.rows.empty()) {
        auto finding = Finding::fail(
            "after a secondary limit it came back within a minute, or did not wait longer each "
            "time");
        finding.rows = std::move(proof.rows);
        return finding;
    }
    if (waits == 0) {
        return Finding::not_exercised("no secondary limit without Retry-After was tried again");
    }
    auto finding = Finding::pass(fmt::format("{} waits of a minute and more, growing", waits));
    finding.rows = std::move(good.rows);
    return finding;
}

}  // namespace

void add_limit_checks(CheckList& list) {
    using Kind = CheckKind;
    using Level = CheckLevel;
    const auto add = [&](std::string_view id, Kind kind, Level level, std::string_view title,
                         std::string_view source, Finding (*judge)(const Evidence&)) {
        list.push_back(make_check(
            {.id = id, .kind = kind, .level = level, .title = title, .source = source}, judge));
    };
    add("RL-02", Kind::never, Level::recommended,
        "never asks again early where Retry-After is a date by another clock",
        "RFC 9110 section 10.2.3", goes_by_their_clock);
    add("RL-03", Kind::never, Level::recommended,
        "never asks again before Retry-After of a 503 or 403 is over",
        "RFC 9110 section 10.2.3; GitHub REST best practices", waits_after_503_and_403);
    add("RL-05", Kind::should, Level::recommended,
        "waits a minute and longer each time after a secondary limit without a word",
        "GitHub REST best practices, handle rate limit errors", a_minute_at_least);
    add("RL-08", Kind::never, Level::normative,
        "never goes by RateLimit where Retry-After is longer",
        "IETF draft RateLimit header fields, section 2.4", retry_after_wins);
    add("RL-09", Kind::must, Level::recommended,
        "backs off by itself where Retry-After makes no sense",
        "RFC 9110 section 10.2.3; IETF draft RateLimit header fields", gets_over_garbage);
}

}  // namespace apilab::sandbox::internal
