#include "apilab/sandbox/webhook/sender.hpp"  // NOLINT(misc-include-cleaner): what is tested

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apilab/http/json.hpp"
#include "apilab/runtime/virtual_scheduler.hpp"
#include "apilab/sandbox/webhook/ledger.hpp"
#include "apilab/transport/loopback_transport.hpp"

namespace apilab::sandbox::webhook {
namespace {

using namespace std::chrono_literals;
using runtime::Task;

// Answers the first `bad` requests badly, each after `wait`.
class Program final : public runtime::Service {
public:
    explicit Program(runtime::Scheduler& scheduler) : scheduler_(scheduler) {}
    Task<Result<http::Response>> call(http::Request request, runtime::CallContext) override {
        seen.push_back(std::move(request));
        if (static_cast<int>(seen.size()) <= bad) {
            (void)co_await scheduler_.sleep_for(wait);
            co_return refusal;
        }
        co_return http::Response(200);
    }
    int bad = 0;
    Duration wait{};
    http::Response refusal{500};
    std::vector<http::Request> seen;

private:
    runtime::Scheduler& scheduler_;
};

struct Sent {
    runtime::VirtualScheduler scheduler;
    std::unique_ptr<Sandbox> sandbox;
    Program program{scheduler};

    explicit Sent(const std::string& webhook, int bad = 0, Duration wait = {},
                  http::Response refusal = http::Response(500)) {
        SandboxOptions options;
        options.scenario =
            *parse_scenario("name = \"x\"\n[[webhook]]\nhandshake = false\n" + webhook);
        sandbox = *Sandbox::make(scheduler, std::move(options));
        program.bad = bad;
        program.wait = wait;
        program.refusal = std::move(refusal);
        transport::LoopbackTransport way(scheduler, program);
        runtime::run(scheduler, sandbox->play_world(way, *http::Url::parse("http://program.test")));
    }
    // When each delivery left, after the first.
    [[nodiscard]] std::vector<Duration> times() const {
        std::vector<Duration> all;
        for (const auto& row : sandbox->journal().outbound()) {
            all.push_back(row.sent - sandbox->journal().outbound().front().sent);
        }
        return all;
    }
};

const std::string one_from_slack = "from = \"slack\"\nevents = 1\n";

TEST(WebhookSender, slack_sends_again_almost_at_once_then_after_one_minute_and_five) {
    const Sent sent(one_from_slack, 9);
    EXPECT_THAT(sent.times(), testing::ElementsAre(0ns, 500ms, 60500ms, 360500ms));
    EXPECT_EQ(sent.program.seen.back().headers().value("x-slack-retry-num"), "3");
    EXPECT_EQ(sent.program.seen.back().headers().value("x-slack-retry-reason"), "http_error");
}

TEST(WebhookSender, slack_waits_three_seconds_and_not_longer) {
    EXPECT_EQ(Sent(one_from_slack, 1, 2999ms, http::Response(200)).times().size(), 1);
    const Sent late(one_from_slack, 1, 3001ms, http::Response(200));
    EXPECT_THAT(late.times(), testing::ElementsAre(0ns, 3500ms));
    EXPECT_EQ(late.program.seen.back().headers().value("x-slack-retry-reason"), "http_timeout");
}

TEST(WebhookSender, slack_stops_where_the_answer_says_so) {
    http::Response refusal(400);
    refusal.header("x-slack-no-retry", "1");
    EXPECT_EQ(Sent(one_from_slack, 9, {}, refusal).times().size(), 1);
}

TEST(WebhookSender, github_does_not_send_again_and_waits_ten_seconds) {
    EXPECT_EQ(Sent("from = \"github\"\nevents = 1\n", 9).times().size(), 1);
    const Sent sent("from = \"github\"\nevents = 1\n", 1, 11s);
    const auto& row = sent.sandbox->journal().outbound().front();
    EXPECT_EQ(*row.finished - row.sent, 10s);
    EXPECT_EQ(row.status, 0);
}

TEST(WebhookSender, each_sender_has_a_schedule_of_its_own) {
    const auto last = [](const std::string& from) {
        const Sent sent("from = \"" + from + "\"\nevents = 1\n", 99);
        return std::pair(sent.times().size(), sent.times().back());
    };
    EXPECT_EQ(last("standard"), std::pair(std::size_t{10}, Duration(75h + 35min + 5s)));
    EXPECT_EQ(last("stripe"), std::pair(std::size_t{10}, Duration(65h + 35min)));
    EXPECT_EQ(last("stripe\"\nmode = \"test"), std::pair(std::size_t{4}, Duration(4h + 10min)));
    EXPECT_EQ(last("notion"), std::pair(std::size_t{8}, Duration(23h + 21min)));
    EXPECT_EQ(last("notion\"\nattempts = 2\npath = \"/n").first, 2U) << "where that is enough";
}

TEST(WebhookSender, standard_webhooks_listens_to_what_it_is_told) {
    const std::string one = "from = \"standard\"\nevents = 1\n";
    EXPECT_EQ(Sent(one, 9, {}, http::Response(410)).times().size(), 1) << "gone";
    EXPECT_EQ(Sent(one, 1, {}, http::Response(429)).times().back(), 60s) << "throttled";
    http::Response later(503);
    later.header("retry-after", "90");
    EXPECT_EQ(Sent(one, 1, {}, later).times().back(), 90s);
}

TEST(WebhookSender, a_body_that_drips_arrives_whole_and_in_the_end) {
    const Sent sent(one_from_slack + "slow = [1]\n");
    ASSERT_EQ(sent.program.seen.size(), 1);
    EXPECT_TRUE(http::JsonDocument::parse(sent.program.seen[0].body()));
    const auto& row = sent.sandbox->journal().outbound().front();
    EXPECT_GT(*row.finished - row.sent, 1500ms);
    EXPECT_EQ(row.status, 200);
}

TEST(WebhookSender, a_huge_delivery_is_still_one_signed_document) {
    const Sent sent(one_from_slack + "huge = [1]\n");
    ASSERT_EQ(sent.program.seen.size(), 1);
    EXPECT_GT(sent.program.seen[0].body().size(), std::size_t{5} << 20U);
    EXPECT_TRUE(http::JsonDocument::parse(sent.program.seen[0].body()));
}

TEST(WebhookSender, who_lost_a_delivery_asks_for_it_by_hand) {
    const Sent sent("from = \"github\"\nevents = 1\nredelivered = [1]\n");
    ASSERT_EQ(sent.program.seen.size(), 1);
    EXPECT_THAT(sent.times(), testing::ElementsAre(0ns, 20s));
}

TEST(WebhookSender, how_soon_a_copy_comes_can_be_said) {
    const Sent sent(one_from_slack + "duplicate = [1]\nagain_after = \"3s\"\n");
    EXPECT_THAT(sent.times(), testing::ElementsAre(0ns, 3s));
}

TEST(WebhookSender, a_lost_delivery_arrives_as_a_retry) {
    const Sent sent(one_from_slack + "lost = [1]\n");
    ASSERT_EQ(sent.program.seen.size(), 1);
    EXPECT_EQ(sent.program.seen[0].headers().value("x-slack-retry-num"), "1");
    EXPECT_EQ(fact(sent.sandbox->journal().outbound().front().facts, "lost"), "yes");
}

TEST(WebhookSender, twins_leave_in_the_same_instant) {
    const Sent sent(one_from_slack + "twin = [1]\n");
    EXPECT_THAT(sent.times(), testing::ElementsAre(0ns, 0ns));
    EXPECT_EQ(sent.program.seen[0].body(), sent.program.seen[1].body());
}

TEST(WebhookSender, what_is_not_genuine_is_sent_once_and_the_row_knows) {
    const Sent sent(one_from_slack + "forged = [1]\n", 9);
    int forged = 0;
    for (const auto& row : sent.sandbox->journal().outbound()) {
        forged += fact(row.facts, "truth") == "forged" ? 1 : 0;
    }
    EXPECT_EQ(forged, 1);
    const auto numbers = sent.sandbox->numbers();
    EXPECT_EQ(numbers.at("events"), 1);
    EXPECT_EQ(numbers.at("lost"), 1);
    EXPECT_EQ(numbers.at("forged applied"), 0);
}

}  // namespace
}  // namespace apilab::sandbox::webhook
