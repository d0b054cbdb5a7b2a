#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "apilab/base/clock.hpp"

namespace apilab::transport::internal {

/// A connection that is only a number.
struct SimulatedConnection {
    std::uint64_t id = 0;
    std::uint64_t requests = 0;
    SteadyTime idle_since;
    [[nodiscard]] bool reused() const { return requests > 1; }
};

/// Keep-alive without sockets: which connection a request would have gone out on.
class SimulatedConnections {
public:
    SimulatedConnections(std::size_t idle_max, Duration keep_alive)
        : idle_max_(idle_max), keep_alive_(keep_alive) {}

    /// The most recently used idle connection, or a new one, its request counted.
    [[nodiscard]] SimulatedConnection take(const std::string& origin, SteadyTime now);
    [[nodiscard]] SimulatedConnection make();
    /// Keeps it for the next request.
    void give_back(const std::string& origin, SimulatedConnection connection, SteadyTime now);
    [[nodiscard]] std::uint64_t made() const { return made_; }

private:
    std::size_t idle_max_;
    Duration keep_alive_;
    std::uint64_t made_ = 0;
    std::map<std::string, std::vector<SimulatedConnection>> idle_;
};

}  // namespace apilab::transport::internal
