#pragma once

#include <csignal>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/base/result.hpp"

// What a platform expects of a program, and what is said of one that ran on it. Pure: the
// supervisor (supervisor.hpp) fills in what it saw from outside.
namespace apilab::cli::platform {

/// How a platform treats a program.
struct Terms {
    std::string name;
    int signal = SIGTERM;
    Duration kill_timeout = std::chrono::seconds(5);
    std::string health_path = "/readyz";
    /// An instance that is not healthy by then is given up.
    Duration ready_within = std::chrono::seconds(5);
    /// A health check that takes longer counts as failed.
    Duration health_within = std::chrono::seconds(2);
    /// How long requests still come in after the signal: routers learn late.
    Duration routing_lag = std::chrono::milliseconds(50);
    /// Above it the program is killed. 1 MiB and more.
    std::size_t memory_max = std::size_t{256} << 20U;
    /// How often one that ended by itself is started again.
    int restarts_max = 10;
    /// It has a volume: the old instance ends before the new one starts.
    bool volume = false;
    /// Stopped after so long without a request, started by the next one. Nothing: never.
    std::optional<Duration> auto_stop;
};
/// Error `invalid_argument` for another name than `fly` and `railway`.
[[nodiscard]] Result<Terms> terms_of(std::string_view platform);
/// `SIGINT`, `SIGTERM`, `SIGQUIT`, `SIGUSR1`, `SIGUSR2`, `SIGHUP`.
[[nodiscard]] std::optional<int> signal_of(std::string_view name);
[[nodiscard]] std::string name_of_signal(int number);

/// One instance, from its start to its end.
struct Life {
    int number = 0;
    std::uint16_t port = 0;
    /// From its start to its first 200 on the health path.
    std::optional<Duration> ready;
    bool listens = false;
    bool reachable = false;
    Duration health_slowest{};
    int health_failed = 0;
    bool wrote_log = false;
    /// Names of variables whose secret values stood in its arguments or its log.
    std::vector<std::string> secrets_shown;
    /// Files that it had open for writing, or left behind, outside of its volume.
    std::vector<std::string> files;
    std::optional<unsigned> user;
    std::size_t memory_max = 0;
    bool out_of_memory = false;
    /// It was told to end.
    bool told = false;
    bool killed = false;
    std::optional<Duration> end_took;
    std::optional<int> code;
};

/// Everything that was seen.
struct Observed {
    Terms terms;
    std::vector<Life> lives;
    int rolls = 0;
    std::uint64_t asked = 0;
    std::uint64_t answered = 0;
    /// Sent to an instance and not answered, or with 5xx.
    std::uint64_t lost = 0;
    /// Came while there was no instance, as it is between two that share a volume.
    std::uint64_t in_gap = 0;
    Duration gap_longest{};
    int restarts = 0;
    int sleeps = 0;
    Duration slept{};
    Duration wake_slowest{};
};

enum class Verdict : unsigned char { pass, fail, unknown };
[[nodiscard]] std::string_view to_string(Verdict verdict);

struct Check {
    std::string_view id;
    std::string_view title;
    Verdict verdict = Verdict::unknown;
    /// What was seen, in a sentence without its end.
    std::string what;
};
/// The twelve checks, always all of them and in this order.
[[nodiscard]] std::vector<Check> judge(const Observed& seen);

}  // namespace apilab::cli::platform
