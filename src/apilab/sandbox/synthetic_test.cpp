#include "apilab/sandbox/synthetic.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include "apilab/http/json.hpp"

namespace apilab::sandbox {
namespace {

TEST(Synthetic, the_same_count_and_seed_give_the_same_text) {
    EXPECT_EQ(synthetic_lockfile(50, 7), synthetic_lockfile(50, 7));
    EXPECT_NE(synthetic_lockfile(50, 7), synthetic_lockfile(51, 7));
    const auto a = synthetic_facts(200, 7);
    const auto b = synthetic_facts(200, 8);
    EXPECT_FALSE(std::ranges::equal(a.packages, b.packages, {}, &PackageFacts::latest,
                                    &PackageFacts::latest));
}

TEST(Synthetic, the_first_packages_do_not_depend_on_how_many_follow) {
    const auto few = synthetic_facts(10, 7);
    const auto many = synthetic_facts(100, 7);
    for (std::size_t i = 0; i < few.packages.size(); ++i) {
        EXPECT_EQ(few.packages[i].name, many.packages[i].name);
        EXPECT_EQ(few.packages[i].latest, many.packages[i].latest);
    }
}

TEST(Synthetic, a_thousand_packages_hold_every_kind_of_fault) {
    const auto facts = synthetic_facts(1000, 1);
    EXPECT_EQ(facts.packages.size(), 1000U);
    EXPECT_EQ(facts.repositories.size(), 1000U);
    EXPECT_GT(facts.advisories.size(), 150U);
    EXPECT_LT(facts.advisories.size(), 250U);
    std::set<std::string> ids;
    int unfixed = 0;
    int major = 0;
    for (const auto& advisory : facts.advisories) {
        EXPECT_TRUE(ids.insert(advisory.id).second) << advisory.id;
        const auto& range = advisory.affected[0].ranges[0];
        unfixed += range.fixed.empty() ? 1 : 0;
        major += range.fixed == "2.0.0" ? 1 : 0;
    }
    EXPECT_GT(unfixed, 0);
    EXPECT_GT(major, 0);
    EXPECT_LT(unfixed + major, static_cast<int>(facts.advisories.size()) / 2);
    EXPECT_TRUE(std::ranges::any_of(facts.packages, [](const auto& package) {
        return !package.versions.front().deprecated.empty();
    }));
}

TEST(Synthetic, the_installed_version_has_the_fault) {
    for (const auto& advisory : synthetic_facts(300, 3).advisories) {
        EXPECT_TRUE(affects(advisory.affected[0], "1.0.0")) << advisory.id;
    }
}

TEST(Synthetic, the_lockfile_holds_each_package_once) {
    const auto document = http::JsonDocument::parse(synthetic_lockfile(1000, 1)).value();
    EXPECT_EQ(document.root()["lockfileVersion"].integer(), 3);
    EXPECT_EQ(document.root()["packages"].size(), 1001U);
    EXPECT_EQ(document.root()["packages"][""]["dependencies"].size(), 100U);
    EXPECT_EQ(document.root()["packages"]["node_modules/synthetic-00042"]["version"].string(),
              "1.0.0");
}

}  // namespace
}  // namespace apilab::sandbox
