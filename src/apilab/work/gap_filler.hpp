#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/result.hpp"
#include "apilab/runtime/scheduler.hpp"
#include "apilab/runtime/task.hpp"
#include "apilab/work/gap_rule.hpp"
#include "apilab/work/store_writer.hpp"

namespace apilab::work {

struct DeliveryPage {
    /// The newest first, at most 1,000.
    std::vector<Delivery> deliveries;
    /// For `list`, to go on; empty: this was the last page.
    std::string next;
};

/// A sender that keeps a list of what it delivered (`github_deliveries.hpp`). Outlives the filler
/// and its tasks.
class DeliverySource {
public:
    DeliverySource() = default;
    DeliverySource(const DeliverySource&) = delete;
    DeliverySource& operator=(const DeliverySource&) = delete;
    virtual ~DeliverySource() = default;

    /// One page, the newest deliveries first; `page` empty: the first one. What is older than
    /// `since` may be left out.
    [[nodiscard]] virtual runtime::Task<Result<DeliveryPage>> list(SystemTime since,
                                                                   std::string page) = 0;
    /// Has the attempt `delivery` made once more, with the same body and guid.
    [[nodiscard]] virtual runtime::Task<Result<void>> request_again(std::string delivery) = 0;
};

/// What a round found.
struct GapReport {
    /// Attempts on the pages of this round, and events they were of.
    std::size_t listed = 0;
    std::size_t events = 0;
    /// Not in the archive: to be asked for, or asked for a moment ago.
    std::size_t missing = 0;
    /// Of these, answered with 2xx by us: our own archive has lost them.
    std::size_t acknowledged = 0;
    /// Requests that were made.
    std::size_t asked = 0;
    /// Asked for in an earlier round, and there now.
    std::size_t recovered = 0;
    /// Asked for too often, or the sender has forgotten them; guids, at most 100.
    std::vector<std::string> lost;
    std::size_t given_up = 0;
    std::size_t too_late = 0;
    /// The first delivery of the oldest event that is still missing.
    std::optional<SystemTime> oldest_missing;
    /// The list was read to its end.
    bool complete = false;
    /// What ended the round before its end.
    std::optional<Error> error;
    /// Why a person should look now; empty: nothing.
    std::string alarm;

    /// `40 events, 12 missing, 12 asked for, 0 recovered`.
    [[nodiscard]] std::string describe() const;
};

struct GapFillerOptions {
    GapOptions rule;
    /// From the end of one round to the next. Default 5 min, range 1 s to 1 day.
    Duration every = std::chrono::minutes(5);
    /// Where `GapCheckpoint` is kept. Empty: in memory.
    std::filesystem::path checkpoint;
    /// Told of every round of `run`. May be empty.
    std::function<void(const GapReport&)> told = nullptr;

    /// Errors: `invalid_argument`, detail the field.
    [[nodiscard]] Result<void> validate() const;
};

/// Finds what a sender delivered and we do not have, and asks for it again: for senders that do not
/// try again by themselves. GitHub keeps deliveries for 3 days and redelivers on request, with the
/// same id (GitHub docs, "Handling failed webhook deliveries").
///
///     GapFiller filler(scheduler, writer, deliveries, {.checkpoint = folder / "gap"});
///     group.spawn(filler.run());
///
/// Asks for nothing that is stored: it looks once more right before each request. What comes then
/// goes the way of every delivery (signature, dedupe), so that asking twice does no harm either.
/// Bounded in pages, requests and pace. The checkpoint moves on only behind what is stored or given
/// up, and only after a list that was read to its end.
///
/// Belongs to the scheduler's thread; outlives its tasks.
class GapFiller {
public:
    /// The options are valid.
    GapFiller(runtime::Scheduler& scheduler, StoreWriter& writer, DeliverySource& source,
              GapFillerOptions options = {});
    GapFiller(const GapFiller&) = delete;
    GapFiller& operator=(const GapFiller&) = delete;

    /// Lists once and asks for what is missing. Not while another one runs. A cancellation ends it;
    /// what it asked for is remembered.
    [[nodiscard]] runtime::Task<GapReport> round();
    /// Rounds until `stop()`; one under way ends before its next request.
    [[nodiscard]] runtime::Task<void> run();
    void stop();

    /// Over all rounds of this process.
    struct Totals {
        std::uint64_t missing = 0;
        std::uint64_t asked = 0;
        std::uint64_t recovered = 0;
    };
    [[nodiscard]] Totals totals() const { return totals_; }
    [[nodiscard]] const GapCheckpoint& checkpoint() const { return checkpoint_; }

private:
    // A list that is being read, over several rounds where it is long.
    struct Walk {
        SystemTime started;
        SystemTime since;
        std::string page;
        std::vector<std::string> seen;
        /// The first delivery of the oldest event that is open.
        std::optional<SystemTime> open;
    };
    void load(GapReport& report);
    void save(GapReport& report);
    void begin_walk(GapReport& report);
    void finish_walk();
    void take(const EventAttempts& event, Gap gap, GapReport& report);
    [[nodiscard]] std::string alarm_of(const GapReport& report) const;
    [[nodiscard]] runtime::Task<Result<std::vector<bool>>> stored(std::vector<std::string> guids);
    [[nodiscard]] runtime::Task<Result<void>> steps(GapReport* report);
    [[nodiscard]] runtime::Task<Result<void>> count_recovered(GapReport* report);
    [[nodiscard]] runtime::Task<Result<std::vector<Delivery>>> read_pages(GapReport* report);
    [[nodiscard]] runtime::Task<Result<void>> judge_all(std::vector<Delivery> deliveries,
                                                        GapReport* report);
    [[nodiscard]] runtime::Task<Result<void>> ask(std::vector<EventAttempts> missing,
                                                  GapReport* report);
    [[nodiscard]] runtime::Task<Result<void>> request(EventAttempts event, GapReport* report);
    [[nodiscard]] runtime::Task<bool> pause(Duration duration);

    runtime::Scheduler& scheduler_;
    StoreWriter& writer_;
    DeliverySource& source_;
    GapFillerOptions options_;
    GapCheckpoint checkpoint_;
    SystemTime began_;
    std::optional<Walk> walk_;
    Totals totals_;
    runtime::Event* waiting_ = nullptr;
    bool loaded_ = false;
    bool stopping_ = false;
};

}  // namespace apilab::work
