#include "apilab/work/gap_rule.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

namespace apilab::work {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

const SystemTime now{std::chrono::days(20'000)};

EventAttempts failed_at(SystemTime at) {
    return {.guid = "g", .event = "push", .newest_id = "1", .first = at, .newest = at};
}

Gap of(const EventAttempts& event, const std::optional<Asked>& asked = {}) {
    return judge(event, false, asked, {}, now);
}

TEST(GapRule, what_is_stored_is_never_asked_for_whatever_was_answered) {
    EXPECT_EQ(judge(failed_at(now - 1h), true, {}, {}, now), Gap::stored);
}

TEST(GapRule, what_is_not_stored_is_missing_even_where_it_was_acknowledged) {
    auto event = failed_at(now - 1h);
    EXPECT_EQ(of(event), Gap::missing);
    event.acknowledged = true;
    EXPECT_EQ(of(event), Gap::missing);
}

TEST(GapRule, a_young_attempt_may_still_be_on_its_way) {
    EXPECT_EQ(of(failed_at(now - 59s)), Gap::young);
    EXPECT_EQ(of(failed_at(now - 60s)), Gap::missing);
    auto event = failed_at(now - 1h);
    event.newest = now - 1s;
    EXPECT_EQ(of(event), Gap::young);
}

TEST(GapRule, what_the_sender_has_forgotten_is_too_late) {
    EXPECT_EQ(of(failed_at(now - 72h)), Gap::too_late);
    EXPECT_EQ(of(failed_at(now - 72h + 1s)), Gap::missing);
}

TEST(GapRule, nothing_is_asked_for_twice_within_ten_minutes) {
    const auto event = failed_at(now - 1h);
    EXPECT_EQ(of(event, Asked{.last = now - 599s, .times = 1}), Gap::waiting);
    EXPECT_EQ(of(event, Asked{.last = now - 600s, .times = 1}), Gap::missing);
}

TEST(GapRule, a_redelivery_that_somebody_else_asked_for_counts_too) {
    auto event = failed_at(now - 1h);
    event.newest = now - 5min;
    event.redelivered = now - 5min;
    event.redeliveries = 1;
    EXPECT_EQ(of(event), Gap::waiting);
    EXPECT_EQ(of(event, Asked{.last = now - 1h, .times = 1}), Gap::waiting);
    event.newest = event.redelivered.emplace(now - 20min);
    EXPECT_EQ(of(event), Gap::missing);
    event.redeliveries = 5;
    EXPECT_EQ(of(event), Gap::given_up);
}

TEST(GapRule, the_pause_after_each_request_is_twice_the_one_before) {
    const auto event = failed_at(now - 20h);
    for (const auto& [times, pause] : {std::pair(2, 20min), {3, 40min}, {4, 80min}}) {
        EXPECT_EQ(of(event, Asked{.last = now - pause + 1s, .times = times}), Gap::waiting);
        EXPECT_EQ(of(event, Asked{.last = now - pause, .times = times}), Gap::missing);
    }
    const GapOptions many{.asks_max = 50};
    EXPECT_EQ(judge(event, false, Asked{.last = now - 12h, .times = 49}, many, now), Gap::missing);
}

TEST(GapRule, five_requests_are_enough) {
    const auto event = failed_at(now - 2h);
    EXPECT_EQ(of(event, Asked{.last = now - 80min, .times = 4}), Gap::missing);
    EXPECT_EQ(of(event, Asked{.last = now - 599s, .times = 5}), Gap::waiting);
    EXPECT_EQ(of(event, Asked{.last = now - 600s, .times = 5}), Gap::given_up);
}

TEST(GapRule, a_ping_is_not_archived_and_not_missed) {
    auto event = failed_at(now - 1h);
    event.event = "ping";
    EXPECT_EQ(of(event), Gap::ignored);
}

TEST(GapRule, attempts_of_one_event_are_one_event) {
    const std::vector<Delivery> list = {
        {.id = "3", .guid = "b", .event = "push", .status = 200, .at = now - 1min},
        {.id = "2", .guid = "a", .event = "push", .at = now - 2min, .redelivery = true},
        {.id = "1", .guid = "a", .event = "push", .status = 502, .at = now - 9min}};
    const auto events = by_event(list);
    ASSERT_EQ(events.size(), 2U);
    EXPECT_EQ(events[0].guid, "a");
    EXPECT_EQ(events[0].newest_id, "2");
    EXPECT_EQ(events[0].first, now - 9min);
    EXPECT_EQ(events[0].newest, now - 2min);
    EXPECT_EQ(events[0].redelivered, now - 2min);
    EXPECT_EQ(events[0].redeliveries, 1);
    EXPECT_FALSE(events[0].acknowledged);
    EXPECT_TRUE(events[1].acknowledged);
}

TEST(GapOptions, what_is_out_of_range_is_named) {
    EXPECT_TRUE(GapOptions{}.validate());
    const auto detail = [](const GapOptions& options) {
        const auto valid = options.validate();
        return valid ? std::string("fine") : valid.error().detail();
    };
    EXPECT_EQ(detail({.horizon = 59min}), "horizon");
    EXPECT_EQ(detail({.settle = 2h}), "settle");
    EXPECT_EQ(detail({.ask_again_after = 59s}), "ask_again_after");
    EXPECT_EQ(detail({.asks_max = 0}), "asks_max");
    EXPECT_EQ(detail({.asks_per_round = 0}), "asks_per_round");
    EXPECT_EQ(detail({.pace = 2min}), "pace");
    EXPECT_EQ(detail({.pages_per_round = 0}), "pages_per_round");
    EXPECT_EQ(detail({.alarm_after = 73h}), "alarm_after");
}

TEST(GapCheckpoint, is_written_and_read_again) {
    GapCheckpoint checkpoint{.through = now - 1h, .walked = now, .asked = {}};
    checkpoint.remember("a-b", now - 2min);
    checkpoint.remember("a-b", now - 1min);
    EXPECT_EQ(checkpoint.asked["a-b"], (Asked{.last = now - 1min, .times = 2}));
    EXPECT_EQ(GapCheckpoint::parse(checkpoint.to_text()).value(), checkpoint);
    EXPECT_EQ(GapCheckpoint::parse(GapCheckpoint{}.to_text()).value(), GapCheckpoint{});
}

TEST(GapCheckpoint, what_it_did_not_write_is_refused_with_its_line) {
    for (const std::string_view line :
         {"through", "through x", "through 1 2", "asked a 1", "asked a 1 0", "asked a 1 9999999999",
          "asked a 1x 1", "walked 99999999999999999999", "nonsense", ""}) {
        const auto read = GapCheckpoint::parse("apilab gap 1\n" + std::string(line) + "\n");
        ASSERT_FALSE(read) << line;
        EXPECT_EQ(read.error().detail(), "line 2") << line;
    }
    EXPECT_THAT(GapCheckpoint::parse("").error().to_string(), HasSubstr("line 1"));
    EXPECT_FALSE(GapCheckpoint::parse("apilab gap 2\n"));
}

TEST(GapCheckpoint, forgets_the_oldest_of_too_many) {
    GapCheckpoint checkpoint;
    for (int i = 0; i <= 10'000; ++i) {
        checkpoint.remember(std::to_string(i), now + i * 1s);
    }
    EXPECT_EQ(checkpoint.asked.size(), 10'000U);
    EXPECT_FALSE(checkpoint.asked.contains("0"));
}

// A filler that judges every minute for three days: how often, and how close together, it asks for
// an event that never comes.
RC_GTEST_PROP(GapProperties, requests_for_an_event_are_few_and_apart, ()) {
    const GapOptions options{.ask_again_after = std::chrono::minutes(*rc::gen::inRange(1, 600)),
                             .asks_max = *rc::gen::inRange(1, 20)};
    GapCheckpoint checkpoint;
    auto event = failed_at(now);
    const auto listed = *rc::gen::arbitrary<bool>();  // the sender shows what it was asked for
    std::vector<SystemTime> asks;
    for (SystemTime at = now; at < now + 73h; at += 1min) {
        const auto entry = checkpoint.asked.find("g");
        const auto asked =
            entry == checkpoint.asked.end() ? std::nullopt : std::optional(entry->second);
        if (judge(event, false, asked, options, at) != Gap::missing) {
            continue;
        }
        asks.push_back(at);
        checkpoint.remember("g", at);
        if (listed) {
            event.newest = event.redelivered.emplace(at);
            event.redeliveries += 1;
        }
    }
    RC_ASSERT(!asks.empty());
    RC_ASSERT(asks.size() <= static_cast<std::size_t>(options.asks_max));
    for (std::size_t i = 1; i < asks.size(); ++i) {
        RC_ASSERT(asks[i] - asks[i - 1] >= options.ask_again_after);
    }
}

}  // namespace
}  // namespace apilab::work
