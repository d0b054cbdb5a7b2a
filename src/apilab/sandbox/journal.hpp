#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/http/headers.hpp"
#include "apilab/http/message.hpp"
#include "apilab/http/record.hpp"
#include "apilab/http/wire.hpp"
#include "apilab/runtime/context.hpp"
#include "apilab/sandbox/fault_set.hpp"

namespace apilab::sandbox {

/// One request and what was done with it. What came from the client is kept without its secrets:
/// credentials in headers and query are replaced by a fingerprint.
struct Exchange {
    enum class Decision : std::uint8_t {
        /// Answered by the provider, unharmed (perhaps late).
        served,
        /// A fault changed the answer or its way.
        fault,
        /// No operation of ours; answered as the provider answers an unknown path.
        unsupported,
    };

    /// From 1, over all runs of a sandbox; never used twice.
    std::uint64_t seq = 0;
    /// 0 where there was no socket.
    std::uint64_t connection = 0;
    /// From 1: a later one came over a connection that had been used before.
    std::uint64_t request_on_connection = 0;
    std::string peer;
    bool tls = false;
    /// The name of the listener it came to (`http`, `tls`, `tls-expired`, `foreign`); empty without
    /// sockets.
    std::string listener;
    std::string provider;
    /// Empty where `unsupported`.
    std::string operation;
    http::Effect effect = http::Effect::read;
    std::string method;
    /// Below the provider's prefix, percent-encoded.
    std::string path;
    /// Without `?`, secrets masked.
    std::string query;
    /// Equal for requests that mean the same: method, path, canonical query and body.
    std::string identity;
    /// `idempotency-key`, or empty.
    std::string idempotency_key;
    /// Shared between exchanges with the same header fields.
    std::shared_ptr<const http::Headers> headers;
    /// Bytes of `headers` that no earlier row had: what they cost the journal.
    std::size_t headers_bytes = 0;
    /// SHA-256 in hex; empty for an empty body.
    std::string body_sha256;
    /// Of a write: the same without what differs each time (ids, times); empty where nothing does.
    std::string meaning;
    std::uint64_t bytes_in = 0;
    /// When the first byte and the last byte of the request were read.
    SteadyTime first_byte;
    SteadyTime complete;

    Decision decision = Decision::served;
    /// The faults that fired; the last word of `decision` is theirs.
    std::vector<FaultDecision::Hit> faults;
    /// Refused because it came before an announced wait was over.
    bool held = false;
    /// The answer was held back on purpose for so long.
    Duration delay{};
    /// The provider applied a change.
    bool applied = false;
    /// What the provider noted about it (`Incoming::note`).
    std::map<std::string, std::string> facts;
    /// Of the answer that was or would have been sent; 0 where none was prepared.
    int status = 0;
    /// What the answer's `Retry-After` asked for, rounded up to whole seconds.
    std::optional<Duration> announced;
    /// For a `Retry-After` with a date: that date.
    std::optional<SteadyTime> announced_until;
    /// A refusal (403 or 429) said that nothing is left until then: `x-ratelimit-remaining: 0` with
    /// `x-ratelimit-reset`.
    std::optional<SteadyTime> limit_reset;

    /// The end: last byte handed over, or given up. Nothing: still under way.
    std::optional<SteadyTime> finished;
    std::uint64_t bytes_out = 0;
    /// The client closed before everything was sent.
    bool peer_closed = false;
    /// A fault cut the answer short.
    bool cut = false;

    /// The sandbox stopped, or the client read nothing for too long.
    bool gave_up = false;

    /// Did a complete answer leave for the client?
    [[nodiscard]] bool answered() const {
        return finished && !peer_closed && !cut && !gave_up && status != 0;
    }
    /// Before this the announced wait is not over; nothing where none was announced.
    [[nodiscard]] std::optional<SteadyTime> not_before() const;
};

/// A request that the sandbox made of the program under test: the delivery of a webhook, the call
/// of a visitor.
struct Outbound {
    /// From the same counter as `Exchange::seq`.
    std::uint64_t seq = 0;
    /// Who called: `github`, `slack`, `visitor`.
    std::string from;
    std::string method;
    std::string path;
    SteadyTime sent;
    /// Nothing: still under way.
    std::optional<SteadyTime> finished;
    /// 0: no complete answer; then `error` says why.
    int status = 0;
    std::string error;
    /// The first 16 KiB of the answer.
    std::string body;
    /// What the sender knows about it and the receiver does not: the event's id, whether it is
    /// genuine.
    std::map<std::string, std::string> facts;
};

/// Something that befell a connection of one of the sandbox's listeners.
struct ConnectionEvent {
    enum class Kind : std::uint8_t { accepted, tls, tls_failed, closed };
    /// From the same counter as `Exchange::seq`.
    std::uint64_t seq = 0;
    std::uint64_t connection = 0;
    Kind kind = Kind::accepted;
    SteadyTime at;
    std::string listener;
    /// Of `accepted`.
    std::string peer;
    /// Of `tls`: `TLSv1.3`.
    std::string version;
    /// Of `tls` and `tls_failed`: what the client asked for (SNI), or empty.
    std::string server_name;
    /// Of `tls_failed`: `server::HandshakeResult::why`.
    std::string why;
    /// Of `tls_failed`: the client said so. Of `closed`: the client closed first.
    bool by_client = false;
    /// Of `closed`: by RST.
    bool reset = false;
    /// Of `closed`: so many requests had come.
    std::uint64_t requests = 0;
    /// Of `tls_failed`: the fault that struck the handshake.
    std::vector<FaultDecision::Hit> faults;
};
[[nodiscard]] std::string_view to_string(ConnectionEvent::Kind kind);

/// The bounded memory of a sandbox: the newest exchanges, in order of arrival. One per sandbox;
/// belongs to its scheduler's thread.
class Journal {
public:
    struct Limits {
        /// Default 100,000, range 1 to 10 million.
        std::size_t rows_max = 100'000;
        /// Estimated bytes of the rows kept. Default 32 MiB.
        std::size_t bytes_max = std::size_t{32} << 20U;
        /// Events of connections kept besides. Default 20,000, range 1 to 10 million.
        std::size_t events_max = 20'000;
    };
    Journal() : Journal(Limits()) {}
    explicit Journal(Limits limits) : limits_(limits) {}

    [[nodiscard]] const Limits& limits() const { return limits_; }
    /// Rows beyond go at once.
    void set_limits(Limits limits);
    /// Calls `changed` whenever a row was completed, something befell a connection or a run began,
    /// until `unwatch` of the number that it returns. It is called in the midst of things: it notes
    /// that something changed.
    std::uint64_t watch(std::function<void()> changed);
    void unwatch(std::uint64_t number);
    /// A row was completed by hand.
    void tell_watchers() const;

    /// Forgets everything and measures from here. Sequence numbers go on.
    void start(SteadyTime now, SystemTime system_now);
    /// Returns its sequence number.
    std::uint64_t add(Exchange exchange);
    /// The row, or null where it is no longer kept. Valid until the next `add` or `start`.
    [[nodiscard]] Exchange* find(std::uint64_t seq);
    /// Marks the end of an exchange; ignored where the row is gone.
    void finish(std::uint64_t seq, const http::WireResult& result);

    /// Puts in the facts of a row; ignored where it is gone.
    void keep_facts(std::uint64_t seq, std::map<std::string, std::string> facts);

    /// Returns its sequence number; its `seq` is set here. As many are kept as rows.
    std::uint64_t add_outbound(Outbound outbound);
    /// As `find`.
    [[nodiscard]] Outbound* find_outbound(std::uint64_t seq);

    /// Returns its sequence number; its `seq` is set here.
    std::uint64_t add_event(ConnectionEvent event);
    /// Of connections, in the order of happening.
    [[nodiscard]] const std::deque<ConnectionEvent>& events() const { return events_; }

    [[nodiscard]] const std::deque<Exchange>& rows() const { return rows_; }
    /// What the sandbox asked of the program, in the order of sending.
    [[nodiscard]] const std::deque<Outbound>& outbound() const { return outbound_; }
    /// Rows that had to go for newer ones.
    [[nodiscard]] std::uint64_t dropped() const { return dropped_; }
    /// The number of the newest thing that had to go for a newer one, of whatever kind; 0: none in
    /// this run.
    [[nodiscard]] std::uint64_t lost_until() const { return lost_until_; }
    /// The last number given; 0: none.
    [[nodiscard]] std::uint64_t last_seq() const { return next_seq_ - 1; }
    [[nodiscard]] SteadyTime started() const { return started_; }
    [[nodiscard]] SystemTime system_started() const { return system_started_; }
    /// A steady time as a date.
    [[nodiscard]] SystemTime date_of(SteadyTime time) const {
        return system_started_ + (time - started_);
    }

    /// Sets a row's header fields, without secrets; equal ones share their memory.
    void keep_headers(const http::Headers& headers, Exchange& row);

private:
    void trim();

    Limits limits_;
    std::map<std::uint64_t, std::function<void()>> watchers_;
    std::uint64_t watches_ = 0;
    std::deque<Exchange> rows_;
    std::deque<Outbound> outbound_;
    std::deque<ConnectionEvent> events_;
    std::size_t bytes_ = 0;
    std::uint64_t next_seq_ = 1;
    std::uint64_t dropped_ = 0;
    std::uint64_t lost_until_ = 0;
    SteadyTime started_;
    SystemTime system_started_;
    std::deque<std::shared_ptr<const http::Headers>> recent_headers_;
};

/// The parts of a request that a row keeps, ready but for provider and decision. `path` and `query`
/// are those below the provider's prefix.
[[nodiscard]] Exchange describe_request(const http::Request& request, std::string_view path,
                                        const runtime::CallContext& context, SteadyTime now,
                                        Journal& journal);

/// Header fields whose values are never kept: authorization, cookies, keys and tokens.
[[nodiscard]] bool secret_header(std::string_view name);
[[nodiscard]] std::string_view to_string(Exchange::Decision decision);

}  // namespace apilab::sandbox
