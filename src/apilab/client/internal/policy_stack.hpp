#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "apilab/policy/policy.hpp"
#include "apilab/runtime/scheduler.hpp"

namespace apilab::client::internal {

/// The policies that are asked before each attempt, in their order, and those who wait for a turn.
class PolicyStack {
public:
    /// So many may stand in one stack.
    static constexpr std::size_t policies_max = 4;

    void add(std::unique_ptr<policy::Policy> policy);
    [[nodiscard]] std::size_t size() const { return policies_.size(); }
    [[nodiscard]] policy::Policy& at(std::size_t index) { return *policies_.at(index); }
    [[nodiscard]] const policy::Policy& at(std::size_t index) const { return *policies_.at(index); }

    void wait_for_turn(std::size_t policy, policy::Slot slot, runtime::Event& event);
    void stop_waiting(const runtime::Event& event);
    /// Wakes whoever's turn a policy says it is.
    void hand_out_turns(std::size_t policy);

private:
    struct Waiting {
        std::size_t policy = 0;
        policy::Slot slot = 0;
        runtime::Event* event = nullptr;
    };
    std::vector<std::unique_ptr<policy::Policy>> policies_;
    std::vector<Waiting> waiting_;
};

/// What one attempt has of the policies: given back where it goes without having been settled,
/// whichever way its coroutine ends.
class Admission {
public:
    Admission(std::shared_ptr<PolicyStack> stack, policy::CallFacts facts)
        : stack_(std::move(stack)), facts_(facts) {}
    Admission(const Admission&) = delete;
    Admission& operator=(const Admission&) = delete;
    ~Admission();

    [[nodiscard]] const policy::CallFacts& facts() const { return facts_; }
    [[nodiscard]] PolicyStack& stack() { return *stack_; }
    [[nodiscard]] policy::Slot slot(std::size_t policy) const { return slots_.at(policy); }
    [[nodiscard]] policy::Action ask(std::size_t policy, SteadyTime now);
    /// The attempt is over.
    void settle(const policy::AttemptOutcome& outcome);

private:
    void give_back(std::size_t policy);

    // Shared: on the way down of a scheduler a frame may outlive the client.
    std::shared_ptr<PolicyStack> stack_;
    policy::CallFacts facts_;
    std::array<policy::Slot, PolicyStack::policies_max> slots_{};
    SteadyTime last_asked_;
    bool settled_ = false;
};

}  // namespace apilab::client::internal
