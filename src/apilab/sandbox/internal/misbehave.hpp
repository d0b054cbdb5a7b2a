#pragma once

#include <map>
#include <optional>
#include <string>

#include "apilab/http/message.hpp"
#include "apilab/http/wire.hpp"
#include "apilab/sandbox/fault.hpp"
#include "apilab/sandbox/journal.hpp"
#include "apilab/sandbox/provider.hpp"

namespace apilab::sandbox::internal {

/// The text of a fault's `Retry-After`; empty where it has none. Waits are rounded up to whole
/// seconds, so that a client which obeys is never early.
[[nodiscard]] std::string retry_after_text(const FaultWhat& what, SystemTime now);

/// How a fault has the answer written; an untouched plan for a fault without wire effects.
[[nodiscard]] http::WirePlan wire_plan(const FaultWhat& what, const http::Response& response);

/// Lets the body drift where the fault says so, and notes in `facts` which operations found their
/// place.
void drift_body(const FaultWhat& what, http::Response& response,
                std::map<std::string, std::string>& facts);

/// The provider's answer to a credential that may less than it was given for (`auth` =
/// `reduce_scope`): 403 with `WWW-Authenticate: Bearer error="insufficient_scope"` (RFC 6750
/// section 3.1) where it has it, GitHub's two headers of scopes, Slack's `missing_scope` inside a
/// 200.
[[nodiscard]] http::Response reduced_scope(const Provider& provider, SystemTime now);

/// Writes `Date` by the clock of a provider that is off by `skew`, and notes it (`skew`, seconds).
void show_skew(Duration skew, SystemTime now, http::Response& response,
               std::map<std::string, std::string>& facts);

/// Notes how a refusal or a redirect says when to come back, as it stands there: `retry_after` (at
/// most 100 bytes) and `ratelimit_t` (seconds, of `RateLimit` or `RateLimit-Reset`).
void note_told_wait(const http::Response& response, Exchange& row);

/// Does the provider act before this fault strikes? Not where the request is refused, never read
/// or its connection reset before it was acted on, nor where the silence has no end.
[[nodiscard]] bool reaches_provider(const FaultWhat& what);

/// What an answer announces: see `Exchange::announced`.
struct Announcement {
    std::optional<Duration> wait;
    std::optional<SteadyTime> until;
};
[[nodiscard]] Announcement read_announcement(const http::Response& response, SteadyTime now,
                                             SystemTime system_now);

/// What a refusal says by `x-ratelimit-reset` (UTC seconds) with `x-ratelimit-remaining: 0`.
[[nodiscard]] std::optional<SteadyTime> read_limit_reset(const http::Response& response,
                                                         SteadyTime now, SystemTime system_now);

/// Notes what a cache goes by in the answer to a GET: `etag`, `cache_control`, and `poll_interval`
/// (GitHub's `x-poll-interval`).
void note_validators(const http::Response& response, Exchange& row);

/// Notes a refusal inside a 200 (`"ok": false`, as Slack has it): `ok`, `error`, and `effect` =
/// `none`. Bodies beyond 4 KiB are not looked into.
void note_refusal_in_body(const http::Response& response, Exchange& row);

}  // namespace apilab::sandbox::internal
