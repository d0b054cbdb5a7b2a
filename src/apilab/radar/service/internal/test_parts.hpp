#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "apilab/base/rng.hpp"
#include "apilab/client/client.hpp"
#include "apilab/data/drift.hpp"
#include "apilab/observe/metrics_observer.hpp"
#include "apilab/observe/story_observer.hpp"
#include "apilab/radar/service/call_history.hpp"
#include "apilab/radar/service/config.hpp"
#include "apilab/radar/service/parts.hpp"
#include "apilab/runtime/scheduler.hpp"
#include "apilab/transport/scripted_transport.hpp"
#include "apilab/work/job_runner.hpp"
#include "apilab/work/outbox.hpp"
#include "apilab/work/receiver.hpp"
#include "apilab/work/schedule_ticker.hpp"
#include "apilab/work/store_writer.hpp"
#include "apilab/work/sweeper.hpp"

// For tests of those who look at a running radar: its parts over a store, without what they do.
namespace apilab::radar::internal {

/// Two projects that are watched, Slack, Notion and GitHub with tokens, all of them canaries.
[[nodiscard]] Config test_config();

/// Secrets that `test_config` has: none of them may be seen.
[[nodiscard]] std::vector<std::string> test_canaries();

class TestParts {
public:
    TestParts(runtime::Scheduler& scheduler, work::Store& store, Config config, bool own_thread);

    [[nodiscard]] Parts parts();
    /// One call by the client, as the transport's next step has it.
    void call(const std::string& provider, const std::string& operation, const std::string& url);

    runtime::Scheduler& scheduler;
    work::Store& store;
    Config config;
    SeededRng rng{11};
    work::StoreWriter writer;
    std::unique_ptr<work::WebhookReceiver> receiver;
    work::JobRunner runner;
    work::Outbox outbox;
    work::ScheduleTicker ticker;
    work::Sweeper sweeper;
    transport::ScriptedTransport transport;
    observe::MetricsObserver metrics;
    CallHistory calls;
    observe::StoryObserver stories;
    std::unique_ptr<client::Client> client;
    data::DriftCounters drift;
    Phase phase{.started = true};
};

/// Fills store, history and counters with what a radar has after a while: three decisions and more,
/// a run without GitHub, events, dead letters, a quarantine, effects that nobody knows the outcome
/// of, calls that were repeated and calls that failed. `hostile`: with markup in every text that
/// comes from outside.
void seed(TestParts& parts, bool hostile = false);

}  // namespace apilab::radar::internal
