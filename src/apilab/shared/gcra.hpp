#pragma once

#include "apilab/base/clock.hpp"
#include "apilab/policy/quota.hpp"

namespace apilab::shared {

/// A leaky bucket as a meter (the generic cell rate algorithm, ITU-T I.371): one point of time is
/// all its state. Pure. `redis_budget_store.cpp` has the same in Lua.
class Gcra {
public:
    struct Taken {
        int permits = 0;
        /// They are good after so long; without any: ask again then.
        Duration wait{};
        friend bool operator==(const Taken&, const Taken&) = default;
    };
    /// As many as there are now, `want` at most. Where there is none, the next one, if it is good
    /// within `patience`. A quota without `permits` gives all.
    [[nodiscard]] Taken take(const policy::Quota& quota, int want, Duration patience,
                             SteadyTime now);
    /// None before `until`; what it had saved up is gone by then.
    void hold(SteadyTime until);

private:
    // When the bucket is empty again, so to speak; GCRA's theoretical arrival time.
    SteadyTime empty_at_{};
    SteadyTime held_until_{};
};

}  // namespace apilab::shared
