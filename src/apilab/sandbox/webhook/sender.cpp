#include "apilab/sandbox/webhook/sender.hpp"

#include <array>
#include <memory>
#include <utility>

#include "apilab/runtime/task_group.hpp"
#include "apilab/sandbox/internal/call_out.hpp"
#include "apilab/sandbox/webhook/dialect.hpp"
#include "apilab/sandbox/webhook/plan.hpp"

namespace apilab::sandbox::webhook {

using runtime::Task;

namespace {

// One sender at work; shared by its deliveries.
struct Sender {
    Sandbox& sandbox;
    transport::Transport& way;
    http::Url base;
    Webhooks webhooks;
    std::uint64_t seed;
};

Outbound row_of(const Sender& sender, const Delivery& delivery, const Attempt& attempt) {
    Outbound row{.from = sender.webhooks.from};
    row.facts = {{"event", delivery.event},
                 {"truth", std::string(to_string(delivery.truth))},
                 {"copy", delivery.copy},
                 {"attempt", std::to_string(attempt.number)},
                 {"type", delivery.type}};
    if (delivery.odd) {
        row.facts.emplace("odd", "yes");
    }
    const std::array<std::pair<std::string_view, bool>, 7> flags{{{"slow", delivery.slow},
                                                                  {"huge", delivery.huge},
                                                                  {"quiet", delivery.quiet},
                                                                  {"late", delivery.late},
                                                                  {"both", delivery.both},
                                                                  {"own", delivery.own},
                                                                  {"lure", delivery.lure}}};
    for (const auto& [name, set] : flags) {
        if (set) {
            row.facts.emplace(name, "yes");
        }
    }
    if (!delivery.object.empty()) {
        row.facts.emplace("object", delivery.object);
        row.facts.emplace("order", std::to_string(delivery.order));
        row.facts.emplace("version", delivery.version);
    }
    // A forged one says the same, but nothing is to come of it.
    if (!delivery.ts.empty() && delivery.truth == Truth::genuine) {
        row.facts.emplace("ts", delivery.ts);
        row.facts.emplace("words", delivery.words);
    }
    if (!delivery.challenge.empty()) {
        row.facts.emplace("challenge", delivery.challenge);
    }
    return row;
}

// It left, and nobody ever saw it.
void lose(const Sender& sender, const Delivery& delivery, const Attempt& attempt) {
    Outbound row = row_of(sender, delivery, attempt);
    row.method = "POST";
    row.path = sender.webhooks.path;
    row.error = "lost on its way";
    row.facts.emplace("lost", "yes");
    sender.sandbox.note_outbound(std::move(row));
}

Task<Result<http::Response>> attempt_once(std::shared_ptr<const Sender> sender, Delivery delivery,
                                          Attempt attempt) {
    auto& scheduler = sender->sandbox.scheduler();
    auto request = make_request(sender->webhooks, delivery, attempt, sender->seed,
                                scheduler.system_now(), sender->base);
    std::shared_ptr<runtime::BodySource> upload;
    if (delivery.slow) {
        upload = internal::dripping(scheduler, request.body());
        request.body("");
    }
    const auto* dialect = find_dialect(sender->webhooks.from);
    return sender->sandbox.call_out(sender->way, std::move(request), dialect->patience,
                                    row_of(*sender, delivery, attempt), std::move(upload));
}

Task<void> deliver(std::shared_ptr<const Sender> sender, Delivery delivery) {
    auto& scheduler = sender->sandbox.scheduler();
    const auto* dialect = find_dialect(sender->webhooks.from);
    const bool again =
        delivery.truth == Truth::genuine && !delivery.handshake() && delivery.copy != "redelivery";
    Attempt attempt;
    while (true) {
        Result<http::Response> answer = fail(ErrorKind::connect, "lost on its way");
        if (delivery.lost && attempt.number == 1) {
            lose(*sender, delivery, attempt);
        } else {
            answer = co_await attempt_once(sender, delivery, attempt);
        }
        const auto wait = next_wait(*dialect, attempt.number, sender->webhooks.test, answer);
        if (!again || !wait || attempt.number == delivery.attempts ||
            !co_await scheduler.sleep_for(*wait)) {
            co_return;
        }
        ++attempt.number;
        attempt.reason = reason_of(answer);
    }
}

}  // namespace

Task<void> play(Sandbox& sandbox, transport::Transport& way, http::Url base, Webhooks webhooks) {
    auto& scheduler = sandbox.scheduler();
    const SteadyTime begin = scheduler.now() + webhooks.after;
    const auto seed = sandbox.run().seed;
    auto plan = plan_deliveries(webhooks, seed, scheduler.system_now() + webhooks.after,
                                sandbox.foreign_origin());
    const auto sender = std::make_shared<const Sender>(
        Sender{sandbox, way, std::move(base), std::move(webhooks), seed});
    runtime::TaskGroup under_way(scheduler);
    for (Delivery& delivery : plan) {
        // Twins are spawned without a pause between them.
        const SteadyTime due = begin + delivery.at;
        if (due > scheduler.now() && !co_await scheduler.sleep_until(due)) {
            break;
        }
        under_way.spawn(deliver(sender, std::move(delivery)));
    }
    co_await under_way.join_or_cancel();
}

}  // namespace apilab::sandbox::webhook
