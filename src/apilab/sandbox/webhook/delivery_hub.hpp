#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/result.hpp"
#include "apilab/runtime/scheduler.hpp"
#include "apilab/runtime/task.hpp"
#include "apilab/sandbox/fault.hpp"
#include "apilab/sandbox/journal.hpp"
#include "apilab/sandbox/webhook/hub.hpp"
#include "apilab/transport/transport.hpp"

namespace apilab::sandbox::webhook {

/// What goes wrong on the sender's side of one delivery, by the names of the fault `webhook`:
/// `duplicate` (the same once more, 2 s later), `reorder` (held back for 2 s, so that what comes
/// next comes first), `slow` (the body takes 2 s), `huge` (5 MiB more); and beside the genuine one,
/// with an id of its own, `forge`, `unsigned`, `altered`, `stale`, `future`. The last two only
/// where a date is signed; elsewhere nothing goes wrong.
[[nodiscard]] bool is_mischief(std::string_view name);
/// `duplicate, reorder, ...`, for messages.
[[nodiscard]] std::string mischief_names();
/// The name of what a fault does to deliveries; empty for none.
[[nodiscard]] std::string_view name_of(WebhookFault fault);

struct HubOptions {
    /// Deliver to hosts that are not this machine. Default: the sandbox calls nobody else.
    bool anywhere = false;
    std::uint64_t seed = 1;
    /// Asked before each event is delivered: what goes wrong (`is_mischief`), or empty.
    std::function<std::string(const Event& event)> mischief = nullptr;
};

/// The hub of a sandbox: delivers over `way`, as each sender does it, with the sender's own
/// signatures, patience and schedule (`dialects()`), and keeps what came of it.
///
/// A delivery leaves 50 ms after `emit`, when the answer under way has left. Slack asks a new
/// subscriber for its challenge and Notion sends it its verification token (the subscription's
/// secret; made up where there is none); who does not give the challenge back is no longer active.
/// Where a subscription's secret is changed, Stripe and Standard Webhooks sign with both for a day.
/// A 410 switches a subscription of Standard Webhooks off. Slack's events are wrapped, and their
/// ids put in; Stripe and Notion bring theirs in the body.
///
/// Limits: 100 subscriptions; the newest 1000 deliveries and at most 64 MiB of their bodies; 1000
/// deliveries under way (more are noted as not sent). Every attempt is an outbound row of the
/// journal with the facts of `play`, and `via` = `hub`.
///
///     sandbox->hub().deliver_over(&way);
///     auto id = sandbox->hub().subscribe({.from = "github", .url = "http://127.0.0.1:8080/hook",
///                                         .secret = Secret("..."), .events = {"issues"}});
///
/// Belongs to the scheduler's thread. Its destructor cancels what is under way.
class DeliveryHub final : public Hub {
public:
    DeliveryHub(runtime::Scheduler& scheduler, std::shared_ptr<Journal> journal);
    ~DeliveryHub() override;

    /// Forgets subscriptions and deliveries, cancels what is under way, and begins anew.
    void reset(HubOptions options);
    /// The next delivery has this number, and each after it the next but one: to see what becomes
    /// of numbers that a double does not hold. Until `reset`.
    void number_from(std::uint64_t first);
    /// How programs are reached; null: nobody is. Outlives this and what is under way.
    void deliver_over(transport::Transport* way);
    /// Cancels what is under way and waits for its end.
    [[nodiscard]] runtime::Task<void> stop();
    /// Waits until nothing is under way, repetitions included: under real time up to days.
    [[nodiscard]] runtime::Task<void> settled();

    [[nodiscard]] Result<std::string> subscribe(Subscription subscription) override;
    [[nodiscard]] Result<void> change(Subscription subscription) override;
    bool unsubscribe(std::string_view id) override;
    [[nodiscard]] std::optional<Subscription> find(std::string_view id) const override;
    [[nodiscard]] std::vector<Subscription> subscriptions(std::string_view from,
                                                          std::string_view scope) const override;
    void emit(Event event) override;
    void emit_to(std::string_view subscription, Event event) override;
    [[nodiscard]] std::vector<DeliveryRecord> deliveries(
        std::string_view subscription) const override;
    [[nodiscard]] std::optional<DeliveryRecord> delivery(std::string_view id) const override;
    bool redeliver(std::string_view delivery) override;

    /// Sends an event to somebody who has not subscribed, now; `what` goes wrong (empty: nothing).
    /// An event without a body gets one of the made-up world's. Returns the delivery's guid. Errors
    /// as of `subscribe`, and detail `/what`.
    [[nodiscard]] Result<std::string> trigger(Subscription to, Event event, std::string_view what);

private:
    struct Core;
    std::shared_ptr<Core> core_;
};

}  // namespace apilab::sandbox::webhook
