#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/runtime/live.hpp"
#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/runtime/service.hpp"
#include "apilab/server/internal/channel.hpp"
#include "apilab/server/internal/date_cache.hpp"
#include "apilab/server/server.hpp"

namespace apilab::server::internal {

class Connection;

/// What the connections of one server share.
struct Core {
    Core(runtime::RealScheduler& s, runtime::Service& v, ServerOptions o);

    runtime::RealScheduler& scheduler;
    runtime::Service& service;
    /// The same, where its answers may go on; else null.
    runtime::LiveService* live = nullptr;
    ServerOptions options;
    std::shared_ptr<TlsContext> tls;
    std::uint16_t port = 0;

    std::list<Connection*> connections;
    ServerStats stats;
    /// No new request is begun.
    bool stopping = false;
    /// Nothing is finished any more.
    bool forced = false;
    /// Whoever waits for a connection to end.
    std::vector<runtime::Event*> on_connection_end;

    /// Reads are synchronous, so one buffer does for all: an idle connection holds none.
    std::vector<char> scratch;

    DateCache date;
};

}  // namespace apilab::server::internal
