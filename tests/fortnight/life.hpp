#pragma once

#include <filesystem>
#include <memory>

#include "apilab/base/rng.hpp"
#include "apilab/http/url.hpp"
#include "apilab/runtime/scheduler.hpp"
#include "apilab/runtime/service.hpp"
#include "apilab/runtime/task.hpp"
#include "apilab/runtime/task_group.hpp"
#include "apilab/work/gap_filler.hpp"
#include "apilab/work/github_deliveries.hpp"
#include "apilab/work/job_runner.hpp"
#include "apilab/work/outbox.hpp"
#include "apilab/work/receiver.hpp"
#include "apilab/work/sqlite_store.hpp"
#include "apilab/work/store_writer.hpp"
#include "apilab/work/sweeper.hpp"

namespace apilab::fortnight {

/// Where a life finds what it needs; outlives it.
struct Surroundings {
    runtime::Scheduler& scheduler;
    Rng& rng;
    /// The store and the filler's checkpoint.
    std::filesystem::path folder;
    /// What its secrets are made of.
    std::uint64_t seed = 1;
    work::OutboxTarget& target;
    /// GitHub's API, and the webhook there.
    runtime::Service& github;
    http::Url hook;
    /// Added up over all lives.
    work::GapFiller::Totals& filled;
    std::size_t& given_up;
};

/// One process of the service, from its start to its end: receiver, workers, outbox, gap filler and
/// sweeper over one store. All that it knows when it begins is what is on the disk.
class Life {
public:
    explicit Life(const Surroundings& around);

    void start();
    [[nodiscard]] runtime::Service& receiver() { return *receiver_; }
    /// Told to end, it ends what it is about.
    [[nodiscard]] runtime::Task<void> stop();
    /// Dies; whoever calls this has seen to it that nothing reaches the disk any more.
    [[nodiscard]] runtime::Task<void> die();
    /// Nothing is open.
    [[nodiscard]] runtime::Task<bool> at_rest();
    [[nodiscard]] work::StoreWriter& writer() { return writer_; }

private:
    [[nodiscard]] runtime::Task<work::JobOutcome> handle(work::Job job);
    [[nodiscard]] work::GapFillerOptions filler_options();
    void count();

    Surroundings around_;
    std::unique_ptr<work::SqliteStore> store_;
    work::StoreWriter writer_;
    work::JobRunner runner_;
    work::Outbox outbox_;
    work::GitHubDeliveries deliveries_;
    work::GapFiller filler_;
    work::Sweeper sweeper_;
    std::unique_ptr<work::WebhookReceiver> receiver_;
    runtime::TaskGroup tasks_;
};

/// The store's file, opened as this test opens it: whoever finds it taken does not wait, since the
/// clock stands meanwhile; and nothing is synced, which is what tests/durability is about.
[[nodiscard]] std::unique_ptr<work::SqliteStore> open_store(const std::filesystem::path& folder);

}  // namespace apilab::fortnight
