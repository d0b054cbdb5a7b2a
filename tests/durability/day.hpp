#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/base/result.hpp"
#include "apilab/work/event.hpp"
#include "apilab/work/job.hpp"
#include "apilab/work/message.hpp"
#include "apilab/work/store.hpp"

namespace apilab::durability {

/// What a worker and a sender of messages remember of a day.
struct Notes {
    /// By the job's name: its payload up to the first space.
    std::map<std::string, work::JobRef> jobs;
    /// By key.
    std::map<std::string, work::MessageRef> messages;
};

/// One thing that is done to a store, as one transaction.
struct Deed {
    std::string name;
    std::function<Result<void>(work::Store&, Notes&, SystemTime)> run;
    SystemTime at;
};

/// A day in which everything happens once: events one by one and together, copies, replays and
/// conflicts, jobs claimed, done with messages, tried again, buried, redriven, given back, a
/// schedule, the outbox, a pause, and at last a sweep of all that is old. The same deeds at the
/// same times lead to the same state, so that it can be told after each what must be there.
[[nodiscard]] std::vector<Deed> scripted_day();

/// An event whose job is called `name`; at least `size` bytes.
[[nodiscard]] work::Event event_named(const std::string& name, std::size_t size = 0);

}  // namespace apilab::durability
