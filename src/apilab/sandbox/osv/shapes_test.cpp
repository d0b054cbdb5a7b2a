#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "apilab/sandbox/internal/ask_provider.hpp"
#include "apilab/sandbox/osv/provider.hpp"
#include "apilab/sandbox/osv/purl.hpp"
#include "apilab/sandbox/osv/version_order.hpp"
#include "apilab/sandbox/world.hpp"

namespace apilab::sandbox::osv {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class OsvShapes : public ::testing::Test {
protected:
    std::vector<std::string> ids(const std::string& query) {
        const auto reply = AskProvider(provider).post("/v1/query", query);
        EXPECT_EQ(reply.status(), 200) << reply.body();
        std::vector<std::string> out;
        for (const auto entry : parsed(reply, keep)["vulns"].elements()) {
            out.emplace_back(entry["id"].string_or(""));
        }
        return out;
    }
    std::vector<std::string> ids(std::string_view ecosystem, std::string_view name,
                                 std::string_view version) {
        return ids(R"({"version":")" + std::string(version) + R"(","package":{"ecosystem":")" +
                   std::string(ecosystem) + R"(","name":")" + std::string(name) + "\"}}");
    }

    OsvProvider provider{make_world().value().osv};
    http::JsonDocument keep = http::JsonDocument::parse("null").value();
};

TEST_F(OsvShapes, a_commit_is_found_where_a_record_names_it) {
    EXPECT_THAT(ids(R"({"commit":"6F1E2D3C4B5A69788796A5B4C3D2E1F001234567"})"),
                ElementsAre("OSV-2026-990001"));
    EXPECT_THAT(ids(R"({"commit":"fedcba9876543210fedcba9876543210fedcba98"})"),
                ElementsAre("CVE-2026-990002"));
    EXPECT_THAT(ids(R"({"commit":"0123456789abcdef0123456789abcdef01234567"})"), IsEmpty())
        << "the fix";
}

TEST_F(OsvShapes, a_repository_is_asked_for_by_its_tags) {
    EXPECT_THAT(ids("GIT", "https://git.example.invalid/octo/octo-c.git", "1.2.0"),
                ElementsAre("CVE-2026-990002"));
    EXPECT_THAT(ids("GIT", "https://git.example.invalid/octo/octo-c", "v1.0.0"),
                ElementsAre("OSV-2026-990001"));
}

TEST_F(OsvShapes, an_ecosystem_may_have_a_release_behind_it) {
    EXPECT_THAT(ids("Debian:12", "octo-c", "1.2.0-2"), ElementsAre("DEBIAN-CVE-2026-990002"));
    EXPECT_THAT(ids("Debian:12", "octo-c", "1.2.0-2+deb12u1"), IsEmpty());
    EXPECT_THAT(ids("Debian:13", "octo-c", "1.2.0-2+deb12u1"),
                ElementsAre("DEBIAN-CVE-2026-990002"));
    EXPECT_THAT(ids("Debian", "octo-c", "99"), ElementsAre("DEBIAN-CVE-2026-990002"))
        << "without one every release is meant";
    EXPECT_THAT(ids("Debian:11", "octo-c", "1.0"), IsEmpty());
    EXPECT_THAT(ids("Ubuntu:24.04:LTS", "octo-c", "1.2.0-1ubuntu1"),
                ElementsAre("UBUNTU-CVE-2026-990002"));
}

TEST_F(OsvShapes, versions_that_are_no_semver_have_an_order) {
    EXPECT_THAT(ids("PyPI", "octo-py", "0.9"), ElementsAre("PYSEC-2026-990003"));
    EXPECT_THAT(ids("PyPI", "octo-py", "1.0rc1"), ElementsAre("PYSEC-2026-990003"));
    EXPECT_THAT(ids("PyPI", "octo-py", "1.0"), IsEmpty());
    EXPECT_THAT(ids("PyPI", "octo-py", "2.0"), ElementsAre("PYSEC-2026-990003"));
    EXPECT_THAT(ids("PyPI", "octo-py", "2.0.post1"), IsEmpty());
    EXPECT_TRUE(loose_order("1.9", "1.10") < 0);
    EXPECT_TRUE(loose_order("1.0~rc1", "1.0") < 0);
    EXPECT_TRUE(loose_order("1.0", "1.0.1") < 0);
    EXPECT_TRUE(loose_order("9", "1:0.1") < 0);
    EXPECT_TRUE(loose_order("1.0-1", "1.0.1") == 0);
    EXPECT_TRUE(loose_order("01.0", "1.0") == 0);
}

TEST_F(OsvShapes, prereleases_go_by_semver_and_a_range_may_end_inclusively) {
    EXPECT_THAT(ids("npm", "@octo/many", "1.15.5"), ElementsAre("GHSA-9999-many-many"));
    EXPECT_THAT(ids("npm", "@octo/many", "1.15.6"), IsEmpty());
    EXPECT_THAT(ids("npm", "@octo/many", "2.0.0-beta.2"), ElementsAre("GHSA-9999-many-many"));
    EXPECT_THAT(ids("npm", "@octo/many", "2.0.0-beta.3"), IsEmpty());
    EXPECT_THAT(ids("NuGet", "Octo.Many", "1.1.0"), ElementsAre("GHSA-9999-many-many"));
}

TEST_F(OsvShapes, package_urls_of_other_types_name_packages_as_their_ecosystem_does) {
    const auto purl = read_purl("pkg:maven/invalid.example.octo/many@1.0.0");
    ASSERT_TRUE(purl);
    EXPECT_EQ(purl->name, "invalid.example.octo:many");
    EXPECT_EQ(purl->version, "1.0.0");
    EXPECT_EQ(read_purl("pkg:deb/debian/octo-c@1?arch=source")->name, "octo-c");
    EXPECT_EQ(read_purl("pkg:pypi/Octo_Py")->name, "octo-py");
    EXPECT_EQ(read_purl("pkg:zork/x")->ecosystem, "");
    EXPECT_FALSE(read_purl("npm/x"));
    EXPECT_FALSE(read_purl("pkg:npm/"));
    EXPECT_THAT(ids(R"({"package":{"purl":"pkg:maven/invalid.example.octo/many@1.0.0"}})"),
                ElementsAre("GHSA-9999-many-many"));
}

TEST_F(OsvShapes, null_lists_and_bare_records_are_served_as_they_are) {
    const auto bare = AskProvider(provider).get("/v1/vulns/x_octo-1");
    EXPECT_EQ(bare.body(), R"({"id":"x_octo-1","modified":"2026-06-02T00:00:00Z"})");
    const auto record = parsed(AskProvider(provider).get("/v1/vulns/GHSA-9999-null-null"), keep);
    EXPECT_TRUE(record["aliases"].is_null());
}

TEST_F(OsvShapes, a_field_of_another_type_is_a_bad_query) {
    AskProvider ask(provider);
    EXPECT_EQ(
        ask.post("/v1/query", R"({"version":1,"package":{"name":"x","ecosystem":"npm"}})").status(),
        400);
    EXPECT_EQ(ask.post("/v1/querybatch", R"({"queries":{}})").status(), 400);
    EXPECT_EQ(ask.post("/v1/querybatch", "{}").body(), R"({"results":[]})");
}

TEST_F(OsvShapes, a_page_ends_where_it_has_enough_bytes) {
    OsvProvider small(make_world().value().osv, {.page_bytes = 1});
    const auto reply =
        AskProvider(small).post("/v1/query", R"({"package":{"ecosystem":"npm","name":"lodash"}})");
    EXPECT_EQ(parsed(reply, keep)["vulns"].size(), 1U);
    EXPECT_TRUE(parsed(reply, keep)["next_page_token"].is_string());
}

TEST_F(OsvShapes, the_experimental_ones_answer) {
    AskProvider ask(provider);
    EXPECT_EQ(
        ask.post("/v1experimental/determineversion", R"({"file_hashes":[{"hash":"AA=="}]})").body(),
        "{}");
    EXPECT_EQ(ask.post("/v1experimental/determineversion", "{}").status(), 400);
    EXPECT_EQ(
        parsed(ask.get("/v1experimental/importfindings/octo"), keep)["invalid_records"].size(), 1U);
    EXPECT_EQ(ask.get("/v1experimental/importfindings/none").body(), "{}");
}

}  // namespace
}  // namespace apilab::sandbox::osv
