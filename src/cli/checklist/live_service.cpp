#include "checklist/live_service.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "apilab/base/try.hpp"
#include "apilab/sandbox/judge/judge.hpp"
#include "apilab/sandbox/sandbox.hpp"
#include "apilab/sandbox/webhook/bodies.hpp"
#include "apilab/sandbox/webhook/dialect.hpp"
#include "apilab/sandbox/webhook/letter.hpp"
#include "checklist/probe.hpp"

namespace apilab::cli::checklist {

using runtime::Task;

namespace {

namespace webhook = sandbox::webhook;
using webhook::Truth;

constexpr std::string_view nobodys_path = "/checklist/no-such-path";
// It signs what nobody is to believe.
constexpr std::string_view nobodys_secret = "not-the-secret-of-this-service";

class Asking {
public:
    Asking(runtime::RealScheduler& scheduler, const Manifest& manifest, http::Url base,
           sandbox::Sandbox& sandbox)
        : scheduler_(scheduler),
          service_(manifest.service),
          base_(std::move(base)),
          sandbox_(sandbox),
          way_(scheduler, probe_way()) {
        episode_.id = "live";
    }

    Task<Episode> run() {
        co_await ask_paths();
        if (episode_.probes.front().status == 0) {
            episode_.trouble = fmt::format("nobody answers at {}: {}", base_.without_query(),
                                           episode_.probes.front().body);
            co_return std::move(episode_);
        }
        for (const auto& [sender, path] : service_.webhooks) {
            co_await send_hostile(sender, path);
        }
        sandbox_.stop_run();
        if (auto report = sandbox::judge_run(sandbox_); report) {
            episode_.checks = report->checks;
        }
        episode_.outbound = sandbox_.journal().outbound();
        episode_.numbers = sandbox_.numbers();
        co_return std::move(episode_);
    }

private:
    Task<void> ask_paths() {
        for (const auto& path : {service_.health, service_.ready, service_.metrics,
                                 service_.dead_letters, std::string(nobodys_path)}) {
            if (path.empty()) {
                continue;
            }
            const auto at = scheduler_.now() - sandbox_.run().started;
            auto probe = co_await probe_get(scheduler_, way_, base_, path);
            probe.at = at;
            if (path == service_.metrics && probe.status == 200) {
                episode_.metrics = probe.body;
            }
            probe.body.resize(std::min(probe.body.size(), probe_body_max));
            episode_.probes.push_back(std::move(probe));
        }
    }

    Task<void> send_hostile(std::string sender, std::string path) {
        const auto* dialect = webhook::find_dialect(sender);
        for (const auto truth :
             {Truth::without_signature, Truth::forged, Truth::altered, Truth::stale}) {
            if (truth == Truth::stale && !dialect->dated) {
                continue;
            }
            ++events_;
            const auto seed = sandbox_.run().seed;
            const auto id = webhook::event_id(sender, seed, fmt::format("live {}", events_));
            auto body = webhook::write_body({.from = sender,
                                             .seed = seed,
                                             .id = id,
                                             .number = events_,
                                             .at = scheduler_.system_now()});
            auto request = webhook::write_letter({.from = sender,
                                                  .type = body.type,
                                                  .id = id,
                                                  .body = std::move(body.text),
                                                  .secrets = {std::string(nobodys_secret)},
                                                  .truth = truth,
                                                  .variant = events_},
                                                 {}, scheduler_.system_now(), base_.with(path, ""));
            sandbox::Outbound row{.from = sender};
            row.facts = {{"event", id},
                         {"truth", std::string(webhook::to_string(truth))},
                         {"copy", "first"},
                         {"attempt", "1"},
                         {"type", body.type}};
            const auto at = scheduler_.now() - sandbox_.run().started;
            const SteadyTime sent = scheduler_.now();
            const auto answer = co_await sandbox_.call_out(way_, std::move(request),
                                                           dialect->patience, std::move(row));
            episode_.probes.push_back(
                {.what = fmt::format("{} {}, {}", sender, body.type, webhook::to_string(truth)),
                 .status = answer ? answer->status() : 0,
                 .headers = {},
                 .body =
                     answer ? answer->body().substr(0, probe_body_max) : answer.error().to_string(),
                 .took = scheduler_.now() - sent,
                 .at = at});
        }
    }

    runtime::RealScheduler& scheduler_;
    const Service& service_;
    http::Url base_;
    sandbox::Sandbox& sandbox_;
    transport::AsioTransport way_;
    Episode episode_;
    std::uint64_t events_ = 0;
};

}  // namespace

Task<Episode> ask_live(runtime::RealScheduler& scheduler, const Manifest& manifest,
                       const http::Url& base, const sandbox::World& world, std::uint64_t seed) {
    // Nobody asks it anything; it judges what is sent.
    sandbox::SandboxOptions options{.seed = seed};
    options.providers = sandbox::make_providers(world, {.seed = seed});
    const auto box = sandbox::Sandbox::make(scheduler, std::move(options));
    if (!box) {
        co_return Episode{.id = "live", .trouble = box.error().to_string()};
    }
    Asking asking(scheduler, manifest, base, **box);
    co_return co_await asking.run();
}

}  // namespace apilab::cli::checklist
