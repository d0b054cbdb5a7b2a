#pragma once

#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "apilab/base/rng.hpp"
#include "apilab/client/client.hpp"
#include "apilab/observe/metrics_observer.hpp"
#include "apilab/observe/story_observer.hpp"
#include "apilab/radar/service/call_history.hpp"
#include "apilab/radar/service/parts.hpp"
#include "apilab/runtime/task_group.hpp"
#include "apilab/runtime/virtual_scheduler.hpp"
#include "apilab/transport/scripted_transport.hpp"
#include "apilab/work/job_runner.hpp"
#include "apilab/work/outbox.hpp"
#include "apilab/work/receiver.hpp"
#include "apilab/work/schedule_ticker.hpp"
#include "apilab/work/sqlite_store.hpp"
#include "apilab/work/store_writer.hpp"
#include "apilab/work/sweeper.hpp"

namespace apilab::radar::internal {

/// The parts of a radar over a store of its own and a scripted other side, under a virtual clock.
class TestParts {
public:
    struct Options {
        work::StoreWriterOptions writer;
        work::ReceiverOptions receiver;
        work::JobRunnerOptions runner{.queue = "radar"};
        work::OutboxOptions outbox;
        std::function<void(const work::Incoming&, work::NewJob&)> prepare;
        std::vector<std::string> watches{"webshop", "api"};
    };
    TestParts() : TestParts(Options()) {}
    explicit TestParts(Options options)
        : folder(std::filesystem::temp_directory_path() /
                 ("apilab_radar_parts_" + std::to_string(::getpid()))) {
        std::filesystem::remove_all(folder);
        std::filesystem::create_directories(folder);
        store = work::SqliteStore::open(folder / "radar.db", {.busy_timeout = Duration::zero()})
                    .value();
        options.writer.own_thread = false;
        writer = std::make_unique<work::StoreWriter>(scheduler, *store, options.writer);
        config.store = Secret("sqlite:" + (folder / "radar.db").string());
        for (const auto& name : options.watches) {
            config.watches.push_back({.name = name});
        }
        config.webhooks.push_back({.sender = "github", .secrets = {secret}});
        receiver = work::WebhookReceiver::create(scheduler, *writer,
                                                 {{.sender = "github",
                                                   .secrets = {secret},
                                                   .queue = "radar",
                                                   .prepare = std::move(options.prepare)}},
                                                 std::move(options.receiver))
                       .value();
        runner =
            std::make_unique<work::JobRunner>(scheduler, *writer, rng, std::move(options.runner));
        outbox = std::make_unique<work::Outbox>(scheduler, *writer, rng, std::move(options.outbox));
        ticker = std::make_unique<work::ScheduleTicker>(scheduler, *writer, rng,
                                                        std::vector<work::ScheduledJob>());
        sweeper = std::make_unique<work::Sweeper>(scheduler, *writer, rng);
        client = client::Client::create(
                     scheduler, transport, rng,
                     {.retry = {.max_attempts = 1}, .tracing = client::TraceOptions{}},
                     {&metrics, &stories})
                     .value();
        phase.started = true;
    }
    TestParts(const TestParts&) = delete;
    TestParts& operator=(const TestParts&) = delete;
    ~TestParts() { std::filesystem::remove_all(folder); }

    [[nodiscard]] Parts parts() {
        return {.scheduler = scheduler,
                .config = config,
                .writer = *writer,
                .receiver = *receiver,
                .runner = *runner,
                .outbox = *outbox,
                .ticker = *ticker,
                .sweeper = *sweeper,
                .client = *client,
                .metrics = metrics,
                .calls = calls,
                .phase = phase,
                .disk_free = [this] { return disk_free; }};
    }

    [[nodiscard]] static ApiUrls urls_of(const http::Url& url) {
        return {.npm = url,
                .osv = url,
                .github = url,
                .slack = url,
                .notion = url,
                .google = url,
                .google_token = url};
    }

    std::filesystem::path folder;
    runtime::VirtualScheduler scheduler;
    SeededRng rng{1};
    Secret secret{"It's a Secret to Everybody"};
    Config config{.urls = urls_of(http::Url::parse("http://127.0.0.1:4010").value())};
    Phase phase;
    std::int64_t disk_free = std::int64_t{10} << 30U;
    std::unique_ptr<work::SqliteStore> store;
    std::unique_ptr<work::StoreWriter> writer;
    observe::MetricsObserver metrics;
    CallHistory calls;
    observe::StoryObserver stories{scheduler,
                                   [this](observe::Story story) { calls.take(std::move(story)); }};
    transport::ScriptedTransport transport{scheduler};
    std::unique_ptr<client::Client> client;
    std::unique_ptr<work::WebhookReceiver> receiver;
    std::unique_ptr<work::JobRunner> runner;
    std::unique_ptr<work::Outbox> outbox;
    std::unique_ptr<work::ScheduleTicker> ticker;
    std::unique_ptr<work::Sweeper> sweeper;
};

}  // namespace apilab::radar::internal
