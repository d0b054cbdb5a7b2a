#include "sandbox_setup.hpp"

#include <fmt/core.h>

#include <cstdio>

#include "apilab/base/try.hpp"
#include "apilab/sandbox/world.hpp"

namespace apilab::cli {

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
    APILAB_TRY(options.scenario, sandbox::load_scenario(flags.scenario));
    options.providers = sandbox::make_providers(world, world_options);
    return sandbox::Sandbox::make(scheduler, std::move(options));
}

}  // namespace apilab::cli
