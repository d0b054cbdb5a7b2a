#include "apilab/base/uuid.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <set>

namespace apilab {
namespace {

class Fixed final : public Rng {
public:
    explicit Fixed(std::uint64_t bits) : bits_(bits) {}
    std::uint64_t next() override { return bits_; }

private:
    std::uint64_t bits_;
};

TEST(Uuid, says_its_version_and_variant_whatever_the_chance) {
    Fixed none(0);
    EXPECT_EQ(uuid_v4(none), "00000000-0000-4000-8000-000000000000");
    Fixed all(UINT64_MAX);
    EXPECT_EQ(uuid_v4(all), "ffffffff-ffff-4fff-bfff-ffffffffffff");
}

TEST(Uuid, is_another_one_each_time_and_the_same_for_the_same_seed) {
    SeededRng rng(1);
    std::set<std::string> seen;
    for (int i = 0; i < 1000; ++i) {
        seen.insert(uuid_v4(rng));
    }
    EXPECT_EQ(seen.size(), 1000U);
    SeededRng again(1);
    EXPECT_TRUE(seen.contains(uuid_v4(again)));
}

}  // namespace
}  // namespace apilab
