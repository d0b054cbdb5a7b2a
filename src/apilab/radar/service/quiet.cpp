#include <date/tz.h>

#include <chrono>
#include <exception>
#include <optional>
#include <string>

#include "apilab/radar/service/plan.hpp"

namespace apilab::radar {
namespace {

using std::chrono::seconds;

// Null: UTC.
const date::time_zone* zone_of(const std::string& name) {
    try {
        return name == "UTC" || name.empty() ? nullptr : date::locate_zone(name);
    } catch (const std::exception&) {
        return nullptr;
    }
}

// The first moment after `after` at which that clock shows this, or jumps over it.
std::chrono::sys_seconds moment_of(const date::time_zone* zone, date::local_seconds wall,
                                   std::chrono::sys_seconds after) {
    const std::chrono::sys_seconds as_utc(wall.time_since_epoch());
    if (zone == nullptr) {
        return as_utc;
    }
    const auto info = zone->get_info(wall);
    if (info.result == date::local_info::nonexistent) {
        return info.first.end;
    }
    const auto first = as_utc - info.first.offset;
    return first <= after && info.result == date::local_info::ambiguous
               ? as_utc - info.second.offset
               : first;
}

}  // namespace

std::optional<SystemTime> quiet_until(const QuietHours& quiet, SystemTime now) {
    const date::time_zone* zone = zone_of(quiet.zone);
    const auto second = std::chrono::floor<seconds>(now);
    const auto offset = zone == nullptr ? seconds(0) : zone->get_info(second).offset;
    const date::local_seconds wall((second + offset).time_since_epoch());
    const auto day = std::chrono::floor<std::chrono::days>(wall);
    const auto shown = wall - day;
    const bool over_midnight = quiet.from > quiet.to;
    const bool inside = over_midnight ? shown >= quiet.from || shown < quiet.to
                                      : shown >= quiet.from && shown < quiet.to;
    if (!inside) {
        return std::nullopt;
    }
    const bool ends_tomorrow = over_midnight && shown >= quiet.from;
    const date::local_seconds end =
        day + std::chrono::days(ends_tomorrow ? 1 : 0) + seconds(quiet.to);
    return moment_of(zone, end, second);
}

}  // namespace apilab::radar
