#pragma once

#include <functional>

#include "apilab/runtime/task_group.hpp"
#include "exercise.hpp"

namespace exercise {

/// How a platform saves money on a program that nobody uses (Fly.io: `auto_stop_machines`).
struct SleepRules {
    /// Without a request for so long, it is stopped.
    Duration idle = std::chrono::minutes(5);
    /// From the request that wakes it until it can answer.
    Duration cold_start = std::chrono::seconds(20);
};

/// The address of a program on such a platform: a request for one that sleeps waits until it is up,
/// if whoever sent it has that much patience. What the program keeps stands on a volume, and stays.
class Sleeper final : public apilab::runtime::Service {
public:
    /// `started` runs beside the program after each start: as soon as it begins with `early`, else
    /// when it can be reached. All of them outlive this.
    Sleeper(Lab& lab, SleepRules rules, apilab::runtime::Service& program,
            std::function<Task<void>()> started, bool early);

    [[nodiscard]] Task<Result<Response>> call(Request request,
                                              apilab::runtime::CallContext context) override;
    /// Waits for what `started` has under way.
    [[nodiscard]] Task<void> settle();

    [[nodiscard]] int starts() const { return starts_; }
    /// Until now.
    [[nodiscard]] Duration awake();

private:
    [[nodiscard]] Task<void> boot();
    /// Was it stopped meanwhile? Nobody looks before the next request.
    void look();

    Lab& lab_;
    SleepRules rules_;
    apilab::runtime::Service& program_;
    std::function<Task<void>()> started_;
    bool early_;
    int starts_ = 0;
    /// Where it runs or begins to: since when; and the last request.
    std::optional<SteadyTime> up_since_;
    SteadyTime last_;
    Duration awake_{};
    /// When the last start was over, or is going to be.
    SteadyTime reachable_;
    apilab::runtime::TaskGroup tasks_;
};

}  // namespace exercise
