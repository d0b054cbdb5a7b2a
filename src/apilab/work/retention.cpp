#include "apilab/work/retention.hpp"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/base/error.hpp"
#include "apilab/base/result.hpp"
#include "apilab/work/sender.hpp"
#include "apilab/work/store.hpp"

namespace apilab::work {
namespace {

using std::chrono::days;

constexpr Duration most = days(3650);

struct Range {
    std::string_view field;
    Duration given{};
    Duration least{};
};

std::unexpected<Error> too_short(std::string_view field, const std::string& why) {
    return fail(Error(ErrorKind::invalid_argument, fmt::format("{}: {}", field, why))
                    .with_detail(std::string(field)));
}

std::int64_t in_days(Duration duration) {
    return std::chrono::ceil<days>(duration).count();
}

}  // namespace

std::vector<SenderHorizon> sender_horizons() {
    std::vector<SenderHorizon> horizons;
    for (const Sender& sender : senders()) {
        horizons.push_back({.name = std::string(sender.name), .horizon = sender.horizon});
    }
    return horizons;
}

Result<void> validate(const RetentionTimes& times, const std::vector<SenderHorizon>& senders) {
    const std::array ranges{Range{"bodies", times.bodies, days(3)},
                            Range{"keys", times.keys, days(30)},
                            Range{"done_jobs", times.done_jobs, days(0)},
                            Range{"dead_jobs", times.dead_jobs, days(3)},
                            Range{"messages", times.messages, days(3)},
                            Range{"quarantine", times.quarantine, days(3)}};
    for (const Range& range : ranges) {
        if (range.given < range.least || range.given > most) {
            return too_short(range.field, fmt::format("expected {} to {} days",
                                                      in_days(range.least), in_days(most)));
        }
    }
    for (const SenderHorizon& sender : senders) {
        if (times.keys < sender.horizon) {
            return too_short(
                "keys", fmt::format("{} days, and {} may send an event again for {}",
                                    in_days(times.keys), sender.name, in_days(sender.horizon)));
        }
    }
    return {};
}

}  // namespace apilab::work
