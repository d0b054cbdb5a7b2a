// How long a client waits when nobody says how long.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "apilab/base/duration.hpp"
#include "apilab/sandbox/internal/checks.hpp"

namespace apilab::sandbox::internal {

namespace {

using std::chrono::milliseconds;

// Where full jitter between 0 and 50 ms is good practice, one short wait proves nothing: a client
// without any waits far below a millisecond nearly every time, or below ten. Only nearly: on a busy
// machine somebody who does not wait comes late now and then.
constexpr Duration at_once = milliseconds(1);
constexpr Duration hot = milliseconds(10);
constexpr Duration calm = milliseconds(50);
constexpr std::size_t at_once_gaps_min = 2;
// Of waits up to 50 ms so many below one come once in ten thousand times.
constexpr std::size_t at_once_clear = 3;
constexpr std::size_t hot_gaps_min = 4;

constexpr std::size_t operations_min = 8;
constexpr double spread_min = 0.10;
// A busy machine makes the first of otherwise equal waits vary by more than that.
constexpr double spread_clear = 0.25;
constexpr Duration noise = milliseconds(3);

// Nearest rank, `share` from 0 to 1.
Duration quantile(const std::vector<Duration>& sorted, double share) {
    const auto last = static_cast<double>(sorted.size() - 1);
    return sorted[static_cast<std::size_t>(std::lround(share * last))];
}

Finding no_hot_retry(const Evidence& evidence) {
    const auto gaps = free_gaps(evidence);
    if (gaps.empty()) {
        return Finding::not_exercised("nothing was tried again without a word about the wait");
    }
    std::vector<Duration> lengths;
    Finding proof;
    Finding good;
    for (const Gap& gap : gaps) {
        lengths.push_back(gap.length());
        good.prove(*gap.before);
        good.prove(*gap.after);
        if (gap.length() < hot) {
            proof.prove(*gap.before);
            proof.prove(*gap.after);
        }
    }
    std::ranges::sort(lengths);
    const auto shorter = [&](Duration limit) {
        return static_cast<std::size_t>(
            std::ranges::count_if(lengths, [&](Duration length) { return length < limit; }));
    };
    const auto median = quantile(lengths, 0.5);
    const bool never_waits =
        (gaps.size() >= at_once_gaps_min && shorter(at_once) == gaps.size()) ||
        (shorter(at_once) >= at_once_clear && shorter(at_once) * 2 >= gaps.size());
    const bool hardly_waits = gaps.size() >= hot_gaps_min && shorter(hot) * 10 >= gaps.size() * 9;
    if (never_waits || hardly_waits) {
        auto finding = Finding::fail(fmt::format("{} of {} retries came within {}", shorter(hot),
                                                 gaps.size(), format_duration(hot)));
        finding.rows = std::move(proof.rows);
        return finding;
    }
    if (shorter(hot) * 2 > gaps.size()) {
        return Finding::inconclusive(fmt::format("{} short wait{} of {} could be chance",
                                                 shorter(hot), shorter(hot) == 1 ? "" : "s",
                                                 gaps.size()));
    }
    auto finding = Finding::pass(
        fmt::format("{} retries waited {} in the median", gaps.size(), format_duration(median)));
    finding.warning = median < calm / 5;
    finding.rows = std::move(good.rows);
    return finding;
}

Finding jittered(const Evidence& evidence) {
    std::map<std::size_t, std::vector<Duration>> by_index;
    Finding proof;
    for (const Gap& gap : free_gaps(evidence)) {
        by_index[gap.index].push_back(gap.length());
        proof.prove(*gap.before);
        proof.prove(*gap.after);
    }
    const auto enough = [](const auto& entry) { return entry.second.size() >= operations_min; };
    if (std::ranges::none_of(by_index, enough)) {
        return by_index.empty()
                   ? Finding::not_exercised("nothing was tried again after a wait of its own")
                   : Finding::inconclusive(fmt::format(
                         "fewer than {} calls waited after the same attempt", operations_min));
    }
    std::vector<double> shares;
    std::string numbers;
    for (auto& [index, lengths] : by_index) {
        std::ranges::sort(lengths);
        const Duration median = quantile(lengths, 0.5);
        // What comes at once did not wait, and what did not wait cannot vary.
        if (lengths.size() < operations_min || median < hot) {
            continue;
        }
        const Duration spread = quantile(lengths, 0.9) - quantile(lengths, 0.1);
        shares.push_back(spread <= noise ? 0
                                         : static_cast<double>(spread.count()) /
                                               static_cast<double>(median.count()));
        numbers += fmt::format("{}after attempt {}: median {}, spread {} (n={})",
                               numbers.empty() ? "" : "; ", index + 1, format_duration(median),
                               format_duration(spread), lengths.size());
    }
    if (shares.empty()) {
        return Finding::not_exercised("what was tried again came at once");
    }
    const auto even = [](double share) { return share < spread_min; };
    const bool later_is_even = std::any_of(shares.begin() + 1, shares.end(), even);
    const bool all_later_even =
        shares.size() > 1 && std::all_of(shares.begin() + 1, shares.end(), even);
    const bool first_is_even =
        even(shares.front()) || (all_later_even && shares.front() < spread_clear);
    auto finding = first_is_even ? Finding::fail("waits do not vary: " + numbers)
                                 : Finding::pass("waits vary: " + numbers);
    finding.warning = !first_is_even && later_is_even;
    finding.rows = std::move(proof.rows);
    return finding;
}

}  // namespace

std::vector<Gap> free_gaps(const Evidence& evidence) {
    std::vector<Gap> gaps;
    for (const auto& operation : *evidence.operations) {
        for (std::size_t i = 0; i + 1 < operation.attempts.size(); ++i) {
            const Exchange& before = *operation.attempts[i];
            const Exchange& after = *operation.attempts[i + 1];
            const AttemptEnd end = end_of(before);
            const bool stale = end == AttemptEnd::lost && before.request_on_connection > 1;
            if ((end == AttemptEnd::transient || end == AttemptEnd::lost) && !before.announced &&
                !before.peer_closed && !stale && after.first_byte >= *before.finished) {
                gaps.push_back({&before, &after, i});
            }
        }
    }
    return gaps;
}

void add_backoff_checks(CheckList& list) {
    list.push_back(make_check({.id = "BKO-01",
                               .kind = CheckKind::never,
                               .level = CheckLevel::normative,
                               .title = "never retries at once",
                               .source = "AWS SDK retry behaviour; Google SRE book"},
                              no_hot_retry));
    list.push_back(make_check({.id = "BKO-04",
                               .kind = CheckKind::should,
                               .level = CheckLevel::recommended,
                               .title = "varies its waits",
                               .source = "AWS Builders' Library, backoff with jitter"},
                              jittered));
}

}  // namespace apilab::sandbox::internal
