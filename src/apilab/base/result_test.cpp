#include "apilab/base/result.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "apilab/base/try.hpp"

namespace apilab {
namespace {

Result<std::unique_ptr<int>> make(bool good) {
    if (!good) {
        return fail(ErrorKind::io, "no memory card");
    }
    return std::make_unique<int>(7);
}

Result<int> doubled(bool good, int* reached) {
    APILAB_TRY(const auto number, make(good));
    APILAB_TRY(const auto again, make(good));
    ++*reached;
    return *number + *again;
}

Result<void> check(bool good) {
    if (!good) {
        return fail(Error(ErrorKind::io, "no").with_detail("x"));
    }
    return {};
}

Result<std::string> both(bool first, bool second) {
    APILAB_CHECK(check(first));
    APILAB_CHECK(check(second));
    return "both";
}

TEST(Try, takes_the_value_even_where_it_can_only_be_moved) {
    int reached = 0;
    EXPECT_EQ(doubled(true, &reached).value(), 14);
    EXPECT_EQ(reached, 1);
}

TEST(Try, leaves_at_the_first_error_and_keeps_it) {
    int reached = 0;
    const auto result = doubled(false, &reached);
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().message(), "no memory card");
    EXPECT_EQ(reached, 0);
}

TEST(Try, check_passes_errors_on_and_good_news_by) {
    EXPECT_EQ(both(true, true).value(), "both");
    ASSERT_FALSE(both(true, false).has_value());
    EXPECT_EQ(both(false, true).error().detail(), "x");
}

}  // namespace
}  // namespace apilab
