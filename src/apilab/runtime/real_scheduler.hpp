#pragma once

#include <boost/asio/io_context.hpp>

#include "apilab/runtime/scheduler.hpp"

namespace apilab::runtime {

/// Real time and real sockets. Whoever calls `run` or `run_until_complete` lends it the thread.
class RealScheduler final : public Scheduler {
public:
    RealScheduler();
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

private:
    boost::asio::io_context io_{1};
};

}  // namespace apilab::runtime
