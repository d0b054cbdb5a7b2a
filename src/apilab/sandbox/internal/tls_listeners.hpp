#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "apilab/base/result.hpp"
#include "apilab/runtime/task.hpp"
#include "apilab/sandbox/sandbox.hpp"
#include "apilab/server/server.hpp"

namespace apilab::sandbox::internal {

/// The sandbox over TLS: one good listener, and beside it those that no client should talk to, each
/// on a free port of its own (docs/adr/0019). All certificates are made at the start, for this
/// authority, and live in memory.
class TlsListeners {
public:
    TlsListeners(runtime::RealScheduler& scheduler, Sandbox& sandbox, std::string address,
                 std::shared_ptr<std::uint64_t> counter);

    /// Makes authority and certificates and listens. Errors: `io` (the port is taken), `internal`.
    [[nodiscard]] Result<void> start(std::uint16_t port);
    [[nodiscard]] runtime::Task<void> stop(Duration grace);

    /// 0 before `start`.
    [[nodiscard]] std::uint16_t port() const;
    /// Names as in the environment (`TLS_URL`, `TLS_EXPIRED_URL`, ...) and ports.
    [[nodiscard]] std::vector<std::pair<std::string, std::uint16_t>> ports() const;

private:
    struct Listener {
        std::string variable;
        std::unique_ptr<server::Server> server;
    };
    [[nodiscard]] Result<void> listen(std::string name, std::string variable, std::uint16_t port,
                                      server::TlsServerOptions tls);

    runtime::RealScheduler& scheduler_;
    Sandbox& sandbox_;
    std::string address_;
    std::shared_ptr<std::uint64_t> counter_;
    std::vector<Listener> listeners_;
};

}  // namespace apilab::sandbox::internal
