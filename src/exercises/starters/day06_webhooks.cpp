// Day 6: webhooks, believed when they are genuine and worked once
//
// Situation  Slack calls us: some events come twice, some are lost and sent again. Others forge,
//            alter, do not sign, or play back. The work takes 4 s, and Slack waits for 3.
// Yours      Who is believed; one effect for one event; the answer before the work.
// Check      ./lab learn check day06_webhooks
// Stuck      ./lab learn hint day06_webhooks

#include <set>
#include "apilab/http/json.hpp"
#include "apilab/runtime/task_group.hpp"
#include "apilab/work/hmac.hpp"
#include "exercise.hpp"

namespace {
using namespace apilab;
using namespace exercise;

// TODO: believe Slack only. The signature stands in the header x-slack-signature: "v0=" and the
// HMAC-SHA256 (work::hmac_sha256_hex) of "v0:", the header x-slack-request-timestamp, ":" and the
// body, under secret_of(lab, "APILAB_SLACK_SIGNING_SECRET"). Which body: the one that came, or what
// it means? How are two signatures compared (work::equal_in_constant_time)? The timestamp is in
// seconds since 1970 (lab.system_now().time_since_epoch()): how old may it be, and how far ahead?
bool is_genuine(Lab& lab, const Request& request) {
    (void)lab;
    return request.headers().contains("x-slack-signature");
}

struct Endpoint final : runtime::Service {
    explicit Endpoint(Lab& its_lab) : lab(its_lab) {}

    Task<Result<Response>> call(Request request, runtime::CallContext) override {
        if (!is_genuine(lab, request)) {
            co_return Response(401);
        }
        const auto event = http::JsonDocument::parse(request.body());
        if (const auto challenge = event->root()["challenge"].string()) {
            co_return Response(200, std::string(*challenge));  // Slack asks whether we are there
        }
        const std::string id(event->root()["event_id"].string_or(""));
        // TODO: one event, one effect, however often it comes; two copies may come in the same
        // instant. And Slack waits for three seconds: what may happen before the answer, what
        // after it (jobs.spawn)?
        co_await work_on(id);
        co_return Response(200);
    }
    Task<void> work_on(std::string id) { (void)co_await have_effect(lab, std::move(id)); }

    Lab& lab;
    runtime::TaskGroup jobs{lab.scheduler()};
};

Task<void> receive(Lab& lab) {
    Endpoint endpoint(lab);
    co_await lab.meet_the_world(endpoint);
    co_await endpoint.jobs.join();
}
}  // namespace

int main(int argc, char** argv) {
    return exercise::run({.name = "day06_webhooks",
                          .story = "Slack delivers 40 events, and somebody pretends to be Slack",
                          .scenario = "day06-webhooks",
                          .deadline = std::chrono::seconds(30),
                          .production = receive,
                          .numbers = {"events", "effects", "forged applied", "doubled", "lost"},
                          .next = "day06_dedupe"},
                         argc, argv);
}
