#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/base/result.hpp"
#include "apilab/http/headers.hpp"
#include "apilab/http/json.hpp"
#include "apilab/sandbox/drift.hpp"
#include "apilab/sandbox/page.hpp"
#include "apilab/sandbox/path_pattern.hpp"

namespace apilab::sandbox {

/// Which requests a fault is about: `github:GET /repos/{owner}/{repo}/releases`,
/// `github:list_releases`, `github:GET *`, `github:*`, `*:*`.
struct FaultWhere {
    /// As written.
    std::string text;
    /// A provider's name, or `*`.
    std::string provider;
    /// Upper case, or `*`. Unused where `operation` is set.
    std::string method = "*";
    /// Nothing: any path.
    std::optional<PathPattern> path;
    /// Empty: by method and path.
    std::string operation;
};

/// How long an answer is held back before its first byte.
struct FaultDelay {
    enum class Kind : std::uint8_t { fixed, uniform, lognormal };
    Kind kind = Kind::fixed;
    /// The delay (fixed), its lower end (uniform), or its median (lognormal).
    Duration base{};
    /// The upper end (uniform).
    Duration high{};
    /// Standard deviation of the logarithm (lognormal).
    double sigma = 0;
};

/// What a `Retry-After` of a refusal says.
struct FaultRetryAfter {
    enum class Kind : std::uint8_t { seconds, date, verbatim };
    Kind kind = Kind::seconds;
    /// Rounded up to whole seconds when it is written.
    Duration wait{};
    /// For `verbatim`: sent as it is.
    std::string text;
};

enum class ResetPoint : std::uint8_t { none, before_response, mid_headers, mid_body, after_commit };

/// Where FIN comes, or what is said of it.
enum class ClosePoint : std::uint8_t {
    none,
    /// Instead of an answer; the request is never acted on.
    before_request,
    /// The same, on a connection that was kept alive only: as if its idle time had ended in the
    /// very moment in which the request came. Requests on fresh connections do not match.
    stale_keepalive,
    /// After a whole answer that promised to keep the connection open.
    after_response,
    /// Not at all: the answer says `connection: close` and the connection stays open, so that a
    /// client which sends another request on it is seen.
    announced,
    /// In the middle of a TLS handshake.
    in_tls,
};

/// Where everything falls silent.
enum class StallPoint : std::uint8_t {
    none,
    /// The request is taken and no byte of an answer comes.
    accept,
    /// In the middle of a TLS handshake.
    tls,
    headers,
    body,
};

/// An answer whose framing is not as RFC 9112 has it, or only surprising.
enum class Framing : std::uint8_t {
    none,
    /// `content-length` announces more than there is, and the connection stays open: silence.
    wrong_length,
    /// `content-length` announces half of the body; the rest lies on the connection.
    short_length,
    /// A chunked body whose last chunk never comes, then FIN.
    chunk_without_end,
    /// Behind the whole answer lies another one that nobody asked for, with the body `stray`.
    stray_bytes,
    /// A field of 1 MiB.
    huge_header,
    /// `100 Continue` before the answer, which nobody asked for (RFC 9110 section 15.2).
    interim_100,
    /// `103 Early Hints` before the answer (RFC 8297).
    interim_103,
};

/// What is wrong with the body of a 200.
enum class Corrupt : std::uint8_t {
    none,
    html,
    truncated_json,
    invalid_utf8,
    bom,
    duplicate_keys,
    deep,
    huge,
    gzip_bomb,
    wrong_type,
};

/// What is wrong with the delivery of a webhook.
enum class WebhookFault : std::uint8_t {
    none,
    duplicate,
    reorder,
    forge,
    stale,
    future,
    /// `unsigned`.
    unsigned_one,
    slow,
    huge,
    /// Never arrives.
    lost,
};

/// Where an answer sends the client instead.
struct FaultRedirect {
    /// 301, 302, 303, 307 or 308.
    int status = 302;
    /// `foreign` (another origin, by `SandboxOptions::foreign_origin`) or a path there
    /// (`foreign/hop/2`), `loop` (the same URL), `http` (the same without TLS), or a reference that
    /// is sent as it is.
    std::string to;
};

/// What a fault does. Any number of these together, within the rules of `parse_fault`.
struct FaultWhat {
    /// 0: not a status fault.
    int status = 0;
    http::Headers headers;
    /// Absent: the provider's own body for the status.
    std::optional<std::string> body;
    /// The body was given as JSON, not as a string.
    bool body_is_json = false;
    /// `primary`, `secondary`, `method`, `quota`; empty: not a limit. With a status (403 or 429)
    /// that one instead of the provider's habit.
    std::string limit;
    /// With `limit`: until the announced wait is over, everything else that `where` names is
    /// refused as well.
    bool hold = false;
    std::optional<FaultRetryAfter> retry_after;
    /// `expire`, `revoke`: the credential that the request presents is over from here on; `rotate`:
    /// a refresh token that turns up twice ends its whole family; `reduce_scope`: the credential
    /// may less than it was given for; `skew`: the provider's clock goes wrong by `auth_skew`;
    /// `wrong_state`, `wrong_issuer`: an authorisation endpoint answers what a client has to
    /// refuse. Empty: none of it.
    std::string auth;
    /// With `skew`: positive where the provider's clock is ahead. At most 366 days either way.
    Duration auth_skew{};
    std::optional<FaultDelay> delay;
    ResetPoint reset = ResetPoint::none;
    ClosePoint close = ClosePoint::none;
    /// Bytes of the body that are sent before FIN; all were announced.
    std::optional<std::size_t> truncate;
    StallPoint stall = StallPoint::none;
    /// Zero: until the client gives up.
    Duration stall_for{};
    /// The body comes at so many bytes a second, at least 1.
    std::optional<std::uint64_t> drip;
    Framing framing = Framing::none;
    /// Goes with nothing but a delay. The provider is not asked.
    std::optional<FaultRedirect> redirect;
    /// How a JSON body of a 2xx departs from its schema. The row says in its facts which operations
    /// found their place: `drift` = `null enum`.
    std::vector<Drift> drift;

    /// What becomes of a page of a list. Goes with nothing but a delay.
    PageFault page = PageFault::none;
    /// Goes with nothing but a delay.
    Corrupt corrupt = Corrupt::none;
    /// So long a write is not found by search and lists. Goes with nothing but a delay.
    std::optional<Duration> index_lag;
    /// Goes with nothing but a delay.
    WebhookFault webhook = WebhookFault::none;

    /// What the fault is asked about.
    enum class Stage : std::uint8_t {
        request,
        /// A TLS handshake, of which no provider is known yet (`in_tls`, `tls`): `where` is `*:*`.
        handshake,
        /// The delivery of a webhook, by the provider that `where` names.
        delivery,
    };
    [[nodiscard]] Stage stage() const;
    /// Leaves the answer alone except for when it comes.
    [[nodiscard]] bool delay_only() const;
    /// The first key that names it in journals: `status`, `limit`, `reset`, `delay`, ...
    [[nodiscard]] std::string_view kind() const;
};

/// Which of the matching requests it fires on. Counters belong to the fault and count the requests
/// that reached it.
struct FaultWhen {
    enum class Kind : std::uint8_t { always, first, nth, every, probability, window };
    Kind kind = Kind::always;
    std::uint64_t n = 0;
    /// With `every`: only matches of the last so much time count, and the count starts again after
    /// each hit.
    std::optional<Duration> within;
    double probability = 0;
    /// Since the run began.
    Duration from{};
    Duration to{};
};

/// One misbehaviour: where, what, when, how often, how long. A value, as written by a person; what
/// has become of it is `FaultStatus`.
struct Fault {
    FaultWhere where;
    FaultWhat what;
    FaultWhen when;
    /// At most so many hits.
    std::optional<std::uint64_t> times;
    /// Since it was armed.
    std::optional<Duration> ttl;
    /// With provider `*`: armed once for each provider, with counters of its own.
    bool per_provider = false;
    /// `what` and `when` as JSON and `ttl` as it was written, for reports.
    std::string what_text;
    std::string when_text;
    std::string ttl_text;
};

/// Reads one fault from JSON (`{"where", "what", "when", "times", "ttl", "per"}`; a TOML
/// `[[fault]]` has the same keys). The kinds: status with headers and body, limit, retry_after,
/// auth, delay, redirect, reset, close, truncate, stall, drip, framing, corrupt, drift, page,
/// index_lag, webhook. Of those on the wire (reset to framing) one at a time. Refused
/// (`invalid_argument`, `detail()` is the JSON pointer of the field): an unknown key or value, a
/// wrong type, a number out of range, two kinds that exclude each other, nothing to do. `pointer`
/// is put before every pointer.
[[nodiscard]] Result<Fault> parse_fault(http::Json json, std::string_view pointer = {});
/// The same from JSON text of at most 1 MiB.
[[nodiscard]] Result<Fault> parse_fault_text(std::string_view json_text);

}  // namespace apilab::sandbox
