#pragma once

#include <sys/types.h>

#include <csignal>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/base/result.hpp"

namespace apilab::cli {

/// A program and all that it starts, wherever that went: they end together. Reads nothing. One at a
/// time, in a process that has no other children: what is left of them is ended, too.
class ProcessGroup {
public:
    /// `output`: the file that gets what it says on both streams; empty: they are ours. Error:
    /// `invalid_argument` where it cannot be started.
    [[nodiscard]] static Result<ProcessGroup> start(
        const std::vector<std::string>& words,
        const std::vector<std::pair<std::string, std::string>>& variables,
        const std::filesystem::path& output);
    ProcessGroup(ProcessGroup&& other) noexcept;
    ProcessGroup& operator=(ProcessGroup&&) = delete;
    /// Ends what still runs of it.
    ~ProcessGroup();

    enum class Ended : unsigned char { by_itself, out_of_time, interrupted };
    /// Waits until the program has ended, the time is over or one of `interrupts` can be read.
    [[nodiscard]] Ended wait(Duration patience, const std::vector<int>& interrupts);
    /// Its exit code, or 128 and the signal that ended it; ends it where it has not ended yet.
    [[nodiscard]] int end();

private:
    ProcessGroup(pid_t pid, int handle) : pid_(pid), handle_(handle) {}
    pid_t pid_ = 0;
    int handle_ = -1;
    std::optional<int> code_;
};

/// Ctrl-C and a polite end (SIGINT, SIGTERM) as something to wait for, as long as it lives.
class Interrupts {
public:
    Interrupts();
    Interrupts(const Interrupts&) = delete;
    Interrupts& operator=(const Interrupts&) = delete;
    ~Interrupts();

    /// Can be read once there was one.
    [[nodiscard]] int handle() const { return handle_; }
    /// The signal's number where there was one.
    [[nodiscard]] std::optional<int> taken() const;

private:
    int handle_ = -1;
    /// What the thread blocked before.
    sigset_t before_{};
};

/// The first of `handles` that can be read within `patience`.
[[nodiscard]] std::optional<int> first_readable(const std::vector<int>& handles, Duration patience);

}  // namespace apilab::cli
