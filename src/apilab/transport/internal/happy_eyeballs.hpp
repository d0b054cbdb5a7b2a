#pragma once

#include <boost/asio/ip/address.hpp>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "apilab/base/clock.hpp"

namespace apilab::transport::internal {

/// The order in which a host's addresses are tried (RFC 8305 section 4): the two families take
/// turns, beginning with that of the first address, each in its own order.
[[nodiscard]] std::vector<boost::asio::ip::address> interleave(
    const std::vector<boost::asio::ip::address>& addresses);

/// Which address is tried when (RFC 8305 section 5). Pure: the time is passed in, and whoever asks
/// does the connecting.
class ConnectRace {
public:
    ConnectRace(std::size_t addresses, Duration delay) : addresses_(addresses), delay_(delay) {}

    struct Next {
        enum class Do : std::uint8_t {
            /// Begin with the address at `index`, now.
            start,
            /// Nothing, until `until` or until an attempt ends.
            wait,
            /// Every address has failed.
            give_up,
        };
        Do what = Do::give_up;
        std::size_t index = 0;
        SteadyTime until = SteadyTime::max();
    };
    /// To be asked again after whatever it said was done.
    [[nodiscard]] Next next(SteadyTime now);
    /// An attempt under way has failed: the next one need not wait any longer.
    void failed();

private:
    std::size_t addresses_;
    Duration delay_;
    std::size_t begun_ = 0;
    std::size_t running_ = 0;
    SteadyTime next_start_ = SteadyTime::min();
};

}  // namespace apilab::transport::internal
