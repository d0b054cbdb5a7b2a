#include "apilab/sandbox/github/limits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>

namespace apilab::sandbox::github {
namespace {

struct Resource {
    std::string_view name;
    std::int64_t window_seconds = 3600;
    /// 0: as `core`.
    std::int64_t limit = 0;
    std::int64_t anonymous = 0;
};
// All that `GET /rate_limit` lists; only the first three are drawn from here.
constexpr std::array<Resource, 11> resources{{
    {.name = "core"},
    {.name = "search", .window_seconds = 60, .limit = 30, .anonymous = 10},
    {.name = "code_search", .window_seconds = 60, .limit = 10, .anonymous = 60},
    {.name = "graphql", .limit = 5000},
    {.name = "integration_manifest", .limit = 5000, .anonymous = 5},
    {.name = "source_import", .window_seconds = 60, .limit = 100, .anonymous = 5},
    {.name = "code_scanning_upload", .limit = 1000, .anonymous = 60},
    {.name = "actions_runner_registration", .limit = 10'000},
    {.name = "scim", .limit = 15'000},
    {.name = "dependency_snapshots", .window_seconds = 60, .limit = 100},
    {.name = "code_scanning_autofix", .window_seconds = 60, .limit = 10},
}};

std::int64_t seconds(SystemTime time) {
    return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

const Resource& resource_named(std::string_view name) {
    const auto* found = std::ranges::find(resources, name, &Resource::name);
    return found == resources.end() ? resources.front() : *found;
}

std::string key_of(const std::string& credential, std::string_view resource) {
    return credential + "\n" + std::string(resource);
}

std::string quota_text(const Quota& quota, bool named) {
    return fmt::format(R"({{"limit":{},"used":{},"remaining":{},"reset":{}{}}})", quota.limit,
                       quota.used, quota.remaining(), quota.reset,
                       named ? fmt::format(R"(,"resource":"{}")", quota.resource) : "");
}

}  // namespace

std::int64_t Limits::limit_of(bool anonymous, std::string_view resource) const {
    const auto& one = resource_named(resource);
    if (one.limit == 0) {
        return anonymous ? anonymous_per_hour_ : token_per_hour_;
    }
    return anonymous ? one.anonymous : one.limit;
}

Quota Limits::read(const std::string& credential, std::string_view resource, SystemTime now) const {
    const auto limit = limit_of(credential.empty(), resource);
    const auto found = windows_.find(key_of(credential, resource));
    if (found == windows_.end() || seconds(now) >= found->second.ends) {
        return {.limit = limit,
                .used = 0,
                .reset = seconds(now) + resource_named(resource).window_seconds,
                .resource = resource};
    }
    return {.limit = limit,
            .used = found->second.used,
            .reset = found->second.ends,
            .resource = resource};
}

Quota Limits::charge(const std::string& credential, std::string_view resource, SystemTime now) {
    auto quota = read(credential, resource, now);
    ++quota.used;
    windows_[key_of(credential, resource)] = {.ends = quota.reset, .used = quota.used};
    return quota;
}

std::string Limits::overview(const std::string& credential, bool newer, SystemTime now) const {
    std::string body = "{\"resources\":{";
    for (const auto& one : resources) {
        body += fmt::format("{}\"{}\":{}", body.ends_with('{') ? "" : ",", one.name,
                            quota_text(read(credential, one.name, now), true));
    }
    body += "}";
    if (!newer) {
        body += ",\"rate\":" + quota_text(read(credential, "core", now), true);
    }
    return body + "}";
}

void write_quota(http::Response& answer, const Quota& quota) {
    answer.header("x-ratelimit-limit", std::to_string(quota.limit));
    answer.header("x-ratelimit-remaining", std::to_string(quota.remaining()));
    answer.header("x-ratelimit-used", std::to_string(quota.used));
    answer.header("x-ratelimit-reset", std::to_string(quota.reset));
    answer.header("x-ratelimit-resource", std::string(quota.resource));
}

}  // namespace apilab::sandbox::github
