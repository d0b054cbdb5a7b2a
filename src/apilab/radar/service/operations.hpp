#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "apilab/base/clock.hpp"
#include "apilab/data/drift.hpp"
#include "apilab/http/message.hpp"
#include "apilab/radar/service/parts.hpp"
#include "apilab/runtime/context.hpp"
#include "apilab/runtime/service.hpp"
#include "apilab/runtime/task.hpp"

namespace apilab::radar {

class BackupKeeper;

struct OperationsOptions {
    /// Of this program; a label.
    std::string version = "unknown";
    /// Where effects go through another client than `Parts::client` that shares nothing with it
    /// (`Client::create`, not `create_beside`). Null: they do not.
    const client::Client* effects = nullptr;
    /// Null: no snapshots are made.
    const BackupKeeper* backup = nullptr;
    /// Where answers were not as their models say. Null: nobody counts it.
    const data::DriftCounters* drift = nullptr;
    /// Events that meant nothing to us, by sender. Null: nobody counts them.
    const std::map<std::string, std::uint64_t>* ignored = nullptr;
    /// Who may not see `/status` and `/metrics`: the answer that they get; nothing: they may. Null:
    /// only who asks from this machine may (`is_local`; others: 403). Nothing in them is secret,
    /// but names of projects and of packages are nobody else's business.
    std::function<std::optional<http::Response>(const http::Request&, const runtime::CallContext&)>
        refuse = nullptr;
    /// The store is asked for so long; then it counts as failing. 10 ms to 30 s.
    Duration store_limit = std::chrono::seconds(2);
    /// Readiness is looked at so often at most, however often it is asked for. 0 to 1 min.
    Duration ready_every = std::chrono::seconds(1);
    /// A project without a complete run for so long is a problem. 1 h to 30 days.
    Duration stale_after = std::chrono::hours(24);
    /// Null: read from `/proc/self/statm`.
    std::function<std::uint64_t()> resident_memory = nullptr;
};

/// How it goes, for platforms, Prometheus and people. GET and HEAD:
///
/// | path | answers |
/// | --- | --- |
/// | `/livez` | 200: the process turns. Touches nothing, so that nothing else can make it fail |
/// | `/readyz` | 200 or 503: started and not stopping, the store can be written to and has the
/// schema that this program knows, the disk has room. Never anything about others: an outage at npm
/// must not have a platform start us again and again |
/// | `/status` | 200: JSON with everything, `status` is `ok` or `degraded`, `problems` says why |
/// | `/metrics` | 200: Prometheus' text format, also while the store fails |
///
/// Readiness is one commit a second at most; reading the status is one read, and a run's report is
/// read again only where it changed. Everything is bounded, and passes the process's scrubber. An
/// answer says `cache-control: no-store`.
///
/// Belongs to the scheduler's thread. `parts` outlives it, and it outlives its tasks.
class Operations final : public runtime::Service {
public:
    explicit Operations(const Parts& parts, OperationsOptions options = {});
    ~Operations() override;

    /// Is it one of the four?
    [[nodiscard]] static bool has(std::string_view path);
    /// 404 for other paths, 405 for other methods.
    [[nodiscard]] runtime::Task<Result<http::Response>> call(http::Request request,
                                                             runtime::CallContext context) override;

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace apilab::radar
