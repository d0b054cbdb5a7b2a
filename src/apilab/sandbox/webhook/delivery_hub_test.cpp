#include "apilab/sandbox/webhook/delivery_hub.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apilab/http/json.hpp"
#include "apilab/runtime/virtual_scheduler.hpp"
#include "apilab/sandbox/effects/provider.hpp"
#include "apilab/sandbox/sandbox.hpp"
#include "apilab/sandbox/webhook/sign.hpp"
#include "apilab/transport/loopback_transport.hpp"

namespace apilab::sandbox::webhook {
namespace {

using namespace std::chrono_literals;
using runtime::Task;

// Answers with what stands first in `answers`, and with 200 when there is nothing left.
class Program final : public runtime::Service {
public:
    Task<Result<http::Response>> call(http::Request request, runtime::CallContext) override {
        seen.push_back(std::move(request));
        if (answers.empty()) {
            co_return http::Response(200, echo);
        }
        auto answer = std::move(answers.front());
        answers.erase(answers.begin());
        co_return answer;
    }
    std::vector<http::Response> answers;
    std::string echo;
    std::vector<http::Request> seen;
};

struct HubTest : testing::Test {
    runtime::VirtualScheduler scheduler;
    Program program;
    transport::LoopbackTransport way{scheduler, program};
    std::unique_ptr<Sandbox> sandbox = *Sandbox::make(scheduler, {});
    DeliveryHub& hub = sandbox->hub();
    std::string secret = "s3cr3t-é";

    HubTest() { hub.deliver_over(&way); }
    void settle() { runtime::run(scheduler, hub.settled()); }
    [[nodiscard]] Subscription to(const std::string& from,
                                  std::vector<std::string> events = {"*"}) {
        return {.from = from,
                .url = "http://127.0.0.1:8080/hook",
                .secret = Secret(secret),
                .events = std::move(events)};
    }
    [[nodiscard]] std::string_view header(std::size_t i, std::string_view name) const {
        return program.seen.at(i).headers().value(name);
    }
    static Event issue(std::string body = R"({"action":"opened"})") {
        return {.from = "github",
                .type = "issues",
                .action = "opened",
                .scope = "octo/hello",
                .body = std::move(body)};
    }
};

TEST_F(HubTest, an_event_reaches_who_subscribed_to_it_signed_with_their_secret) {
    auto hello = to("github", {"issues"});
    hello.scope = "octo/hello";
    auto other = to("github", {"issues"});
    other.scope = "octo/other";
    ASSERT_TRUE(hub.subscribe(hello));
    ASSERT_TRUE(hub.subscribe(other));
    ASSERT_TRUE(hub.subscribe(to("github", {"push"})));
    ASSERT_TRUE(hub.subscribe(to("github", {}))) << "push alone";
    hub.emit(issue());
    settle();
    ASSERT_EQ(program.seen.size(), 1);
    EXPECT_EQ(header(0, "x-github-event"), "issues");
    EXPECT_EQ(header(0, "x-github-hook-id"), "1");
    EXPECT_EQ(header(0, "x-hub-signature-256"), github_signature(secret, program.seen[0].body()));
    EXPECT_EQ(header(0, "x-github-delivery").size(), 36);
}

TEST_F(HubTest, a_delivery_leaves_after_the_answer_under_way) {
    ASSERT_TRUE(hub.subscribe(to("github")));
    hub.emit(issue());
    EXPECT_TRUE(program.seen.empty());
    settle();
    EXPECT_EQ(program.seen.size(), 1);
    EXPECT_GT(scheduler.now().time_since_epoch(), 0ns);
}

TEST_F(HubTest, a_delivery_is_kept_with_its_answer_and_can_be_made_again) {
    const auto id = *hub.subscribe(to("github"));
    program.answers.emplace_back(500, "broken");
    hub.emit(issue());
    settle();
    ASSERT_EQ(hub.deliveries(id).size(), 1) << "GitHub does not try again by itself";
    const auto first = hub.deliveries(id).front();
    EXPECT_EQ(first.status, 500);
    EXPECT_EQ(first.response_body, "broken");
    EXPECT_EQ(first.event, "issues");
    EXPECT_EQ(first.action, "opened");
    EXPECT_FALSE(first.redelivery);
    EXPECT_TRUE(hub.redeliver(first.id));
    EXPECT_FALSE(hub.redeliver("77"));
    settle();
    const auto again = hub.deliveries("").front();
    EXPECT_TRUE(again.redelivery);
    EXPECT_EQ(again.status, 200);
    EXPECT_EQ(again.guid, first.guid);
    EXPECT_EQ(program.seen[1].body(), program.seen[0].body());
}

TEST_F(HubTest, numbers_of_deliveries_may_be_such_as_no_double_holds) {
    const auto id = *hub.subscribe(to("github"));
    hub.number_from(9'007'199'254'740'993);
    hub.emit(issue());
    hub.emit(issue());
    settle();
    ASSERT_EQ(hub.deliveries(id).size(), 2);
    EXPECT_EQ(hub.deliveries(id).back().id, "9007199254740993");
    EXPECT_EQ(hub.deliveries(id).front().id, "9007199254740995");
    EXPECT_TRUE(hub.redeliver("9007199254740995"));
    EXPECT_FALSE(hub.redeliver("9007199254740994"));
}

TEST_F(HubTest, what_cannot_be_delivered_to_is_refused_by_its_field) {
    const auto refused = [&](Subscription subscription) {
        const auto made = hub.subscribe(std::move(subscription));
        return made ? "accepted" : made.error().detail();
    };
    auto far = to("github");
    far.url = "http://example.com/hook";
    EXPECT_EQ(refused(far), "/url");
    far.url = "ftp://127.0.0.1/";
    EXPECT_EQ(refused(far), "/url");
    far.url = "http://me:pw@127.0.0.1/";
    EXPECT_EQ(refused(far), "/url");
    far.url = "http://127.0.0.1.example.com/";
    EXPECT_EQ(refused(far), "/url");
    EXPECT_EQ(refused(to("gitlab")), "/from");
    EXPECT_EQ(refused(to("standard")), "/secret") << "no base64";
    EXPECT_EQ(refused(to("github", {""})), "/events");
    for (int i = 0; i < 100; ++i) {
        ASSERT_TRUE(hub.subscribe(to("github")));
    }
    EXPECT_FALSE(hub.subscribe(to("github"))) << "a hundred are enough";
}

TEST_F(HubTest, other_machines_are_called_only_where_that_was_said) {
    hub.reset({.anywhere = true});
    auto far = to("github");
    far.url = "http://example.com/hook";
    EXPECT_TRUE(hub.subscribe(far));
}

TEST_F(HubTest, slack_asks_for_its_challenge_and_leaves_who_does_not_give_it_back) {
    const auto id = *hub.subscribe(to("slack"));
    settle();
    const auto asked = http::JsonDocument::parse(program.seen.at(0).body());
    EXPECT_EQ(asked->root()["type"].string_or(""), "url_verification");
    EXPECT_FALSE(hub.find(id)->active);
    hub.emit({.from = "slack", .type = "message", .body = "{}"});
    settle();
    EXPECT_EQ(program.seen.size(), 1);

    program.echo = std::string(asked->root()["challenge"].string_or(""));
    const auto other = *hub.subscribe(to("slack"));
    program.answers.emplace_back(200, "not the challenge");
    program.answers.clear();
    settle();
    EXPECT_FALSE(hub.find(other)->active) << "another challenge each time";
}

TEST_F(HubTest, slacks_events_are_wrapped_and_sent_again_on_its_schedule) {
    program.answers.emplace_back(200,
                                 "");  // not the challenge, but the hook is switched on by hand
    const auto id = *hub.subscribe(to("slack"));
    settle();
    auto again = *hub.find(id);
    again.active = true;
    ASSERT_TRUE(hub.change(again));
    for (int i = 0; i < 9; ++i) {
        program.answers.emplace_back(500);
    }
    hub.emit(
        {.from = "slack", .type = "message", .body = R"({"type":"message","event_ts":"1.0"})"});
    settle();
    ASSERT_EQ(program.seen.size(), 5) << "the handshake, the first attempt, three more";
    const auto body = http::JsonDocument::parse(program.seen[4].body());
    EXPECT_EQ(body->root()["type"].string_or(""), "event_callback");
    EXPECT_EQ(body->root()["event"]["type"].string_or(""), "message");
    EXPECT_TRUE(body->root()["event_id"].string_or("").starts_with("Ev"));
    EXPECT_EQ(header(4, "x-slack-retry-num"), "3");
    EXPECT_EQ(hub.deliveries(id).size(), 5);
    EXPECT_EQ(program.seen[4].body(), program.seen[1].body());
}

TEST_F(HubTest, notion_sends_its_token_unsigned_and_signs_with_it) {
    auto notion = to("notion");
    notion.secret = Secret();
    const auto id = *hub.subscribe(notion);
    hub.emit({.from = "notion",
              .type = "page.created",
              .body = R"({"id":"e-1","type":"page.created","attempt_number":1})"});
    program.answers.emplace_back(200);
    program.answers.emplace_back(503);
    settle();
    ASSERT_EQ(program.seen.size(), 3);
    EXPECT_FALSE(program.seen[0].headers().contains("x-notion-signature"));
    const auto token = http::JsonDocument::parse(program.seen[0].body());
    const std::string given(token->root()["verification_token"].string_or(""));
    EXPECT_EQ(given, hub.find(id)->secret.reveal());
    EXPECT_EQ(header(2, "x-notion-signature"), notion_signature(given, program.seen[2].body()));
    EXPECT_TRUE(program.seen[2].body().contains(R"("attempt_number":2)"));
    EXPECT_EQ(hub.deliveries(id).front().guid, "e-1");
}

TEST_F(HubTest, a_changed_secret_signs_beside_the_old_one_for_a_day_where_the_sender_does_so) {
    auto stripe = to("stripe");
    stripe.id = *hub.subscribe(stripe);
    stripe.secret = Secret("whsec_new");
    ASSERT_TRUE(hub.change(stripe));
    const Event paid{.from = "stripe", .type = "invoice.paid", .body = R"({"id":"evt_1"})"};
    hub.emit(paid);
    settle();
    const std::string both(header(0, "stripe-signature"));
    const auto stamp = both.substr(2, both.find(',') - 2);
    const auto& body = program.seen[0].body();
    EXPECT_EQ(both, "t=" + stamp + ",v1=" + stripe_signature(secret, stamp, body) +
                        ",v1=" + stripe_signature("whsec_new", stamp, body));
    runtime::run(scheduler, [](runtime::VirtualScheduler& its) -> Task<void> {
        (void)co_await its.sleep_for(25h);
    }(scheduler));
    hub.emit(paid);
    settle();
    EXPECT_EQ(std::string(header(1, "stripe-signature")).find("v1=", 20 + 64), std::string::npos);
}

TEST_F(HubTest, gone_switches_a_standard_webhook_off) {
    auto standard = to("standard");
    standard.secret = Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    const auto id = *hub.subscribe(standard);
    program.answers.emplace_back(410);
    const Event event{.from = "standard", .type = "order.shipped", .body = "{}"};
    hub.emit(event);
    settle();
    EXPECT_FALSE(hub.find(id)->active);
    hub.emit(event);
    settle();
    EXPECT_EQ(program.seen.size(), 1);
    EXPECT_EQ(header(0, "webhook-signature"),
              standard_signature(standard.secret.reveal(), header(0, "webhook-id"),
                                 header(0, "webhook-timestamp"), "{}"));
}

TEST_F(HubTest, what_goes_wrong_goes_wrong_on_the_senders_side) {
    const auto sent = [&](const std::string& what, const std::string& from = "github") {
        hub.reset({.mischief = [what](const Event&) { return what; }});
        program.seen.clear();
        EXPECT_TRUE(hub.subscribe(to(from)));
        hub.emit({.from = from, .type = "issues", .body = R"({"id":"evt_1","a":"main"})"});
        settle();
        std::vector<bool> right;
        for (const auto& request : program.seen) {
            right.push_back(request.headers().value("x-hub-signature-256") ==
                            github_signature(secret, request.body()));
        }
        return right;
    };
    using testing::ElementsAre;
    EXPECT_THAT(sent(""), ElementsAre(true));
    EXPECT_THAT(sent("duplicate"), ElementsAre(true, true));
    EXPECT_EQ(header(0, "x-github-delivery"), header(1, "x-github-delivery"));
    EXPECT_THAT(sent("forge"), ElementsAre(false, true));
    EXPECT_NE(header(0, "x-github-delivery"), header(1, "x-github-delivery"));
    EXPECT_THAT(sent("unsigned"), ElementsAre(false, true));
    EXPECT_THAT(sent("altered"), ElementsAre(false, true));
    EXPECT_THAT(sent("stale"), ElementsAre(true)) << "GitHub signs no time";
    EXPECT_THAT(sent("slow"), ElementsAre(true)) << "and the body arrives whole";
    EXPECT_THAT(sent("huge"), ElementsAre(true));
    EXPECT_GT(program.seen[0].body().size(), 5U << 20U);
    (void)sent("stale", "stripe");
    ASSERT_EQ(program.seen.size(), 2);
    EXPECT_NE(header(0, "stripe-signature").substr(0, 12),
              header(1, "stripe-signature").substr(0, 12));
}

TEST(HubFaults, a_fault_on_deliveries_decides_what_goes_wrong) {
    runtime::VirtualScheduler scheduler;
    Program program;
    transport::LoopbackTransport way(scheduler, program);
    SandboxOptions options;
    options.scenario = *parse_scenario(
        "name = \"x\"\n[[fault]]\nwhere = \"*:*\"\nwhat = { webhook = \"duplicate\" }\n"
        "when = { nth = 2 }\n");
    options.providers.push_back(std::make_unique<effects::EffectsProvider>());
    auto made = Sandbox::make(scheduler, std::move(options));
    ASSERT_TRUE(made) << made.error().to_string();
    auto sandbox = *std::move(made);
    sandbox->hub().deliver_over(&way);
    ASSERT_TRUE(sandbox->hub().subscribe(
        {.from = "github", .url = "http://localhost/hook", .events = {"*"}}));
    for (int i = 0; i < 3; ++i) {
        sandbox->hub().emit({.from = "github", .type = "push", .body = "{}"});
    }
    runtime::run(scheduler, sandbox->hub().settled());
    EXPECT_EQ(program.seen.size(), 4);
    EXPECT_EQ(sandbox->faults().status(scheduler.now()).front().hits, 1);
}

TEST_F(HubTest, a_triggered_event_goes_to_who_never_subscribed) {
    for (const std::string from : {"github", "notion", "slack", "stripe", "standard"}) {
        program.seen.clear();
        auto target = to(from);
        target.secret = Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        const auto guid = hub.trigger(target, {}, "");
        ASSERT_TRUE(guid) << guid.error().to_string();
        settle();
        ASSERT_EQ(program.seen.size(), 1) << from;
        const auto& request = program.seen[0];
        EXPECT_TRUE(request.body().contains(*guid) ||
                    request.headers().value("x-github-delivery") == *guid ||
                    request.headers().value("webhook-id") == *guid)
            << from;
        EXPECT_TRUE(http::JsonDocument::parse(request.body())) << from;
        EXPECT_EQ(hub.deliveries("").front().guid, *guid);
    }
    EXPECT_EQ(hub.trigger(to("github"), {}, "explode").error().detail(), "/what");
}

TEST_F(HubTest, a_form_carries_the_body_as_its_payload) {
    auto form = to("github");
    form.content_type = "form";
    ASSERT_TRUE(hub.subscribe(form));
    hub.emit(issue(R"({"a":"b c"})"));
    settle();
    EXPECT_EQ(program.seen.at(0).body(), "payload=%7B%22a%22%3A%22b+c%22%7D");
    EXPECT_EQ(header(0, "x-hub-signature-256"), github_signature(secret, program.seen[0].body()));
    EXPECT_EQ(hub.deliveries("").front().request_body, R"({"a":"b c"})");
}

TEST_F(HubTest, a_new_run_has_no_subscribers_and_nothing_under_way) {
    ASSERT_TRUE(hub.subscribe(to("github")));
    hub.emit(issue());
    sandbox->reset();
    settle();
    EXPECT_TRUE(program.seen.empty());
    EXPECT_TRUE(hub.subscriptions("", "").empty());
    EXPECT_TRUE(hub.deliveries("").empty());
}

TEST_F(HubTest, the_sandbox_may_go_while_deliveries_wait_for_their_time) {
    ASSERT_TRUE(hub.subscribe(to("notion")));
    hub.emit({.from = "notion", .type = "page.created", .body = R"({"id":"e"})"});
    sandbox.reset();
    runtime::run(scheduler, [](runtime::VirtualScheduler& its) -> Task<void> {
        (void)co_await its.sleep_for(1min);
    }(scheduler));
    EXPECT_TRUE(program.seen.empty());
}

}  // namespace
}  // namespace apilab::sandbox::webhook
