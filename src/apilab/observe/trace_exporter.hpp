#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "apilab/base/result.hpp"
#include "apilab/base/rng.hpp"
#include "apilab/base/secret.hpp"
#include "apilab/http/record.hpp"
#include "apilab/http/url.hpp"
#include "apilab/observe/otlp.hpp"
#include "apilab/runtime/service.hpp"
#include "apilab/runtime/task_group.hpp"

namespace apilab::observe {

struct TraceExporterOptions {
    OtlpResource resource = {};
    /// Sent with each batch, as a collector asks for it (`authorization`). Shown nowhere.
    std::vector<std::pair<std::string, Secret>> headers = {};
    /// Calls that wait to be sent; what comes beyond is dropped and counted. Default 2,048, range 1
    /// to 100,000, not below `batch_max`.
    std::size_t queue_max = 2'048;
    /// Calls in one request. Default 512, range 1 to 10,000.
    std::size_t batch_max = 512;
    /// The longest that a call waits for others before its batch is sent. Default 5 s, range 10 ms
    /// to 10 min.
    Duration interval = std::chrono::seconds(5);
    /// One request to the collector. Default 10 s, range 10 ms to 5 min.
    Duration timeout = std::chrono::seconds(10);
    /// How often a batch is sent before it is dropped. Default 5, range 1 to 20.
    int attempts_max = 5;
    /// Between these `U(d/2, d)` with d = `min(backoff_cap, backoff_base * 2^n)`. Default 1 s,
    /// range 1 ms to `backoff_cap`.
    Duration backoff_base = std::chrono::seconds(1);
    /// Default 30 s, range up to 1 h.
    Duration backoff_cap = std::chrono::seconds(30);
    /// A `Retry-After` is waited for, up to this. Default 10 min, range 0 to 24 h.
    Duration retry_after_max = std::chrono::minutes(10);

    [[nodiscard]] Result<void> validate() const;
};

/// What became of calls, from the beginning. Those that are in none wait or are under way.
struct TraceExporterCounts {
    /// Calls in batches that a collector took.
    std::uint64_t exported = 0;
    /// Calls for which the queue had no room, or that came after `close()`.
    std::uint64_t dropped_full = 0;
    /// Calls in batches that a collector refused for good (400), or that could not be sent at all.
    std::uint64_t dropped_refused = 0;
    /// Calls in batches that failed `attempts_max` times.
    std::uint64_t dropped_failed = 0;
    /// Calls that were left when the time of `close()` was over.
    std::uint64_t dropped_closed = 0;
    /// Spans that a collector rejected from batches that it took (`partialSuccess`).
    std::uint64_t rejected_spans = 0;
    /// Requests to the collector, and those of them that sent a batch again.
    std::uint64_t requests = 0;
    std::uint64_t retries = 0;

    /// Calls that are lost, for whatever reason.
    [[nodiscard]] std::uint64_t dropped() const {
        return dropped_full + dropped_refused + dropped_failed + dropped_closed;
    }
};

/// Sends calls to an OpenTelemetry collector (OTLP/HTTP, JSON: `otlp_traces`), those that are in a
/// trace which is kept (`TraceContext::sampled`). An observer: give it to the client that is
/// observed (`ClientOptions::tracing`).
///
/// `collector` carries the requests, and is a service of its own: a transport, or a client that has
/// no retries and is not observed by this. A call that goes to the very URL of the collector is
/// left out, so that a mistake there does not feed itself. Batches go one after the other. 429,
/// 502, 503, 504, a lost connection and a timeout are tried again, after `Retry-After` or a growing
/// wait; any other answer but 2xx is final (OTLP 1.x, "Failures"). A collector may get a batch
/// twice whose answer was lost. Nothing is thrown and no call of the program waits; `counts()`
/// tells of losses.
///
/// Everything that is handed in outlives it, and the tasks that it leaves behind: `close()` first,
/// else what is under way is cancelled and lost. Belongs to the scheduler's thread.
///
///     auto exporter = TraceExporter::create(scheduler, transport, rng,
///                                           *Url::parse("http://127.0.0.1:4318/v1/traces"));
///     auto client = Client::create(scheduler, transport, rng, options, {exporter->get()});
///     ...
///     co_await (*exporter)->close(std::chrono::seconds(5));
class TraceExporter final : public http::Observer {
public:
    /// Error: `invalid_argument` with the option's name.
    [[nodiscard]] static Result<std::unique_ptr<TraceExporter>> create(
        runtime::Scheduler& scheduler, runtime::Service& collector, Rng& rng, http::Url url,
        TraceExporterOptions options = {});
    ~TraceExporter() override;

    void on_call(const http::CallRecord& call) override;

    /// Sends what waits, at once, and ends after `limit` at the latest (and what a service needs to
    /// be cancelled); what is not sent by then is dropped and counted. Later calls are, too.
    [[nodiscard]] runtime::Task<void> close(Duration limit);

    [[nodiscard]] TraceExporterCounts counts() const;
    /// Calls that wait or are under way.
    [[nodiscard]] std::size_t waiting() const;
    /// Why the last batch or request failed, or what a collector complained about (200 bytes at
    /// most, without secrets that the process knows); empty: nothing did.
    [[nodiscard]] std::string last_error() const;

private:
    struct State;
    explicit TraceExporter(std::shared_ptr<State> state);
    static runtime::Task<void> send_all(std::shared_ptr<State> state);
    static runtime::Task<bool> send_batch(std::shared_ptr<State> state, std::string body);

    /// Shared with the task that sends.
    std::shared_ptr<State> state_;
    std::shared_ptr<runtime::TaskGroup> group_;
};

}  // namespace apilab::observe
