#include <gtest/gtest.h>

#include <string>

#include "trace_server_side.hpp"

namespace apilab::cli {
namespace {

using namespace std::chrono_literals;
using observe::ServerSide;

observe::Story sent_twice() {
    // 2026-01-01T00:00:00Z
    observe::Story story{.started = SystemTime(std::chrono::seconds(1'767'225'600))};
    story.record.attempts.resize(2);
    story.record.attempts[1].started = story.record.started + 1s;
    for (std::size_t i = 0; i < 2; ++i) {
        observe::Exchange exchange{
            .attempt = i, .method = "POST", .url = "http://a.test/api/x?q=1"};
        exchange.request_headers.add("x-request-id", "c-000001." + std::to_string(i + 1));
        story.exchanges.push_back(exchange);
    }
    return story;
}

std::string row(std::string_view id, std::string_view time, std::string_view rest) {
    return R"({"type":"exchange","t_ms":10,"method":"POST","path":"/x","headers":{"x-request-id":")" +
           std::string(id) + R"("},"time":")" + std::string(time) + "\"," + std::string(rest) +
           "}\n";
}

TEST(ServerSideOf, a_reply_that_was_lost_after_the_commit_is_told) {
    const auto sides = server_side_of(
        sent_twice(), row("c-000001.1", "2026-01-01T00:00:00.000Z",
                          R"("status":201,"reply":"lost","effect":"applied","finished_ms":17.5,)"
                          R"("delay_ms":0,"faults":[{"id":"f1","kind":"reset"}])") +
                          row("c-000001.2", "2026-01-01T00:00:01.000Z",
                              R"("status":201,"reply":"sent","effect":"none","finished_ms":12)"));
    ASSERT_TRUE(sides);
    ASSERT_EQ(sides->size(), 2U);
    EXPECT_EQ(explain(sides->at(0)), "committed, reply lost (f1: reset)");
    EXPECT_EQ(*sides->at(0).answered - sides->at(0).received, 7500us);
    EXPECT_EQ(sides->at(0).attempt, 0U);
    EXPECT_EQ(explain(sides->at(1)), "201");
    EXPECT_EQ(sides->at(1).attempt, 1U);
}

TEST(ServerSideOf, of_several_rows_with_one_id_the_nearest_in_time_is_taken) {
    const auto sides = server_side_of(
        sent_twice(),
        row("c-000001.1", "2025-12-31T00:00:00Z", R"("status":500,"reply":"sent")") +
            row("c-000001.1", "2026-01-01T00:00:00Z", R"("status":201,"reply":"sent")"));
    ASSERT_TRUE(sides);
    ASSERT_EQ(sides->size(), 1U);
    EXPECT_EQ(sides->front().status, 201);
}

TEST(ServerSideOf, what_others_sent_is_left_out) {
    const auto sides =
        server_side_of(sent_twice(), row("c-000009.1", "2026-01-01T00:00:00Z", R"("status":201)") +
                                         R"({"type":"outbound","time":"2026-01-01T00:00:00Z"})"
                                         "\n");
    ASSERT_TRUE(sides);
    EXPECT_TRUE(sides->empty());
}

TEST(ServerSideOf, a_line_that_is_no_json_is_named) {
    const auto sides = server_side_of(sent_twice(), "\n{");
    ASSERT_FALSE(sides);
    EXPECT_EQ(sides.error().kind(), ErrorKind::decode);
    EXPECT_TRUE(sides.error().message().starts_with("line 2 of the journal"))
        << sides.error().message();
}

}  // namespace
}  // namespace apilab::cli
