#include "load.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "apilab/runtime/task_group.hpp"
#include "apilab/runtime/virtual_scheduler.hpp"
#include "apilab/work/signature.hpp"
#include "apilab/work/store_writer.hpp"
#include "senders.hpp"
#include "target.hpp"

namespace apilab::durability {

using namespace std::chrono_literals;
using runtime::Task;
using work::Job;
using work::Message;
using work::MessageState;
using work::Store;

namespace {

constexpr Duration lease = 5s;
constexpr Duration idle_wait = 20ms;

// What no power cut reaches, and the machine whose power it is.
struct World {
    explicit World(const LoadPlan& asked)
        : plan(asked),
          rng(asked.seed),
          machine(asked.seed + 1, asked.synchronous),
          senders(asked.seed + 2, asked.per_second, scheduler.now()),
          target(asked.seed + 3) {}

    LoadPlan plan;
    runtime::VirtualScheduler scheduler;
    SeededRng rng;
    Machine machine;
    Senders senders;
    Target target;
    LoadReport report;
};

// One life of the service: from the power's coming to its going.
class Life {
public:
    Life(World& world, std::unique_ptr<work::SqliteStore> store)
        : world_(world),
          store_(std::move(store)),
          verifier_(work::SignatureVerifier::create(work::SignatureScheme::slack,
                                                    {.secrets = {Secret(Senders::secret())}})
                        .value()),
          writer_(world.scheduler, *store_, {.own_thread = false}),
          tasks_(world.scheduler) {}

    void start() {
        tasks_.spawn(receive());
        for (int i = 0; i < 4; ++i) {
            tasks_.spawn(work(fmt::format("worker-{}", i)));
        }
        tasks_.spawn(send());
    }
    Task<void> stop() {
        stopping_ = true;
        tasks_.cancel();
        co_await tasks_.join();
    }
    /// Nothing is open.
    [[nodiscard]] Task<bool> at_rest() {
        const auto open = co_await writer_.run<bool>([](Store& store) -> Result<bool> {
            auto due = store.next_due("default");
            auto message = store.next_message_due();
            return due && message && (due->has_value() || message->has_value());
        });
        co_return open && !*open;
    }

private:
    [[nodiscard]] bool over() const { return stopping_ || world_.machine.disk.is_off(); }
    [[nodiscard]] SystemTime date() const { return world_.scheduler.system_now(); }

    /// From a damaged file there is no way on.
    void note_damage(const Error& error) {
        if (error.detail() == "corrupt") {
            world_.report.stuck = error.to_string();
        }
    }

    Task<void> receive();
    Task<void> take(Delivery delivery);
    Task<void> work(std::string name);
    Task<void> handle(Job job);
    Task<void> send();
    [[nodiscard]] work::MessageChange attempt(const Message& message);

    World& world_;
    std::unique_ptr<work::SqliteStore> store_;
    work::SignatureVerifier verifier_;
    work::StoreWriter writer_;
    runtime::TaskGroup tasks_;
    bool stopping_ = false;
};

// What comes within 25 ms comes together.
Task<void> Life::receive() {
    while (!over()) {
        for (auto& delivery : world_.senders.due(world_.scheduler.now(), date())) {
            tasks_.spawn(take(std::move(delivery)));
        }
        if (!co_await world_.scheduler.sleep_for(25ms)) {
            co_return;
        }
    }
}

// Verify, store, and only then say 2xx.
Task<void> Life::take(Delivery delivery) {
    if (!verifier_.verify(delivery.headers, delivery.body, date())) {
        co_return;
    }
    work::Event event{.source = "slack",
                      .sender_id = delivery.id,
                      .type = "event_callback",
                      .body = delivery.body};
    const auto now = date();
    const auto put = co_await writer_.run<work::PutResult>(
        [event, now](Store& store) { return store.put(event, {.kind = "hook"}, now); });
    if (!put) {
        note_damage(put.error());
        world_.senders.refused(delivery.id, world_.scheduler.now());
        co_return;
    }
    world_.report.forged += delivery.forged ? 1 : 0;
    world_.senders.acknowledged(delivery.id);
}

Task<void> Life::work(std::string name) {
    while (!over()) {
        const auto now = date();
        const auto jobs = co_await writer_.run<std::vector<Job>>([name, now](Store& store) {
            return store.claim({.limit = 8, .lease = lease, .worker = name}, now);
        });
        if (!jobs) {
            co_return;
        }
        for (const Job& job : *jobs) {
            co_await handle(job);
        }
        if (jobs->empty() && !co_await world_.scheduler.sleep_for(idle_wait)) {
            co_return;
        }
    }
}

Task<void> Life::handle(Job job) {
    if (!co_await world_.scheduler.sleep_for(Duration(world_.rng.between(0, 15'000'000)))) {
        co_return;
    }
    const auto now = date();
    if (world_.rng.between(0, 19) == 0) {
        static_cast<void>(co_await writer_.run<bool>([ref = job.ref, now](Store& store) {
            return store.retry(ref, now + 100ms, 100ms, "the target was busy", now);
        }));
        co_return;
    }
    // The key is the job's own: the same in every attempt and every life.
    std::vector<work::NewMessage> messages{
        {.target = "target", .key = job.idempotency_key, .payload = job.payload}};
    static_cast<void>(co_await writer_.run<bool>([ref = job.ref, messages, now](Store& store) {
        return store.complete(ref, messages, false, now);
    }));
}

// One that may have been sent is looked up first.
work::MessageChange Life::attempt(const Message& message) {
    if (message.state == MessageState::unknown && world_.target.knows(message.key)) {
        return {.state = MessageState::reconciled, .sends = message.sends};
    }
    const auto answer = world_.target.send(message.key, message.payload);
    work::MessageChange change{
        .state = MessageState::applied, .due = date() + 200ms, .sends = message.sends + 1};
    if (answer == Target::Answer::not_applied) {
        change.state = MessageState::pending;
    } else if (answer == Target::Answer::unknown) {
        change.state = MessageState::unknown;
        change.unknown_since = date();
    }
    return change;
}

Task<void> Life::send() {
    while (!over()) {
        const auto now = date();
        const auto messages = co_await writer_.run<std::vector<Message>>(
            [now](Store& store) { return store.claim_messages("target", 32, lease, now); });
        if (!messages) {
            co_return;
        }
        for (const Message& message : *messages) {
            const auto change = attempt(message);
            static_cast<void>(
                co_await writer_.run<bool>([ref = message.ref, change, now](Store& store) {
                    return store.settle(ref, change, now);
                }));
        }
        if (messages->empty() && !co_await world_.scheduler.sleep_for(idle_wait)) {
            co_return;
        }
    }
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
    report.repeats = static_cast<std::size_t>(world.target.repeats());
    report.steps = world.machine.disk.steps();
    // An effect names its event by the body.
    std::map<std::string, int> by_id;
    for (const auto& [body, times] : world.target.effects()) {
        const auto begin = body.find(":\"") + 2;
        by_id[body.substr(begin, body.find('"', begin) - begin)] += times;
    }
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
