#include "apilab/server/internal/response_head.hpp"

#include <gtest/gtest.h>

namespace apilab::server::internal {
namespace {

std::string head(const http::Response& response, HeadOptions options = {}) {
    std::string out;
    options.date = "D";
    EXPECT_TRUE(append_head(out, response, options));
    return out;
}

TEST(ResponseHead, is_the_same_for_the_same_answer) {
    EXPECT_EQ(head(http::Response(200, "abc", {{"X-A", "1"}, {"X-A", "2"}})),
              "HTTP/1.1 200 OK\r\nX-A: 1\r\nX-A: 2\r\ndate: D\r\ncontent-length: 3\r\n\r\n");
    EXPECT_EQ(head(http::Response(599), {.close = true, .server = "s"}),
              "HTTP/1.1 599 \r\ndate: D\r\nserver: s\r\ncontent-length: 0\r\n"
              "connection: close\r\n\r\n");
    http::Response reasoned(200);
    reasoned.reason("Fine");
    EXPECT_EQ(head(reasoned, {.http10 = true}),
              "HTTP/1.1 200 Fine\r\ndate: D\r\ncontent-length: 0\r\n"
              "connection: keep-alive\r\n\r\n");
}

TEST(ResponseHead, appends_nothing_where_it_refuses) {
    std::string out = "before";
    EXPECT_FALSE(append_head(out, http::Response(200, "", {{"a", "1\n2"}}), {}));
    EXPECT_EQ(out, "before");
}

TEST(ResponseHead, takes_no_length_from_a_service_that_is_no_number) {
    const http::Response response(200, "", {{"content-length", "1\t2"}});
    EXPECT_EQ(head(response, {.head_request = true}),
              "HTTP/1.1 200 OK\r\ndate: D\r\ncontent-length: 0\r\n\r\n");
}

using End = Delivery::End;
using Reset = http::WirePlan::Reset;

struct Row {
    http::WirePlan plan;
    std::size_t body;
    std::size_t bytes;
    End end;
    bool cut;
};

TEST(Delivery, follows_the_plan) {
    constexpr std::size_t head_size = 100;
    const Row table[] = {
        {{}, 50, 150, End::complete, false},
        {{.reset = Reset::before_response}, 50, 0, End::reset, true},
        {{.reset = Reset::mid_headers}, 50, 50, End::reset, true},
        {{.reset = Reset::mid_body}, 50, 125, End::reset, true},
        {{.reset = Reset::mid_body}, 1, 100, End::reset, true},
        {{.reset = Reset::mid_body}, 0, 98, End::reset, true},
        {{.close_before_response = true}, 50, 0, End::fin, true},
        {{.truncate_body_at = 0}, 50, 100, End::fin, true},
        {{.truncate_body_at = 49}, 50, 149, End::fin, true},
        {{.truncate_body_at = 50}, 50, 150, End::fin, false},
        {{.stall_at = 0}, 50, 0, End::stall, false},
        {{.stall_at = 149}, 50, 149, End::stall, false},
        {{.stall_at = 150}, 50, 150, End::complete, false},
        {{.close_after = true}, 50, 150, End::fin, false},
        // Of several: reset, then close, then whatever comes first on the wire.
        {{.reset = Reset::mid_headers, .close_before_response = true}, 50, 50, End::reset, true},
        {{.close_before_response = true, .stall_at = 1}, 50, 0, End::fin, true},
        {{.truncate_body_at = 10, .stall_at = 105}, 50, 105, End::stall, false},
        {{.truncate_body_at = 10, .stall_at = 110}, 50, 110, End::fin, true},
        {{.stall_at = 150, .close_after = true}, 50, 150, End::fin, false},
    };
    for (std::size_t i = 0; i < std::size(table); ++i) {
        const auto& [plan, body, bytes, end, cut] = table[i];
        const Delivery delivery = plan_delivery(&plan, head_size, body);
        EXPECT_EQ(delivery.bytes, bytes) << "row " << i;
        EXPECT_EQ(delivery.end, end) << "row " << i;
        EXPECT_EQ(delivery.cut, cut) << "row " << i;
    }
    EXPECT_EQ(plan_delivery(nullptr, head_size, 50).bytes, 150u);
}

TEST(HasBody, is_told_by_status_and_method) {
    EXPECT_TRUE(has_body(200, false));
    EXPECT_TRUE(has_body(404, false));
    EXPECT_FALSE(has_body(200, true));
    EXPECT_FALSE(has_body(204, false));
    EXPECT_FALSE(has_body(304, false));
}

}  // namespace
}  // namespace apilab::server::internal
