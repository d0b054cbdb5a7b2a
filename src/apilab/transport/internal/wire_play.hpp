#pragma once

#include <cstdint>

#include "apilab/http/wire.hpp"

namespace apilab::transport::internal {

/// What a client sees of an answer whose server follows a `WirePlan`.
struct WirePlay {
    enum class End : std::uint8_t { complete, reset, closed, truncated, stalled };
    End end = End::complete;
    /// How many bytes of head and body leave the server before that.
    std::uint64_t bytes = 0;
};

/// Pure: `head` and `body` are the sizes of the answer's parts. Where a plan asks for several
/// things, reset comes before close, and of stall and truncation the earlier one.
[[nodiscard]] WirePlay play_wire(const http::WirePlan& plan, std::uint64_t head,
                                 std::uint64_t body);

}  // namespace apilab::transport::internal
