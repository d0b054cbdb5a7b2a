#pragma once

#include <cstddef>
#include <memory>

#include "apilab/runtime/scheduler.hpp"

namespace apilab::runtime {

/// Bounded concurrency within one scheduler, first come first served.
class Semaphore {
    struct State;

public:
    Semaphore(Scheduler& scheduler, std::size_t permits);
    Semaphore(const Semaphore&) = delete;
    Semaphore& operator=(const Semaphore&) = delete;
    ~Semaphore();

    /// Gives its permit back when it goes.
    class Permit {
    public:
        Permit() = default;
        Permit(Permit&& other) noexcept = default;
        Permit& operator=(Permit&& other) noexcept;
        ~Permit();

    private:
        friend class Semaphore;
        explicit Permit(std::shared_ptr<State> owner);
        std::shared_ptr<State> owner_;
    };

    /// Waits for a permit. Errors: `cancelled`; `deadline` where none came in time. A permit that
    /// is there is given whatever the deadline says; one that comes together with a cancellation
    /// too.
    [[nodiscard]] Task<Result<Permit>> acquire(SteadyTime deadline = SteadyTime::max());
    [[nodiscard]] std::size_t available() const;
    [[nodiscard]] std::size_t waiting() const;

private:
    Scheduler& scheduler_;
    std::shared_ptr<State> state_;
};

}  // namespace apilab::runtime
