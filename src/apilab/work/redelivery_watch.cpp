#include "apilab/work/redelivery_watch.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "apilab/work/internal/option_range.hpp"

namespace apilab::work {

Result<void> RedeliveryWatchOptions::validate() const {
    if (horizon < std::chrono::hours(1) || horizon > std::chrono::days(30)) {
        return internal::bad_field("horizon", "1 h to 30 days");
    }
    if (margin < std::chrono::minutes(1) || margin > horizon) {
        return internal::bad_field("margin", "1 min up to the horizon");
    }
    if (ids_max < 1 || ids_max > 100'000) {
        return internal::bad_field("ids_max", "1 to 100,000");
    }
    return {};
}

void RedeliveryWatch::refused(std::string_view id, SystemTime now) {
    if (by_id_.contains(id)) {  // it counts from the first time
        return;
    }
    if (by_id_.size() >= options_.ids_max) {
        oldest_other_ = std::min(oldest_other_.value_or(now), now);
        newest_other_ = std::max(newest_other_.value_or(now), now);
        return;
    }
    by_id_.emplace(id, by_time_.emplace(now, id));
}

void RedeliveryWatch::stored(std::string_view id) {
    if (const auto found = by_id_.find(id); found != by_id_.end()) {
        by_time_.erase(found->second);
        by_id_.erase(found);
    }
}

void RedeliveryWatch::checked_until(SystemTime time) {
    while (!by_time_.empty() && by_time_.begin()->first < time) {
        by_id_.erase(by_time_.begin()->second);
        by_time_.erase(by_time_.begin());
    }
    if (newest_other_ && *newest_other_ < time) {
        oldest_other_.reset();
        newest_other_.reset();
    } else if (oldest_other_) {
        oldest_other_ = std::max(*oldest_other_, time);
    }
}

std::optional<SystemTime> RedeliveryWatch::oldest() const {
    auto oldest = oldest_other_;
    if (!by_time_.empty()) {
        oldest = std::min(oldest.value_or(by_time_.begin()->first), by_time_.begin()->first);
    }
    return oldest;
}

RedeliveryWatch::State RedeliveryWatch::state(SystemTime now) const {
    const auto since = oldest();
    if (!since) {
        return State::fine;
    }
    const Duration age = now - *since;
    return age >= options_.horizon                     ? State::lost
           : age >= options_.horizon - options_.margin ? State::alarm
                                                       : State::missing;
}

}  // namespace apilab::work
