#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apilab/runtime/scheduler.hpp"
#include "apilab/sandbox/internal/test_world.hpp"
#include "apilab/sandbox/journal_export.hpp"
#include "apilab/transport/loopback_transport.hpp"

namespace apilab::sandbox {
namespace {

using namespace std::chrono_literals;
using internal::World;
using testing::HasSubstr;

// A program under test that needs its time, and never comes back from /hang.
class Program final : public runtime::Service {
public:
    explicit Program(runtime::Scheduler& scheduler) : scheduler_(scheduler) {}
    runtime::Task<Result<http::Response>> call(http::Request request,
                                               runtime::CallContext /*context*/) override {
        asked.push_back(request.method() + " " + request.url().target());
        const bool hangs = request.url().path().ends_with("/hang");
        if (auto slept = co_await scheduler_.sleep_for(hangs ? Duration(1h) : Duration(30ms));
            !slept) {
            co_return fail(std::move(slept).error());
        }
        co_return http::Response(200, std::string(20'000, 'x'));
    }
    std::vector<std::string> asked;

private:
    runtime::Scheduler& scheduler_;
};

void play(World& world, Program& program) {
    transport::LoopbackTransport way(world.scheduler, program);
    runtime::run(world.scheduler,
                 world.sandbox->play_world(way, *http::Url::parse("http://program.test/base")));
}

TEST(Outbound, a_visitor_asks_at_its_pace_whether_answered_or_not) {
    World world(R"(name = "v"
[[visitor]]
path = "/digest?a=1"
every = "10ms"
count = 3
after = "1s"
[[visitor]]
method = "POST"
path = "/hang"
patience = "2s"
)");
    Program program(world.scheduler);
    play(world, program);
    const auto& rows = world.sandbox->journal().outbound();
    ASSERT_EQ(rows.size(), 4U);
    EXPECT_EQ(rows[0].path, "/base/hang");
    EXPECT_EQ(rows[0].status, 0);
    EXPECT_NE(rows[0].error, "");
    EXPECT_EQ(*rows[0].finished - rows[0].sent, 2s);
    EXPECT_EQ(rows[1].sent - rows[0].sent, 1s);
    EXPECT_EQ(rows[2].sent - rows[1].sent, 10ms) << "the first was not yet answered";
    EXPECT_EQ(*rows[2].finished - rows[2].sent, 30ms);
    EXPECT_EQ(rows[3].status, 200);
    EXPECT_EQ(rows[3].from, "visitor");
    EXPECT_EQ(rows[3].body.size(), 16U * 1024) << "answers are kept up to a limit";
    EXPECT_THAT(program.asked, testing::Contains("GET /base/digest?a=1").Times(3));
}

TEST(Outbound, rows_of_both_directions_stand_in_one_order) {
    World world;
    Program program(world.scheduler);
    transport::LoopbackTransport way(world.scheduler, program);
    world.get("/things/items/a");
    (void)runtime::run(
        world.scheduler,
        world.sandbox->call_out(way, http::Request::get(*http::Url::parse("http://p.test/hook")),
                                1s, {.from = "github", .facts = {{"event", "e1"}}}));
    world.get("/things/items/b");
    const auto text = journal_ndjson(world.sandbox->journal());
    const auto first = text.find(R"("seq":1)");
    const auto second = text.find(R"("seq":2)");
    const auto third = text.find(R"("seq":3)");
    ASSERT_NE(third, std::string::npos) << text;
    EXPECT_LT(first, second);
    EXPECT_LT(second, third);
    EXPECT_THAT(text,
                HasSubstr(R"("type":"outbound","from":"github","method":"GET","path":"/hook")"));
    EXPECT_THAT(text, HasSubstr(R"("facts":{"event":"e1"})"));
    EXPECT_EQ(count_rows(world.sandbox->journal(), {}), 2U) << "exchanges";
    EXPECT_THAT(journal_ndjson(world.sandbox->journal(), {.operation = "get_item"}),
                testing::Not(HasSubstr("outbound")));
}

TEST(Outbound, a_new_run_forgets_what_was_asked_and_handed_in) {
    World world("name = \"v\"\n[[visitor]]\npath = \"/x\"\n");
    Program program(world.scheduler);
    play(world, program);
    ASSERT_TRUE(world.sandbox->hand_in("log", "text"));
    EXPECT_EQ(world.sandbox->handed_in().at("log"), "text");
    world.sandbox->reset();
    EXPECT_TRUE(world.sandbox->journal().outbound().empty());
    EXPECT_TRUE(world.sandbox->handed_in().empty());
}

TEST(Outbound, what_is_handed_in_has_limits) {
    World world;
    for (int i = 0; i < 16; ++i) {
        EXPECT_TRUE(world.sandbox->hand_in("name " + std::to_string(i), "x"));
    }
    EXPECT_FALSE(world.sandbox->hand_in("one more", "x"));
    EXPECT_TRUE(world.sandbox->hand_in("name 3", "instead"));
    EXPECT_FALSE(world.sandbox->hand_in("name 3", std::string((16U << 20U) + 1, 'x')));
}

TEST(Visitor, an_error_names_the_field) {
    const auto detail = [](std::string_view fields) {
        const auto scenario = parse_scenario("name = \"v\"\n[[visitor]]\n" + std::string(fields));
        return scenario ? std::string("accepted") : scenario.error().detail();
    };
    EXPECT_EQ(detail("path = \"/x\""), "accepted");
    EXPECT_EQ(detail("path = \"x\""), "/visitor/0/path");
    EXPECT_EQ(detail("every = \"1s\""), "/visitor/0/path");
    EXPECT_EQ(detail("path = \"/x\"\ncount = 2"), "/visitor/0/every");
    EXPECT_EQ(detail("path = \"/x\"\ncount = 2\nevery = \"2h\""), "/visitor/0/every");
    EXPECT_EQ(detail("path = \"/x\"\ncount = 0"), "/visitor/0/count");
    EXPECT_EQ(detail("path = \"/x\"\nspeed = 2"), "/visitor/0/speed");
}

}  // namespace
}  // namespace apilab::sandbox
