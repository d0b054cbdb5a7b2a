#include "apilab/work/outbox.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <optional>
#include <utility>

#include "apilab/base/try.hpp"
#include "apilab/runtime/task_group.hpp"
#include "apilab/work/internal/option_range.hpp"

namespace apilab::work {
namespace {

using Signal = runtime::Event;
using runtime::Scheduler;
using runtime::Task;
using runtime::TaskGroup;

Result<void> refuse(std::string_view field, const std::string& what) {
    return fail(Error(ErrorKind::invalid_argument, fmt::format("outbox.{} {}", field, what))
                    .with_detail(std::string(field)));
}

template <class T>
Task<void> into(Task<T> task, std::shared_ptr<std::optional<T>> slot,
                std::shared_ptr<Signal> done) {
    slot->emplace(co_await std::move(task));
    done->set();
}

// What the task says within `limit`, or what it says when it is cancelled then.
template <class T>
Task<T> within(Scheduler& scheduler, Duration limit, Task<T> task) {
    const auto slot = std::make_shared<std::optional<T>>();
    const auto done = std::make_shared<Signal>();
    TaskGroup group(scheduler);
    group.spawn(into(std::move(task), slot, done));
    if (co_await scheduler.wait(done.get(), scheduler.now() + limit) != Scheduler::Woken::event) {
        group.cancel();
    }
    co_await group.join();
    if (!slot->has_value()) {
        T none;
        none.reason = "no outcome";
        co_return none;
    }
    co_return std::move(**slot);
}

struct Claimed {
    std::vector<Message> messages;
    /// Where there is none: when to look again.
    std::optional<SystemTime> next;
};

}  // namespace

struct Outbox::Way {
    std::string name;
    OutboxTarget* target = nullptr;
    OutboxTargetOptions options;
    SteadyTime next;
};

Task<LookUpOutcome> OutboxTarget::look_up(Message /*message*/) {
    co_return LookUpOutcome::unavailable("it has no look-ups");
}

Result<void> OutboxOptions::validate() const {
    using namespace std::chrono_literals;
    using internal::check_range;
    APILAB_CHECK(policy.validate());
    APILAB_CHECK(check_range<Duration>("outbox", "call_timeout", call_timeout, 1s, 10min));
    APILAB_CHECK(
        check_range<Duration>("outbox", "lease", lease, 2 * call_timeout, std::chrono::days(1)));
    return check_range<Duration>("outbox", "poll", poll, 10ms, 1min);
}

std::string EffectReport::describe() const {
    return fmt::format("{} applied, {} reconciled, {} duplicated, {} escalated, {} failed, {} open",
                       applied, reconciled, duplicated, escalated, failed, open);
}

Outbox::Outbox(Scheduler& scheduler, StoreWriter& writer, Rng& rng, OutboxOptions options)
    : scheduler_(scheduler),
      writer_(writer),
      rng_(rng),
      options_(std::move(options)),
      policy_(options_.policy) {}

Outbox::~Outbox() = default;

Result<void> Outbox::add(std::string name, OutboxTarget& target, OutboxTargetOptions options) {
    if (name.empty() || std::ranges::any_of(ways_, [&](const std::unique_ptr<Way>& way) {
            return way->name == name;
        })) {
        return refuse("target", fmt::format("\"{}\" is empty or there already", name));
    }
    APILAB_CHECK(
        internal::check_range<std::size_t>("outbox", "concurrency", options.concurrency, 1, 100));
    APILAB_CHECK(internal::check_range<Duration>("outbox", "pace", options.pace, Duration(),
                                                 std::chrono::minutes(1)));
    ways_.push_back(std::make_unique<Way>(
        Way{.name = std::move(name), .target = &target, .options = options, .next = {}}));
    return {};
}

Task<void> Outbox::run() {
    TaskGroup group(scheduler_);
    for (const auto& way : ways_) {
        for (std::size_t i = 0; i < way->options.concurrency; ++i) {
            group.spawn(work(way.get()));
        }
    }
    co_await group.join_or_cancel();
}

void Outbox::stop() {
    stopping_ = true;
    wake();
}

void Outbox::wake() {
    const auto waiting = idlers_;
    for (Signal* each : waiting) {
        each->set();
    }
}

// False where it was cancelled.
Task<bool> Outbox::idle(SteadyTime until) {
    // A list of those who wait, not one event for all: an event has one waiter.
    struct Waiting {
        std::list<Signal*>& list;
        Signal event;
        std::list<Signal*>::iterator place;
        explicit Waiting(std::list<Signal*>& all)
            : list(all), place(list.insert(list.end(), &event)) {}
        Waiting(const Waiting&) = delete;
        Waiting& operator=(const Waiting&) = delete;
        ~Waiting() { list.erase(place); }
    };
    Waiting waiting(idlers_);
    if (stopping_) {
        co_return true;
    }
    co_return co_await scheduler_.wait(&waiting.event, until) != Scheduler::Woken::cancelled;
}

Task<void> Outbox::work(Way* way) {
    while (!stopping_ && !co_await runtime::cancelled()) {
        if (!co_await turn(way)) {
            break;
        }
    }
}

// One message, or a look and a wait. False where it was cancelled.
Task<bool> Outbox::turn(Way* way) {
    const SteadyTime at = std::max(scheduler_.now(), way->next);
    const SteadyTime before = std::exchange(way->next, at + way->options.pace);
    while (scheduler_.now() < at && !stopping_) {
        if (!co_await idle(at)) {
            co_return false;
        }
    }
    if (stopping_) {
        co_return true;
    }
    const SystemTime now = scheduler_.system_now();
    const SteadyTime lease_end = scheduler_.now() + options_.lease;
    auto claimed = co_await writer_.run<Claimed>(
        [name = way->name, lease = options_.lease, now](Store& store) -> Result<Claimed> {
            Claimed out;
            APILAB_TRY(out.messages, store.claim_messages(name, 1, lease, now));
            if (out.messages.empty()) {
                APILAB_TRY(out.next, store.next_message_due());
            }
            return out;
        });
    if (claimed && !claimed->messages.empty()) {
        Message message = std::move(claimed->messages.front());
        auto change = co_await deal_with(way, message);
        co_await settle(std::move(message), std::move(change), lease_end);
        co_return true;
    }
    if (way->next == at + way->options.pace) {
        way->next = before;  // nobody was called
    }
    SteadyTime until = scheduler_.now() + options_.poll;
    if (!claimed) {
        ++stats_.store_errors;
    } else if (claimed->next && *claimed->next > now) {
        until = std::min(until, scheduler_.now() + (*claimed->next - now));
    }
    co_return co_await idle(until);
}

Task<MessageChange> Outbox::deal_with(Way* way, Message message) {
    const TargetTraits traits = way->options.traits;
    switch (policy_.step(message, traits, scheduler_.system_now())) {
        case OutboxStep::send: {
            ++stats_.sends;
            const auto outcome =
                co_await within(scheduler_, options_.call_timeout, way->target->send(message));
            stats_.unknown += outcome.sent == Sent::unknown ? 1 : 0;
            co_return policy_.after_send(message, outcome, traits, scheduler_.system_now(), rng_);
        }
        case OutboxStep::look_up: {
            ++stats_.look_ups;
            const auto outcome =
                co_await within(scheduler_, options_.call_timeout, way->target->look_up(message));
            co_return policy_.after_look_up(message, outcome, scheduler_.system_now(), rng_);
        }
        case OutboxStep::escalate:
            break;
    }
    co_return OutboxPolicy::escalate(message, "nobody can say whether it was applied",
                                     scheduler_.system_now());
}

// Tries as long as the message is ours. What cannot be written is unknown then, and looked up.
Task<void> Outbox::settle(Message message, MessageChange change, SteadyTime until) {
    for (;;) {
        const auto done = co_await writer_.run<bool>(
            [ref = message.ref, change, now = scheduler_.system_now()](Store& store) {
                return store.settle(ref, change, now);
            });
        if (done) {
            if (*done) {
                count(message, change);
            } else {
                ++stats_.lost_claims;
            }
            co_return;
        }
        ++stats_.store_errors;
        if (stopping_ || scheduler_.now() + options_.poll >= until ||
            !co_await idle(scheduler_.now() + options_.poll)) {
            co_return;
        }
    }
}

void Outbox::count(const Message& message, const MessageChange& change) {
    stats_.applied += change.state == MessageState::applied ? 1 : 0;
    stats_.reconciled += change.state == MessageState::reconciled ? 1 : 0;
    stats_.duplicated += change.state == MessageState::duplicated ? 1 : 0;
    stats_.escalated += change.state == MessageState::escalated ? 1 : 0;
    stats_.failed += change.state == MessageState::failed ? 1 : 0;
    stats_.sent_again +=
        message.state == MessageState::unknown && change.state == MessageState::pending ? 1 : 0;
    if (options_.settled) {
        options_.settled(message, change);
    }
}

Task<Result<Message>> Outbox::resolve(std::int64_t id, Resolution resolution, std::string who) {
    auto out = co_await writer_.run<Message>(
        [id, resolution, who = std::move(who),
         now = scheduler_.system_now()](Store& store) -> Result<Message> {
            APILAB_TRY(const auto found, store.messages({.id = id}, 1));
            if (found.empty()) {
                return fail(
                    Error(ErrorKind::invalid_argument, fmt::format("there is no message {}", id))
                        .with_detail("id"));
            }
            APILAB_TRY(const auto change, work::resolve(found.front(), resolution, who, now));
            APILAB_TRY(const bool done, store.settle(found.front().ref, change, now));
            if (!done) {
                return fail(Error(ErrorKind::invalid_argument,
                                  fmt::format("message {} is somebody's just now", id))
                                .with_detail("state"));
            }
            APILAB_TRY(auto after, store.messages({.id = id}, 1));
            return after.empty() ? found.front() : after.front();
        });
    if (out) {
        wake();
    }
    co_return out;
}

namespace {

Result<EffectReport> read_report(Store& store, const std::string& target, std::size_t limit) {
    const auto number = [](std::int64_t count) { return static_cast<std::size_t>(count); };
    APILAB_TRY(const MessageCounts counts, store.message_counts(target));
    EffectReport report{.applied = number(counts.applied),
                        .reconciled = number(counts.reconciled),
                        .duplicated = number(counts.duplicated),
                        .escalated = number(counts.escalated),
                        .failed = number(counts.failed),
                        .open = number(counts.pending + counts.sending + counts.unknown)};
    for (const MessageState state :
         {MessageState::duplicated, MessageState::escalated, MessageState::failed}) {
        APILAB_TRY(auto found, store.messages({.id = {}, .target = target, .state = state}, limit));
        std::ranges::move(found, std::back_inserter(report.for_people));
    }
    report.more = report.for_people.size() < report.duplicated + report.escalated + report.failed;
    return report;
}

}  // namespace

Task<Result<EffectReport>> Outbox::report(std::string target, std::size_t limit) {
    return writer_.run<EffectReport>([target = std::move(target), limit](Store& store) {
        return read_report(store, target, limit);
    });
}

}  // namespace apilab::work
