#pragma once

#include <cstddef>
#include <cstdint>
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

namespace apilab::durability {

/// Somebody else, on whom effects are made: a machine of its own, which no power cut here reaches.
/// It makes one effect per key, and can be asked. Its replies get lost now and then, requests too,
/// and both where the sender dies in between.
class Target final : public work::OutboxTarget {
public:
    Target(runtime::Scheduler& scheduler, std::uint64_t seed) : scheduler_(scheduler), rng_(seed) {}

    [[nodiscard]] runtime::Task<work::SendOutcome> send(work::Message message) override;
    [[nodiscard]] runtime::Task<work::LookUpOutcome> look_up(work::Message message) override;

    /// How often each event had its effect.
    [[nodiscard]] const std::map<std::string, int>& effects() const { return effects_; }
    /// Sends under a key that was known. The key stopped them here; of a target that can be looked
    /// up there should be none.
    [[nodiscard]] std::size_t repeats() const { return repeats_; }

private:
    void apply(const work::Message& message);
    [[nodiscard]] runtime::Task<Result<void>> travel();

    runtime::Scheduler& scheduler_;
    SeededRng rng_;
    std::set<std::string> keys_;
    std::map<std::string, int> effects_;
    std::size_t repeats_ = 0;
};

}  // namespace apilab::durability
