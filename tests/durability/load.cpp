#include "load.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/base/result.hpp"
#include "apilab/base/rng.hpp"
#include "apilab/policy/backoff.hpp"
#include "apilab/runtime/task.hpp"
#include "apilab/runtime/task_group.hpp"
#include "apilab/runtime/virtual_scheduler.hpp"
#include "apilab/work/event.hpp"
#include "apilab/work/job.hpp"
#include "apilab/work/job_outcome.hpp"
#include "apilab/work/job_runner.hpp"
#include "apilab/work/message.hpp"
#include "apilab/work/outbox.hpp"
#include "apilab/work/receiver.hpp"
#include "apilab/work/sqlite_store.hpp"
#include "apilab/work/store.hpp"
#include "apilab/work/store_writer.hpp"
#include "lossy_disk.hpp"
#include "machine.hpp"
#include "senders.hpp"
#include "target.hpp"

namespace apilab::durability {

using namespace std::chrono_literals;
using runtime::Task;
using work::Job;

namespace {

// What no power cut reaches, and the machine whose power it is.
struct World {
    explicit World(const LoadPlan& asked)
        : plan(asked),
          rng(asked.seed),
          machine(asked.seed + 1, asked.synchronous),
          senders(asked.seed + 2, asked.per_second, scheduler.now()),
          target(scheduler, asked.seed + 3) {}

    LoadPlan plan;
    runtime::VirtualScheduler scheduler;
    SeededRng rng;
    Machine machine;
    Senders senders;
    Target target;
    LoadReport report;
};

// Short times, so that a life has room for what takes minutes else.
work::JobRunnerOptions runner_options() {
    return {.worker = "durability",
            .concurrency = 16,
            .lease = 3s,
            .poll = 500ms,
            .grace = {},
            .retry = {.base = 100ms, .cap = 2s}};
}

work::OutboxOptions outbox_options() {
    return {.policy = {.settle = 1s,
                       .look_ups = 2,
                       .first_look_up = 100ms,
                       .sends_max = 100,
                       .backoff = {.kind = policy::BackoffKind::equal_jitter,
                                   .base = 100ms,
                                   .cap = 1s}},
            .call_timeout = 1s,
            .lease = 3s,
            .poll = 500ms};
}

std::vector<work::ReceiverEndpoint> endpoints(std::string_view kind) {
    std::vector<work::ReceiverEndpoint> all;
    for (const auto& [name, secret] : Senders::secrets()) {
        work::ReceiverEndpoint endpoint{.sender = name, .kind = std::string(kind)};
        endpoint.secrets.emplace_back(secret);
        all.push_back(std::move(endpoint));
    }
    return all;
}

// One life of the service: from the power's coming to its going. All that it knows when it begins
// is what the disk kept.
class Life {
public:
    Life(World& world, std::unique_ptr<work::SqliteStore> store)
        : world_(world),
          store_(std::move(store)),
          writer_(world.scheduler, *store_, {.own_thread = false}),
          runner_(world.scheduler, writer_, world.rng, runner_options()),
          outbox_(world.scheduler, writer_, world.rng, outbox_options()),
          receiver_(
              work::WebhookReceiver::create(
                  world.scheduler, writer_, endpoints("hook"),
                  {.on_job = [this](const work::PutResult&, std::string_view) { runner_.wake(); }})
                  .value()),
          tasks_(world.scheduler) {
        runner_.handle("hook", [this](Job job) { return handle(std::move(job)); });
        added_ = outbox_.add("target", world.target, {.concurrency = 20}).has_value();
    }

    void start() {
        if (!added_) {
            world_.report.stuck = "the outbox refused its target";
        }
        tasks_.spawn(runner_.run());
        tasks_.spawn(outbox_.run());
        tasks_.spawn(receive());
    }
    Task<void> stop() {
        stopping_ = true;
        tasks_.cancel();
        co_await tasks_.join();
    }
    /// Nothing is open.
    [[nodiscard]] Task<bool> at_rest() {
        const auto open = co_await writer_.run<bool>([](work::Store& store) -> Result<bool> {
            auto due = store.next_due("default");
            auto message = store.next_message_due();
            return due && message && (due->has_value() || message->has_value());
        });
        co_return open && !*open;
    }

private:
    Task<void> receive();
    Task<void> take(Delivery delivery);
    Task<work::JobOutcome> handle(Job job);
    /// From a damaged file there is no way on.
    [[nodiscard]] bool is_damaged() {
        const auto counted = store_->counts("");
        return !counted && counted.error().detail() == "corrupt";
    }

    World& world_;
    std::unique_ptr<work::SqliteStore> store_;
    work::StoreWriter writer_;
    work::JobRunner runner_;
    work::Outbox outbox_;
    std::unique_ptr<work::WebhookReceiver> receiver_;
    runtime::TaskGroup tasks_;
    bool added_ = false;
    bool stopping_ = false;
};

// What comes within 25 ms comes together.
Task<void> Life::receive() {
    while (!stopping_ && !world_.machine.disk.is_off()) {
        for (auto& delivery :
             world_.senders.due(world_.scheduler.now(), world_.scheduler.system_now())) {
            tasks_.spawn(take(std::move(delivery)));
        }
        if (!co_await world_.scheduler.sleep_for(25ms)) {
            co_return;
        }
    }
}

Task<void> Life::take(Delivery delivery) {
    const auto answer = co_await receiver_->call(std::move(delivery.request), {});
    const bool told = answer && answer->ok();
    if (delivery.forged) {
        world_.report.forged += told && !delivery.replay ? 1 : 0;
    } else if (told) {
        world_.senders.acknowledged(delivery.id);
    } else {
        world_.senders.refused(delivery.id, world_.scheduler.now());
        if (world_.report.stuck.empty() && is_damaged()) {
            world_.report.stuck = "the file is damaged";
        }
    }
}

Task<work::JobOutcome> Life::handle(Job job) {
    static_cast<void>(
        co_await world_.scheduler.sleep_for(Duration(world_.rng.between(0, 15'000'000))));
    if (world_.rng.between(0, 19) == 0) {
        co_return work::JobOutcome::retry("the target was busy");
    }
    // The key is the job's own: the same in every attempt and every life.
    std::vector<work::NewMessage> messages;
    messages.push_back(
        {.target = "target", .key = job.idempotency_key, .payload = std::move(job.payload)});
    co_return work::JobOutcome::done(std::move(messages));
}

// The power goes within the next steps after a random moment: between two of them, in the middle of
// a transaction, in the middle of a checkpoint.
Task<void> until_the_cut(World* world) {
    const Duration life(world->rng.between(Duration(200ms).count(), world->plan.life_max.count()));
    static_cast<void>(co_await world->scheduler.sleep_for(life));
    auto& disk = world->machine.disk;
    disk.cut_at(disk.steps() + static_cast<std::uint64_t>(world->rng.between(1, 60)));
    for (int i = 0; i < 200 && !disk.is_off(); ++i) {
        static_cast<void>(co_await world->scheduler.sleep_for(5ms));
    }
    disk.power_off();
}

Task<bool> live(World* world, bool last) {
    auto store = world->machine.open();
    if (!store) {
        world->report.stuck = store.error().to_string();
        co_return false;
    }
    ++world->report.lives;
    Life life(*world, *std::move(store));
    life.start();
    if (!last) {
        co_await until_the_cut(world);
    } else {
        world->senders.stop();
        for (int i = 0; i < 300 && world->report.stuck.empty(); ++i) {
            static_cast<void>(co_await world->scheduler.sleep_for(100ms));
            if (world->senders.idle() && co_await life.at_rest()) {
                break;
            }
        }
        if (world->report.stuck.empty() && (!world->senders.idle() || !co_await life.at_rest())) {
            world->report.stuck = "it did not come to rest within 30 s";
        }
    }
    co_await life.stop();
    co_return world->report.stuck.empty();
}

Task<void> live_all(World* world) {
    const Unsynced other =
        world->plan.unsynced == Unsynced::lost ? Unsynced::some : world->plan.unsynced;
    for (int cut = 0; cut <= world->plan.cuts; ++cut) {
        if (!co_await live(world, cut == world->plan.cuts)) {
            co_return;
        }
        if (cut < world->plan.cuts) {
            world->machine.disk.restart(cut % 2 == 0 ? world->plan.unsynced : other);
            static_cast<void>(co_await world->scheduler.sleep_for(200ms));
        }
    }
}

void judge(World& world) {
    auto& report = world.report;
    report.events = world.senders.made();
    report.deliveries = world.senders.deliveries();
    report.acknowledged = world.senders.acknowledgements().size();
    report.forgeries = world.senders.forgeries();
    report.repeats = world.target.repeats();
    report.steps = world.machine.disk.steps();
    const auto& by_id = world.target.effects();
    report.effects = by_id.size();
    for (const auto& [id, times] : by_id) {
        report.twice += times > 1 ? 1 : 0;
        report.forged += id.starts_with("forged") ? 1 : 0;
    }
    for (const auto& id : world.senders.acknowledgements()) {
        report.lost += by_id.contains(id) ? 0 : 1;
    }
    const auto integrity = world.machine.integrity();
    if (report.stuck.empty() && integrity != "ok") {
        report.stuck = integrity;
    }
}

}  // namespace

std::string LoadReport::text() const {
    return fmt::format(
        "{} lives in {} s of virtual time, {} steps of the disk\n"
        "{} events in {} deliveries and {} forgeries, {} acknowledged, {} had their effect\n"
        "lost {}, twice {}, forged {}; repeats that the target's key stopped: {}{}{}\n",
        lives, std::chrono::duration_cast<std::chrono::seconds>(took).count(), steps, events,
        deliveries - forgeries, forgeries, acknowledged, effects, lost, twice, forged, repeats,
        stuck.empty() ? "" : "\nit could not go on: ", stuck);
}

LoadReport run_load(const LoadPlan& plan) {
    World world(plan);
    const auto start = world.scheduler.now();
    world.scheduler.run_until_complete(live_all(&world));
    world.report.took = world.scheduler.now() - start;
    judge(world);
    return world.report;
}

}  // namespace apilab::durability
