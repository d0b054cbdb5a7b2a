#pragma once

#include <functional>
#include <initializer_list>
#include <memory>

#include "apilab/runtime/real_scheduler.hpp"

namespace apilab::runtime {

/// Calls `handler(number)` on the scheduler's thread, where anything may be done, for each of the
/// signals that it was asked to watch, as long as it lives. Several at once may be told as one.
///
///     Event told;
///     const Signals signals(scheduler, {SIGINT, SIGTERM}, [&](int) { told.set(); });
///     co_await scheduler.wait(&told, SteadyTime::max());
class Signals {
public:
    Signals(RealScheduler& scheduler, std::initializer_list<int> numbers,
            std::function<void(int)> handler);
    Signals(const Signals&) = delete;
    Signals& operator=(const Signals&) = delete;
    ~Signals();

private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace apilab::runtime
