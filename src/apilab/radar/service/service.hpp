#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string_view>

#include "apilab/base/result.hpp"
#include "apilab/base/rng.hpp"
#include "apilab/radar/service/config.hpp"
#include "apilab/radar/service/parts.hpp"
#include "apilab/runtime/live.hpp"
#include "apilab/runtime/scheduler.hpp"
#include "apilab/runtime/service.hpp"
#include "apilab/runtime/task.hpp"
#include "apilab/shared/budget_store.hpp"
#include "apilab/work/store.hpp"

namespace apilab::radar {

/// What a radar stands on; outlives it.
struct Ground {
    runtime::Scheduler& scheduler;
    Rng& rng;
    /// What sends its requests: single attempts (`AsioTransport`, or `LoopbackTransport` in tests).
    runtime::Service& transport;
    work::Store& store;
    /// For checkpoints that are not in the store.
    std::filesystem::path folder;
    /// The store waits for its disk in a thread of its own; off under a virtual clock.
    bool own_thread = true;
    /// Lines of the log, JSON or for people, without their end. Null: nobody hears it.
    std::function<void(std::string_view line)> log;
    /// What the disk has left (`Parts::disk_free`).
    std::function<std::int64_t()> disk_free;
    /// How often idle parts look into the store. Default 1 s; a virtual minute costs as much.
    Duration poll = std::chrono::seconds(1);
    /// What replicas spend together; outlives it. Null: Redis, where `Config::shared` names it
    /// (which needs a `RealScheduler`), else nothing is shared.
    shared::BudgetStore* budgets = nullptr;
};

/// A running radar without sockets and signals: what `apilab radar serve` puts behind a server, and
/// tests behind a loopback.
///
///     APILAB_TRY(auto radar, RadarService::create(config, ground));
///     server::Server server(scheduler, radar->web(), {.port = config.port});
///     radar->start();
///     ... a signal ...
///     co_await radar->stop();
class RadarService {
public:
    /// Errors: `invalid_argument` (detail: the option), and what the store says.
    [[nodiscard]] static Result<std::unique_ptr<RadarService>> create(Config config, Ground ground);
    ~RadarService();

    /// Webhooks, health, metrics and the dashboard, by their paths.
    [[nodiscard]] runtime::LiveService& web();
    /// `/metrics` and nothing else, to whoever asks: for a port of its own that only a scraper
    /// reaches (`Config::metrics_port`).
    [[nodiscard]] runtime::Service& metrics();
    /// Schedules, workers, outbox, gap filler, sweeper.
    void start();
    /// Not ready from now on; what is under way ends within `Config::grace`, what cannot is given
    /// back: leases return without an attempt, effects that were sent stay `sending`.
    [[nodiscard]] runtime::Task<void> stop();
    /// Dies: whoever calls this has seen to it that nothing reaches the disk any more. For tests.
    [[nodiscard]] runtime::Task<void> die();
    /// Nothing is open: no job that is due, no message that goes on by itself.
    [[nodiscard]] runtime::Task<bool> at_rest();
    [[nodiscard]] const Parts& parts() const;

private:
    class Impl;
    explicit RadarService(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace apilab::radar
