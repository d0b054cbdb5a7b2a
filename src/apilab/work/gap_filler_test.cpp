#include "apilab/work/gap_filler.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "apilab/base/file.hpp"
#include "apilab/runtime/task_group.hpp"
#include "apilab/runtime/virtual_scheduler.hpp"
#include "apilab/work/internal/test_messages.hpp"

namespace apilab::work {
namespace {

using namespace std::chrono_literals;
using runtime::Task;
using runtime::TaskGroup;
using runtime::VirtualScheduler;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// A sender's list, the newest first in pages of so many.
class Sender final : public DeliverySource {
public:
    explicit Sender(VirtualScheduler& its_scheduler) : scheduler(its_scheduler) {}

    Task<Result<DeliveryPage>> list(SystemTime since, std::string page) override {
        asked_since.push_back(since);
        pages_read += 1;
        if (list_fails) {
            co_return fail(*list_fails);
        }
        const std::size_t at = page.empty() ? 0 : std::stoul(page);
        DeliveryPage out;
        for (std::size_t i = at; i < std::min(at + page_size, deliveries.size()); ++i) {
            out.deliveries.push_back(deliveries[deliveries.size() - 1 - i]);
        }
        if (at + page_size < deliveries.size()) {
            out.next = circle ? "1" : std::to_string(at + page_size);
        }
        co_return out;
    }
    Task<Result<void>> request_again(std::string delivery) override {
        requested.push_back(delivery);
        requested_at.push_back(scheduler.system_now());
        if (on_request) {
            on_request(delivery);
        }
        if (request_fails) {
            co_return fail(*request_fails);
        }
        co_return Result<void>();
    }
    void add(std::string guid, int status, bool redelivery = false, std::string event = "push") {
        deliveries.push_back({.id = std::to_string(deliveries.size() + 1),
                              .guid = std::move(guid),
                              .event = std::move(event),
                              .status = status,
                              .at = scheduler.system_now(),
                              .redelivery = redelivery});
    }

    VirtualScheduler& scheduler;
    std::vector<Delivery> deliveries;
    std::size_t page_size = 100;
    std::size_t pages_read = 0;
    bool circle = false;
    std::optional<Error> list_fails;
    std::optional<Error> request_fails;
    std::function<void(const std::string&)> on_request;
    std::vector<std::string> requested;
    std::vector<SystemTime> requested_at;
    std::vector<SystemTime> asked_since;
};

class GapFillerTest : public ::testing::Test {
protected:
    void TearDown() override { std::filesystem::remove(file); }

    GapFiller& filler(GapFillerOptions options = {}) {
        made.emplace(scheduler, writer, sender, std::move(options));
        return *made;
    }
    GapReport round() {
        if (!made) {
            filler();
        }
        return runtime::run(scheduler, made->round());
    }
    // So many events that nobody took, a minute apart, and a while for them to grow old.
    void outage(int count) {
        for (int i = 1; i <= count; ++i) {
            sender.add("lost-" + std::to_string(i), 0);
            scheduler.advance(1min);
        }
    }
    // What is asked for arrives.
    void heal() {
        sender.on_request = [this](const std::string& id) {
            const auto guid = sender.deliveries.at(std::stoul(id) - 1).guid;
            sender.add(guid, 200, true);
            store.archived.push_back(guid);
        };
    }

    VirtualScheduler scheduler;
    internal::MessagesStore store;
    StoreWriter writer{scheduler, store, {.own_thread = false}};
    Sender sender{scheduler};
    std::optional<GapFiller> made;
    std::filesystem::path file =
        std::filesystem::path(::testing::TempDir()) /
        ("gap-" + std::string(::testing::UnitTest::GetInstance()->current_test_info()->name()));
};

TEST_F(GapFillerTest, an_outage_is_filled_and_nothing_else_is_asked_for) {
    heal();
    sender.add("before", 200);
    store.archived.emplace_back("before");
    scheduler.advance(1min);
    outage(12);
    const auto first = round();
    EXPECT_EQ(first.describe(), "13 events, 12 missing, 12 asked for, 0 recovered");
    EXPECT_TRUE(first.complete);
    EXPECT_THAT(sender.requested,
                ElementsAre("2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13"));
    EXPECT_EQ(sender.requested_at[1] - sender.requested_at[0], 1s);
    scheduler.advance(10min);
    const auto second = round();
    EXPECT_EQ(second.recovered, 12U);
    EXPECT_EQ(second.missing, 0U);
    EXPECT_EQ(sender.requested.size(), 12U);
    EXPECT_EQ(made->totals().recovered, 12U);
    EXPECT_EQ(second.alarm, "");
}

TEST_F(GapFillerTest, what_is_stored_is_not_asked_for_though_its_answer_was_lost) {
    sender.add("a", 0);
    store.archived.emplace_back("a");
    scheduler.advance(10min);
    EXPECT_EQ(round().missing, 0U);
    EXPECT_THAT(sender.requested, IsEmpty());
}

TEST_F(GapFillerTest, what_was_acknowledged_and_lost_is_asked_for) {
    sender.add("a", 200);
    scheduler.advance(10min);
    const auto report = round();
    EXPECT_EQ(report.acknowledged, 1U);
    EXPECT_THAT(sender.requested, ElementsAre("1"));
}

TEST_F(GapFillerTest, what_comes_by_itself_meanwhile_is_not_asked_for) {
    outage(3);
    sender.on_request = [this](const std::string&) { store.archived.emplace_back("lost-2"); };
    const auto report = round();
    EXPECT_THAT(sender.requested, ElementsAre("1", "3"));
    EXPECT_EQ(report.asked, 2U);
}

TEST_F(GapFillerTest, what_does_not_come_is_asked_for_again_and_then_told) {
    outage(1);
    scheduler.advance(1min);
    filler();
    GapReport report = round();
    for (int i = 0; i < 40 && report.given_up == 0; ++i) {
        EXPECT_EQ(report.alarm, "");
        scheduler.advance(5min);
        report = round();
    }
    EXPECT_EQ(sender.requested.size(), 5U);
    EXPECT_EQ(report.given_up, 1U);
    EXPECT_THAT(report.lost, ElementsAre("lost-1"));
    EXPECT_THAT(report.alarm, HasSubstr("lost-1"));
}

TEST_F(GapFillerTest, a_round_asks_for_so_many_and_the_oldest_first) {
    outage(10);
    filler({.rule = {.asks_per_round = 3}});
    EXPECT_EQ(round().asked, 3U);
    EXPECT_THAT(sender.requested, ElementsAre("1", "2", "3"));
    (void)round();
    EXPECT_THAT(sender.requested, ElementsAre("1", "2", "3", "4", "5", "6"));
}

TEST_F(GapFillerTest, the_checkpoint_stays_before_what_is_missing_and_spares_lists_after) {
    heal();
    filler();
    EXPECT_TRUE(round().complete);
    const auto begun = sender.asked_since.back();
    EXPECT_EQ(begun, scheduler.system_now() - 72h);
    scheduler.advance(1h);
    outage(2);
    const auto lost_at = sender.deliveries.front().at;
    (void)round();
    EXPECT_EQ(made->checkpoint().through, lost_at);
    scheduler.advance(10min);
    (void)round();
    EXPECT_EQ(made->checkpoint().through, scheduler.system_now());
    (void)round();
    EXPECT_EQ(sender.asked_since.back(), scheduler.system_now() - 5min);
}

TEST_F(GapFillerTest, a_long_list_is_read_over_several_rounds) {
    heal();
    sender.page_size = 10;
    outage(35);
    filler({.rule = {.pages_per_round = 2}});
    const auto first = round();
    EXPECT_FALSE(first.complete);
    EXPECT_EQ(sender.pages_read, 2U);
    EXPECT_FALSE(made->checkpoint().through);
    EXPECT_EQ(first.asked, 20U);
    // It goes on with the older ones; what was redelivered meanwhile has moved its pages.
    for (int i = 0; i < 4; ++i) {
        (void)round();
    }
    EXPECT_TRUE(made->checkpoint().through);
    EXPECT_EQ(store.archived.size(), 35U);
}

TEST_F(GapFillerTest, a_list_in_a_circle_ends) {
    sender.page_size = 1;
    sender.circle = true;
    outage(5);
    const auto report = round();
    ASSERT_TRUE(report.error);
    EXPECT_EQ(report.error->kind(), ErrorKind::protocol);
    EXPECT_LE(sender.pages_read, 3U);
    EXPECT_FALSE(made->checkpoint().through);
}

TEST_F(GapFillerTest, a_sender_that_cannot_be_listed_is_an_alarm_before_it_is_too_late) {
    sender.list_fails = Error(ErrorKind::connect, "refused");
    filler();
    scheduler.advance(47h);
    auto report = round();
    EXPECT_EQ(report.error->kind(), ErrorKind::connect);
    EXPECT_EQ(report.alarm, "");
    scheduler.advance(1h);
    EXPECT_THAT(round().alarm, HasSubstr("not been listed for 2 d"));
}

TEST_F(GapFillerTest, an_event_that_will_be_forgotten_soon_is_an_alarm) {
    sender.request_fails = Error(ErrorKind::rate_limited, "later");
    outage(1);
    filler();
    scheduler.advance(47h);
    EXPECT_EQ(round().alarm, "");
    scheduler.advance(1h);
    EXPECT_THAT(round().alarm, HasSubstr("missing for 2 d"));
}

TEST_F(GapFillerTest, what_was_not_looked_at_in_time_is_told) {
    filler({.checkpoint = file});
    (void)round();
    scheduler.advance(80h);
    filler({.checkpoint = file});
    EXPECT_THAT(round().alarm, HasSubstr("was not looked at"));
}

TEST_F(GapFillerTest, a_limit_ends_the_round_and_a_refusal_does_not) {
    outage(3);
    sender.request_fails = Error(ErrorKind::rate_limited, "429").with_outcome(Outcome::answered);
    EXPECT_EQ(round().asked, 0U);
    EXPECT_EQ(sender.requested.size(), 1U);
    sender.request_fails = Error(ErrorKind::status, "404").with_outcome(Outcome::answered);
    EXPECT_EQ(round().asked, 3U);
}

TEST_F(GapFillerTest, a_request_whose_answer_is_lost_was_made) {
    outage(1);
    scheduler.advance(1min);
    sender.request_fails = Error(ErrorKind::connection_lost, "gone").with_outcome(Outcome::unknown);
    (void)round();
    (void)round();
    EXPECT_EQ(sender.requested.size(), 1U);
}

TEST_F(GapFillerTest, a_new_process_knows_what_was_asked_for) {
    outage(2);
    scheduler.advance(1min);
    filler({.checkpoint = file});
    (void)round();
    filler({.checkpoint = file});
    EXPECT_EQ(round().asked, 0U);
    EXPECT_EQ(sender.requested.size(), 2U);
    EXPECT_EQ(made->checkpoint().asked.size(), 2U);
}

TEST_F(GapFillerTest, a_broken_checkpoint_is_told_and_begun_anew) {
    heal();
    outage(1);
    scheduler.advance(1min);
    std::ofstream(file) << "something else\n";
    filler({.checkpoint = file});
    const auto report = round();
    EXPECT_THAT(report.alarm, HasSubstr("line 1"));
    EXPECT_EQ(report.asked, 1U);
    EXPECT_TRUE(GapCheckpoint::parse(*read_file(file, 1000)));
}

TEST_F(GapFillerTest, without_the_archive_nothing_is_asked_for) {
    outage(1);
    scheduler.advance(1min);
    store.has_event_fails = true;
    const auto report = round();
    EXPECT_EQ(report.error->kind(), ErrorKind::io);
    EXPECT_THAT(sender.requested, IsEmpty());
    EXPECT_FALSE(made->checkpoint().through);
}

TEST_F(GapFillerTest, what_is_no_guid_or_too_much_is_refused) {
    sender.add("two words", 0);
    EXPECT_EQ(round().error->detail(), "guid");
    sender.deliveries.front().guid = "g";
    sender.deliveries.front().id = "";
    EXPECT_EQ(round().error->detail(), "id");
    sender.page_size = 2000;
    sender.deliveries.assign(1001, {.id = "1", .guid = "g", .event = "push"});
    EXPECT_EQ(round().error->kind(), ErrorKind::too_large);
}

TEST_F(GapFillerTest, runs_round_after_round_until_it_is_stopped) {
    heal();
    outage(2);
    std::vector<std::string> told;
    filler({.told = [&](const GapReport& report) { told.push_back(report.describe()); }});
    TaskGroup group(scheduler);
    group.spawn(made->run());
    scheduler.advance(11min);
    made->stop();
    runtime::run(scheduler, group.join());
    EXPECT_THAT(told, ElementsAre("2 events, 2 missing, 2 asked for, 0 recovered",
                                  "2 events, 0 missing, 0 asked for, 2 recovered",
                                  "1 events, 0 missing, 0 asked for, 0 recovered"));
}

TEST_F(GapFillerTest, stop_ends_a_round_before_its_next_request) {
    outage(5);
    filler();
    sender.on_request = [this](const std::string&) { made->stop(); };
    (void)round();
    EXPECT_EQ(sender.requested.size(), 1U);
}

TEST_F(GapFillerTest, options_out_of_range_are_named) {
    EXPECT_TRUE(GapFillerOptions{}.validate());
    EXPECT_EQ(GapFillerOptions{.every = 999ms}.validate().error().detail(), "every");
    EXPECT_EQ(GapFillerOptions{.rule = {.asks_max = 0}}.validate().error().detail(), "asks_max");
}

}  // namespace
}  // namespace apilab::work
