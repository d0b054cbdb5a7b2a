#include "weather.hpp"

#include <algorithm>
#include <array>

#include "apilab/base/rng.hpp"

namespace apilab::simulation {

using std::chrono::seconds;

namespace {

constexpr std::array troubles{Trouble::refused, Trouble::unavailable, Trouble::flaky, Trouble::slow,
                              Trouble::limited};
// After the last trouble breakers close and whoever waits comes back.
constexpr seconds calm_at_the_end{90};

seconds between(Rng& rng, seconds low, seconds high) {
    return seconds(rng.between(low.count(), high.count()));
}

}  // namespace

std::string_view to_string(Trouble trouble) {
    switch (trouble) {
        case Trouble::none:
            return "none";
        case Trouble::refused:
            return "refused";
        case Trouble::unavailable:
            return "unavailable";
        case Trouble::flaky:
            return "flaky";
        case Trouble::slow:
            return "slow";
        case Trouble::limited:
            return "limited";
    }
    return "?";
}

Weather Weather::draw(std::uint64_t seed, Duration length) {
    SeededRng rng(seed);
    const auto whole = std::chrono::floor<seconds>(length) - calm_at_the_end;
    // A day has troubles of up to eight minutes; ten minutes have some of up to half a minute.
    const auto trouble_max = std::clamp<seconds>(whole / 12, seconds(25), seconds(480));
    const auto calm_max = std::clamp<seconds>(whole / 8, seconds(40), seconds(2'700));
    const auto calm_min = std::min<seconds>(calm_max / 2, seconds(180));
    std::vector<Spell> spells;
    for (auto time = between(rng, calm_min, calm_max);;) {
        const auto until = time + between(rng, seconds(20), trouble_max);
        if (until > whole) {
            return Weather(std::move(spells));
        }
        const auto which = rng.between(0, troubles.size() - 1);
        spells.push_back({troubles.at(static_cast<std::size_t>(which)), time, until});
        time = until + between(rng, calm_min, calm_max);
    }
}

Trouble Weather::at(Duration since) const {
    const auto next = std::ranges::upper_bound(spells_, since, {}, &Spell::from);
    if (next == spells_.begin()) {
        return Trouble::none;
    }
    const Spell& spell = *std::prev(next);
    return since < spell.until ? spell.trouble : Trouble::none;
}

}  // namespace apilab::simulation
