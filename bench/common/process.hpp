#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace apilab::bench {

using Words = std::vector<std::string>;

struct ProcessOptions {
    /// The core it is pinned to; none: wherever the system puts it.
    std::optional<int> core;
    /// Added to our environment, as `NAME=value`.
    Words variables;
    /// Of `run_program`: after that it is killed and `std::runtime_error` thrown.
    std::chrono::seconds patience{120};
};

/// What a program cost, from its start to its end.
struct Usage {
    int code = 0;
    double wall_s = 0;
    /// User and system time.
    double cpu_s = 0;
    double resident_mib = 0;
    /// What it wrote to its standard output.
    std::string out;
};

/// A program of ours or of others as a process. Its standard output goes to a file, its errors to
/// where ours go. Killed when the object goes. Throws `std::runtime_error` where it cannot start.
class Process {
public:
    explicit Process(Words words, const ProcessOptions& options = {});
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;
    ~Process();

    /// Waits for its end; after `patience` it is killed and `std::runtime_error` thrown.
    Usage wait(std::chrono::seconds patience = std::chrono::seconds(120));
    /// SIGTERM, then `wait`.
    Usage stop();
    /// User and system time so far, in steps of the system's clock tick (10 ms).
    [[nodiscard]] double cpu_s() const;
    /// The most that was ever resident.
    [[nodiscard]] double resident_mib() const;
    /// Waits so long; did it end meanwhile?
    [[nodiscard]] bool ended_within(std::chrono::milliseconds time) const;

private:
    pid_t pid_ = -1;
    int handle_ = -1;
    std::FILE* out_ = nullptr;
    std::chrono::steady_clock::time_point started_;
};

/// Runs a program to its end; one that exits with another code than 0, or takes too long, is a
/// `std::runtime_error`.
Usage run_program(Words words, const ProcessOptions& options = {});

/// A folder that goes with the object.
class ScratchDir {
public:
    ScratchDir();
    ScratchDir(const ScratchDir&) = delete;
    ScratchDir& operator=(const ScratchDir&) = delete;
    ~ScratchDir();
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }
    /// Writes a file and returns its path.
    std::filesystem::path write(const std::string& name, const std::string& text) const;

private:
    std::filesystem::path path_;
};

/// A program built beside this one.
[[nodiscard]] std::string sibling(const std::string& name);
/// The path of an installed program, or nothing.
[[nodiscard]] std::optional<std::string> installed(const std::string& name);
/// A port that was free a moment ago, for programs that cannot choose one themselves.
[[nodiscard]] std::uint16_t free_port();
/// Waits until somebody accepts there; `std::runtime_error` after ten seconds.
void until_accepting(std::uint16_t port);

}  // namespace apilab::bench
