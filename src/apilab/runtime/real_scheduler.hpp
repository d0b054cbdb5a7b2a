#pragma once

#include <boost/asio/io_context.hpp>

#include "apilab/runtime/scheduler.hpp"

namespace apilab::runtime {

/// Real time and real sockets. Whoever calls `run` or `run_until_complete` lends it the thread.
class RealScheduler final : public Scheduler {
public:
    /// `speed`: how many of its seconds pass in one second of the machine, 1 to 10,000. Two
    /// processes of the same speed agree on how long something takes, so that what lasts an hour
    /// can be watched over sockets in a minute. The sockets themselves are no faster. Its date and
    /// the machine's are the same at `anchor`, by default when it is made: processes that exchange
    /// dates have the same one.
    explicit RealScheduler(int speed = 1);
    RealScheduler(int speed, SystemTime anchor);
    ~RealScheduler() override;

    [[nodiscard]] SteadyTime now() const override;
    [[nodiscard]] SystemTime system_now() const override;
    [[nodiscard]] Task<Woken> wait(Event* event, SteadyTime time) override;
    [[nodiscard]] boost::asio::any_io_executor executor() override;
    void run_until_complete(Task<void> task) override;
    void poll() override;

    /// Runs until `stop()` is called or nothing is left to do.
    void run();
    /// From any thread: `run()` returns soon.
    void stop();
    [[nodiscard]] boost::asio::io_context& io_context() { return io_; }
    [[nodiscard]] int speed() const { return speed_; }
    /// When `time` is by the machine's clock: for timers that stand beside the scheduler's own.
    [[nodiscard]] SteadyTime real_time_of(SteadyTime time) const;

private:
    boost::asio::io_context io_{1};
    int speed_;
    SteadyTime start_;
    SystemTime system_start_;
};

}  // namespace apilab::runtime
