#include "apilab/shared/gcra.hpp"

#include <algorithm>

namespace apilab::shared {
namespace {

Duration price(const policy::Quota& quota) {
    return std::chrono::duration_cast<Duration>(quota.window / quota.permits);
}

// How far ahead of time one may be.
Duration tolerance(const policy::Quota& quota) {
    const double burst = quota.burst > 0 ? quota.burst : std::max(quota.permits, 1.0);
    return std::chrono::duration_cast<Duration>(price(quota) * burst);
}

}  // namespace

Gcra::Taken Gcra::take(const policy::Quota& quota, int want, Duration patience, SteadyTime now) {
    if (now < held_until_) {
        return {.wait = held_until_ - now};
    }
    if (quota.permits <= 0) {
        return {.permits = want};
    }
    const SteadyTime from = std::max(empty_at_, now);
    const Duration room = now + tolerance(quota) - from;
    const auto fit = room < Duration::zero() ? 0 : room / price(quota);
    Taken taken{.permits = static_cast<int>(std::min<Duration::rep>(fit, want))};
    if (taken.permits == 0) {
        taken.wait = price(quota) - room;
        taken.permits = taken.wait <= patience ? 1 : 0;
    }
    empty_at_ = from + taken.permits * price(quota);
    return taken;
}

void Gcra::hold(SteadyTime until) {
    held_until_ = std::max(held_until_, until);
}

}  // namespace apilab::shared
