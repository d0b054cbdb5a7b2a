#pragma once

#include <string>

#include "common/process.hpp"

namespace apilab::bench {

struct WrkRun {
    double requests = 0;
    double seconds = 0;
    /// Of wrk itself.
    double cpu_s = 0;
    /// From a request's last byte to its answer's last.
    double p50_ms = 0;
    double p99_ms = 0;
};

/// wrk with one thread and so many connections; `std::runtime_error` where it is not installed, or
/// where an answer was no success.
[[nodiscard]] WrkRun run_wrk(const std::string& url, int seconds, int core, int connections = 64);

}  // namespace apilab::bench
