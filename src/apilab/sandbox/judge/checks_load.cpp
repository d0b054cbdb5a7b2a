// What a client's retries add to the load of a source that is in trouble already.

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>

#include "apilab/sandbox/internal/checks.hpp"
#include "apilab/sandbox/internal/visits.hpp"

namespace apilab::sandbox::internal {

namespace {

// Fewer calls say nothing about a share.
constexpr std::size_t calls_min = 100;
// Below this a source has a bad moment, not an outage.
constexpr double failing_min = 0.2;
// Three in ten that fail, each repeated until it is served: 1 / (1 - 0.3), and a little.
constexpr double most = 1.6;

struct Load {
    std::size_t calls = 0;
    std::size_t attempts = 0;
    /// Calls whose first attempt met a fault that passes.
    std::size_t failing = 0;
    Finding proof;

    [[nodiscard]] double factor() const {
        return static_cast<double>(attempts) / static_cast<double>(calls);
    }
    [[nodiscard]] bool in_trouble() const {
        return static_cast<double>(failing) >= failing_min * static_cast<double>(calls);
    }
};

Finding does_not_multiply(const Evidence& evidence) {
    std::map<std::string, Load> loads;
    for (const auto& operation : *evidence.operations) {
        Load& load = loads[operation.first().provider];
        ++load.calls;
        load.attempts += operation.attempts.size();
        if (met_transient_fault(operation.first())) {
            ++load.failing;
            load.proof.prove(operation.last());
        }
    }
    const std::string* worst = nullptr;
    bool few = false;
    for (const auto& [provider, load] : loads) {
        if (load.failing == 0 || !load.in_trouble()) {
            continue;
        }
        few = few || load.calls < calls_min;
        if (load.calls >= calls_min &&
            (worst == nullptr || load.factor() > loads[*worst].factor())) {
            worst = &provider;
        }
    }
    if (worst == nullptr) {
        return few ? Finding::inconclusive(fmt::format(
                         "a source failed, but {} calls of it are needed for a share", calls_min))
                   : Finding::not_exercised("no source failed for a fifth of its calls");
    }
    Load& load = loads[*worst];
    const auto sentence = fmt::format(
        "{} got {} requests for {} calls, {} of which failed at first: {:.2f} each (at most {})",
        *worst, load.attempts, load.calls, load.failing, load.factor(), most);
    auto finding = load.factor() > most ? Finding::fail(sentence) : Finding::pass(sentence);
    finding.rows = std::move(load.proof.rows);
    return finding;
}

// Did two visitors of one page wait at the same time?
bool visitors_overlap(const Evidence& evidence) {
    std::map<std::string, SteadyTime> busy_until;
    for (const Visit& visit : visits_of(evidence)) {
        if (visit.about_itself() || !visit.over()) {
            continue;
        }
        auto& until = busy_until[visit.outbound->path];
        if (visit.outbound->sent < until) {
            return true;
        }
        until = std::max(until, *visit.outbound->finished);
    }
    return false;
}

Finding asks_once_for_many(const Evidence& evidence) {
    if (!visitors_overlap(evidence)) {
        return Finding::not_exercised("no two visitors wanted the same page at the same time");
    }
    std::map<std::string, SteadyTime> under_way;
    std::size_t reads = 0;
    std::size_t again = 0;
    Finding proof;
    for (const Exchange& row : *evidence.rows) {
        if (row.method != "GET" || !row.finished) {
            continue;
        }
        ++reads;
        auto& until = under_way[row.provider + row.identity];
        if (row.first_byte < until) {
            ++again;
            proof.prove(row);
        }
        until = std::max(until, *row.finished);
    }
    if (again == 0) {
        return Finding::pass(
            fmt::format("{} reads, and none of what was being asked for already", reads));
    }
    auto finding = Finding::fail(
        fmt::format("{} of {} reads were for what was being asked for already", again, reads));
    finding.rows = std::move(proof.rows);
    return finding;
}

}  // namespace

void add_load_checks(CheckList& list) {
    list.push_back(make_check({.id = "LOD-08",
                               .kind = CheckKind::should,
                               .level = CheckLevel::recommended,
                               .title = "asks once for what many want at the same time",
                               .source = "RFC 9111 section 4: collapsed requests; cache stampedes"},
                              asks_once_for_many));
    list.push_back(make_check({.id = "LOD-02",
                               .kind = CheckKind::budget,
                               .level = CheckLevel::recommended,
                               .title = "adds few retries to the load of a source that fails",
                               .source = "Google SRE book, Handling Overload: retry budgets"},
                              does_not_multiply));
}

}  // namespace apilab::sandbox::internal
