#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "apilab/base/clock.hpp"
#include "apilab/http/record.hpp"

namespace apilab::runtime {

/// What a call means, as opposed to how it is written: decides retries, labels metrics.
struct Operation {
    /// `npm`; empty: the origin stands for it.
    std::string provider;
    /// `get_packument`; may be empty.
    std::string name;
    /// `/repos/{owner}/{repo}/releases`; may be empty.
    std::string url_template;
    /// Default: by method (`http::default_effect`).
    std::optional<http::Effect> effect;
};

/// Limits of the phases of one attempt. Zero turns a phase's limit off; the attempt's stays.
struct Timeouts {
    /// Resolving, connecting and the TLS handshake together.
    Duration connect = std::chrono::seconds(5);
    /// From the last byte sent to the first byte received.
    Duration first_byte = std::chrono::seconds(15);
    /// Between two reads or writes that make progress.
    Duration idle = std::chrono::seconds(15);
    /// The whole attempt; a slow drip cannot outlive it.
    Duration attempt = std::chrono::seconds(30);
};

/// Where a request came in; set by a server, absent on the way out.
struct Inbound {
    std::uint64_t connection = 0;
    /// From 1, per connection.
    std::uint64_t request_on_connection = 0;
    /// When the first byte of the request was read.
    SteadyTime first_byte;
    /// When the request was complete.
    SteadyTime complete;
    /// The address that the connection came from, without port.
    std::string peer_address;
    /// The port of ours that accepted it (one service may stand behind several).
    std::uint16_t local_port = 0;
    bool tls = false;
};

/// What a call says about the client's cache, where there is one.
struct CacheChoice {
    enum class Mode : std::uint8_t {
        /// As RFC 9111 has it: a fresh answer is used without asking.
        use,
        /// A stored answer is used only after the other side said that it still holds.
        revalidate,
        /// Asked anew, without conditions; the answer is stored.
        refresh,
        /// As if there were none: nothing is looked up and nothing stored.
        bypass,
    };
    /// Default: what the client says.
    std::optional<Mode> mode;
    /// Whose answers these are; the name of an account, not a token. Default: what the client says.
    std::optional<std::string> principal;
};

class BodySource;
class BodySink;

/// What travels with a call besides the request. A value; copies share the record.
struct CallContext {
    /// No attempt and no wait passes it.
    SteadyTime deadline = SteadyTime::max();
    /// The attempt under way must be over by then (set by the driver from `timeouts.attempt`).
    SteadyTime attempt_deadline = SteadyTime::max();
    Timeouts timeouts;
    Operation operation;
    /// Sent as `idempotency-key` and kept over attempts; empty: none.
    std::string idempotency_key;
    /// The story being written; null where nobody listens.
    std::shared_ptr<http::CallRecord> record;
    /// The attempt that the transport fills in; lives until the attempt's task is over. May be
    /// null.
    http::AttemptRecord* attempt = nullptr;
    std::optional<Inbound> inbound;
    CacheChoice cache;
    /// The trace that the call is within; none: it begins its own, where the client traces.
    http::TraceContext trace;
    /// Passed on beside `trace`; what is not valid (`http::valid_tracestate`) is not.
    std::string tracestate;
    /// The request's body, piece by piece, where the request itself has none. Null: that of the
    /// request. See `body.hpp`.
    std::shared_ptr<BodySource> upload;
    /// Takes the body of a 2xx answer piece by piece as it arrives; the `Response` has an empty one
    /// then. Other answers keep theirs. Null: every body is kept in memory.
    std::shared_ptr<BodySink> download;
};

}  // namespace apilab::runtime
