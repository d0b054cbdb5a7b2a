#pragma once

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <map>
#include <memory>

#include "apilab/runtime/scheduler.hpp"

namespace apilab::runtime {

/// Time that costs nothing: when nothing is ready, the clock jumps to the next timer. The same
/// tasks in the same order see the same times on every run. It waits for no socket; real I/O does
/// not belong under it.
class VirtualScheduler final : public Scheduler {
public:
    /// `start` is what `system_now()` says first; the steady clock starts at one hour.
    explicit VirtualScheduler(SystemTime start = default_start());
    ~VirtualScheduler() override;

    /// 2026-01-01T00:00:00Z.
    [[nodiscard]] static SystemTime default_start();

    [[nodiscard]] SteadyTime now() const override { return now_; }
    [[nodiscard]] SystemTime system_now() const override;
    [[nodiscard]] Task<Woken> wait(Event* event, SteadyTime time) override;
    [[nodiscard]] boost::asio::any_io_executor executor() override;
    /// A task that waits for something nobody will do is a bug of the test: `std::logic_error`.
    void run_until_complete(Task<void> task) override;
    /// Runs what is ready and what is due now; the clock stands.
    void poll() override;

    /// Runs everything that is due up to `now() + step` and leaves the clock there. Not to be
    /// called from within a task. `step` is not negative.
    void advance(Duration step);

private:
    struct Sleeper;
    bool fire_next(SteadyTime limit);
    void run_ready();
    void run_until(SteadyTime time);

    boost::asio::io_context io_{1};
    SteadyTime now_;
    SteadyTime origin_;
    SystemTime start_;
    std::uint64_t sequence_ = 0;
    // Ordered by time, then by who slept first.
    std::map<std::pair<SteadyTime, std::uint64_t>, std::shared_ptr<Sleeper>> sleepers_;
};

}  // namespace apilab::runtime
