#include "apilab/policy/quota.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <vector>

#include "apilab/base/duration.hpp"

namespace apilab::policy {

namespace {

constexpr double permits_max = 1e9;
constexpr int concurrent_max = 100'000;

std::unexpected<Error> bad(std::string_view field, std::string_view range) {
    return fail(ErrorKind::invalid_argument, fmt::format("quota.{} is outside {}", field, range));
}

}  // namespace

// Written so that a NaN is outside.
Result<void> Quota::validate() const {
    if (!(permits >= 0 && permits <= permits_max)) {
        return bad("permits", "0 to 1,000,000,000");
    }
    if (permits > 0 && (window < std::chrono::milliseconds(1) || window > std::chrono::hours(24))) {
        return bad("window", "1 ms to 24 h");
    }
    if (!(burst >= 0 && burst <= permits_max)) {
        return bad("burst", "0 to 1,000,000,000");
    }
    if (spacing < Duration::zero() || spacing > std::chrono::hours(1)) {
        return bad("spacing", "0 to 1 h");
    }
    if (concurrent < 0 || concurrent > concurrent_max) {
        return bad("concurrent", "0 to 100,000");
    }
    return {};
}

std::string Quota::describe() const {
    std::vector<std::string> parts;
    if (permits > 0) {
        parts.push_back(fmt::format("{} in {}", permits, format_duration(window)));
        if (burst > 0) {
            parts.push_back(fmt::format("{} at once", burst));
        }
    }
    if (concurrent > 0) {
        parts.push_back(fmt::format("{} under way", concurrent));
    }
    if (spacing > Duration::zero()) {
        parts.push_back(fmt::format("{} apart", format_duration(spacing)));
    }
    return parts.empty() ? "no limit" : fmt::format("{}", fmt::join(parts, ", "));
}

}  // namespace apilab::policy
