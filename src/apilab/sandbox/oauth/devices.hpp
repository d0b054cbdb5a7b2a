#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "apilab/base/clock.hpp"

namespace apilab::sandbox::oauth {

struct DeviceOptions {
    std::uint64_t seed = 1;
    /// Of a pair of codes. Default 10 min.
    Duration lifetime = std::chrono::minutes(10);
    /// What the answer says. Default 5 s.
    Duration interval = std::chrono::seconds(5);
    /// The user types the code in so long after it was given out, and consents. Nothing: a time of
    /// 6 to 20 s that the seed draws. Negative: never, unless at the page.
    std::optional<Duration> approves_after;
};

/// A pair of codes, fresh.
struct DeviceCode {
    std::string device_code;
    /// `WDJB-MJHT`: consonants only (RFC 8628 section 6.1).
    std::string user_code;
    std::uint64_t number = 0;
};

/// What a poll brings (RFC 8628 section 3.5).
struct DevicePoll {
    enum class State : std::uint8_t { unknown, pending, too_fast, denied, expired, approved };
    State state = State::unknown;
    /// Which pair of codes, from 1.
    std::uint64_t number = 0;
    std::string client;
    std::string scope;
};
/// `authorization_pending`, `slow_down`, `access_denied`, `expired_token`; `invalid_grant` for a
/// code that is unknown or was used.
[[nodiscard]] std::string_view error_of(DevicePoll::State state);

/// Device codes of RFC 8628: pending until a user decides, or the seed does in the user's place.
/// Pure: times are handed in. Remembers the newest 10,000.
class Devices {
public:
    static constexpr std::size_t codes_max = 10'000;
    explicit Devices(DeviceOptions options) : options_(options) {}

    [[nodiscard]] const DeviceOptions& options() const { return options_; }
    [[nodiscard]] DeviceCode add(std::string client, std::string scope, SteadyTime now);
    /// A poll that comes sooner than the interval after the one before is `too_fast`, and makes the
    /// interval 5 s longer from then on. `approved` comes once; the code is used then. Codes of
    /// another client are `unknown`.
    [[nodiscard]] DevicePoll poll(std::string_view device_code, std::string_view client,
                                  SteadyTime now);
    /// The user's word. False: no code of that kind is waiting. Case and the dash do not matter.
    bool decide(std::string_view user_code, bool consents, SteadyTime now);
    /// By the code that polls: for faults.
    void deny(std::string_view device_code);
    void expire(std::string_view device_code);
    void reset();

private:
    struct Entry {
        std::string client;
        std::string scope;
        std::string user_code;
        std::uint64_t number = 0;
        SteadyTime expires;
        std::optional<SteadyTime> approved;
        std::optional<SteadyTime> polled;
        Duration interval{};
        bool denied = false;
        bool used = false;
    };
    [[nodiscard]] Duration approval_of(std::uint64_t number) const;

    DeviceOptions options_;
    std::map<std::string, Entry, std::less<>> codes_;
    std::uint64_t added_ = 0;
};

}  // namespace apilab::sandbox::oauth
