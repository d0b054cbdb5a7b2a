#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/http/headers.hpp"

namespace apilab::cache {

using std::chrono::seconds;

/// The largest number of seconds that a directive can say: 2^31 (RFC 9111 section 1.2.2). What is
/// larger counts as this.
inline constexpr seconds seconds_max{std::int64_t{1} << 31U};
/// A `Cache-Control` whose lines are longer together is not read on: what is behind the limit may
/// have said `no-store`, so the answer is not kept.
inline constexpr std::size_t cache_control_size_max = std::size_t{16} * 1024;
/// The number of field names kept of `no-cache="..."`, `private="..."` and `Vary`.
inline constexpr std::size_t field_names_max = 64;

/// What `Cache-Control` of an answer says (RFC 9111 section 5.2.2, RFC 5861, RFC 8246).
///
/// Names compare without case; values may be tokens or quoted; unknown directives are skipped with
/// their values. Of a number that stands twice the smaller counts, and one that cannot be read
/// (`-1`, `3600.5`, `'3600'`) counts as 0: too old rather than too fresh (section 4.2.1).
/// `s-maxage` and `proxy-revalidate` are for shared caches; this is a private one.
struct ResponseDirectives {
    bool no_store = false;
    /// For the whole answer.
    bool no_cache = false;
    bool must_revalidate = false;
    bool must_understand = false;
    bool is_private = false;
    bool is_public = false;
    bool immutable = false;
    std::optional<seconds> max_age;
    std::optional<seconds> stale_while_revalidate;
    std::optional<seconds> stale_if_error;
    /// Fields, in lower case, that may not be used again without asking (`no-cache="set-cookie"`).
    std::vector<std::string> no_cache_fields;

    [[nodiscard]] static ResponseDirectives parse(const http::Headers& headers);
};

/// What `Cache-Control` of a request asks for (RFC 9111 section 5.2.1). `Pragma: no-cache` counts
/// where there is no `Cache-Control` (section 5.4). A number that cannot be read is the strictest
/// one: `max-age` 0, `min-fresh` all, `max-stale` none.
struct RequestDirectives {
    bool no_store = false;
    bool no_cache = false;
    bool only_if_cached = false;
    std::optional<seconds> max_age;
    std::optional<seconds> min_fresh;
    /// `seconds_max` where the directive has no value.
    std::optional<seconds> max_stale;
    std::optional<seconds> stale_if_error;

    [[nodiscard]] static RequestDirectives parse(const http::Headers& headers);
};

/// Delta-seconds (RFC 9111 section 1.2.2): digits only, larger than `seconds_max` counts as that.
[[nodiscard]] std::optional<seconds> parse_delta_seconds(std::string_view text);

/// `Age`: the first member of the first line; nothing where that is no number (section 5.1).
[[nodiscard]] std::optional<seconds> parse_age(const http::Headers& headers);

/// The field names of `Vary` in lower case, sorted, each once; `*` alone where it is among them, or
/// where a member is no field name or there are more than `field_names_max`.
[[nodiscard]] std::vector<std::string> parse_vary(const http::Headers& headers);

}  // namespace apilab::cache
