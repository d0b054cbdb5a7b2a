#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/rng.hpp"
#include "apilab/radar/service/service.hpp"
#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/runtime/task.hpp"
#include "apilab/sandbox/sandbox.hpp"
#include "apilab/transport/loopback_transport.hpp"
#include "apilab/work/postgres_store.hpp"
#include "postgres_server.hpp"

namespace apilab::replicas {

/// One radar: its own connection, clients and workers. The disk, the projects and Slack's channel
/// are everybody's.
struct Replica {
    std::unique_ptr<work::PostgresStore> store;
    std::unique_ptr<radar::RadarService> radar;
    std::unique_ptr<transport::LoopbackTransport> in;
};

/// Several radars that watch the same projects on one database, over a sandbox; in real time, since
/// a server's own time is no other.
class Fleet {
public:
    static constexpr int projects = 8;

    /// The server outlives it.
    Fleet(work::tests::PostgresServer& server, std::string schema);
    ~Fleet();
    Fleet(const Fleet&) = delete;
    Fleet& operator=(const Fleet&) = delete;

    [[nodiscard]] std::unique_ptr<work::PostgresStore> open() const;
    /// Puts every project's schedule to now, as if it had come.
    void make_all_due();
    /// All are opened before one starts.
    void start(int count);
    void stop();

    /// Sends events of GitHub, each to two replicas at once, and again until both say 2xx.
    [[nodiscard]] runtime::Task<void> send_events(int count);
    /// PostgreSQL ends as by the power, and comes back while everybody goes on.
    [[nodiscard]] runtime::Task<void> restart_server();
    /// Until nothing is open, jobs that wait for another attempt included; false: that took too
    /// long.
    [[nodiscard]] runtime::Task<bool> until_rest();

    /// Until schedules have fired so often, or for too long.
    [[nodiscard]] runtime::Task<void> until_fired(std::uint64_t count);
    /// Over all replicas.
    [[nodiscard]] std::uint64_t fired() const;
    /// Messages that the sandbox's Slack has accepted.
    [[nodiscard]] int said_on_slack() const;

    runtime::RealScheduler scheduler;
    std::vector<Replica> replicas;
    /// Attempts of webhooks that were not taken.
    int refused = 0;

private:
    [[nodiscard]] radar::Config config() const;
    [[nodiscard]] runtime::Task<void> send_event(std::string id, std::size_t first);
    [[nodiscard]] runtime::Task<void> send_until_taken(std::string id, std::size_t to);

    work::tests::PostgresServer& server_;
    std::string schema_;
    SeededRng rng_{11};
    std::filesystem::path folder_;
    std::map<std::string, std::string, std::less<>> credentials_;
    std::unique_ptr<sandbox::Sandbox> sandbox_;
    std::unique_ptr<transport::LoopbackTransport> out_;
};

}  // namespace apilab::replicas
