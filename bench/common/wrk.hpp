#pragma once

#include <string>

#include "common/process.hpp"

namespace apilab::bench {

struct WrkRun {
    double requests = 0;
    double seconds = 0;
    /// Of wrk itself.
    double cpu_s = 0;
};

/// wrk with one thread and 64 connections; `std::runtime_error` where it is not installed, or where
/// an answer was no success.
[[nodiscard]] WrkRun run_wrk(const std::string& url, int seconds, int core);

}  // namespace apilab::bench
