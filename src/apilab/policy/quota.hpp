#pragma once

#include <string>

#include "apilab/base/clock.hpp"
#include "apilab/base/result.hpp"

namespace apilab::policy {

/// A limit that calls share. What is zero does not limit.
struct Quota {
    /// So many units in `window` on average. 0 to 1,000,000,000.
    double permits = 0;
    /// 1 ms to 24 h where `permits` is set.
    Duration window{};
    /// At most at once. Default (0): `permits`, never less than 1.
    double burst = 0;
    /// Between the beginnings of two calls. At most 1 h.
    Duration spacing{};
    /// Under way at once. 0 to 100,000.
    int concurrent = 0;

    [[nodiscard]] bool limits() const {
        return permits > 0 || spacing > Duration::zero() || concurrent > 0;
    }
    /// Error `invalid_argument` naming the field and its range.
    [[nodiscard]] Result<void> validate() const;
    /// `3 in 1 s, 1 at a time, 2 s apart`.
    [[nodiscard]] std::string describe() const;

    friend bool operator==(const Quota&, const Quota&) = default;
};

}  // namespace apilab::policy
