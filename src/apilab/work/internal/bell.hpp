#pragma once

#include "apilab/runtime/scheduler.hpp"

namespace apilab::work::internal {

/// Wakes the one task that waits for it, again and again (a `runtime::Event` stays set). Remembers
/// nothing: who waits looks first at what the ringing was about.
class Bell {
public:
    void ring() {
        if (waiting_ != nullptr) {
            waiting_->set();
        }
    }
    [[nodiscard]] runtime::Task<runtime::Scheduler::Woken> wait(runtime::Scheduler& scheduler,
                                                                SteadyTime until) {
        runtime::Event event;
        waiting_ = &event;
        const auto woken = co_await scheduler.wait(&event, until);
        waiting_ = nullptr;
        co_return woken;
    }

private:
    runtime::Event* waiting_ = nullptr;
};

}  // namespace apilab::work::internal
