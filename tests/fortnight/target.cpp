#include "target.hpp"

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "apilab/base/clock.hpp"

namespace apilab::fortnight {

using namespace std::chrono_literals;
using runtime::Task;
using work::LookUpOutcome;
using work::Message;
using work::SendOutcome;

Task<Result<void>> Target::travel() {
    co_return co_await scheduler_.sleep_for(
        Duration(rng_.between(Duration(5ms).count(), Duration(2s).count())));
}

// `slack:T0123:Ev0456` is the event Ev0456 of Slack.
void Target::apply(const Message& message) {
    keys_.insert(message.key);
    ++effects_[message.key.substr(0, message.key.find(':')) +
               message.key.substr(message.key.rfind(':'))];
}

Task<SendOutcome> Target::send(Message message) {
    const auto chance = rng_.between(0, 49);
    if (!co_await travel()) {
        ++unheard_;  // the sender died with it: it may have been on the wire
        if (chance % 2 == 0) {
            apply(message);
        }
        co_return SendOutcome::unknown("cancelled");
    }
    if (chance == 0) {
        co_return SendOutcome::not_applied("429");
    }
    if (chance == 1) {
        ++unheard_;
        co_return SendOutcome::unknown("the request was lost");
    }
    apply(message);
    if (chance == 2 || !co_await travel()) {
        ++unheard_;
        co_return SendOutcome::unknown("the reply was lost");
    }
    co_return SendOutcome::applied(message.key);
}

Task<LookUpOutcome> Target::look_up(Message message) {
    if (!co_await travel() || rng_.between(0, 19) == 0) {
        co_return LookUpOutcome::unavailable("503");
    }
    std::vector<std::string> found;
    if (keys_.contains(message.key)) {
        found.push_back(message.key);
    }
    co_return LookUpOutcome::of(std::move(found));
}

}  // namespace apilab::fortnight
