#pragma once

#include <functional>
#include <memory>

#include "apilab/runtime/real_scheduler.hpp"

namespace apilab::cli {

/// Calls `handler(number)` on the scheduler's thread for each SIGINT, SIGTERM and SIGCHLD that it
/// was asked to watch, as long as it lives.
class Signals {
public:
    Signals(runtime::RealScheduler& scheduler, std::initializer_list<int> numbers,
            std::function<void(int)> handler);
    Signals(const Signals&) = delete;
    Signals& operator=(const Signals&) = delete;
    ~Signals();

private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace apilab::cli
