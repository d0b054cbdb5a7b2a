#include "apilab/radar/service/slack_target.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdlib.h>

#include <filesystem>

#include "apilab/base/temporary_folder.hpp"
#include "apilab/client/client.hpp"
#include "apilab/radar/service/effects.hpp"
#include "apilab/runtime/task_group.hpp"
#include "apilab/runtime/virtual_scheduler.hpp"
#include "apilab/sandbox/sandbox.hpp"
#include "apilab/sandbox/scenario.hpp"
#include "apilab/sandbox/slack/provider.hpp"
#include "apilab/testing/matchers.hpp"
#include "apilab/transport/loopback_transport.hpp"
#include "apilab/transport/scripted_transport.hpp"
#include "apilab/work/sqlite_store.hpp"

namespace apilab::radar {
namespace {

using namespace std::chrono_literals;
using apilab::testing::IsOk;
using http::Response;
using provider::Slack;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using work::Looked;
using work::MessageState;
using work::SendOutcome;
using work::Sent;

constexpr auto general = "C00000001";

// The emulated workspace behind a client, under virtual time.
class Workspace {
public:
    explicit Workspace(std::string_view faults = "") : rng_(1) {
        sandbox::SandboxOptions options;
        auto scenario = sandbox::parse_scenario("name = \"t\"\n" + std::string(faults));
        EXPECT_THAT(scenario, IsOk());
        options.scenario = *std::move(scenario);
        options.providers.push_back(std::make_unique<sandbox::slack::SlackProvider>());
        auto made = sandbox::Sandbox::make(scheduler, std::move(options));
        EXPECT_THAT(made, IsOk());
        sandbox_ = *std::move(made);
        transport_ = std::make_unique<transport::LoopbackTransport>(scheduler, *sandbox_);
        client_ = *client::Client::create(scheduler, *transport_, rng_, {}, {});
    }
    [[nodiscard]] Slack slack(const std::string& token = "xoxb-stub") const {
        return {{.client = client_.get(), .base = *http::Url::parse("http://box.test/slack")},
                Secret(token)};
    }
    template <class T>
    T run(runtime::Task<T> task) {
        return runtime::run(scheduler, std::move(task));
    }
    work::Message message(std::string key, const SlackEffect& effect) {
        return {.target = "slack",
                .key = std::move(key),
                .payload = payload(effect),
                .created = scheduler.system_now()};
    }
    std::string say(const std::string& channel, const std::string& thread = "") {
        return run(slack().post({.channel = channel, .text = "talk", .thread_ts = thread}))->ts;
    }

    runtime::VirtualScheduler scheduler;

private:
    SeededRng rng_;
    std::unique_ptr<sandbox::Sandbox> sandbox_;
    std::unique_ptr<transport::LoopbackTransport> transport_;
    std::unique_ptr<client::Client> client_;
};

TEST(SlackTarget, sends_one_message_and_finds_it_by_its_key) {
    Workspace world;
    SlackTarget target(world.slack());
    const auto blocks = R"([{"type":"divider"}])";
    const auto message = world.message(
        "slack:webshop:1", {.channel = "general", .text = "2 packages", .blocks = blocks});
    const auto none = world.run(target.look_up(message));
    EXPECT_EQ(none.looked, Looked::not_found) << none.reason;
    const auto sent = world.run(target.send(message));
    ASSERT_EQ(sent.sent, Sent::applied) << sent.reason;
    const auto found = world.run(target.look_up(message));
    EXPECT_THAT(found.found, ElementsAre(sent.external_id));
    const auto other = world.run(
        target.look_up(world.message("slack:webshop:2", {.channel = general, .text = "x"})));
    EXPECT_EQ(other.looked, Looked::not_found);
    const auto newest = world.run(world.slack().history(general))->messages.front();
    EXPECT_THAT(newest.blocks->text, HasSubstr("divider"));
    EXPECT_EQ(newest.text, "2 packages");
}

TEST(SlackTarget, tells_how_often_a_message_is_there) {
    Workspace world;
    SlackTarget target(world.slack());
    const auto message = world.message("k", {.channel = general, .text = "x"});
    const auto first = world.run(target.send(message)).external_id;
    const auto second = world.run(target.send(message)).external_id;
    EXPECT_THAT(world.run(target.look_up(message)).found, ElementsAre(second, first));
}

TEST(SlackTarget, looks_into_the_thread_for_what_belongs_there) {
    Workspace world;
    SlackTarget target(world.slack());
    const auto parent = world.say(general);
    const auto message =
        world.message("k", {.channel = general, .text = "answer", .thread_ts = parent});
    EXPECT_EQ(world.run(target.look_up(message)).looked, Looked::not_found);
    const auto sent = world.run(target.send(message));
    EXPECT_THAT(world.run(target.look_up(message)).found, ElementsAre(sent.external_id));
    const auto lost =
        world.message("k", {.channel = general, .text = "answer", .thread_ts = "1.000001"});
    EXPECT_EQ(world.run(target.look_up(lost)).looked, Looked::unavailable);
}

TEST(SlackTarget, reaches_a_person_by_their_id) {
    Workspace world;
    SlackTarget target(world.slack());
    const auto message = world.message("k", {.channel = "U00000005", .text = "hello"});
    EXPECT_EQ(world.run(SlackTarget(world.slack()).look_up(message)).looked, Looked::not_found);
    EXPECT_EQ(world.run(target.send(message)).sent, Sent::applied);
    EXPECT_EQ(world.run(SlackTarget(world.slack()).look_up(message)).looked, Looked::found);
}

TEST(SlackTarget, says_nothing_of_a_history_that_it_did_not_read_to_its_end) {
    Workspace world;
    SlackTarget target(world.slack(), {.pages_max = 2});
    const auto message = world.message("k", {.channel = general, .text = "x"});
    ASSERT_EQ(world.run(target.send(message)).sent, Sent::applied);
    for (int i = 0; i < 300; ++i) {
        world.say(general);
    }
    EXPECT_EQ(world.run(target.look_up(message)).looked, Looked::found) << "on the second page";
    for (int i = 0; i < 100; ++i) {
        world.say(general);
    }
    const auto beyond = world.run(target.look_up(message));
    EXPECT_EQ(beyond.looked, Looked::unavailable);
    EXPECT_THAT(beyond.reason, HasSubstr("beyond what was read"));
    // What was said long before does not count.
    world.scheduler.advance(1h);
    EXPECT_EQ(
        world.run(target.look_up(world.message("k", {.channel = general, .text = "x"}))).looked,
        Looked::not_found);
}

TEST(SlackTarget, says_nothing_where_it_may_not_look_or_cannot_read) {
    Workspace world;
    const auto message = world.message("k", {.channel = general, .text = "x"});
    for (const auto* token : {"xoxb-narrow", "xoxb-never"}) {
        SlackTarget target(world.slack(token));
        EXPECT_EQ(world.run(target.look_up(message)).looked, Looked::unavailable) << token;
    }
    SlackTarget target(world.slack());
    for (const auto* channel : {"nowhere", "design", "C09999999"}) {
        const auto elsewhere = world.message("k", {.channel = channel, .text = "x"});
        EXPECT_EQ(world.run(target.look_up(elsewhere)).looked, Looked::unavailable) << channel;
    }
    work::Message garbled = message;
    garbled.payload = "{";
    EXPECT_EQ(world.run(target.look_up(garbled)).looked, Looked::unavailable);
    EXPECT_EQ(world.run(target.send(garbled)).sent, Sent::refused);
}

TEST(SlackTarget, says_nothing_where_a_message_of_the_history_is_unreadable) {
    runtime::VirtualScheduler scheduler;
    transport::ScriptedTransport transport(scheduler);
    transport.otherwise(Response::json(
        200, R"({"ok":true,"has_more":false,"messages":[{"ts":"3.1","metadata":"new form"}]})"));
    SlackTarget target(
        Slack({.client = &transport, .base = *http::Url::parse("http://h")}, Secret("t")));
    const work::Message message{.key = "k",
                                .payload = payload(SlackEffect{.channel = general, .text = "x"}),
                                .created = scheduler.system_now()};
    EXPECT_EQ(runtime::run(scheduler, target.look_up(message)).looked, Looked::unavailable);
}

SendOutcome outcome_after(int status, std::string_view body) {
    runtime::VirtualScheduler scheduler;
    transport::ScriptedTransport transport(scheduler);
    transport.otherwise(Response(status, std::string(body)));
    const Slack slack({.client = &transport, .base = *http::Url::parse("http://h")}, Secret("t"));
    return slack_outcome(runtime::run(scheduler, slack.post({.channel = "C1", .text = "x"})));
}
Sent after(int status, std::string_view body) {
    return outcome_after(status, body).sent;
}
Sent after_word(std::string_view word) {
    return after(200, R"({"ok":false,"error":")" + std::string(word) + "\"}");
}

TEST(SlackOutcome, a_token_that_is_refused_is_not_shown_again_within_a_minute) {
    EXPECT_GE(outcome_after(200, R"({"ok":false,"error":"token_revoked"})").after, 1min);
    EXPECT_EQ(outcome_after(200, R"({"ok":false,"error":"service_unavailable"})").after,
              std::nullopt);
}

TEST(SlackOutcome, each_word_of_slack_is_one_of_four) {
    for (const auto* word :
         {"ratelimited", "rate_limited", "service_unavailable", "team_added_to_org",
          "message_limit_exceeded", "invalid_auth", "not_authed", "token_expired", "token_revoked",
          "account_inactive", "missing_scope", "no_permission", "access_denied",
          "ekm_access_denied", "not_allowed_token_type"}) {
        EXPECT_EQ(after_word(word), Sent::not_applied) << word;
    }
    for (const auto* word :
         {"channel_not_found", "not_in_channel", "is_archived", "no_text", "msg_too_long",
          "msg_blocks_too_long", "invalid_blocks", "invalid_blocks_format", "too_many_attachments",
          "restricted_action", "restricted_action_read_only_channel", "cannot_reply_to_message",
          "metadata_too_large", "invalid_metadata_format", "markdown_text_conflict",
          "missing_argument", "invalid_charset", "unknown_method"}) {
        EXPECT_EQ(after_word(word), Sent::refused) << word;
    }
    for (const auto* word :
         {"internal_error", "fatal_error", "request_timeout", "a_word_of_tomorrow", ""}) {
        EXPECT_EQ(after_word(word), Sent::unknown) << word;
    }
}

TEST(SlackOutcome, each_status_is_one_of_four) {
    EXPECT_EQ(after(200, R"({"ok":true,"channel":"C1","ts":"1.2"})"), Sent::applied);
    EXPECT_EQ(after(200, R"({"ok":true})"), Sent::unknown) << "it may be there";
    EXPECT_EQ(after(200, "<html>"), Sent::unknown);
    EXPECT_EQ(after(429, R"({"ok":false,"error":"ratelimited"})"), Sent::not_applied);
    EXPECT_EQ(after(429, ""), Sent::not_applied);
    EXPECT_EQ(after(401, ""), Sent::not_applied);
    EXPECT_EQ(after(403, "blocked"), Sent::not_applied);
    EXPECT_EQ(after(404, "no such host"), Sent::refused);
    EXPECT_EQ(after(413, "too large"), Sent::refused);
    for (const int status : {302, 408, 409, 500, 502, 503, 504}) {
        EXPECT_EQ(after(status, "<html>"), Sent::unknown) << status;
    }
    const auto lost = Error(ErrorKind::connection_lost, "reset");
    EXPECT_EQ(slack_outcome(fail(Error(lost).with_outcome(Outcome::not_sent))).sent,
              Sent::not_applied);
    EXPECT_EQ(slack_outcome(fail(Error(lost).with_outcome(Outcome::unknown))).sent, Sent::unknown);
    const auto busy = slack_outcome(fail(Error(ErrorKind::rate_limited, "429")
                                             .with_outcome(Outcome::answered)
                                             .with_retry_after(7s)));
    EXPECT_EQ(busy.after, Duration(7s));
}

// An outbox over the emulated workspace.
class OutboxOverSlack {
public:
    explicit OutboxOverSlack(std::string_view faults) : world(faults) {
        store = *work::SqliteStore::open(folder.path() / "work.db");
        EXPECT_NE(store, nullptr);
    }

    void post(const std::string& key, const std::string& channel = general) {
        EXPECT_THAT(store->post({.target = "slack",
                                 .key = key,
                                 .payload = payload(SlackEffect{.channel = channel, .text = key})},
                                world.scheduler.system_now()),
                    IsOk());
    }
    work::EffectReport live(Duration time) {
        work::StoreWriter writer(world.scheduler, *store, {.own_thread = false});
        SeededRng rng(7);
        SlackTarget target(world.slack());
        work::Outbox outbox(world.scheduler, writer, rng);
        EXPECT_THAT(outbox.add("slack", target, {.pace = 1s}), IsOk());
        runtime::TaskGroup group(world.scheduler);
        group.spawn(outbox.run());
        world.scheduler.advance(time);
        outbox.stop();
        world.run(group.join());
        return *world.run(outbox.report("slack"));
    }
    std::vector<std::string> keys() {
        std::vector<std::string> all;
        for (const auto& one : world.run(world.slack().history(general))->messages) {
            if (one.metadata) {
                all.push_back(one.metadata->event_payload.text);
            }
        }
        std::ranges::sort(all);
        return all;
    }

    TemporaryFolder folder = TemporaryFolder::make("slack-").value();
    Workspace world;
    std::unique_ptr<work::SqliteStore> store;
};

TEST(SlackOutbox, a_message_whose_reply_was_lost_is_found_and_not_sent_again) {
    OutboxOverSlack box(R"(
[[fault]]
where = "slack:chat.postMessage"
what = { reset = "after_commit" }
when = { nth = 2 }
[[fault]]
where = "slack:conversations.history.get"
what = { status = 200, body = { ok = false, error = "internal_error" } }
when = { nth = 1 }
)");
    for (const auto* key : {"a", "b", "c"}) {
        box.post(key);
    }
    const auto report = box.live(30min);
    EXPECT_EQ(report.describe(),
              "2 applied, 1 reconciled, 0 duplicated, 0 escalated, 0 failed, 0 open");
    EXPECT_THAT(box.keys(), ElementsAre(R"({"key":"a"})", R"({"key":"b"})", R"({"key":"c"})"));
}

TEST(SlackOutbox, a_message_that_was_lost_on_its_way_is_sent_again_once) {
    OutboxOverSlack box(R"(
[[fault]]
where = "slack:chat.postMessage"
what = { close = "before_request" }
when = { nth = 1 }
[[fault]]
where = "slack:chat.postMessage"
what = { status = 429, retry_after = "90s" }
when = { nth = 2 }
)");
    box.post("a");
    EXPECT_EQ(box.live(60min).describe(),
              "1 applied, 0 reconciled, 0 duplicated, 0 escalated, 0 failed, 0 open");
    EXPECT_THAT(box.keys(), ElementsAre(R"({"key":"a"})"));
}

TEST(SlackOutbox, a_refusal_ends_it_and_keeps_slacks_word) {
    OutboxOverSlack box("");
    box.post("a", "old-project");
    const auto report = box.live(60min);
    EXPECT_EQ(report.failed, 1U);
    EXPECT_THAT(report.for_people.front().reason, HasSubstr("is_archived"));
}

}  // namespace
}  // namespace apilab::radar
