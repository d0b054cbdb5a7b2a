#pragma once

// A process that can be killed, under virtual time: from the kill on nothing that it waits for ever
// comes back, so it does nothing more. Its coroutines stay where they are until the scheduler goes,
// and then only their destructors run. What it wrote to its folder stays; what it had sent arrives;
// who calls it loses the connection, and until the next life is refused one.

#include <list>
#include <memory>
#include <optional>

#include "apilab/runtime/scheduler.hpp"
#include "apilab/runtime/service.hpp"
#include "apilab/runtime/task_group.hpp"
#include "apilab/transport/loopback_transport.hpp"
#include "apilab/transport/transport.hpp"

namespace exercise::internal {

/// Everything that a life waits for, it waits for here.
class MortalScheduler final : public apilab::runtime::Scheduler {
public:
    explicit MortalScheduler(Scheduler& inner) : inner_(inner) {}

    [[nodiscard]] apilab::SteadyTime now() const override { return inner_.now(); }
    [[nodiscard]] apilab::SystemTime system_now() const override { return inner_.system_now(); }
    [[nodiscard]] apilab::runtime::Task<Woken> wait(apilab::runtime::Event* event,
                                                    apilab::SteadyTime time) override;
    [[nodiscard]] boost::asio::any_io_executor executor() override;
    void run_until_complete(apilab::runtime::Task<void> task) override;
    void poll() override { inner_.poll(); }

    void kill() { dead_ = true; }
    [[nodiscard]] bool dead() const { return dead_; }
    /// Returns at once while alive; never after.
    [[nodiscard]] apilab::runtime::Task<void> still_alive();
    /// The scheduler below is about to go, and with it every coroutine that was killed.
    void close() { closing(); }

private:
    Scheduler& inner_;
    bool dead_ = false;
};

/// Sends for a life. What was on its way when the life ended arrives; its answer is not read.
class MortalTransport final : public apilab::transport::Transport {
public:
    MortalTransport(MortalScheduler& scheduler, Transport& inner)
        : scheduler_(scheduler), inner_(inner) {}
    [[nodiscard]] apilab::runtime::Task<apilab::Result<apilab::http::Response>> call(
        apilab::http::Request request, apilab::runtime::CallContext context) override;
    [[nodiscard]] std::string describe() const override { return inner_.describe(); }

private:
    MortalScheduler& scheduler_;
    Transport& inner_;
};

/// One life: kept until the scheduler below it has gone, with `close()` called before that.
struct Life {
    Life(apilab::runtime::Scheduler& scheduler_below, apilab::transport::Transport& transport_below)
        : scheduler(scheduler_below), transport(scheduler, transport_below), tasks(scheduler) {}

    MortalScheduler scheduler;
    MortalTransport transport;
    /// Who listens, where somebody does.
    std::unique_ptr<apilab::transport::LoopbackTransport> door;
    /// The lab it was given.
    std::shared_ptr<void> lab;
    /// Set when it ends by itself: who waits for that may stop.
    apilab::runtime::Event ended;
    /// Set when the world has nothing more to ask.
    apilab::runtime::Event world_over;
    /// The life itself, and what it was asked and has not answered.
    apilab::runtime::TaskGroup tasks;
};

/// All lives of a run. Made before the scheduler, so that it goes after it; `close()` comes before
/// that.
class Lives {
public:
    [[nodiscard]] Life& begin(apilab::runtime::Scheduler& scheduler,
                              apilab::transport::Transport& transport);
    void close();

private:
    std::list<Life> lives_;
};

/// The address of the program: leads to the life that listens.
class Doorway final : public apilab::transport::Transport {
public:
    explicit Doorway(apilab::runtime::Scheduler& scheduler) : scheduler_(scheduler) {}

    /// From here on `service` answers, a part of `life`.
    void open(Life& life, apilab::runtime::Service& service);
    /// Nobody listens any more. Who waits for an answer has lost the connection.
    void close();

    /// Errors besides those of a loopback: `connect` (nobody listens), `connection_lost`.
    [[nodiscard]] apilab::runtime::Task<apilab::Result<apilab::http::Response>> call(
        apilab::http::Request request, apilab::runtime::CallContext context) override;
    [[nodiscard]] std::string describe() const override { return "the program's address"; }

private:
    // Somebody who called and waits.
    struct Visit {
        apilab::runtime::Event over;
        std::optional<apilab::Result<apilab::http::Response>> answer;
    };
    static apilab::runtime::Task<void> carry(apilab::transport::Transport& door,
                                             std::shared_ptr<Visit> visit,
                                             apilab::http::Request request,
                                             apilab::runtime::CallContext context);

    apilab::runtime::Scheduler& scheduler_;
    Life* listening_ = nullptr;
    std::list<std::shared_ptr<Visit>> visits_;
};

}  // namespace exercise::internal
