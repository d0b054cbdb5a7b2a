#include "apilab/transport/internal/happy_eyeballs.hpp"

namespace apilab::transport::internal {

using Addresses = std::vector<boost::asio::ip::address>;

Addresses interleave(const Addresses& addresses) {
    Addresses same;
    Addresses other;
    for (const auto& address : addresses) {
        (address.is_v6() == addresses.front().is_v6() ? same : other).push_back(address);
    }
    Addresses order;
    for (std::size_t i = 0; order.size() < addresses.size(); ++i) {
        if (i < same.size()) {
            order.push_back(same[i]);
        }
        if (i < other.size()) {
            order.push_back(other[i]);
        }
    }
    return order;
}

ConnectRace::Next ConnectRace::next(SteadyTime now) {
    if (begun_ == addresses_) {
        return {.what = running_ == 0 ? Next::Do::give_up : Next::Do::wait};
    }
    if (now < next_start_) {
        return {.what = Next::Do::wait, .until = next_start_};
    }
    ++running_;
    next_start_ = now + delay_;
    return {.what = Next::Do::start, .index = begun_++};
}

void ConnectRace::failed() {
    --running_;
    next_start_ = SteadyTime::min();
}

}  // namespace apilab::transport::internal
