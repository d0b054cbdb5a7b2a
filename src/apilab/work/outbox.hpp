#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/result.hpp"
#include "apilab/base/rng.hpp"
#include "apilab/runtime/scheduler.hpp"
#include "apilab/runtime/task.hpp"
#include "apilab/work/outbox_policy.hpp"
#include "apilab/work/store_writer.hpp"

namespace apilab::work {

/// Somebody on whom effects are made. Outlives the outbox and its tasks; belongs to the scheduler's
/// thread.
class OutboxTarget {
public:
    OutboxTarget() = default;
    OutboxTarget(const OutboxTarget&) = delete;
    OutboxTarget& operator=(const OutboxTarget&) = delete;
    virtual ~OutboxTarget() = default;

    /// Makes the effect under `message.key`, in one attempt: whether another one is safe is the
    /// outbox's decision, so a client below must not repeat it (or only what was not sent). When in
    /// doubt, `unknown`. May be cancelled; then what it returns still counts.
    [[nodiscard]] virtual runtime::Task<SendOutcome> send(Message message) = 0;
    /// What is there under `message.key`, wherever that may be by now. Not found only where the
    /// whole answer said so: an index that could not be read to its end is `unavailable`. Of a
    /// target without look-ups it is never called; that is what this one is for.
    [[nodiscard]] virtual runtime::Task<LookUpOutcome> look_up(Message message);
};

struct OutboxTargetOptions {
    TargetTraits traits;
    /// Calls at the same time. 1, the default, also means that messages which became due one after
    /// another are sent in that order; one that has to wait lets others pass. 1 to 100.
    std::size_t concurrency = 1;
    /// From the beginning of one call to that of the next, look-ups included. Default none, up to 1
    /// minute.
    Duration pace{};
};

struct OutboxOptions {
    OutboxPolicyOptions policy;
    /// A call that takes longer is cancelled, and its outcome is unknown. Default 60 s, range 1 s
    /// to 10 min.
    Duration call_timeout = std::chrono::seconds(60);
    /// A message is this process's for so long; when it dies meanwhile, the message is `unknown`
    /// from then on. Default 5 min, range twice `call_timeout` to 1 day.
    Duration lease = std::chrono::minutes(5);
    /// How often an idle outbox looks, besides when something is due (another process may have
    /// posted). Default 1 s, range 10 ms to 1 min.
    Duration poll = std::chrono::seconds(1);
    /// Told of each message that was settled, and how: for metrics and alarms. May be empty.
    std::function<void(const Message& message, const MessageChange& change)> settled = nullptr;

    /// Errors: `invalid_argument`, detail the field.
    [[nodiscard]] Result<void> validate() const;
};

/// What became of the effects, as the store has it.
struct EffectReport {
    std::size_t applied = 0;
    std::size_t reconciled = 0;
    std::size_t duplicated = 0;
    std::size_t escalated = 0;
    std::size_t failed = 0;
    /// Go on by themselves.
    std::size_t open = 0;
    /// There are more for people than `for_people` holds.
    bool more = false;
    /// Duplicated, escalated and failed ones, the newest of each first: somebody has to look.
    std::vector<Message> for_people;

    /// `12 applied, 1 reconciled, 0 duplicated, 1 escalated, 0 failed, 2 open`.
    [[nodiscard]] std::string describe() const;
};

/// Sends what jobs have posted (`Store::complete`, `Store::post`): each effect once, on targets
/// whose answers get lost. How that is decided: `OutboxPolicy`.
///
///     Outbox outbox(scheduler, writer, rng);
///     auto added = outbox.add("slack", slack, {.pace = 1s});
///     group.spawn(outbox.run());
///     ...
///     outbox.stop();
///     co_await group.join();
///
/// A message is `sending` on the disk before anything is sent, and settled after. Where the process
/// dies in between, or the disk refuses the second of these, the lease runs out and the message
/// comes back as `unknown`: it is looked up, not sent. Several processes may serve the same targets
/// (then `concurrency` and `pace` are each one's own).
///
/// Belongs to the scheduler's thread; outlives `run()`, and everything passed in outlives it.
class Outbox {
public:
    /// The options are valid.
    Outbox(runtime::Scheduler& scheduler, StoreWriter& writer, Rng& rng,
           OutboxOptions options = {});
    Outbox(const Outbox&) = delete;
    Outbox& operator=(const Outbox&) = delete;
    ~Outbox();

    /// Messages for `name` go there. Before `run`. Errors: `invalid_argument` (a name that is there
    /// or none, options out of range).
    [[nodiscard]] Result<void> add(std::string name, OutboxTarget& target,
                                   OutboxTargetOptions options = {});
    /// Sends until `stop()`, then ends what is under way. A cancellation cancels that, too: it is
    /// unknown then, and looked up by whoever comes next.
    [[nodiscard]] runtime::Task<void> run();
    /// Nothing new is begun.
    void stop();
    /// Something was posted: idle ones look at once.
    void wake();

    /// A person has looked (`Resolution`). Returns the message as it stands then. Errors:
    /// `invalid_argument` (detail `id` where there is none, `state` where it is not for people) and
    /// the store's.
    [[nodiscard]] runtime::Task<Result<Message>> resolve(std::int64_t id, Resolution resolution,
                                                         std::string who);
    /// Of one target, or of all where it is empty; looks at `limit` messages of each state at most.
    [[nodiscard]] runtime::Task<Result<EffectReport>> report(std::string target = {},
                                                             std::size_t limit = 1000);

    /// Of this process, since it began.
    struct Stats {
        std::uint64_t sends = 0;
        std::uint64_t look_ups = 0;
        std::uint64_t applied = 0;
        std::uint64_t reconciled = 0;
        std::uint64_t duplicated = 0;
        std::uint64_t escalated = 0;
        std::uint64_t failed = 0;
        /// Sends whose outcome was unknown.
        std::uint64_t unknown = 0;
        /// Unknown ones that were not found, and are sent again.
        std::uint64_t sent_again = 0;
        /// Came too late: somebody else has the message.
        std::uint64_t lost_claims = 0;
        /// The store refused.
        std::uint64_t store_errors = 0;
    };
    [[nodiscard]] Stats stats() const { return stats_; }

private:
    struct Way;
    [[nodiscard]] runtime::Task<void> work(Way* way);
    [[nodiscard]] runtime::Task<bool> turn(Way* way);
    [[nodiscard]] runtime::Task<MessageChange> deal_with(Way* way, Message message);
    [[nodiscard]] runtime::Task<void> settle(Message message, MessageChange change,
                                             SteadyTime until);
    [[nodiscard]] runtime::Task<bool> idle(SteadyTime until);
    void count(const Message& message, const MessageChange& change);

    runtime::Scheduler& scheduler_;
    StoreWriter& writer_;
    Rng& rng_;
    OutboxOptions options_;
    OutboxPolicy policy_;
    std::vector<std::unique_ptr<Way>> ways_;
    std::list<runtime::Event*> idlers_;
    Stats stats_;
    bool stopping_ = false;
};

}  // namespace apilab::work
