#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>

#include "apilab/base/result.hpp"
#include "apilab/base/rng.hpp"
#include "apilab/runtime/scheduler.hpp"
#include "apilab/runtime/task.hpp"
#include "apilab/work/message.hpp"
#include "apilab/work/outbox.hpp"
#include "apilab/work/outbox_policy.hpp"

namespace apilab::fortnight {

/// Somebody else, on whom effects are made. It knows the keys they were made under and can be asked
/// for them; it stops nobody who uses one twice. Its replies get lost, and requests too.
class Target final : public work::OutboxTarget {
public:
    Target(runtime::Scheduler& scheduler, std::uint64_t seed) : scheduler_(scheduler), rng_(seed) {}

    [[nodiscard]] runtime::Task<work::SendOutcome> send(work::Message message) override;
    [[nodiscard]] runtime::Task<work::LookUpOutcome> look_up(work::Message message) override;

    /// How often each event had its effect; named as `Site::taken` names it.
    [[nodiscard]] const std::map<std::string, int>& effects() const { return effects_; }
    /// Sends of which the outbox did not hear what became of them.
    [[nodiscard]] std::size_t unheard() const { return unheard_; }

private:
    void apply(const work::Message& message);
    [[nodiscard]] runtime::Task<Result<void>> travel();

    runtime::Scheduler& scheduler_;
    SeededRng rng_;
    std::set<std::string> keys_;
    std::map<std::string, int> effects_;
    std::size_t unheard_ = 0;
};

}  // namespace apilab::fortnight
