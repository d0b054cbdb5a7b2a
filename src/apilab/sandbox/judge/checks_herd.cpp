// Whether clients that failed together come back together.

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <span>

#include "apilab/base/duration.hpp"
#include "apilab/sandbox/internal/checks.hpp"

namespace apilab::sandbox::internal {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t herd_min = 20;
/// Failures this close together are one event.
constexpr Duration together = milliseconds(100);
constexpr double share_max = 0.5;

// The longest run of sorted `times` that fits into `width`.
std::span<const SteadyTime> densest(std::span<const SteadyTime> times, Duration width) {
    std::span<const SteadyTime> best;
    std::size_t first = 0;
    for (std::size_t last = 0; last < times.size(); ++last) {
        while (times[last] - times[first] > width) {
            ++first;
        }
        if (last - first + 1 > best.size()) {
            best = times.subspan(first, last - first + 1);
        }
    }
    return best;
}

// Of the calls that failed after the same attempt, those that failed together.
std::vector<Gap> herd_of(const std::vector<Gap>& gaps) {
    std::vector<SteadyTime> failed;
    std::ranges::transform(gaps, std::back_inserter(failed),
                           [](const Gap& gap) { return *gap.before->finished; });
    std::ranges::sort(failed);
    const auto event = densest(failed, together);
    std::vector<Gap> herd;
    std::ranges::copy_if(gaps, std::back_inserter(herd), [&](const Gap& gap) {
        return !event.empty() && *gap.before->finished >= event.front() &&
               *gap.before->finished <= event.back();
    });
    return herd;
}

struct Return {
    std::size_t herd = 0;
    std::size_t at_once = 0;
    Duration window{};
    SteadyTime from;
    SteadyTime to;
    [[nodiscard]] double share() const {
        return static_cast<double>(at_once) / static_cast<double>(herd);
    }
};

// A window that fits the waits: a fifth of their median, 5 ms to 100 ms. What is spread evenly over
// an interval leaves well under half in it, whatever the interval.
Return return_of(const std::vector<Gap>& herd) {
    std::vector<Duration> waits;
    std::vector<SteadyTime> returns;
    for (const Gap& gap : herd) {
        waits.push_back(gap.length());
        returns.push_back(gap.after->first_byte);
    }
    std::ranges::nth_element(waits, waits.begin() + static_cast<std::ptrdiff_t>(waits.size() / 2));
    std::ranges::sort(returns);
    const Duration window =
        std::clamp<Duration>(waits[waits.size() / 2] / 5, milliseconds(5), together);
    const auto dense = densest(returns, window);
    return {herd.size(), dense.size(), window, dense.front(), dense.back()};
}

Finding spreads_out(const Evidence& evidence) {
    std::map<std::size_t, std::vector<Gap>> by_attempt;
    for (const Gap& gap : free_gaps(evidence)) {
        by_attempt[gap.index].push_back(gap);
    }
    std::optional<Return> worst;
    Finding proof;
    for (const auto& [attempt, gaps] : by_attempt) {
        const auto herd = herd_of(gaps);
        if (herd.size() < herd_min) {
            continue;
        }
        const Return back = return_of(herd);
        if (!worst || back.share() > worst->share()) {
            worst = back;
            proof.rows.clear();
            for (const Gap& gap : herd) {
                if (gap.after->first_byte >= back.from && gap.after->first_byte <= back.to) {
                    proof.prove(*gap.after);
                }
            }
        }
    }
    if (!worst) {
        return Finding::not_exercised(
            fmt::format("never did {} calls fail together and try again", herd_min));
    }
    const auto sentence = fmt::format("of {} calls that failed together {} came back within {}",
                                      worst->herd, worst->at_once, format_duration(worst->window));
    auto finding = worst->share() > share_max ? Finding::fail(sentence) : Finding::pass(sentence);
    finding.rows = std::move(proof.rows);
    return finding;
}

}  // namespace

void add_herd_checks(CheckList& list) {
    list.push_back(make_check({.id = "BKO-05",
                               .kind = CheckKind::must,
                               .level = CheckLevel::recommended,
                               .title = "does not come back all at once",
                               .source = "AWS Builders' Library, backoff with jitter"},
                              spreads_out));
}

}  // namespace apilab::sandbox::internal
