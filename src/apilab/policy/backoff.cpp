#include "apilab/policy/backoff.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "apilab/base/duration.hpp"

namespace apilab::policy {
namespace {

// min(cap, base * 2^n) without overflow: cap is at most an hour, so at most 2^42 ns are ever
// doubled.
Duration doubled(Duration base, Duration cap, int times) {
    for (; times > 0 && base < cap; --times) {
        base *= 2;
    }
    return std::min(base, cap);
}

Duration scaled(Duration duration, double factor) {
    return Duration(static_cast<std::int64_t>(static_cast<double>(duration.count()) * factor));
}

}  // namespace

std::string_view to_string(BackoffKind kind) {
    switch (kind) {
        case BackoffKind::full_jitter:
            return "full jitter";
        case BackoffKind::equal_jitter:
            return "equal jitter";
        case BackoffKind::decorrelated_jitter:
            return "decorrelated jitter";
        case BackoffKind::exponential:
            return "exponential";
        case BackoffKind::constant:
            return "constant";
    }
    return "full jitter";
}

Result<void> BackoffOptions::validate() const {
    if (cap > std::chrono::hours(1) || cap < std::chrono::milliseconds(1)) {
        return fail(Error(ErrorKind::invalid_argument,
                          "backoff.cap is " + format_duration(cap) + ", outside 1 ms to 1 h"));
    }
    if (base < std::chrono::milliseconds(1) || base > cap) {
        return fail(Error(ErrorKind::invalid_argument, "backoff.base is " + format_duration(base) +
                                                           ", outside 1 ms to the cap of " +
                                                           format_duration(cap)));
    }
    return {};
}

std::string BackoffOptions::describe() const {
    return fmt::format("{}, base {}, cap {}", to_string(kind), format_duration(base),
                       format_duration(cap));
}

Duration BackoffPolicy::delay(int retry, Rng& rng) {
    const Duration full = doubled(options_.base, options_.cap, retry);
    switch (options_.kind) {
        case BackoffKind::full_jitter:
            return scaled(full, rng.uniform());
        case BackoffKind::equal_jitter:
            return full / 2 + scaled(full - full / 2, rng.uniform());
        case BackoffKind::decorrelated_jitter: {
            const Duration span = previous_ * 3 - options_.base;
            previous_ = std::min(options_.cap, options_.base + scaled(span, rng.uniform()));
            return previous_;
        }
        case BackoffKind::exponential:
            return full;
        case BackoffKind::constant:
            return options_.base;
    }
    return full;
}

}  // namespace apilab::policy
