#include "truth.hpp"

#include "apilab/base/rng.hpp"
#include "apilab/client/client.hpp"
#include "apilab/radar/decide.hpp"
#include "apilab/radar/gather.hpp"
#include "apilab/radar/lockfile.hpp"
#include "apilab/runtime/virtual_scheduler.hpp"
#include "apilab/sandbox/credentials.hpp"
#include "apilab/sandbox/sandbox.hpp"
#include "apilab/sandbox/world.hpp"
#include "apilab/transport/loopback_transport.hpp"

namespace apilab::radar_weeks {

Truth truth_of(const Installed& installed, SystemTime now, std::uint64_t seed) {
    runtime::VirtualScheduler scheduler(now);
    const sandbox::WorldOptions world{.seed = seed};
    sandbox::SandboxOptions options;
    options.seed = seed;
    options.providers = sandbox::make_providers(sandbox::make_world(world).value(), world);
    const auto box = sandbox::Sandbox::make(scheduler, std::move(options)).value();
    transport::LoopbackTransport way(scheduler, *box);
    SeededRng rng(seed);
    const auto client = client::Client::create(scheduler, way, rng).value();
    const auto at = [&](const std::string& path) {
        return provider::Endpoint{.client = client.get(),
                                  .base = http::Url::parse("http://sandbox.test" + path).value()};
    };
    std::optional<Secret> token;
    for (const auto& [name, value] : sandbox::seed_credentials(seed)) {
        if (name == "APILAB_GITHUB_TOKEN") {
            token = Secret(value);
        }
    }
    const radar::Sources sources{provider::Npm(at("/npm")), provider::Osv(at("/osv")),
                                 provider::GitHub(at("/github"), {.token = token})};
    auto set = radar::read_dependencies(lockfile(installed), manifest(installed)).value();
    auto facts = runtime::run(scheduler, radar::gather(scheduler, sources, set, {.as_of = now}));
    const auto report = radar::decide(set, facts, {.as_of = now}, "package-lock.json");
    Truth truth;
    for (const auto& decision : report.decisions) {
        if (decision.action == radar::Action::watch) {
            continue;
        }
        truth.actionable.push_back(decision.package);
        if (decision.level && *decision.level >= radar::Severity::high) {
            truth.urgent.push_back(decision.package);
        }
    }
    return truth;
}

}  // namespace apilab::radar_weeks
