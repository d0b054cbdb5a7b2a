#include "weather.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <vector>

#include "apilab/base/rng.hpp"

namespace apilab::fortnight {

using namespace std::chrono_literals;

namespace {

constexpr std::array<Trouble, 6> kinds{Trouble::crash,  Trouble::stopped,      Trouble::unreachable,
                                       Trouble::silent, Trouble::answers_lost, Trouble::disk};

Duration between(Rng& rng, Duration least, Duration most) {
    return Duration(rng.between(least.count(), most.count()));
}

bool is_away(Trouble trouble) {
    return trouble == Trouble::crash || trouble == Trouble::stopped;
}

// Who runs and is not reached asks GitHub in vain, and only so often: an hour of that is healed.
Duration length(Rng& rng, Trouble trouble) {
    const auto dice = rng.between(0, 9);
    if (dice < 3 && is_away(trouble)) {
        return between(rng, 20s, 2min);
    }
    if (dice < 6) {
        return between(rng, 1min, 10min);
    }
    if (dice < 9 || !is_away(trouble)) {
        return between(rng, 10min, 1h);
    }
    return between(rng, 2h, 6h);
}

}  // namespace

std::vector<Spell> plan_weather(std::uint64_t seed, Duration span) {
    SeededRng rng(seed);
    std::vector<Spell> spells;
    Duration at{};
    for (std::size_t i = 0;; ++i) {
        at += between(rng, 2h, 8h);
        const bool known = i < kinds.size();  // at first each kind for an hour
        const auto any = static_cast<std::size_t>(rng.between(0, kinds.size() - 1));
        auto trouble = kinds.at(known ? i : any);
        Duration lasts = known ? 1h : length(rng, trouble);
        if (i == kinds.size()) {
            trouble = Trouble::crash;
            lasts = between(rng, 20h, 40h);
        }
        if (at + lasts + 2h > span) {
            return spells;
        }
        spells.push_back({.from = at, .until = at + lasts, .trouble = trouble});
        at += lasts;
    }
}

}  // namespace apilab::fortnight
