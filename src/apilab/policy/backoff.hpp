#pragma once

#include <string>

#include "apilab/base/clock.hpp"
#include "apilab/base/result.hpp"
#include "apilab/base/rng.hpp"

namespace apilab::policy {

/// How long to wait before the n-th retry (n from 0), `d(n) = min(cap, base * 2^n)`:
enum class BackoffKind : std::uint8_t {
    /// `U(0, d(n))`: spreads callers best; the default.
    full_jitter,
    /// `d(n)/2 + U(0, d(n)/2)`: never close to zero.
    equal_jitter,
    /// `min(cap, U(base, 3 * previous))`, previous starting at base.
    decorrelated_jitter,
    /// `d(n)`: everybody who failed together comes back together. For teaching and for tests.
    exponential,
    /// `base`, always.
    constant,
};
[[nodiscard]] std::string_view to_string(BackoffKind kind);

struct BackoffOptions {
    BackoffKind kind = BackoffKind::full_jitter;
    /// Default 50 ms, range 1 ms to `cap`.
    Duration base = std::chrono::milliseconds(50);
    /// No wait is longer. Default 20 s, range up to 1 h.
    Duration cap = std::chrono::seconds(20);

    [[nodiscard]] Result<void> validate() const;
    [[nodiscard]] std::string describe() const;
};

/// The waits of one call. Pure: chance comes from `rng`. Source of the jittered forms: the AWS
/// architecture blog's "Exponential Backoff And Jitter".
class BackoffPolicy {
public:
    explicit BackoffPolicy(BackoffOptions options) : options_(options), previous_(options.base) {}

    /// The wait before retry `retry` (0 for the first). 0 <= wait <= cap. Only decorrelated jitter
    /// remembers its last wait.
    [[nodiscard]] Duration delay(int retry, Rng& rng);

private:
    BackoffOptions options_;
    Duration previous_;
};

}  // namespace apilab::policy
