#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "apilab/base/clock.hpp"

namespace apilab::simulation {

/// What an origin does to those who call it.
enum class Trouble : std::uint8_t {
    none,
    /// No connection: the machine is gone. Nothing is sent.
    refused,
    /// 503 to everything: the balancer stands, nobody is behind it.
    unavailable,
    /// Every third call: a 500, a 503, or a reply that is lost.
    flaky,
    /// Answers come after 20 s, longer than anybody waits.
    slow,
    /// Each client may ask every other second; else 429 and `retry-after: 5`.
    limited,
};
[[nodiscard]] std::string_view to_string(Trouble trouble);
/// Does nothing work? Then a recovery follows.
[[nodiscard]] inline bool is_total(Trouble trouble) {
    return trouble == Trouble::refused || trouble == Trouble::unavailable;
}

/// From `from` to just before `until`, since the beginning; whole seconds.
struct Spell {
    Trouble trouble = Trouble::none;
    Duration from{};
    Duration until{};
};

/// What an origin goes through: spells of trouble with calm between them. The same for the same
/// seed.
class Weather {
public:
    /// Troubles of 20 s to 8 min, the calm between them 3 to 45 min; of a short time proportionally
    /// less, so that five troubles fit. The last minute and a half is calm.
    [[nodiscard]] static Weather draw(std::uint64_t seed, Duration length);
    explicit Weather(std::vector<Spell> spells) : spells_(std::move(spells)) {}

    [[nodiscard]] Trouble at(Duration since) const;
    [[nodiscard]] const std::vector<Spell>& spells() const { return spells_; }

private:
    // In order, none over another.
    std::vector<Spell> spells_;
};

}  // namespace apilab::simulation
