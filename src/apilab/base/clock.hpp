#pragma once

#include <chrono>

namespace apilab {

using Duration = std::chrono::nanoseconds;
/// For measuring and for deadlines: never goes back.
using SteadyTime = std::chrono::time_point<std::chrono::steady_clock, Duration>;
/// For dates that leave the program (Retry-After dates, logs).
using SystemTime = std::chrono::time_point<std::chrono::system_clock, Duration>;

/// The only source of time. Policies do not even have one: they are handed `now`.
class Clock {
public:
    Clock() = default;
    Clock(const Clock&) = delete;
    Clock& operator=(const Clock&) = delete;
    virtual ~Clock() = default;

    [[nodiscard]] virtual SteadyTime now() const = 0;
    [[nodiscard]] virtual SystemTime system_now() const = 0;
};

/// The machine's clocks. Made by programs; library code is given a `Clock`.
class RealClock final : public Clock {
public:
    [[nodiscard]] SteadyTime now() const override;
    [[nodiscard]] SystemTime system_now() const override;
};

}  // namespace apilab
