#include "senders.hpp"

#include <memory>

#include "apilab/runtime/task_group.hpp"
#include "apilab/sandbox/webhook/sign.hpp"
#include "apilab/transport/send.hpp"

namespace apilab::rolls {

using runtime::Task;
namespace webhook = sandbox::webhook;

namespace {

using namespace std::chrono_literals;

std::string body_of(const Sender& sender, const std::string& id) {
    if (sender.name == "github") {
        return R"({"zen":"Keep it logically awesome.","hook_id":1,"note":")" + id + R"("})";
    }
    if (sender.name == "slack") {
        return R"({"type":"event_callback","team_id":"T1","api_app_id":"A1","event_id":")" + id +
               R"(","event_time":1700000000,"event":{"type":"app_home_opened","user":"U1"}})";
    }
    if (sender.name == "stripe") {
        return R"({"id":")" + id +
               R"(","object":"event","type":"invoice.paid","created":1700000000,"data":{"object":{}}})";
    }
    return R"({"type":"package.published","timestamp":"2026-01-01T00:00:00Z","data":{"id":")" + id +
           R"("}})";
}

http::Request signed_request(const Sender& sender, const http::Url& receiver, const std::string& id,
                             SystemTime now) {
    auto body = body_of(sender, id);
    const auto stamp =
        std::to_string(std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count());
    auto request = http::Request::post(receiver.with("/webhooks/" + sender.name), body);
    if (sender.name == "github") {
        request.header("x-github-event", "watch");
        request.header("x-github-delivery", id);
        request.header("x-hub-signature-256", webhook::github_signature(sender.secret, body));
    } else if (sender.name == "slack") {
        request.header("x-slack-request-timestamp", stamp);
        request.header("x-slack-signature", webhook::slack_signature(sender.secret, stamp, body));
    } else if (sender.name == "stripe") {
        request.header(
            "stripe-signature",
            "t=" + stamp + ",v1=" + webhook::stripe_signature(sender.secret, stamp, body));
    } else {
        request.header("webhook-id", id);
        request.header("webhook-timestamp", stamp);
        request.header("webhook-signature",
                       webhook::standard_signature(sender.secret, id, stamp, body).value_or(""));
    }
    return request;
}

Task<bool> attempt(runtime::Scheduler& scheduler, transport::Transport& way, http::Url receiver,
                   Sender sender, std::string id) {
    transport::SendOptions options;
    options.timeouts.attempt = 5s;
    const auto answer = co_await transport::send(
        way, signed_request(sender, receiver, id, scheduler.system_now()), options);
    co_return answer && answer->ok();
}

Task<void> send_one(runtime::Scheduler& scheduler, transport::Transport& way, http::Url receiver,
                    Sender sender, std::string id, std::shared_ptr<Sent> sent) {
    auto waits = sender.table;
    for (std::size_t i = 0;; ++i) {
        ++sent->attempts;
        if (co_await attempt(scheduler, way, receiver, sender, id)) {
            sent->acknowledged.insert(id);
            co_return;
        }
        ++sent->refused;
        if (i >= waits.size()) {
            sent->given_up.insert(id);
            co_return;
        }
        (void)co_await scheduler.sleep_for(waits[i]);
    }
}

}  // namespace

std::vector<Sender> all_senders() {
    return {{"github", "github-secret-of-the-rolls", {}},
            {"slack", "slack-secret-of-the-rolls", {0s, 2s, 5s}},
            {"stripe", "whsec_stripe-secret-of-the-rolls", {1s, 2s, 4s, 8s}},
            {"standard",
             // In two, so that no formatter parts it from its mark.
             "whsec_c3RhbmRhcmQtc2VjcmV0"  // gitleaks:allow
             "LW9mLXRoZS1yb2xscw==",
             {1s, 2s, 4s, 8s}}};
}

Task<Sent> send_events(runtime::Scheduler& scheduler, transport::Transport& way, http::Url receiver,
                       Sender sender, int count, Duration apart) {
    const auto sent = std::make_shared<Sent>();
    runtime::TaskGroup events(scheduler);
    for (int i = 0; i < count; ++i) {
        events.spawn(send_one(scheduler, way, receiver, sender,
                              "evt_" + sender.name + "_" + std::to_string(i), sent));
        (void)co_await scheduler.sleep_for(apart);
    }
    co_await events.join();
    co_return std::move(*sent);
}

Task<bool> redeliver(runtime::Scheduler& scheduler, transport::Transport& way, http::Url receiver,
                     Sender sender, std::string id) {
    co_return co_await attempt(scheduler, way, std::move(receiver), std::move(sender),
                               std::move(id));
}

}  // namespace apilab::rolls
