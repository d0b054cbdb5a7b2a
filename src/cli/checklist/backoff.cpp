#include "checklist/backoff.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <vector>

#include "apilab/base/duration.hpp"
#include "apilab/sandbox/judge/operations.hpp"
#include "checklist/looking.hpp"
#include "checklist/rules.hpp"

namespace apilab::cli::checklist {

namespace {

using sandbox::AttemptEnd;
using sandbox::Exchange;
using std::chrono::milliseconds;

// As the judge has them (sandbox: `judge/checks_backoff.cpp`).
constexpr std::size_t calls_min = 8;
constexpr double spread_min = 0.10;
constexpr Duration hot = milliseconds(10);
constexpr Duration noise = milliseconds(3);

struct Waits {
    /// By the attempt before them, from 0.
    std::map<std::size_t, std::vector<Duration>> after;
    Rows rows;
};

// Nobody had said for how long, and the client had not gone away by itself.
bool free_to_wait(const Exchange& row) {
    const auto end = sandbox::end_of(row);
    return (end == AttemptEnd::transient || end == AttemptEnd::lost) && !row.announced &&
           !row.peer_closed && row.finished;
}

void gather(const Episode& episode, Waits& waits) {
    for (const auto& call : calls_of(episode)) {
        for (std::size_t i = 0; i + 1 < call.size(); ++i) {
            const Exchange& before = *call[i];
            const Exchange& next = *call[i + 1];
            if (to_a_provider(before) && free_to_wait(before) &&
                next.first_byte >= *before.finished) {
                waits.after[i].push_back(next.first_byte - *before.finished);
                waits.rows.add(episode, before);
                waits.rows.add(episode, next);
            }
        }
    }
}

// Nearest rank, `share` from 0 to 1.
Duration quantile(const std::vector<Duration>& sorted, double share) {
    const auto last = static_cast<double>(sorted.size() - 1);
    return sorted[static_cast<std::size_t>(std::lround(share * last))];
}

Answer measured(Waits waits) {
    std::size_t most = 0;
    std::string numbers;
    bool even = false;
    bool at_once = false;
    for (auto& [index, lengths] : waits.after) {
        most = std::max(most, lengths.size());
        if (lengths.size() < calls_min) {
            continue;
        }
        std::ranges::sort(lengths);
        const auto median = quantile(lengths, 0.5);
        const auto spread = quantile(lengths, 0.9) - quantile(lengths, 0.1);
        at_once = at_once || quantile(lengths, 0.9) < hot;
        even = even || (median >= hot &&
                        (spread <= noise || static_cast<double>(spread.count()) <
                                                spread_min * static_cast<double>(median.count())));
        numbers += fmt::format("{}after attempt {}: median {}, spread {} ({} calls)",
                               numbers.empty() ? "" : "; ", index + 1, format_duration(median),
                               format_duration(spread), lengths.size());
    }
    if (numbers.empty()) {
        return untested(fmt::format("{} at most waited after the same attempt, fewer than {}",
                                    counted(most, "call", "calls"), calls_min));
    }
    if (at_once || even) {
        return fails(
            (at_once ? "what failed came again at once: " : "waits do not vary: ") + numbers,
            waits.rows.evidence());
    }
    return passes("waits vary: " + numbers, waits.rows.evidence());
}

}  // namespace

Answer waits_vary(const Observed& seen) {
    Waits waits;
    bool any = false;
    for (const std::string_view id : {"flaky", "hiccups"}) {
        const auto episode = ran(seen, id);
        if (!episode) {
            continue;
        }
        any = true;
        // What the judge finds wrong is wrong; what it finds right may be the gap between two calls
        // of the same.
        if (auto judge = judged(seen, id, {"BKO-01", "BKO-04"}); judge.state == State::fail) {
            return judge;
        }
        gather(**episode, waits);
    }
    return any ? measured(std::move(waits))
               : untested("neither of the episodes 'flaky' and 'hiccups' was run");
}

}  // namespace apilab::cli::checklist
