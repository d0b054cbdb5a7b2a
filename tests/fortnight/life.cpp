#include "life.hpp"

#include <array>
#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/base/secret.hpp"
#include "apilab/sandbox/credentials.hpp"

namespace apilab::fortnight {

using namespace std::chrono_literals;
using runtime::Task;

namespace {

// A look costs as much in a virtual minute as in a real one: they are few here.
constexpr Duration look = 1min;

std::vector<work::ReceiverEndpoint> endpoints(std::uint64_t seed) {
    std::vector<work::ReceiverEndpoint> all;
    for (const std::string_view name : {"github", "slack", "stripe"}) {
        work::ReceiverEndpoint endpoint{.sender = std::string(name), .kind = "hook"};
        endpoint.secrets.emplace_back(sandbox::webhook_secret(seed, name));
        all.push_back(std::move(endpoint));
    }
    return all;
}

}  // namespace

std::unique_ptr<work::SqliteStore> open_store(const std::filesystem::path& folder) {
    return work::SqliteStore::open(
               folder / "work.db",
               {.synchronous = work::SqliteStoreOptions::Synchronous::off, .busy_timeout = {}})
        .value();
}

work::GapFillerOptions Life::filler_options() {
    return {.every = 30min,
            .checkpoint = around_.folder / "gap",
            .told = [this](const work::GapReport& report) {
                around_.given_up += report.given_up + report.too_late;
            }};
}

Life::Life(const Surroundings& around)
    : around_(around),
      store_(open_store(around.folder)),
      writer_(around.scheduler, *store_, {.own_thread = false}),
      runner_(around.scheduler, writer_, around.rng, {.poll = look}),
      outbox_(around.scheduler, writer_, around.rng, {.poll = look}),
      deliveries_(around.github, around.hook),
      filler_(around.scheduler, writer_, deliveries_, filler_options()),
      sweeper_(around.scheduler, writer_, around.rng, {.every = 6h}),
      receiver_(
          work::WebhookReceiver::create(
              around.scheduler, writer_, endpoints(around.seed),
              {.on_job = [this](const work::PutResult&, std::string_view) { runner_.wake(); }})
              .value()),
      tasks_(around.scheduler) {
    runner_.handle("hook", [this](work::Job job) { return handle(std::move(job)); });
    outbox_.add("target", around.target, {.concurrency = 8}).value();
}

void Life::start() {
    tasks_.spawn(runner_.run());
    tasks_.spawn(outbox_.run());
    tasks_.spawn(filler_.run());
    tasks_.spawn(sweeper_.run());
}

Task<void> Life::stop() {
    runner_.stop();
    outbox_.stop();
    filler_.stop();
    sweeper_.stop();
    co_await tasks_.join();
    count();
}

Task<void> Life::die() {
    tasks_.cancel();
    co_await tasks_.join();
    count();
}

void Life::count() {
    around_.filled.missing += filler_.totals().missing;
    around_.filled.asked += filler_.totals().asked;
    around_.filled.recovered += filler_.totals().recovered;
}

Task<bool> Life::at_rest() {
    const auto open = co_await writer_.run<bool>([](work::Store& store) -> Result<bool> {
        const auto due = store.next_due("default");
        const auto message = store.next_message_due();
        const auto counts = store.counts("");
        return !due || !message || !counts || due->has_value() || message->has_value() ||
               counts->dead > 0;
    });
    co_return open && !*open;
}

// Mostly at once; now and then longer than a lease, or in vain.
Task<work::JobOutcome> Life::handle(work::Job job) {
    const auto chance = around_.rng.between(0, 99);
    const Duration takes = chance == 0 ? 3min : Duration(around_.rng.between(0, 200'000'000));
    (void)co_await around_.scheduler.sleep_for(takes);
    if (chance < 5) {
        co_return work::JobOutcome::retry("the target was busy");
    }
    std::vector<work::NewMessage> messages;
    messages.push_back(
        {.target = "target", .key = std::move(job.idempotency_key), .payload = "done"});
    co_return work::JobOutcome::done(std::move(messages));
}

}  // namespace apilab::fortnight
