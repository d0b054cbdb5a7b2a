#include "sandbox_setup.hpp"

#include <fmt/core.h>

#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "apilab/base/file.hpp"
#include "apilab/base/try.hpp"
#include "apilab/sandbox/record/recording.hpp"
#include "apilab/sandbox/record/replay.hpp"
#include "apilab/sandbox/scenario.hpp"
#include "apilab/sandbox/world.hpp"
#include "suggestion.hpp"

namespace apilab::cli {
namespace {

// With the built-in one that was probably meant.
Result<sandbox::Scenario> scenario_of(const std::string& name) {
    auto scenario = sandbox::load_scenario(name);
    if (scenario) {
        return scenario;
    }
    std::vector<std::string> names;
    for (const auto& known : sandbox::built_in_scenarios()) {
        names.push_back(known.name);
    }
    const auto meant = closest(name, names);
    return fail(meant.empty() ? std::move(scenario).error()
                              : std::move(scenario).error().with_remedy(
                                    fmt::format("did you mean {}?", meant)));
}

Result<sandbox::Recording> recording_of(const std::string& file) {
    constexpr std::size_t file_max = 4 * sandbox::Recording::bytes_max;
    APILAB_TRY(const auto text, read_file(file, file_max));
    auto recording = sandbox::parse_recording(text);
    if (!recording) {
        return fail(std::move(recording).error().in(file).with_remedy(
            "`apilab sandbox record` writes such files"));
    }
    return recording;
}

}  // namespace

void add_world_flags(CLI::App& command, SandboxFlags& flags) {
    command.add_option("--scenario", flags.scenario, "A built-in scenario or a .toml file");
    command.add_option("--seed", flags.seed, "Same seed, same bodies and same faults");
    command.add_option("--data", flags.data, "Recorded npm and OSV data instead of the built-in");
    command.add_option("--replay", flags.replay, "Also serve what `sandbox record` wrote");
    command.add_option("--synthetic", flags.synthetic, "Add so many invented packages");
}

Result<std::unique_ptr<sandbox::Sandbox>> make_sandbox(runtime::Scheduler& scheduler,
                                                       const SandboxFlags& flags) {
    sandbox::WorldOptions world_options{.seed = flags.seed.value_or(1),
                                        .synthetic_packages = flags.synthetic,
                                        .auto_consent = flags.auto_consent};
    if (!flags.data.empty()) {
        world_options.data_dir = flags.data;
    }
    APILAB_TRY(const auto world, sandbox::make_world(world_options));
    for (const auto& warning : world.warnings) {
        fmt::print(stderr, "note: {}\n", warning);
    }
    sandbox::SandboxOptions options{.seed = flags.seed};
    APILAB_TRY(options.scenario, scenario_of(flags.scenario));
    options.providers = sandbox::make_providers(world, world_options);
    for (const auto& file : flags.replay) {
        APILAB_TRY(auto recording, recording_of(file));
        options.providers.push_back(
            std::make_unique<sandbox::ReplayProvider>(std::move(recording)));
    }
    return sandbox::Sandbox::make(scheduler, std::move(options));
}

}  // namespace apilab::cli
