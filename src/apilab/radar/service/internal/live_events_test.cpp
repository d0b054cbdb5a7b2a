#include "apilab/radar/service/internal/live_events.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apilab/radar/service/internal/test_dashboard.hpp"
#include "apilab/runtime/virtual_scheduler.hpp"

namespace apilab::radar::internal {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class LiveEvents : public ::testing::Test {
protected:
    std::string read(LiveReader& reader) { return *runtime::run(scheduler, reader.read(1)); }

    runtime::VirtualScheduler scheduler;
    std::shared_ptr<LiveHub> hub = std::make_shared<LiveHub>(scheduler, "boot", 5s);
};

TEST_F(LiveEvents, who_comes_is_told_from_where_it_goes_on) {
    hub->publish("call", "{\"n\":1}");
    LiveReader reader(hub, "");
    EXPECT_EQ(read(reader), "retry: 2000\n\nid: boot-1\nevent: hello\ndata: {}\n\n")
        << "what was before is on the page already";
    hub->publish("call", "{\"n\":2}");
    EXPECT_EQ(read(reader), "id: boot-2\nevent: call\ndata: {\"n\":2}\n\n");
}

TEST_F(LiveEvents, where_nothing_happens_it_is_said_that_it_lives) {
    LiveReader reader(hub, "");
    (void)read(reader);
    const auto before = scheduler.now();
    EXPECT_EQ(read(reader), "event: beat\ndata: {}\n\n");
    EXPECT_EQ(scheduler.now() - before, 5s);
}

TEST_F(LiveEvents, who_comes_again_misses_nothing) {
    for (int i = 1; i <= 4; ++i) {
        hub->publish("call", std::to_string(i));
    }
    LiveReader reader(hub, "boot-2");
    EXPECT_THAT(read(reader), AllOf(HasSubstr("data: 3"), HasSubstr("data: 4"),
                                    Not(HasSubstr("data: 2")), Not(HasSubstr("reset"))));
}

TEST_F(LiveEvents, who_missed_too_much_or_saw_another_life_begins_anew) {
    for (std::size_t i = 0; i < LiveHub::kept_max + 10; ++i) {
        hub->publish("call", "{}");
    }
    for (const auto* id : {"boot-3", "other-266", "boot-999", "boot-", "boot", "-", "boot-1x"}) {
        LiveReader reader(hub, id);
        EXPECT_THAT(read(reader), AllOf(HasSubstr("event: reset"), Not(HasSubstr("event: call"))))
            << id;
    }
    LiveReader slow(hub, "");
    (void)read(slow);
    for (std::size_t i = 0; i < LiveHub::kept_max + 1; ++i) {
        hub->publish("call", "{}");
    }
    EXPECT_THAT(read(slow), HasSubstr("event: reset"));
}

TEST_F(LiveEvents, at_the_end_everybody_is_let_go) {
    LiveReader reader(hub, "");
    (void)read(reader);
    hub->end();
    EXPECT_EQ(read(reader), "");
    LiveReader late(hub, "");
    EXPECT_EQ(read(late), "");
}

class DashboardStream : public DashboardTest {
protected:
    std::shared_ptr<runtime::BodySource> follow(int status = 200) {
        auto live = std::make_shared<runtime::LiveAnswer>();
        runtime::CallContext context;
        context.inbound = runtime::Inbound{.peer_address = "127.0.0.1"};
        const auto answer = runtime::run(
            scheduler, dashboard->call_live(request("GET", "/api/stream"), context, live));
        EXPECT_EQ(answer->status(), status);
        return live->source;
    }
    std::string read(runtime::BodySource& source) {
        return *runtime::run(scheduler, source.read(1));
    }
};

TEST_F(DashboardStream, calls_and_actions_are_told_to_who_follows) {
    const auto source = follow();
    ASSERT_TRUE(source);
    (void)read(*source);
    parts->call("npm", "get_packument", "https://registry.example/lodash");
    EXPECT_THAT(read(*source), AllOf(HasSubstr("event: call"), HasSubstr("get_packument")));
    EXPECT_EQ(act("check", "{}").status(), 200);
    EXPECT_THAT(read(*source), AllOf(HasSubstr("event: action"), HasSubstr("all watches")));
    dashboard->stop();
    EXPECT_EQ(read(*source), "");
}

TEST_F(DashboardStream, only_so_many_may_follow) {
    begin({.listeners_max = 2});
    const auto first = follow();
    auto second = follow();
    EXPECT_EQ(follow(503), nullptr);
    second.reset();
    EXPECT_NE(follow(), nullptr) << "who went away makes room";
    EXPECT_EQ(get("/api/stream").status(), 501) << "by whole answers only";
}

TEST_F(DashboardStream, one_that_outlives_the_dashboard_ends) {
    const auto source = follow();
    (void)read(*source);
    dashboard.reset();
    EXPECT_EQ(read(*source), "");
    parts->call("npm", "get_packument", "https://registry.example/lodash");
}

}  // namespace
}  // namespace apilab::radar::internal
