#pragma once

#include <CLI/App.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "apilab/base/result.hpp"
#include "apilab/runtime/scheduler.hpp"
#include "apilab/sandbox/sandbox.hpp"

namespace apilab::cli {

/// What the sandbox commands share.
struct SandboxFlags {
    std::string scenario = "none";
    std::optional<std::uint64_t> seed;
    std::string data;
    std::size_t synthetic = 0;
    bool auto_consent = true;
    /// Recordings that are served besides.
    std::vector<std::string> replay;
};

/// `--scenario`, `--seed`, `--data`, `--synthetic`, `--replay`.
void add_world_flags(CLI::App& command, SandboxFlags& flags);

/// The world of the flags behind their scenario. Warnings about left-out data go to stderr.
[[nodiscard]] Result<std::unique_ptr<sandbox::Sandbox>> make_sandbox(runtime::Scheduler& scheduler,
                                                                     const SandboxFlags& flags);

/// Where `serve` leaves its addresses and `env` and `journal` look for them, unless told otherwise.
inline constexpr auto default_ready_file = ".apilab/sandbox.json";

}  // namespace apilab::cli
