// The senders of the sandbox with everything that they do wrong: whatever is genuine is stored
// once, byte by byte, and nothing else is.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "apilab/sandbox/credentials.hpp"
#include "apilab/sandbox/webhook/plan.hpp"
#include "apilab/sandbox/webhook/sign.hpp"
#include "webhook_rig.hpp"

namespace apilab {
namespace {

using sandbox::Webhooks;
using sandbox::webhook::Delivery;
using sandbox::webhook::Truth;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::uint64_t seed = 7;

// Every way of being wrong, some of each.
Webhooks everything(std::string from) {
    constexpr std::uint64_t events = 40;
    constexpr std::uint64_t some = 6;
    Webhooks hooks;
    hooks.path = "/webhooks/" + from;
    hooks.from = std::move(from);
    hooks.events = events;
    for (auto* places : {&hooks.odd, &hooks.duplicate, &hooks.twin, &hooks.altered, &hooks.forged,
                         &hooks.without_signature, &hooks.reorder, &hooks.unknown}) {
        places->count = some;
    }
    hooks.huge.count = 1;
    if (hooks.from != "github" && hooks.from != "notion") {  // these sign no time
        hooks.stale.count = some;
        hooks.future.count = some;
    }
    if (hooks.from == "stripe" || hooks.from == "standard") {
        hooks.retired.count = some;
        hooks.rotate = events / 2;
    }
    return hooks;
}

work::ReceiverEndpoint endpoint(const Webhooks& hooks) {
    work::ReceiverEndpoint made{.path = hooks.path, .sender = hooks.from};
    if (hooks.signs == "v1a") {
        made.sender = "standard_ed25519";
        made.secrets.emplace_back(
            sandbox::webhook::standard_public_key(sandbox::webhook_private_key(seed)));
    } else {
        made.secrets.emplace_back(sandbox::webhook_secret(seed, hooks.from));
    }
    return made;
}

bool counts(const Delivery& delivery) {
    return delivery.truth == Truth::genuine && !delivery.handshake();
}

// Everything that one sender plans, all at once: each genuine body is in the store by its id.
void deliver_all(const Webhooks& hooks) {
    WebhookRig rig({.endpoints = {endpoint(hooks)}, .receiver = {}, .writer = {}, .server = {}});
    const SystemTime now = std::chrono::system_clock::now();
    const auto plan = sandbox::webhook::plan_deliveries(hooks, seed, now);
    std::vector<http::Request> requests;
    std::map<std::string, std::string> bodies;
    for (const Delivery& delivery : plan) {
        requests.push_back(
            sandbox::webhook::make_request(hooks, delivery, {}, seed, now, rig.base()));
        if (counts(delivery)) {
            bodies[delivery.event] = requests.back().body();
        }
    }
    const auto answers = rig.send(requests);
    std::size_t genuine = 0;
    for (std::size_t i = 0; i < plan.size(); ++i) {
        const auto& delivery = plan[i];
        if (delivery.handshake()) {
            const bool notion = delivery.type == "verification_token";
            EXPECT_EQ(answers[i].status, notion ? 401 : 200) << "its secret is known already";
            EXPECT_NE(answers[i].body.find(delivery.challenge), std::string::npos);
        } else {
            genuine += delivery.truth == Truth::genuine ? 1U : 0U;
            EXPECT_EQ(answers[i].status, delivery.truth == Truth::genuine ? 200 : 401)
                << to_string(delivery.truth) << " " << delivery.copy << " " << answers[i].body;
        }
    }
    const auto events = rig.events();
    EXPECT_THAT(events, SizeIs(bodies.size()));
    for (const auto& event : events) {
        const auto found = bodies.find(event.event.sender_id);
        ASSERT_NE(found, bodies.end()) << event.event.sender_id << " " << event.event.type;
        EXPECT_TRUE(event.event.body == found->second) << "byte by byte";
        EXPECT_GT(event.job, 0);
    }
    EXPECT_EQ(rig.counts().available, static_cast<std::int64_t>(bodies.size()));
    EXPECT_THAT(rig.quarantined(), IsEmpty());
    const auto stats = rig.receiver().stats();
    EXPECT_EQ(stats.stored, bodies.size());
    EXPECT_EQ(stats.stored + stats.duplicates, genuine);
    EXPECT_EQ(stats.requests, requests.size());
}

TEST(SandboxSenders, of_github_every_genuine_event_is_stored_once_and_no_other) {
    deliver_all(everything("github"));
}
TEST(SandboxSenders, of_slack_every_genuine_event_is_stored_once_and_no_other) {
    deliver_all(everything("slack"));
}
TEST(SandboxSenders, of_stripe_every_genuine_event_is_stored_once_and_no_other) {
    deliver_all(everything("stripe"));
}
TEST(SandboxSenders, of_notion_every_genuine_event_is_stored_once_and_no_other) {
    deliver_all(everything("notion"));
}
TEST(SandboxSenders, of_standard_webhooks_every_genuine_event_is_stored_once_and_no_other) {
    for (const char* signs : {"v1", "v1a", "both"}) {
        auto hooks = everything("standard");
        hooks.signs = signs;
        deliver_all(hooks);
    }
}

TEST(SandboxSenders, an_attempt_of_notion_with_another_number_is_the_same_event) {
    const auto hooks = everything("notion");
    WebhookRig rig({.endpoints = {endpoint(hooks)}, .receiver = {}, .writer = {}, .server = {}});
    const SystemTime now = std::chrono::system_clock::now();
    const auto plan = sandbox::webhook::plan_deliveries(hooks, seed, now);
    const Delivery& first = plan[1];
    ASSERT_TRUE(counts(first));
    for (const std::uint64_t attempt : {1, 2, 3}) {
        EXPECT_EQ(rig.send({sandbox::webhook::make_request(hooks, first, {.number = attempt}, seed,
                                                           now, rig.base())})[0]
                      .status,
                  200);
    }
    EXPECT_THAT(rig.events(), SizeIs(1));
    EXPECT_THAT(rig.quarantined(), IsEmpty());
    EXPECT_EQ(rig.receiver().stats().duplicates, 2);
}

TEST(SandboxSenders, notion_hands_over_its_token_and_signs_with_it_from_then_on) {
    Webhooks hooks;
    hooks.from = "notion";
    hooks.path = "/webhooks/notion";
    hooks.events = 3;
    std::string kept;
    WebhookRig rig({.endpoints = {{.sender = "notion",
                                   .keep_token =
                                       [&](const Secret& token) {
                                           kept = token.reveal();
                                           return true;
                                       }}},
                    .receiver = {},
                    .writer = {},
                    .server = {}});
    const SystemTime now = std::chrono::system_clock::now();
    for (const auto& delivery : sandbox::webhook::plan_deliveries(hooks, seed, now)) {
        const auto request =
            sandbox::webhook::make_request(hooks, delivery, {}, seed, now, rig.base());
        EXPECT_EQ(rig.send({request})[0].status, 200) << delivery.type;
    }
    EXPECT_EQ(kept, sandbox::webhook_secret(seed, "notion"));
    EXPECT_THAT(rig.events(), SizeIs(3));
}

TEST(SandboxSenders, a_body_of_github_caught_and_sent_under_another_id_runs_nothing) {
    auto hooks = everything("github");
    std::vector<work::ReceiverAlarm::What> alarms;
    WebhookRig rig(
        {.endpoints = {endpoint(hooks)},
         .receiver = {.on_alarm = [&](const auto& alarm) { alarms.push_back(alarm.what); }},
         .writer = {},
         .server = {}});
    const SystemTime now = std::chrono::system_clock::now();
    const auto plan = sandbox::webhook::plan_deliveries(hooks, seed, now);
    auto caught = sandbox::webhook::make_request(hooks, plan[1], {}, seed, now, rig.base());
    EXPECT_EQ(rig.send({caught})[0].status, 200);
    caught.header("x-github-delivery", "11111111-2222-3333-4444-555555555555");
    const auto answer = rig.send({caught})[0];
    EXPECT_EQ(answer.status, 200);
    EXPECT_THAT(answer.body, IsEmpty()) << "who replays learns nothing";
    EXPECT_THAT(rig.events(), SizeIs(1));
    EXPECT_THAT(rig.quarantined(), SizeIs(1));
    EXPECT_THAT(alarms, testing::ElementsAre(work::ReceiverAlarm::What::replayed));
}

}  // namespace
}  // namespace apilab
