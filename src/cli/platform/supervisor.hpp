#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "apilab/runtime/scheduler.hpp"
#include "apilab/runtime/task.hpp"
#include "platform/contract.hpp"

namespace apilab::runtime {
class RealScheduler;
}

namespace apilab::cli::platform {

struct Plan {
    Terms terms;
    std::vector<std::string> command;
    /// A folder of this run's own; instances get folders in it.
    std::filesystem::path folder;
    /// Empty: none. Outlives the run.
    std::filesystem::path volume;
    std::optional<unsigned> user;
    /// Where traffic comes in; 0: a free port.
    std::uint16_t front_port = 0;
    int rolls = 0;
    /// From one roll to the next.
    Duration every = std::chrono::seconds(2);
    /// Requests of our own per second, GET `path`; 0: none.
    int rate = 0;
    std::string path;
    /// After the rolls; nothing: until `told`, where there are no rolls, else at once.
    std::optional<Duration> lasts;
};

/// Runs a program as a platform does, and looks at it from outside. Real processes and sockets on
/// this machine. Belongs to the scheduler's thread.
class Supervisor {
public:
    Supervisor(runtime::RealScheduler& scheduler, Plan plan);
    Supervisor(const Supervisor&) = delete;
    Supervisor& operator=(const Supervisor&) = delete;
    ~Supervisor();

    /// Opens the front. Error: `io`, where the port is taken.
    [[nodiscard]] Result<std::uint16_t> open();
    /// From the first start to the last end; `told` ends it sooner. Error: `invalid_argument` where
    /// the program cannot be started. One that does not get healthy is no error: that is seen.
    [[nodiscard]] runtime::Task<Result<Observed>> run(runtime::Event& told);

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace apilab::cli::platform
