#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "apilab/base/error.hpp"
#include "apilab/base/result.hpp"
#include "apilab/cache/stored_response.hpp"
#include "apilab/http/message.hpp"
#include "apilab/http/record.hpp"

/// What a private cache may do (RFC 9111), as pure functions: time is passed in, nothing is kept.
namespace apilab::cache {

/// What the standard leaves open.
struct RuleOptions {
    /// Without a word of the origin, an answer with `Last-Modified` is fresh for this part of the
    /// age that it had. Default 0.1 (section 4.2.2), range 0 (never) to 1.
    double heuristic_fraction = 0.1;
    /// At most so long. Default a week.
    Duration heuristic_max = std::chrono::hours(24 * 7);
    /// For URLs with a query too. Default no: those are questions, and their answers change.
    bool heuristic_for_queries = false;
    /// After an error, a stored answer that is stale for no longer than this does, where the origin
    /// says nothing about it. Default 0: only `stale-if-error` of the origin or of the request.
    Duration stale_if_error{};

    /// Error: `invalid_argument` naming the option and its range.
    [[nodiscard]] Result<void> validate() const;
};

/// Can the cache answer it, and may its answer be kept: GET and HEAD without a body, without a
/// range and without conditions of its own (`if-none-match` and the like: those answers are for who
/// asked so).
[[nodiscard]] bool may_use_cache(const http::Request& request);

/// May it be stored (section 3)? Answers to GET without `no-store` on either side (except of a
/// known status with `must-understand`), complete (not 206, not 304), without `Vary: *`, and of
/// some use later: fresh for a while, or with something to ask again by. Errors (4xx and 5xx) only
/// where the origin says for how long; 401, 407, 408, 425 and 429 never, since they speak of the
/// asker and the moment. `private` and credentials forbid nothing: the cache is private, and its
/// keys have a principal.
[[nodiscard]] bool may_store(const http::Request& request, const RequestDirectives& asked,
                             const StoredResponse& stored);

/// The parts that are kept of an answer, with its freshness. `vary` is the caller's (`key.hpp`).
[[nodiscard]] StoredResponse make_stored(const http::Request& request,
                                         const http::Response& response, SystemTime requested,
                                         SystemTime answered, const RuleOptions& options = {});

/// Works out `freshness` anew: after the headers changed, or after it was read from a file.
/// `has_query` is whether the URL has one.
void refresh_freshness(StoredResponse& stored, bool has_query, const RuleOptions& options = {});

/// How old it is (section 4.2.3). A clock that was set back makes it old, not young.
[[nodiscard]] Duration current_age(const StoredResponse& stored, SystemTime now);
/// Freshness left; negative: for how long it is stale.
[[nodiscard]] Duration time_left(const StoredResponse& stored, SystemTime now);

/// What to do with a request.
struct Plan {
    enum class Action : std::uint8_t {
        /// Answer with what is stored.
        use,
        /// The same, and ask in the background.
        use_and_revalidate,
        /// Ask, with the validators of what is stored where there are any.
        ask,
        /// 504: `only-if-cached`, and nothing stored does (section 5.2.1.7).
        gateway_timeout,
    };
    Action action = Action::ask;
    http::CacheRecord::How how = http::CacheRecord::How::uri_miss;
    http::CacheRecord::Use use = http::CacheRecord::Use::none;
    /// `time_left`, where something is stored.
    std::optional<Duration> left;
};
/// `stored` is what was found, or null; `variants`: others of the URL were.
[[nodiscard]] Plan plan(const RequestDirectives& asked, const StoredResponse* stored, bool variants,
                        SystemTime now);

/// Does the stored answer do in place of this failure (RFC 5861 section 4)? Statuses 500, 502, 503
/// and 504, and errors of the connection, of time and of protection (breaker, overload); never
/// against `must-revalidate`, `no-cache` of either side, or a cancellation.
[[nodiscard]] bool may_use_on_error(const RequestDirectives& asked, const StoredResponse& stored,
                                    const Result<http::Response>& failure, SystemTime now,
                                    const RuleOptions& options = {});

/// Adds `if-none-match` (the `etag` as it came, weak or strong) and `if-modified-since`. False:
/// there is nothing to ask by.
bool add_validators(http::Request& request, const StoredResponse& stored);

/// Does this 304 speak of what is stored? Not where it names another `etag` (compared weakly).
[[nodiscard]] bool confirms(const http::Response& not_modified, const StoredResponse& stored);

/// What is stored, brought up to date by a 304 or by a HEAD (sections 3.2, 4.3.4 and 4.3.5): fields
/// of the new answer replace the stored ones, except those that describe the bytes that are kept
/// (`content-length`, `-encoding`, `-type`, `-range`, `content-md5`, and `etag`).
[[nodiscard]] StoredResponse merged(const StoredResponse& stored, const http::Request& request,
                                    const http::Response& update, SystemTime requested,
                                    SystemTime answered, const RuleOptions& options = {});

/// What a complete 200 to a HEAD tells of the stored answer to a GET (section 4.3.5).
enum class HeadVerdict : std::uint8_t { same, changed, says_nothing };
[[nodiscard]] HeadVerdict compare_head(const http::Response& head, const StoredResponse& stored);

/// The answer to hand out: the stored fields with the present `age` (section 5.1); it shares the
/// body. `with_body` is false for HEAD.
[[nodiscard]] http::Response to_response(const StoredResponse& stored, SystemTime now,
                                         bool with_body = true);

/// URLs that a request has changed (section 4.4): its own and, of the same origin, those of
/// `location` and `content-location`; none for safe methods, for what is declared to only read, and
/// after errors. An outcome that nobody knows counts as a change.
[[nodiscard]] std::vector<http::Url> invalidated_by(const http::Request& request,
                                                    http::Effect effect,
                                                    const Result<http::Response>& result);

}  // namespace apilab::cache
