#include "apilab/transport/internal/wire_play.hpp"

#include <algorithm>

namespace apilab::transport::internal {

WirePlay play_wire(const http::WirePlan& plan, std::uint64_t head, std::uint64_t body) {
    using End = WirePlay::End;
    using Reset = http::WirePlan::Reset;
    switch (plan.reset) {
        case Reset::before_response:
            return {End::reset, 0};
        case Reset::mid_headers:
            return {End::reset, head / 2};
        case Reset::mid_body:
            return {End::reset, head + body / 2};
        case Reset::none:
            break;
    }
    if (plan.close_before_response) {
        return {End::closed, 0};
    }
    switch (plan.framing) {
        case http::WirePlan::Framing::wrong_length:
            return {End::stalled, head + body};
        case http::WirePlan::Framing::chunk_without_end:
            return {End::truncated, head + body};
        case http::WirePlan::Framing::huge_header:
            return {End::too_large, head};
        default:
            break;
    }
    WirePlay play{End::complete, head + body};
    if (plan.truncate_body_at && *plan.truncate_body_at < body) {
        play = {End::truncated, head + *plan.truncate_body_at};
    }
    std::uint64_t stall = plan.stall_at.value_or(play.bytes);
    if (plan.stall_body_at && *plan.stall_body_at < body) {
        stall = std::min<std::uint64_t>(stall, head + *plan.stall_body_at);
    }
    if (stall < play.bytes) {
        play = {End::stalled, stall};
    }
    return play;
}

}  // namespace apilab::transport::internal
