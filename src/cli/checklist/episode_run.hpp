#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <set>

#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/runtime/task.hpp"
#include "apilab/sandbox/world.hpp"
#include "checklist/episodes.hpp"
#include "checklist/manifest.hpp"
#include "checklist/observed.hpp"

namespace apilab::cli::checklist {

/// What all episodes share.
struct Ground {
    runtime::RealScheduler& scheduler;
    const Manifest& manifest;
    /// Where the manifest lies; absolute.
    std::filesystem::path folder;
    /// Gone when all is over.
    std::filesystem::path work;
    /// Empty: nothing is kept.
    std::filesystem::path keep;
    std::uint64_t seed = 1;
    const sandbox::World& world;
    /// Ports that an episode has already been given.
    std::set<std::uint16_t> ports;
};

/// Runs one episode from its first step to the judge. What goes wrong is its `trouble`. Each step
/// has an end of its own, and no process is left behind. All outlive the task.
[[nodiscard]] runtime::Task<Episode> run_episode(Ground& ground, const EpisodePlan& plan);

}  // namespace apilab::cli::checklist
