#include "apilab/client/internal/policy_stack.hpp"

#include <algorithm>
#include <cassert>

namespace apilab::client::internal {

void PolicyStack::add(std::unique_ptr<policy::Policy> policy) {
    assert(policies_.size() < policies_max && "one more policy than there are slots");
    policies_.push_back(std::move(policy));
}

void PolicyStack::wait_for_turn(std::size_t policy, policy::Slot slot, runtime::Event& event) {
    waiting_.push_back({.policy = policy, .slot = slot, .event = &event});
}

void PolicyStack::stop_waiting(const runtime::Event& event) {
    std::erase_if(waiting_, [&](const Waiting& one) { return one.event == &event; });
}

// Turns come nearly in the order in which the waiting began, so the search is short.
void PolicyStack::hand_out_turns(std::size_t policy) {
    while (const auto slot = policies_[policy]->next_turn()) {
        const auto found = std::ranges::find_if(waiting_, [&](const Waiting& one) {
            return one.policy == policy && one.slot == *slot;
        });
        if (found != waiting_.end()) {
            runtime::Event* const event = found->event;
            waiting_.erase(found);
            event->set();
        }
    }
}

policy::Action Admission::ask(std::size_t policy, SteadyTime now) {
    last_asked_ = now;
    auto action = stack_->at(policy).before(facts_, slots_.at(policy), now);
    stack_->hand_out_turns(policy);
    if (!std::holds_alternative<policy::Proceed>(action)) {
        // A bucket that froze meanwhile must not hold permits that others could use.
        for (std::size_t later = policy + 1; later < stack_->size(); ++later) {
            give_back(later);
        }
    }
    return action;
}

void Admission::settle(const policy::AttemptOutcome& outcome) {
    settled_ = true;
    for (std::size_t i = 0; i < stack_->size(); ++i) {
        stack_->at(i).after(facts_, slots_.at(i), outcome);
        stack_->hand_out_turns(i);
    }
}

void Admission::give_back(std::size_t policy) {
    if (slots_.at(policy) != 0) {
        stack_->at(policy).withdraw(facts_, slots_.at(policy), last_asked_);
        slots_.at(policy) = 0;
        stack_->hand_out_turns(policy);
    }
}

Admission::~Admission() {
    for (std::size_t i = settled_ ? 0 : stack_->size(); i-- > 0;) {
        give_back(i);
    }
}

}  // namespace apilab::client::internal
