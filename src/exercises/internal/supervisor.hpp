#pragma once

#include <functional>
#include <vector>

#include "exercise.hpp"
#include "internal/life.hpp"

namespace exercise::internal {

/// Lets a program live and die: `Lab::live`.
class Supervisor {
public:
    struct Plan {
        /// From now on, in order.
        std::vector<Duration> kills;
        /// How long it is away after each.
        Duration away{};
        /// Where the lives are kept; outlives the scheduler.
        Lives& lives;
        /// What the world asks of an address until it has nothing more to ask.
        std::function<Task<void>(apilab::transport::Transport&)> world;
        /// Told of each kill.
        std::function<void()> killed;
    };
    Supervisor(Lab& lab, Plan plan)
        : lab_(lab), plan_(std::move(plan)), doorway_(lab.scheduler()) {}

    /// One life after the other, until one ends by itself and the world is over. An exception that
    /// leaves a life ends all of it. This object outlives the task.
    [[nodiscard]] Task<void> run(Task<void> (*life)(Lab&));

private:
    Task<void> lives(Task<void> (*life)(Lab&), apilab::runtime::TaskGroup& world);
    Task<void> meet(Life& life, apilab::runtime::Service& service,
                    apilab::runtime::TaskGroup& world);
    Task<void> play();
    static Task<void> breathe(Task<void> task, Life& life);

    Lab& lab_;
    Plan plan_;
    Doorway doorway_;
    Life* alive_ = nullptr;
    bool world_begun_ = false;
    bool world_over_ = false;
};

}  // namespace exercise::internal
