#include "apilab/sandbox/seed/seed.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include "apilab/http/date.hpp"
#include "apilab/sandbox/semver.hpp"

namespace apilab::sandbox::seed {
namespace {

using ::testing::HasSubstr;

TEST(Seed, the_built_in_world_reads) {
    const auto facts = built_in_facts();
    ASSERT_TRUE(facts) << facts.error().to_string();
    EXPECT_GE(facts->packages.size(), 75U);
    EXPECT_GE(facts->advisories.size(), 40U);
    EXPECT_GE(facts->repositories.size(), 60U);
}

TEST(Seed, names_and_ids_are_unique_and_every_time_is_a_time) {
    const auto facts = built_in_facts().value();
    std::set<std::string> names;
    for (const auto& package : facts.packages) {
        EXPECT_TRUE(names.insert(package.name).second) << package.name;
        for (const auto& version : package.versions) {
            EXPECT_TRUE(parse_semver(version.version)) << package.name << version.version;
            EXPECT_TRUE(http::parse_iso_time(version.time)) << package.name << version.version;
        }
    }
    std::set<std::string> ids;
    for (const auto& advisory : facts.advisories) {
        EXPECT_TRUE(ids.insert(advisory.id).second) << advisory.id;
        EXPECT_TRUE(http::parse_iso_time(advisory.published)) << advisory.id;
        EXPECT_TRUE(http::parse_iso_time(advisory.modified)) << advisory.id;
        EXPECT_TRUE(advisory.in_github || advisory.in_osv) << advisory.id;
    }
    std::set<std::string> repositories;
    for (const auto& repository : facts.repositories) {
        EXPECT_TRUE(repositories.insert(repository.name).second) << repository.name;
    }
    for (const auto& [old_name, name] : facts.renamed) {
        EXPECT_FALSE(repositories.contains(old_name)) << old_name;
        EXPECT_TRUE(repositories.contains(name)) << name;
    }
}

TEST(Seed, an_advisory_with_a_fix_names_a_version_that_the_package_has_or_passed) {
    const auto facts = built_in_facts().value();
    for (const auto& advisory : facts.advisories) {
        for (const auto& affected : advisory.affected) {
            const auto package =
                std::ranges::find(facts.packages, affected.package, &PackageFacts::name);
            if (package == facts.packages.end() || !advisory.withdrawn.empty()) {
                continue;
            }
            const bool curable = std::ranges::none_of(
                affected.ranges, [](const VersionRange& range) { return range.fixed.empty(); });
            EXPECT_EQ(affects(affected, package->latest), !curable)
                << advisory.id << " on " << affected.package;
        }
    }
}

TEST(Seed, each_kind_of_oddity_is_there) {
    const auto facts = built_in_facts().value();
    const auto has_advisory = [&](auto&& predicate) {
        return std::ranges::any_of(facts.advisories, predicate);
    };
    EXPECT_TRUE(has_advisory([](const auto& a) { return !a.withdrawn.empty(); }));
    EXPECT_TRUE(has_advisory([](const auto& a) { return a.id.starts_with("MAL-"); }));
    EXPECT_TRUE(has_advisory([](const auto& a) { return !a.in_osv; }));
    EXPECT_TRUE(has_advisory([](const auto& a) { return !a.in_github; }));
    EXPECT_TRUE(has_advisory([](const auto& a) { return a.joined_ranges; }));
    const auto releases = [&](std::string_view name) {
        return std::ranges::find(facts.repositories, name, &RepositoryFacts::name)->releases;
    };
    const auto left_box = releases("octo/left-box");
    EXPECT_TRUE(std::ranges::find(left_box, "v2.0.0", &ReleaseFacts::tag)->prerelease);
    for (const auto& release : releases("octo/util")) {
        EXPECT_NE(release.tag, "v1.2.0");
    }
    EXPECT_TRUE(releases("octo/quiet").empty());
    EXPECT_EQ(releases("octo/hello").size(), 4U);
}

TEST(Seed, a_broken_file_is_named_with_its_fault) {
    const auto npm = R"({"packages":[{"name":"a","latest":"2.0.0","versions":{"1.0.0":{}}}]})";
    EXPECT_THAT(parse_facts(npm, "{}", "{}").error().message(), HasSubstr("npm.json: package 'a'"));
    const auto advisory =
        R"({"advisories":[{"id":"GHSA-x","published":"2020-01-01","affected":{"a":["<1"]}}]})";
    EXPECT_THAT(parse_facts("{}", advisory, "{}").error().message(),
                HasSubstr("GHSA-x: range '<1'"));
    const auto github = R"({"repositories":[{"name":"o/r","package":"none"}]})";
    EXPECT_THAT(parse_facts("{}", "{}", github).error().message(), HasSubstr("no package 'none'"));
    EXPECT_THAT(parse_facts("{", "{}", "{}").error().message(), HasSubstr("npm.json"));
}

}  // namespace
}  // namespace apilab::sandbox::seed
