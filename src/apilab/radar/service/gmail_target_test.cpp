#include "apilab/radar/service/gmail_target.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>

#include "apilab/radar/service/effects.hpp"
#include "apilab/radar/service/gmail_world.hpp"
#include "apilab/runtime/task_group.hpp"
#include "apilab/testing/matchers.hpp"
#include "apilab/work/outbox.hpp"
#include "apilab/work/sqlite_store.hpp"
#include "apilab/work/store_writer.hpp"

namespace apilab::radar {
namespace {

using namespace std::chrono_literals;
using apilab::testing::IsOk;
using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using work::MessageState;
using work::Sent;

Error refusal(int status, std::string reason, ErrorKind kind = ErrorKind::status) {
    return Error(kind, "HTTP " + std::to_string(status))
        .with_status(status)
        .with_outcome(Outcome::answered)
        .with_provider_code(std::move(reason));
}

TEST(GmailMessageId, is_the_same_for_each_attempt_and_another_for_each_key) {
    const auto id = gmail_message_id("digest-2026-11-30", "Radar <radar@example.com>");
    EXPECT_EQ(id, gmail_message_id("digest-2026-11-30", "radar@example.com"));
    EXPECT_NE(id, gmail_message_id("digest-2026-12-07", "radar@example.com"));
    EXPECT_THAT(id, EndsWith(".radar@example.com"));
    EXPECT_THAT(gmail_message_id("k\r\nBcc: x", "?"),
                AllOf(EndsWith(".radar@radar.invalid"), Not(HasSubstr("\n"))));
}

TEST(GmailOutcome, says_what_is_known_of_a_send_that_failed) {
    struct Row {
        Error error;
        Sent sent;
    };
    for (const auto& row :
         {Row{Error(ErrorKind::connect, "refused"), Sent::not_applied},
          Row{Error(ErrorKind::connection_lost, "reset").with_outcome(Outcome::unknown),
              Sent::unknown},
          Row{refusal(403, "rateLimitExceeded", ErrorKind::rate_limited), Sent::not_applied},
          Row{refusal(429, "userRateLimitExceeded", ErrorKind::rate_limited), Sent::not_applied},
          Row{refusal(403, "dailyLimitExceeded"), Sent::not_applied},
          Row{refusal(403, "insufficientPermissions", ErrorKind::auth), Sent::not_applied},
          Row{refusal(401, "authError", ErrorKind::auth), Sent::not_applied},
          Row{refusal(400, "invalid_grant", ErrorKind::auth), Sent::not_applied},
          Row{refusal(400, "failedPrecondition"), Sent::not_applied},
          Row{refusal(400, "invalidArgument"), Sent::refused},
          Row{refusal(413, "uploadTooLarge"), Sent::refused}, Row{refusal(408, ""), Sent::unknown},
          Row{refusal(409, "aborted"), Sent::unknown},
          Row{refusal(500, "backendError"), Sent::unknown}, Row{refusal(503, ""), Sent::unknown},
          Row{refusal(302, ""), Sent::unknown},
          Row{Error(ErrorKind::decode, "not JSON").with_outcome(Outcome::answered),
              Sent::unknown}}) {
        EXPECT_EQ(gmail_outcome(row.error, 0).sent, row.sent) << row.error.to_string();
    }
}

TEST(GmailOutcome, what_a_person_has_to_mend_is_asked_once_an_hour_at_most) {
    const auto dead = refusal(400, "invalid_grant", ErrorKind::auth);
    Duration all{};
    for (int sends = 0; sends < 12; ++sends) {
        const auto after = gmail_outcome(dead, sends).after;
        ASSERT_TRUE(after);
        EXPECT_GE(*after, 1h);
        EXPECT_LE(*after, 24h);
        all += *after;
    }
    EXPECT_GE(all, 24h * 7) << "a week in which somebody may mend it";
    EXPECT_EQ(gmail_outcome(refusal(403, "dailyLimitExceeded"), 0).after, 1h);
    auto limit = refusal(429, "userRateLimitExceeded", ErrorKind::rate_limited);
    EXPECT_EQ(gmail_outcome(std::move(limit).with_retry_after(90s), 7).after, 90s);
}

class GmailTargetTest : public testing::GmailWorld {
protected:
    void SetUp() override {
        client::ClientOptions options;
        options.retry.max_attempts = 1;  // the outbox decides
        client = std::move(client::Client::create(scheduler, *weather, rng, options).value());
        tokens = google_tokens(scheduler, *weather, rng, consent(), base.with("/token")).value();
        user.emplace(*client, *tokens, base.origin());
        target.emplace(provider::Gmail({.client = &*user, .base = base}));
        outbox.emplace(scheduler, writer, rng);
        ASSERT_THAT(outbox->add("gmail", *target), IsOk());
    }
    void TearDown() override {
        outbox->stop();
        run(group.join());
        run(tokens->close());
    }
    void post(const std::string& key) {
        const GmailEffect effect{.from = "Radar <me@apilab.example>",
                                 .to = {"team@apilab.example"},
                                 .subject = "Radar: 1 to do",
                                 .text = "text",
                                 .html = "<p>html</p>"};
        ASSERT_THAT(store->post({.target = "gmail", .key = key, .payload = payload(effect)},
                                scheduler.system_now()),
                    IsOk());
    }
    void live(Duration time) {
        if (!started) {
            group.spawn(outbox->run());
            started = true;
        }
        scheduler.advance(time);
    }
    work::Message message() { return store->messages({}, 10).value().front(); }

    std::unique_ptr<work::SqliteStore> store = work::SqliteStore::open(":memory:").value();
    work::StoreWriter writer{scheduler, *store, {.own_thread = false}};
    std::unique_ptr<client::Client> client;
    std::unique_ptr<auth::RenewingTokenSource> tokens;
    std::optional<auth::BearerAuth> user;
    std::optional<GmailTarget> target;
    std::optional<work::Outbox> outbox;
    runtime::TaskGroup group{scheduler};
    bool started = false;
};

TEST_F(GmailTargetTest, a_digest_is_sent_once_under_the_id_of_its_key) {
    post("digest-2026-11-30");
    live(1min);
    EXPECT_EQ(message().state, MessageState::applied);
    EXPECT_THAT(message().external_id, Not(IsEmpty()));
    EXPECT_EQ(number("mails sent"), 1);
    const provider::Gmail gmail({.client = &*user, .base = base});
    const auto mail = run(gmail.get(message().external_id, provider::Gmail::Format::metadata));
    ASSERT_THAT(mail, IsOk());
    EXPECT_EQ(mail->header("message-id"),
              "<" + gmail_message_id("digest-2026-11-30", "me@apilab.example") + ">");
    EXPECT_EQ(mail->header("auto-submitted"), "auto-generated");
}

TEST_F(GmailTargetTest, a_lost_reply_is_looked_up_and_not_sent_again) {
    weather->lose = 1;
    post("digest-2026-11-30");
    live(10min);
    EXPECT_EQ(message().state, MessageState::reconciled);
    EXPECT_EQ(number("mails sent"), 1);
    EXPECT_EQ(number("mails doubled"), 0);
}

TEST_F(GmailTargetTest, an_index_that_lags_is_waited_for) {
    weather->lose = 1;
    weather->index_lag = 50s;
    post("digest-2026-11-30");
    live(10min);
    EXPECT_GT(weather->hidden, 0);
    EXPECT_EQ(message().state, MessageState::reconciled);
    EXPECT_EQ(number("mails sent"), 1);
}

TEST_F(GmailTargetTest, what_somebody_threw_away_was_sent_all_the_same) {
    weather->lose = 1;
    weather->index_lag = 20s;
    post("digest-2026-11-30");
    live(3s);
    // Somebody throws it into the trash before it is looked for.
    const provider::Gmail gmail({.client = &*user, .base = base});
    weather->index_from = SteadyTime::min();
    const auto ids = run(gmail.list("in:sent subject:\"Radar: 1 to do\""));
    ASSERT_THAT(ids, IsOk());
    ASSERT_EQ(ids->size(), 1U);
    ASSERT_THAT(run(gmail.modify(ids->front(), {.add = {"TRASH"}})), IsOk());
    live(10min);
    EXPECT_EQ(message().state, MessageState::reconciled);
    EXPECT_EQ(number("mails sent"), 1);
}

TEST_F(GmailTargetTest, a_limit_is_waited_out) {
    weather->refuse = http::Response::json(
        403, R"({"error":{"code":403,"errors":[{"reason":"userRateLimitExceeded"}]}})");
    post("digest-2026-11-30");
    live(1min);
    EXPECT_EQ(message().state, MessageState::pending);
    EXPECT_THAT(message().reason, HasSubstr("userRateLimitExceeded"));
    weather->refuse.reset();
    live(10min);
    EXPECT_EQ(message().state, MessageState::applied);
}

TEST_F(GmailTargetTest, without_consent_it_waits_and_asks_for_no_token_in_a_loop) {
    ASSERT_TRUE(google->end_token("seed-refresh-token", "revoke"));
    post("digest-2026-11-30");
    live(24h);
    EXPECT_EQ(message().state, MessageState::pending);
    EXPECT_THAT(message().reason, HasSubstr("invalid_grant"));
    EXPECT_EQ(weather->tokens, 1);
    EXPECT_EQ(weather->sends_seen, 0);
    EXPECT_LE(message().sends, 24);
}

TEST_F(GmailTargetTest, what_is_no_mail_is_refused_without_a_call) {
    const GmailEffect evil{.from = "me@apilab.example",
                           .to = {"team@apilab.example"},
                           .subject = "x\r\nBcc: eve@evil.example",
                           .text = "text"};
    ASSERT_THAT(store->post({.target = "gmail", .key = "k", .payload = payload(evil)},
                            scheduler.system_now()),
                IsOk());
    live(1min);
    EXPECT_EQ(message().state, MessageState::failed);
    EXPECT_THAT(message().reason, HasSubstr("subject"));
    EXPECT_EQ(weather->sends_seen, 0);
}

}  // namespace
}  // namespace apilab::radar
