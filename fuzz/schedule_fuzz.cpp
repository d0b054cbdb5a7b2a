// Bytes as the text of a schedule: what is taken comes at strictly later times, and its text read
// again means the same; what is refused names the field.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <set>
#include <string>
#include <string_view>

#include "apilab/work/schedule.hpp"

namespace {

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using apilab::work::Schedule;
    static const std::set<std::string> fields{"minute",   "hour",        "day of month",
                                              "month",    "day of week", "time zone",
                                              "interval", "schedule"};
    const auto schedule =
        Schedule::parse(std::string_view(reinterpret_cast<const char*>(data), size));
    if (!schedule) {
        require(schedule.error().kind() == apilab::ErrorKind::invalid_argument);
        require(fields.contains(schedule.error().detail()));
        return 0;
    }
    const auto again = Schedule::parse(schedule->text());
    require(again.has_value() && again->text() == schedule->text());
    apilab::SystemTime time{std::chrono::seconds(1'795'341'600)};
    for (int i = 0; i < 8; ++i) {
        const auto next = schedule->next_after(time);
        require(next == again->next_after(time));
        require(next && *next > time);
        time = *next;
    }
    return 0;
}
