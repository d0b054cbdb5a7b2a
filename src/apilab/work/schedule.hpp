#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "apilab/base/clock.hpp"
#include "apilab/base/result.hpp"

namespace apilab::work {

/// When a task comes again. A value, and pure: `now` is passed in.
///
/// Two forms. `every 15m` (1 s to 31 days, whole seconds) counts from 1970-01-01T00:00:00Z, so that
/// all processes mean the same moments, before and after a restart. Five fields of cron and perhaps
/// a time zone, else UTC:
///
///     every 15m
///     30 7 * * mon-fri Europe/Berlin
///     0 0 1,15 jan-jun/2 *
///
/// minute 0-59, hour 0-23, day of the month 1-31, month 1-12 or `jan` to `dec`, day of the week 0-7
/// (0 and 7 are Sunday) or `sun` to `sat`; `*`, lists `1,15`, ranges `9-17`, steps `*/5` and
/// `9-17/2`. Where both days are restricted, either is enough (as cron has it since Vixie's).
///
/// When the clocks change, by the zone's rules: a time that does not exist runs at the first moment
/// after the gap; one that exists twice runs once, the first time. What shall come every quarter of
/// an hour whatever the clocks do is `every 15m`, or cron in UTC. Zones are those of the machine's
/// tzdata, whose tables know of changes until 2037.
///
/// Source of the fields: POSIX `crontab`, crontab(5).
class Schedule {
public:
    /// Longest text that is read.
    static constexpr std::size_t text_max = 255;

    /// Errors: `invalid_argument`, its detail the field (`minute`, `hour`, `day of month`, `month`,
    /// `day of week`, `time zone`, `interval`, `schedule`), its message what would be right. A date
    /// that never comes (30 February) is refused.
    [[nodiscard]] static Result<Schedule> parse(std::string_view text);

    /// The first moment later than `after`. Nothing where that would be after the year 2199; what
    /// is before 1970 counts as 1970.
    [[nodiscard]] std::optional<SystemTime> next_after(SystemTime after) const;

    /// As it was read, with single spaces: equal texts mean the same.
    [[nodiscard]] const std::string& text() const { return text_; }

private:
    struct Rules;
    Schedule(std::string text, std::shared_ptr<const Rules> rules);
    std::string text_;
    std::shared_ptr<const Rules> rules_;
};

}  // namespace apilab::work
