#include "sleeper.hpp"

#include <algorithm>
#include <utility>

#include "apilab/runtime/context.hpp"

namespace exercise {

using apilab::runtime::CallContext;

Sleeper::Sleeper(Lab& lab, SleepRules rules, apilab::runtime::Service& program,
                 std::function<Task<void>()> started, bool early)
    : lab_(lab),
      rules_(rules),
      program_(program),
      started_(std::move(started)),
      early_(early),
      tasks_(lab.scheduler()) {}

void Sleeper::look() {
    if (up_since_ && lab_.now() - last_ > rules_.idle) {
        awake_ += last_ + rules_.idle - *up_since_;
        up_since_.reset();
    }
}

Task<void> Sleeper::boot() {
    if (!early_) {
        (void)co_await lab_.scheduler().sleep_until(reachable_);
    }
    co_await started_();
}

Task<Result<Response>> Sleeper::call(Request request, CallContext context) {
    look();
    if (!up_since_) {
        up_since_ = lab_.now();
        reachable_ = lab_.now() + rules_.cold_start;
        ++starts_;
        tasks_.spawn(boot());
    }
    last_ = std::max(lab_.now(), reachable_);
    // Who gave up meanwhile is not there any more when it is up.
    if (!co_await lab_.scheduler().sleep_until(reachable_)) {
        co_return apilab::fail(apilab::ErrorKind::cancelled, "nobody waits for the answer");
    }
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
