#include "apilab/sandbox/github/limits.hpp"

#include <chrono>

namespace apilab::sandbox::github {
namespace {

constexpr std::int64_t window_seconds = 3600;

std::int64_t seconds(SystemTime time) {
    return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

}  // namespace

Quota Limits::read(const std::string& credential, SystemTime now) const {
    const auto limit = credential.empty() ? anonymous_per_hour_ : token_per_hour_;
    const auto found = windows_.find(credential);
    if (found == windows_.end() || seconds(now) >= found->second.ends) {
        return {.limit = limit, .used = 0, .reset = seconds(now) + window_seconds};
    }
    return {.limit = limit, .used = found->second.used, .reset = found->second.ends};
}

Quota Limits::charge(const std::string& credential, SystemTime now) {
    auto quota = read(credential, now);
    ++quota.used;
    windows_[credential] = {.ends = quota.reset, .used = quota.used};
    return quota;
}

void write_quota(http::Response& answer, const Quota& quota) {
    answer.header("x-ratelimit-limit", std::to_string(quota.limit));
    answer.header("x-ratelimit-remaining", std::to_string(quota.remaining()));
    answer.header("x-ratelimit-used", std::to_string(quota.used));
    answer.header("x-ratelimit-reset", std::to_string(quota.reset));
    answer.header("x-ratelimit-resource", "core");
}

}  // namespace apilab::sandbox::github
