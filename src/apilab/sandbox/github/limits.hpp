#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "apilab/base/clock.hpp"
#include "apilab/http/message.hpp"

namespace apilab::sandbox::github {

/// One reading of a bucket, as the `x-ratelimit-*` headers tell it.
struct Quota {
    std::int64_t limit = 0;
    std::int64_t used = 0;
    /// When the window ends, in UTC seconds since 1970.
    std::int64_t reset = 0;
    /// `core`, `search`, `code_search`, ...
    std::string_view resource = "core";
    [[nodiscard]] std::int64_t remaining() const { return limit - used; }
};

/// Primary rate limits (providers/github, "Limits"): one bucket per credential and resource,
/// windows that begin with the first request: of an hour for `core`, of a minute for searches (30,
/// without credentials 10; code 10).
class Limits {
public:
    Limits(std::int64_t anonymous_per_hour, std::int64_t token_per_hour)
        : anonymous_per_hour_(anonymous_per_hour), token_per_hour_(token_per_hour) {}

    /// The bucket of a credential (empty: anonymous) without touching it. `resource` outlives the
    /// reading.
    [[nodiscard]] Quota read(const std::string& credential, std::string_view resource,
                             SystemTime now) const;
    /// Takes one request from the bucket; only to be asked where `remaining() > 0`.
    Quota charge(const std::string& credential, std::string_view resource, SystemTime now);
    /// The body of `GET /rate_limit`; `newer`: without the older copy of `core`.
    [[nodiscard]] std::string overview(const std::string& credential, bool newer,
                                       SystemTime now) const;
    void reset() { windows_.clear(); }

private:
    struct Window {
        std::int64_t ends = 0;
        std::int64_t used = 0;
    };
    [[nodiscard]] std::int64_t limit_of(bool anonymous, std::string_view resource) const;

    std::int64_t anonymous_per_hour_;
    std::int64_t token_per_hour_;
    std::map<std::string, Window> windows_;
};

/// Writes the five headers of a bucket.
void write_quota(http::Response& answer, const Quota& quota);

}  // namespace apilab::sandbox::github
