#include "sleeper.hpp"

#include <memory>
#include <utility>

#include "apilab/runtime/context.hpp"

namespace exercise {

using apilab::runtime::CallContext;
using apilab::runtime::Event;
using apilab::runtime::Scheduler;

Sleeper::Sleeper(Lab& lab, SleepRules rules, apilab::runtime::Service& program,
                 std::function<Task<void>()> started, bool early)
    : lab_(lab),
      rules_(rules),
      program_(program),
      started_(std::move(started)),
      early_(early),
      tasks_(lab.scheduler()) {}

void Sleeper::look() {
    const bool booting = ready_ && !ready_->is_set();
    if (up_since_ && !booting && lab_.now() - last_ > rules_.idle) {
        awake_ += last_ + rules_.idle - *up_since_;
        up_since_.reset();
    }
}

Task<void> Sleeper::boot() {
    const auto ready = ready_;
    if (early_) {
        co_await started_();
    }
    (void)co_await lab_.scheduler().sleep_for(rules_.cold_start);
    last_ = lab_.now();
    ready->set();
    if (!early_) {
        co_await started_();
    }
}

Task<Result<Response>> Sleeper::call(Request request, CallContext context) {
    look();
    if (!up_since_) {
        up_since_ = lab_.now();
        ready_ = std::make_shared<Event>();
        ++starts_;
        tasks_.spawn(boot());
    }
    const auto ready = ready_;
    while (!ready->is_set()) {
        // Who gave up meanwhile is not there any more when it is up.
        if (co_await lab_.scheduler().wait(ready.get(), SteadyTime::max()) ==
            Scheduler::Woken::cancelled) {
            co_return apilab::fail(apilab::ErrorKind::cancelled, "nobody waits for the answer");
        }
    }
    last_ = lab_.now();
    co_return co_await program_.call(std::move(request), std::move(context));
}

Task<void> Sleeper::settle() {
    co_await tasks_.join();
}

Duration Sleeper::awake() {
    look();
    return awake_ + (up_since_ ? lab_.now() - *up_since_ : Duration::zero());
}

}  // namespace exercise
