#pragma once

#include <cstdint>

#include "apilab/http/wire.hpp"

namespace apilab::transport::internal {

/// What a client sees of an answer whose server follows a `WirePlan`.
struct WirePlay {
    /// `too_large`: the head is beyond every limit.
    enum class End : std::uint8_t { complete, reset, closed, truncated, stalled, too_large };
    End end = End::complete;
    /// How many bytes of head and body leave the server before that.
    std::uint64_t bytes = 0;
};

/// Pure: `head` and `body` are the sizes of the answer's parts. Where a plan asks for several
/// things, reset comes before close, and of stall and truncation the earlier one. Of an answer that
/// may have no body the framing is left out by the caller.
[[nodiscard]] WirePlay play_wire(const http::WirePlan& plan, std::uint64_t head,
                                 std::uint64_t body);

}  // namespace apilab::transport::internal
