#include "apilab/transport/internal/wire_play.hpp"

#include <gtest/gtest.h>

namespace apilab::transport::internal {
namespace {

using End = WirePlay::End;
using Framing = http::WirePlan::Framing;
using Reset = http::WirePlan::Reset;

struct Row {
    const char* what;
    http::WirePlan plan;
    End end;
    std::uint64_t bytes;
};

TEST(WirePlay, every_fault_ends_where_the_plan_says) {
    const Row rows[] = {
        {"nothing", {}, End::complete, 150},
        {"reset before", {.reset = Reset::before_response}, End::reset, 0},
        {"reset in the head", {.reset = Reset::mid_headers}, End::reset, 50},
        {"reset in the body", {.reset = Reset::mid_body}, End::reset, 125},
        {"close", {.close_before_response = true}, End::closed, 0},
        {"truncate", {.truncate_body_at = 10}, End::truncated, 110},
        {"truncate at the end is none", {.truncate_body_at = 50}, End::complete, 150},
        {"stall at once", {.stall_at = 0}, End::stalled, 0},
        {"stall in the body", {.stall_at = 120}, End::stalled, 120},
        {"stall after some of the body", {.stall_body_at = 7}, End::stalled, 107},
        {"stall after all of the body is none", {.stall_body_at = 50}, End::complete, 150},
        {"the earlier of two stalls", {.stall_at = 120, .stall_body_at = 7}, End::stalled, 107},
        {"stall after the end is none", {.stall_at = 150}, End::complete, 150},
        {"the earlier of two: stall", {.truncate_body_at = 10, .stall_at = 105}, End::stalled, 105},
        {"the earlier of two: truncation",
         {.truncate_body_at = 10, .stall_at = 120},
         End::truncated,
         110},
        {"close after is a complete answer", {.close_after = true}, End::complete, 150},
        {"more announced than there is", {.framing = Framing::wrong_length}, End::stalled, 150},
        {"less announced than there is", {.framing = Framing::short_length}, End::complete, 150},
        {"chunks without end", {.framing = Framing::chunk_without_end}, End::truncated, 150},
        {"stray bytes", {.framing = Framing::stray_bytes}, End::complete, 150},
        {"a head beyond all limits", {.framing = Framing::huge_header}, End::too_large, 100},
        {"an interim answer", {.interim = 103}, End::complete, 150},
        {"a drip", {.drip = 1}, End::complete, 150},
    };
    for (const auto& row : rows) {
        const WirePlay play = play_wire(row.plan, 100, 50);
        EXPECT_EQ(play.end, row.end) << row.what;
        EXPECT_EQ(play.bytes, row.bytes) << row.what;
    }
}

}  // namespace
}  // namespace apilab::transport::internal
