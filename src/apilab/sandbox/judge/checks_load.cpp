// What a client's retries add to the load of a source that is in trouble already.

#include <fmt/format.h>

#include <map>
#include <string>

#include "apilab/sandbox/internal/checks.hpp"

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

}  // namespace

void add_load_checks(CheckList& list) {
    list.push_back(make_check({.id = "LOD-02",
                               .kind = CheckKind::budget,
                               .level = CheckLevel::recommended,
                               .title = "adds few retries to the load of a source that fails",
                               .source = "Google SRE book, Handling Overload: retry budgets"},
                              does_not_multiply));
}

}  // namespace apilab::sandbox::internal
