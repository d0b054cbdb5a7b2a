#pragma once

#include <fmt/format.h>

#include <chrono>
#include <string>

#include "apilab/base/clock.hpp"
#include "apilab/http/date.hpp"

namespace apilab::observe::internal {

/// HAR counts in milliseconds.
inline double milliseconds(Duration duration) {
    return std::chrono::duration<double, std::milli>(duration).count();
}

/// HAR wants fractions of a second: `2026-11-22T10:00:00.120Z`.
inline std::string date_of(SystemTime time) {
    const auto second = std::chrono::floor<std::chrono::seconds>(time);
    auto text = http::format_iso_time(second);
    text.pop_back();
    return fmt::format("{}.{:03}Z", text, (time - second) / std::chrono::milliseconds(1));
}

}  // namespace apilab::observe::internal
