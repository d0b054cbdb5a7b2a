#pragma once

#include <cstdint>
#include <string_view>

#include "apilab/base/result.hpp"

namespace apilab::work::internal {

/// The five fields, a bit for each value.
struct CronFields {
    std::uint64_t minutes = 0;
    std::uint64_t hours = 0;
    std::uint64_t days = 0;
    std::uint64_t months = 0;
    /// From Sunday, 0 to 6.
    std::uint64_t weekdays = 0;
    bool any_day = false;
    bool any_weekday = false;

    [[nodiscard]] static bool has(std::uint64_t set, unsigned value) {
        return (set >> value & 1U) != 0;
    }
    /// Of what cron calls the two days: either is enough where both are restricted.
    [[nodiscard]] bool has_day(unsigned day, unsigned weekday) const;
};

/// Each field is a word without spaces. Errors: `invalid_argument` (detail: the field).
[[nodiscard]] Result<CronFields> parse_cron_fields(std::string_view minute, std::string_view hour,
                                                   std::string_view day, std::string_view month,
                                                   std::string_view weekday);

}  // namespace apilab::work::internal
