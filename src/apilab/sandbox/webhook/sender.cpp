#include "apilab/sandbox/webhook/sender.hpp"

#include <array>
#include <memory>

#include "apilab/runtime/task_group.hpp"
#include "apilab/sandbox/webhook/plan.hpp"

namespace apilab::sandbox::webhook {

using runtime::Task;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

constexpr Duration github_patience = seconds(10);
constexpr Duration slack_patience = seconds(3);
constexpr std::array<Duration, 3> slack_schedule{milliseconds(500), minutes(1), minutes(5)};

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

// Slack's words for what went wrong.
std::string reason_of(const Result<http::Response>& answer) {
    if (answer) {
        return "http_error";
    }
    return answer.error().kind() == ErrorKind::timeout ? "http_timeout" : "connection_failed";
}

Task<void> deliver(std::shared_ptr<const Sender> sender, Delivery delivery) {
    auto& scheduler = sender->sandbox.scheduler();
    const bool slack = sender->webhooks.from == "slack";
    const bool again = slack && delivery.truth == Truth::genuine;
    const std::uint64_t attempts = again ? slack_schedule.size() + 1 : 1;
    Attempt attempt;
    while (true) {
        attempt.reason = attempt.number > 1 ? attempt.reason : "";
        if (delivery.lost && attempt.number == 1) {
            lose(*sender, delivery, attempt);
            attempt.reason = "connection_failed";
        } else {
            auto request = make_request(sender->webhooks, delivery, attempt, sender->seed,
                                        scheduler.system_now(), sender->base);
            const auto answer = co_await sender->sandbox.call_out(
                sender->way, std::move(request), slack ? slack_patience : github_patience,
                row_of(*sender, delivery, attempt));
            if (answer && (answer->ok() || answer->headers().value("x-slack-no-retry") == "1")) {
                co_return;
            }
            attempt.reason = reason_of(answer);
        }
        if (attempt.number == attempts ||
            !co_await scheduler.sleep_for(slack_schedule[attempt.number - 1])) {
            co_return;
        }
        ++attempt.number;
    }
}

}  // namespace

Task<void> play(Sandbox& sandbox, transport::Transport& way, http::Url base, Webhooks webhooks) {
    auto& scheduler = sandbox.scheduler();
    const SteadyTime begin = scheduler.now() + webhooks.after;
    const auto seed = sandbox.run().seed;
    auto plan = plan_deliveries(webhooks, seed, scheduler.system_now() + webhooks.after);
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
