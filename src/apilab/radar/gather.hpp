#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "apilab/client/call_stats.hpp"
#include "apilab/data/drift.hpp"
#include "apilab/provider/github.hpp"
#include "apilab/provider/npm.hpp"
#include "apilab/provider/osv.hpp"
#include "apilab/radar/dependency_set.hpp"
#include "apilab/radar/radar_facts.hpp"
#include "apilab/runtime/scheduler.hpp"
#include "apilab/runtime/task.hpp"

namespace apilab::radar {

/// The three APIs that are joined.
struct Sources {
    provider::Npm npm;
    provider::Osv osv;
    provider::GitHub github;
};

struct GatherOptions {
    SystemTime as_of;
    /// Requests under way at once. Defaults 12, 8 and 4 (npm's own client uses 12; GitHub asks for
    /// few); range 1 to 100.
    std::size_t npm_concurrency = 12;
    std::size_t osv_concurrency = 8;
    std::size_t github_concurrency = 4;
    /// Most repositories asked for their releases; the packages with advisories come first. Default
    /// 40: without a token GitHub answers 60 requests an hour.
    std::size_t repositories_max = 40;
    /// Asks of those repositories also what they are: archived, renamed. One request more for each,
    /// so only where there is a token. Default no.
    bool repository_facts = false;
    /// A source that fails so often in a row is not asked further in this run. Default 5.
    std::size_t failures_max = 5;
    /// For the whole gathering: what was not answered by then counts as failed. The two questions
    /// that others wait for (what a range resolves to, what OSV knows to be hit) may each take half
    /// of what remains, so that one slow source leaves time for the others. Default 5 min, range
    /// 1 ms to 1 h.
    Duration deadline = std::chrono::minutes(5);
    /// Told after every finished request: done, and how many are known of so far. May be empty.
    std::function<void(std::size_t done, std::size_t known)> progress;
    /// Told where an answer was not what is needed of it: what a model says of a repository, what
    /// could not be read of the other documents. `npm get_packument` is an operation. May be empty.
    std::function<void(std::string_view operation, const data::DriftReport& drift)> on_drift;
};

/// Asks the sources about every package of `set`, and settles the wanted ranges of a package.json
/// by what the registry has. A source that fails is part of the answer, not an error: what it did
/// not say is marked `failed`, and its report says why.
///
/// What is asked: OSV `querybatch` for everything installed, then all records of the packages that
/// were hit (a candidate must carry none either); the registry once per package, the full document
/// where publish times or the repository matter (direct or hit), else the short one; GitHub's
/// advisories for everything installed, and the releases of hit and direct packages as soon as
/// their documents and the advisories are there. Concurrency is bounded per source; the sum of the
/// three is what is under way at most.
///
/// `set`, `sources` and the scheduler outlive the task. Cancelling it ends it with what was known.
[[nodiscard]] runtime::Task<RadarFacts> gather(runtime::Scheduler& scheduler,
                                               const Sources& sources, DependencySet& set,
                                               GatherOptions options);

/// What the calls cost, by source in the order npm, osv, github.
[[nodiscard]] std::vector<CallStory> call_stories(const client::CallStats& stats);

}  // namespace apilab::radar
