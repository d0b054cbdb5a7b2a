#pragma once

#include <chrono>

#include "apilab/policy/backoff.hpp"

namespace apilab::work::internal {

/// The pauses of who goes on asking a store that fails: from 100 ms to 30 s.
class StorePause {
public:
    explicit StorePause(Rng& rng) : rng_(rng) {}

    [[nodiscard]] Duration next() { return backoff_.delay(failures_++, rng_); }
    void reset() { failures_ = 0; }

private:
    Rng& rng_;
    policy::BackoffPolicy backoff_{{.kind = policy::BackoffKind::equal_jitter,
                                    .base = std::chrono::milliseconds(200),
                                    .cap = std::chrono::seconds(30)}};
    int failures_ = 0;
};

}  // namespace apilab::work::internal
