#include "apilab/transport/internal/simulated_connections.hpp"

namespace apilab::transport::internal {

SimulatedConnection SimulatedConnections::take(const std::string& origin, SteadyTime now) {
    auto& idle = idle_[origin];
    if (idle.empty() || now - idle.back().idle_since >= keep_alive_) {
        idle.clear();  // the last one is the youngest: the others are too old as well
        return make();
    }
    SimulatedConnection connection = idle.back();
    idle.pop_back();
    ++connection.requests;
    return connection;
}

SimulatedConnection SimulatedConnections::make() {
    return {.id = ++made_, .requests = 1, .idle_since = {}};
}

void SimulatedConnections::give_back(const std::string& origin, SimulatedConnection connection,
                                     SteadyTime now) {
    auto& idle = idle_[origin];
    if (idle.size() < idle_max_) {
        connection.idle_since = now;
        idle.push_back(connection);
    }
}

}  // namespace apilab::transport::internal
