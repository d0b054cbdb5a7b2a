#include "apilab/server/internal/date_cache.hpp"

#include <gtest/gtest.h>

namespace apilab::server::internal {
namespace {

TEST(DateCache, follows_the_clock_forth_and_back) {
    using namespace std::chrono;
    const SystemTime noon = sys_days(year(2026) / 11 / 22) + hours(12);
    DateCache cache;
    EXPECT_EQ(cache.at(noon), "Sun, 22 Nov 2026 12:00:00 GMT");
    EXPECT_EQ(cache.at(noon + milliseconds(999)), "Sun, 22 Nov 2026 12:00:00 GMT");
    EXPECT_EQ(cache.at(noon + seconds(1)), "Sun, 22 Nov 2026 12:00:01 GMT");
    EXPECT_EQ(cache.at(noon - nanoseconds(1)), "Sun, 22 Nov 2026 11:59:59 GMT");
}

}  // namespace
}  // namespace apilab::server::internal
