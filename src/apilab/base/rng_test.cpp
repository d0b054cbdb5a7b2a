#include "apilab/base/rng.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <array>
#include <limits>
#include <set>
#include <utility>
#include <vector>

namespace apilab {
namespace {

/// Says what it is told to; what follows is an error of the test.
class ScriptedRng final : public Rng {
public:
    explicit ScriptedRng(std::vector<std::uint64_t> script) : script_(std::move(script)) {}
    std::uint64_t next() override { return script_.at(used_++); }
    [[nodiscard]] std::size_t used() const { return used_; }

private:
    std::vector<std::uint64_t> script_;
    std::size_t used_ = 0;
};

constexpr auto smallest = std::numeric_limits<std::int64_t>::min();
constexpr auto largest = std::numeric_limits<std::int64_t>::max();

TEST(Rng, the_same_seed_gives_the_same_sequence_everywhere) {
    // The 10,000th number of the standard's own check ([rand.predef]) and our first ones of seed 1.
    SeededRng standard(5489);
    std::uint64_t last = 0;
    for (int i = 0; i < 10'000; ++i) {
        last = standard.next();
    }
    EXPECT_EQ(last, 9981545732273789042U);

    SeededRng one(1);
    EXPECT_EQ(one.next(), 2469588189546311528U);
    EXPECT_EQ(one.next(), 2516265689700432462U);
    SeededRng ones_draws(1);
    EXPECT_EQ(ones_draws.uniform(), 0.13387664401253263);
    EXPECT_EQ(ones_draws.between(1, 6), 1);
    EXPECT_EQ(ones_draws.between(-1000, 1000), -310);
}

TEST(Rng, uniform_stays_below_one) {
    ScriptedRng rng({0, std::numeric_limits<std::uint64_t>::max(), std::uint64_t{1} << 63U});
    EXPECT_EQ(rng.uniform(), 0.0);
    const double top = rng.uniform();
    EXPECT_LT(top, 1.0);
    EXPECT_GT(top, 0.999999999999999);
    EXPECT_EQ(rng.uniform(), 0.5);
}

TEST(Rng, an_empty_interval_is_its_lower_end_and_takes_no_draw) {
    ScriptedRng rng({});
    EXPECT_EQ(rng.between(5, 5), 5);
    EXPECT_EQ(rng.between(5, 4), 5);
    EXPECT_EQ(rng.between(largest, smallest), largest);
}

TEST(Rng, the_widest_interval_is_all_64_bits) {
    ScriptedRng rng({0, std::numeric_limits<std::uint64_t>::max()});
    EXPECT_EQ(rng.between(smallest, largest), 0);
    EXPECT_EQ(rng.between(smallest, largest), -1);
}

TEST(Rng, draws_that_would_bias_are_thrown_away) {
    // 2^64 = 3 * 6148914691236517205 + 1: the very last value has no partners.
    ScriptedRng rng({std::numeric_limits<std::uint64_t>::max(), 4});
    EXPECT_EQ(rng.between(10, 12), 11);
    EXPECT_EQ(rng.used(), 2U);
}

TEST(Rng, a_die_shows_every_side_about_equally_often) {
    SeededRng rng(20261122);
    std::array<int, 6> seen{};
    for (int i = 0; i < 60'000; ++i) {
        ++seen.at(static_cast<std::size_t>(rng.between(1, 6) - 1));
    }
    for (const int count : seen) {  // the seed is fixed: this cannot fail by chance
        EXPECT_NEAR(count, 10'000, 400);
    }
}

RC_GTEST_PROP(Rng, between_stays_in_its_interval,
              (std::uint64_t seed, std::int64_t a, std::int64_t b)) {
    SeededRng rng(seed);
    const auto low = std::min(a, b);
    const auto high = std::max(a, b);
    for (int i = 0; i < 20; ++i) {
        const auto value = rng.between(low, high);
        RC_ASSERT(value >= low);
        RC_ASSERT(value <= high);
    }
}

TEST(FreshSeed, is_new_each_time_and_can_be_typed) {
    std::set<std::uint64_t> seeds;
    for (int i = 0; i < 8; ++i) {
        const auto seed = fresh_seed();
        EXPECT_LT(seed, std::uint64_t{1} << 32U);
        seeds.insert(seed);
    }
    EXPECT_GT(seeds.size(), 1U);
}

TEST(SystemRng, does_not_repeat_itself) {
    SystemRng first;
    SystemRng second;
    std::set<std::uint64_t> seen;
    for (int i = 0; i < 1000; ++i) {
        seen.insert(first.next());
        seen.insert(second.next());
    }
    EXPECT_EQ(seen.size(), 2000U);
}

TEST(SystemRng, uses_every_bit) {
    SystemRng rng;
    std::uint64_t ever_set = 0;
    std::uint64_t always_set = ~std::uint64_t{0};
    for (int i = 0; i < 200; ++i) {
        const auto bits = rng.next();
        ever_set |= bits;
        always_set &= bits;
    }
    EXPECT_EQ(ever_set, ~std::uint64_t{0});
    EXPECT_EQ(always_set, 0U);
}

}  // namespace
}  // namespace apilab
