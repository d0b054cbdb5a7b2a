#pragma once

#include <boost/asio/io_context.hpp>
#include <map>
#include <optional>

#include "apilab/runtime/scheduler.hpp"

namespace apilab::runtime {

/// Real time and real sockets. Whoever calls `run` or `run_until_complete` lends it the thread.
///
/// Its clock can be stopped and put forward, never back: for programs on real sockets that are to
/// see an hour pass in a moment. Everything that waits here obeys: a sleep until a time that has
/// come by `advance` is over, one under a clock that stands lasts until somebody moves it. Sockets
/// stay as fast as they are. The functions for that belong to the scheduler's thread.
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
    /// When `time` is by the machine's clock: for timers that stand beside the scheduler's own. Of
    /// a clock that stands as if it went on now: such timers are not told when it is moved.
    [[nodiscard]] SteadyTime real_time_of(SteadyTime time) const;

    /// The clock stands, until `resume` or `advance`.
    void freeze();
    /// The same, and the date is that one from now on.
    void freeze_at(SystemTime date);
    /// The clock goes on from where it stands.
    void resume();
    /// Puts the clock forward; one that stands stands afterwards. Sleeps that end within `step` end
    /// one after another in the order of their times, each at its own time, and what they then do
    /// without a socket is done before the next one (after 100,000 of them the rest end at once).
    /// What they begin over sockets goes on while the clock is already further. `step` is not
    /// negative. Two at the same time add up.
    [[nodiscard]] Task<void> advance(Duration step);
    [[nodiscard]] bool stands() const { return stands_at_.has_value(); }
    /// By how much the clock is ahead (or, having stood, behind) of one that nobody touched.
    [[nodiscard]] Duration moved() const { return now() - untouched(); }
    /// Waits by the machine's clock, as long as `duration` lasts at this speed: for what watches
    /// over sockets, which do not stand still with the clock.
    [[nodiscard]] Task<Woken> wait_by_machine(Event* event, Duration duration);

private:
    struct Sleeper;
    using Sleepers = std::multimap<SteadyTime, Sleeper*>;
    [[nodiscard]] SteadyTime untouched() const;
    void touch();
    void set_timers();
    void wake_until(SteadyTime time);
    [[nodiscard]] Task<void> settle();

    // Outlives the waits that end with the context.
    Sleepers sleepers_;
    boost::asio::io_context io_{1};
    int speed_;
    SteadyTime start_;
    SystemTime system_start_;
    // The clock stands there.
    std::optional<SteadyTime> stands_at_;
    Duration moved_{};
    // Once it was touched: the date at a time, from which all others are counted.
    struct Anchor {
        SteadyTime time;
        SystemTime date;
    };
    std::optional<Anchor> anchor_;
};

}  // namespace apilab::runtime
