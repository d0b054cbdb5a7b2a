#include "apilab/sandbox/fidelity_page.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

#include "apilab/base/file.hpp"
#include "apilab/sandbox/world.hpp"

namespace apilab::sandbox {
namespace {

TEST(FidelityPage, is_as_the_route_tables_and_cards_have_it) {
    const auto world = make_world();
    ASSERT_TRUE(world);
    const auto page = fidelity_page(make_providers(*world, {}));
    const std::string file = std::string(APILAB_SOURCE_DIR) + "/docs/fidelity.md";
    if (std::getenv("APILAB_GOLDEN") != nullptr) {
        ASSERT_TRUE(write_file_atomically(file, page));
    }
    constexpr std::size_t page_max = std::size_t{1} << 20U;
    EXPECT_EQ(read_file(file, page_max).value_or(""), page)
        << "regenerate: APILAB_GOLDEN=write build/dev/bin/test_sandbox "
           "--gtest_filter='FidelityPage.*'";
}

}  // namespace
}  // namespace apilab::sandbox
