#include "apilab/provider/gmail_watch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/base64.hpp"
#include "apilab/base/rng.hpp"
#include "apilab/testing/matchers.hpp"

namespace apilab::provider {
namespace {

using namespace std::chrono_literals;
using apilab::testing::IsError;
using apilab::testing::IsOk;

constexpr SystemTime start{std::chrono::hours(480'000)};

std::string envelope(std::string_view data) {
    return R"({"message":{"data":")" + std::string(data) +
           R"(","messageId":"17","message_id":"17","publishTime":"2026-11-27T15:00:00Z"},)"
           R"("subscription":"projects/p/subscriptions/s"})";
}

TEST(GmailPush, is_read_from_base64_of_any_kind_with_its_number_as_text_or_number) {
    // `?` and `>` make the two alphabets differ.
    const std::string text = R"({"emailAddress":"a?>b@x.example","historyId":"9876543210"})";
    const std::string number = R"({"emailAddress":"a?>b@x.example","historyId":9876543210})";
    for (const auto& data : {base64_encode(text), base64url_encode(text), base64_encode(number),
                             base64url_encode(number)}) {
        const auto push = read_gmail_push(envelope(data));
        ASSERT_THAT(push, IsOk()) << data;
        EXPECT_EQ(push->email_address, "a?>b@x.example");
        EXPECT_EQ(push->history_id, 9'876'543'210U);
        EXPECT_EQ(push->message_id, "17");
        EXPECT_EQ(push->subscription, "projects/p/subscriptions/s");
    }
}

TEST(GmailPush, what_is_none_is_refused_with_its_place) {
    struct Row {
        std::string body;
        std::string_view detail;
    };
    for (const auto& row :
         {Row{"{}", "/message/data"}, Row{envelope("!!"), "/message/data"},
          Row{envelope(base64_encode("no JSON")), "/message/data"},
          Row{envelope(base64_encode(R"({"emailAddress":"a@b"})")), "/message/data/historyId"},
          Row{envelope(base64_encode(R"({"emailAddress":"a@b","historyId":"x"})")),
              "/message/data/historyId"},
          Row{envelope(base64_encode(R"({"emailAddress":"a@b","historyId":"0"})")),
              "/message/data/historyId"},
          Row{envelope(base64_encode(R"({"historyId":"1"})")), "/message/data/emailAddress"}}) {
        const auto push = read_gmail_push(row.body);
        ASSERT_THAT(push, IsError(ErrorKind::decode)) << row.body;
        EXPECT_EQ(push.error().detail(), row.detail);
    }
    EXPECT_THAT(read_gmail_push(std::string(gmail_push_max + 1, ' ')),
                IsError(ErrorKind::too_large));
}

// Lives for so many days: looks when it was told to, renews when it should; `works` says whether
// Google answers at that moment.
struct Life {
    std::vector<Duration> renewals;
    int tries = 0;
    int reads = 0;
    Duration without_watch{};
};
template <class Works>
Life live(Duration time, Works works) {
    Life life;
    GmailWatchState state;
    const GmailWatchRules rules;
    for (auto now = start; now < start + time;) {
        const auto step = gmail_watch_step(state, rules, now);
        if (step.renew) {
            ++life.tries;
            state.tried = now;
            if (works(now - start)) {
                life.renewals.push_back(now - start);
                state.renewed = now;
                state.expires = now + 24h * 7;
            }
        }
        if (step.read_history) {
            ++life.reads;
            state.read = now;
        }
        EXPECT_GT(step.look_again, now);
        if (!state.expires || *state.expires <= now) {
            life.without_watch += step.look_again - now;
        }
        now = std::max(step.look_again, now + 1s);
    }
    return life;
}

TEST(GmailWatch, is_renewed_once_a_day) {
    const auto life = live(24h * 14, [](Duration) { return true; });
    EXPECT_EQ(life.renewals.size(), 14U);
    EXPECT_EQ(life.renewals.front(), 0s);
    EXPECT_EQ(life.without_watch, 0s);
    EXPECT_EQ(life.reads, 14 * 24 * 4);
}

TEST(GmailWatch, an_outage_of_five_days_leaves_no_gap_and_no_storm) {
    const auto life = live(24h * 14, [](Duration at) { return at < 24h * 3 || at > 24h * 8; });
    EXPECT_EQ(life.without_watch, 0s);
    // At most one try in ten minutes while it lasts.
    EXPECT_LE(life.tries, 14 + 5 * 24 * 6 + 1);
    EXPECT_GE(life.tries, 5 * 24 * 6 / 2);
}

TEST(GmailWatch, is_renewed_before_its_end_however_seldom_it_is_looked_at) {
    const GmailWatchRules rules{.renew_every = 24h * 6};
    const GmailWatchState state{.renewed = start, .expires = start + 24h * 7, .tried = start};
    EXPECT_FALSE(gmail_watch_step(state, rules, start + 24h * 5).renew);
    EXPECT_TRUE(gmail_watch_step(state, rules, start + 24h * 6).renew);
    GmailWatchState short_lived = state;
    short_lived.expires = start + 1h;
    EXPECT_FALSE(gmail_watch_step(short_lived, rules, start + 1min).renew) << "a loop";
    EXPECT_TRUE(gmail_watch_step(short_lived, rules, start + 11min).renew);
}

TEST(GmailWatch, a_push_is_followed_once_and_a_missed_one_is_caught_up) {
    const GmailWatchRules rules;
    GmailWatchState state{.renewed = start,
                          .expires = start + 24h * 7,
                          .tried = start,
                          .read = start,
                          .history_id = 100};
    EXPECT_FALSE(gmail_watch_step(state, rules, start + 1min).read_history);
    note_gmail_push(state, {.history_id = 120});
    note_gmail_push(state, {.history_id = 110});  // an older one that took longer
    EXPECT_TRUE(gmail_watch_step(state, rules, start + 1min).read_history);
    state.history_id = 120;
    state.read = start + 1min;
    note_gmail_push(state, {.history_id = 120});  // the same again
    EXPECT_FALSE(gmail_watch_step(state, rules, start + 2min).read_history);
    EXPECT_TRUE(gmail_watch_step(state, rules, start + 16min).read_history);
}

TEST(GmailWatch, a_clock_that_was_set_back_puts_nothing_off) {
    const GmailWatchState state{.renewed = start + 24h,
                                .expires = start + 24h * 8,
                                .tried = start + 24h,
                                .read = start + 24h};
    const auto step = gmail_watch_step(state, {}, start);
    EXPECT_TRUE(step.renew);
    EXPECT_TRUE(step.read_history);
}

TEST(GmailWatch, rules_out_of_range_are_named) {
    EXPECT_THAT(GmailWatchRules{}.validate(), IsOk());
    EXPECT_EQ(GmailWatchRules{.renew_every = 24h * 7}.validate().error().detail(), "renew_every");
    EXPECT_EQ(GmailWatchRules{.before_end = 1min}.validate().error().detail(), "before_end");
    EXPECT_EQ(GmailWatchRules{.retry = 1s}.validate().error().detail(), "retry");
    EXPECT_EQ(GmailWatchRules{.poll_every = 1s}.validate().error().detail(), "poll_every");
}

}  // namespace
}  // namespace apilab::provider
