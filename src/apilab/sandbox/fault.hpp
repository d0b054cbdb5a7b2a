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
enum class StallPoint : std::uint8_t { none, accept, headers, body };

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
    /// a refresh token that turns up twice ends its whole family; `wrong_state`, `wrong_issuer`: an
    /// authorisation endpoint answers what a client has to refuse. Empty: none of it.
    std::string auth;
    std::optional<FaultDelay> delay;
    ResetPoint reset = ResetPoint::none;
    bool close_before_request = false;
    std::optional<std::size_t> truncate;
    StallPoint stall = StallPoint::none;
    /// Zero: until the client gives up.
    Duration stall_for{};
    /// Goes with nothing but a delay. The provider is not asked.
    std::optional<FaultRedirect> redirect;
    /// How a JSON body of a 2xx departs from its schema. The row says in its facts which operations
    /// found their place: `drift` = `null enum`.
    std::vector<Drift> drift;

    /// What becomes of a page of a list. Goes with nothing but a delay.
    PageFault page = PageFault::none;

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
/// `[[fault]]` has the same keys). The kinds so far: status with headers and body, limit,
/// retry_after, auth, delay, redirect, reset, close, truncate, stall, drift, page. Refused
/// (`invalid_argument`, `detail()` is the JSON pointer of the field): an unknown key or value, a
/// wrong type, a number out of range, two kinds that exclude each other, nothing to do. `pointer`
/// is put before every pointer.
[[nodiscard]] Result<Fault> parse_fault(http::Json json, std::string_view pointer = {});
/// The same from JSON text of at most 1 MiB.
[[nodiscard]] Result<Fault> parse_fault_text(std::string_view json_text);

}  // namespace apilab::sandbox
