#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/base/result.hpp"
#include "apilab/runtime/task.hpp"

namespace apilab::runtime {
class RealScheduler;
}
namespace apilab::transport {
class Transport;
}

namespace apilab::sandbox {

class Sandbox;

/// What a host for small services demands of a program, and how it replaces one.
struct PlatformRules {
    std::string name;
    /// SIGINT on Fly.io unless fly.toml says `kill_signal`; SIGTERM on Railway.
    int stop_signal = 0;
    /// From that signal to SIGKILL. Fly.io: 5 s unless fly.toml says `kill_timeout`.
    Duration kill_timeout = std::chrono::seconds(5);
    /// Asked until it answers 200; only then traffic goes to a new instance.
    std::string health_path = "/healthz";
    /// Not healthy after so long: the instance is given up.
    Duration ready_within = std::chrono::seconds(5);
    /// How long requests still come in after the signal: routers learn late.
    Duration routing_lag = std::chrono::milliseconds(50);
};
[[nodiscard]] PlatformRules fly_rules();
[[nodiscard]] PlatformRules railway_rules();
/// Error: `invalid_argument` for a name other than `fly` and `railway`.
[[nodiscard]] Result<PlatformRules> platform_rules(std::string_view name);

/// Runs a program as such a host does: a random `PORT` in the environment, a health check, traffic
/// through a front that knows one instance at a time, replacement by a new instance while the old
/// one is told to stop. Real processes, real time, loopback only. What happened stands in the
/// sandbox's journal as outbound rows from `platform` (`START`, `READY`, `STOP`, `EXIT`), for the
/// checks `PLT-00` to `PLT-04`.
///
/// Belongs to the scheduler's thread. Sandbox and scheduler outlive it. Its processes are killed
/// with it.
class Platform {
public:
    using Variables = std::vector<std::pair<std::string, std::string>>;

    /// `command` is started as it is (no shell), with `variables` added to our environment.
    Platform(runtime::RealScheduler& scheduler, Sandbox& sandbox, PlatformRules rules,
             std::vector<std::string> command, Variables variables);
    Platform(const Platform&) = delete;
    Platform& operator=(const Platform&) = delete;
    ~Platform();

    /// Starts a new instance, waits until it is healthy, sends traffic to it, and stops the one
    /// before. Ends when that one is gone. Error: `timeout` where the new one does not get healthy
    /// (it is killed, the old one stays), `invalid_argument` where it cannot be started.
    [[nodiscard]] runtime::Task<Result<void>> roll();
    /// Stops the last instance.
    [[nodiscard]] runtime::Task<void> stop();
    /// The front: whatever the host of a request, it goes to the instance that has the traffic.
    [[nodiscard]] transport::Transport& front();

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace apilab::sandbox
