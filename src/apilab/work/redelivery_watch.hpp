#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "apilab/base/clock.hpp"
#include "apilab/base/result.hpp"

namespace apilab::work {

struct RedeliveryWatchOptions {
    /// For so long the sender keeps what it delivered, to be asked for again. 1 h to 30 days;
    /// default 3 days, as GitHub.
    Duration horizon = std::chrono::days(3);
    /// The alarm comes so long before that. 1 min up to the horizon; default 1 day.
    Duration margin = std::chrono::days(1);
    /// So many refused deliveries are known by their id; of more only the time of the oldest is. 1
    /// to 100,000.
    std::size_t ids_max = 1000;

    /// Error `invalid_argument`, whose detail is the field.
    [[nodiscard]] Result<void> validate() const;
};

/// What a sender that does not try again could not deliver, and when it will be lost for good. A
/// pure rule: it is told what happened and when.
///
///     watch.refused(id, now);        // answered 503
///     watch.stored(id);              // somebody had it sent again
///     if (watch.state(now) == RedeliveryWatch::State::alarm) { ... }
class RedeliveryWatch {
public:
    explicit RedeliveryWatch(RedeliveryWatchOptions options = {}) : options_(options) {}

    void refused(std::string_view id, SystemTime now);
    /// It arrived after all.
    void stored(std::string_view id);
    /// Everything that was delivered before `time` has been looked for (a gap filler did).
    void checked_until(SystemTime time);

    enum class State : std::uint8_t {
        /// Nothing is missing.
        fine,
        /// Something is, and there is time.
        missing,
        /// The oldest of it can be asked for only for another `margin`, or less.
        alarm,
        /// The sender does not have the oldest any more.
        lost,
    };
    [[nodiscard]] State state(SystemTime now) const;
    /// When the oldest that is missing was refused.
    [[nodiscard]] std::optional<SystemTime> oldest() const;
    /// How many are missing and known by id.
    [[nodiscard]] std::size_t missing() const { return by_id_.size(); }

private:
    using Times = std::multimap<SystemTime, std::string>;
    RedeliveryWatchOptions options_;
    Times by_time_;
    std::map<std::string, Times::iterator, std::less<>> by_id_;
    /// Of those for which there was no room.
    std::optional<SystemTime> oldest_other_;
    std::optional<SystemTime> newest_other_;
};

}  // namespace apilab::work
