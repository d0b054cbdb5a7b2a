#pragma once

#include <string>
#include <vector>

#include "apilab/base/result.hpp"
#include "apilab/work/store.hpp"

namespace apilab::work {

/// For how long a sender may send one event again by itself, after the first time.
struct SenderHorizon {
    std::string name;
    Duration horizon{};
};

/// Those of `senders()` (sender.hpp).
[[nodiscard]] std::vector<SenderHorizon> sender_horizons();

/// Would anything be forgotten while it can still come again? `keys` are kept for 30 days at least
/// and for as long as the longest horizon of `senders` (a copy that comes later than its key would
/// run once more); `bodies`, `dead_jobs`, `messages` and `quarantine` for 3 days, so that what
/// broke on a Friday is there on a Monday; `done_jobs` need not be kept. All at most 10 years.
///
/// Errors: `invalid_argument`, whose detail is the field.
[[nodiscard]] Result<void> validate(const RetentionTimes& times,
                                    const std::vector<SenderHorizon>& senders = sender_horizons());

}  // namespace apilab::work
