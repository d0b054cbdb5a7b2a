#include "apilab/sandbox/npm/provider.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "apilab/sandbox/internal/ask_provider.hpp"
#include "apilab/sandbox/world.hpp"

namespace apilab::sandbox::npm {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view abbreviated = "application/vnd.npm.install-v1+json";

class Npm : public ::testing::Test {
protected:
    NpmProvider provider{make_world().value().npm};
    AskProvider ask{provider};
    http::JsonDocument keep = http::JsonDocument::parse("null").value();
};

TEST_F(Npm, a_packument_is_full_unless_the_abbreviated_type_is_asked_for) {
    const auto full = ask.get("/lodash");
    EXPECT_EQ(full.status(), 200);
    EXPECT_EQ(full.headers().value("content-type"), "application/json");
    const auto document = parsed(full, keep);
    EXPECT_EQ(document["name"].string(), "lodash");
    EXPECT_EQ(document["dist-tags"]["latest"].string(), "4.18.1");
    EXPECT_EQ(document["time"]["4.17.21"].string_or("").substr(0, 10), "2021-02-20");
    EXPECT_EQ(document["versions"]["4.17.21"]["version"].string(), "4.17.21");
    EXPECT_EQ(document["repository"]["url"].string(), "git+https://github.com/lodash/lodash.git");

    const auto brief =
        ask.get("/lodash",
                {{"accept", std::string(abbreviated) + "; q=1.0, application/json; q=0.8, */*"}});
    EXPECT_EQ(brief.headers().value("content-type"), abbreviated);
    const auto shorter = parsed(brief, keep);
    EXPECT_TRUE(shorter["modified"].is_string());
    EXPECT_TRUE(shorter["time"].missing());
    EXPECT_TRUE(shorter["versions"]["4.17.21"]["dist"]["shasum"].is_string());
    EXPECT_TRUE(shorter["versions"]["4.17.21"]["license"].missing());
}

TEST_F(Npm, tarballs_are_under_the_url_that_was_asked) {
    ask.base_url = "http://localhost:9/npm";
    const auto first = ask.get("/%40octo%2futil");
    EXPECT_EQ(parsed(first, keep)["versions"]["1.0.0"]["dist"]["tarball"].string(),
              "http://localhost:9/npm/@octo/util/-/util-1.0.0.tgz");
    ask.base_url = "http://other:8/npm";
    const auto second = ask.get("/%40octo%2futil");
    EXPECT_THAT(second.body(), HasSubstr("http://other:8/npm/@octo"));
    EXPECT_THAT(second.body(), Not(HasSubstr("localhost:9")));
    EXPECT_THAT(second.body(), Not(HasSubstr(std::string(base_mark))));
}

TEST_F(Npm, a_scoped_name_may_have_its_slash_escaped_or_not) {
    const auto escaped = ask.get("/@octo%2futil");
    EXPECT_EQ(escaped.status(), 200);
    EXPECT_EQ(ask.get("/@octo/util").body(), escaped.body());
    EXPECT_EQ(parsed(ask.get("/@octo/util/1.0.0"), keep)["version"].string(), "1.0.0");
    EXPECT_EQ(parsed(ask.get("/@octo%2Futil/latest"), keep)["version"].string(), "1.2.0");
}

TEST_F(Npm, the_entity_tag_gives_304_and_is_another_for_the_other_document) {
    const auto full = ask.get("/ws");
    const std::string etag(full.headers().value("etag"));
    ASSERT_FALSE(etag.empty());
    EXPECT_EQ(full.headers().value("cache-control"), "public, max-age=300");
    EXPECT_EQ(full.headers().value("vary"), "accept-encoding, accept");
    EXPECT_EQ(full.headers().value("last-modified"), "Thu, 12 Nov 2026 21:03:31 GMT");

    const auto again = ask.get("/ws", {{"if-none-match", "W/" + etag}});
    EXPECT_EQ(again.status(), 304);
    EXPECT_EQ(again.body(), "");
    EXPECT_EQ(again.headers().value("etag"), etag);

    const auto brief =
        ask.get("/ws", {{"accept", std::string(abbreviated)}, {"if-none-match", etag}});
    EXPECT_EQ(brief.status(), 200);
    EXPECT_NE(brief.headers().value("etag"), etag);
}

TEST_F(Npm, an_unknown_package_is_404_and_an_unknown_version_a_json_string) {
    EXPECT_EQ(ask.get("/no-such-package").status(), 404);
    EXPECT_EQ(ask.get("/no-such-package").body(), R"({"error":"Not found"})");
    EXPECT_EQ(ask.get("/@octo/none").status(), 404);
    EXPECT_EQ(ask.get("/lodash/9.9.9").status(), 404);
    EXPECT_EQ(ask.get("/lodash/9.9.9").body(), R"("version not found: 9.9.9")");
    EXPECT_EQ(ask.get("/a/b/c/d/e").body(), R"({"error":"Not found"})");
}

TEST_F(Npm, an_unpublished_package_keeps_only_its_times) {
    const auto reply = ask.get("/octo-gone");
    EXPECT_EQ(reply.status(), 200);
    const auto document = parsed(reply, keep);
    EXPECT_TRUE(document["versions"].missing());
    EXPECT_TRUE(document["time"]["unpublished"]["time"].is_string());
}

TEST_F(Npm, versions_carry_what_radar_looks_at) {
    const auto left_box = parsed(ask.get("/left-box"), keep);
    EXPECT_TRUE(left_box["versions"]["1.1.0"]["deprecated"].is_string());
    EXPECT_TRUE(left_box["versions"]["1.2.0"]["deprecated"].missing());
    EXPECT_EQ(left_box["versions"]["2.0.0"]["engines"]["node"].string(), ">=20");
    EXPECT_EQ(left_box["dist-tags"]["next"].string(), "2.1.0-rc.1");
    const auto hooks = parsed(ask.get("/@octo%2fhooks"), keep);
    EXPECT_TRUE(hooks["versions"]["1.0.0"]["hasInstallScript"].missing());
    EXPECT_EQ(hooks["versions"]["1.1.0"]["hasInstallScript"].boolean(), true);
}

TEST_F(Npm, dist_tags_ping_and_search_answer) {
    EXPECT_EQ(parsed(ask.get("/-/package/left-box/dist-tags"), keep)["latest"].string(), "2.0.0");
    EXPECT_EQ(parsed(ask.get("/-/package/@octo%2futil/dist-tags"), keep)["latest"].string(),
              "1.2.0");
    EXPECT_EQ(ask.get("/-/package/none/dist-tags").status(), 404);
    EXPECT_EQ(ask.get("/-/ping").status(), 200);
    const auto found = parsed(ask.get("/-/v1/search?text=LODASH&size=2&from=1"), keep);
    EXPECT_EQ(found["objects"].size(), 2U);
    EXPECT_EQ(found["total"].integer(), 8);
    EXPECT_THAT(std::string(found["time"].string_or("")), HasSubstr("GMT+0000 (UTC)"));
}

TEST_F(Npm, bulk_advisories_name_only_packages_with_hits) {
    const auto reply =
        ask.post("/-/npm/v1/security/advisories/bulk",
                 R"({"lodash":["4.17.20","4.18.1"],"ws":["8.23.0"],"none":["1.0.0"]})");
    EXPECT_EQ(reply.status(), 200);
    const auto document = parsed(reply, keep);
    EXPECT_EQ(document.size(), 1U);
    bool seen = false;
    for (const auto entry : document["lodash"].elements()) {
        EXPECT_TRUE(entry["id"].integer());
        if (entry["url"].string_or("").ends_with("GHSA-29mw-wpgm-hmr9")) {
            seen = true;
            EXPECT_EQ(entry["vulnerable_versions"].string(), ">=4.0.0 <4.17.21");
            EXPECT_EQ(entry["severity"].string(), "moderate");
            EXPECT_EQ(entry["cvss"]["score"].number(), 5.3);
        }
    }
    EXPECT_TRUE(seen);
    EXPECT_THAT(reply.body(), Not(HasSubstr("GHSA-8p5q-j9m2-g8wr"))) << "withdrawn";
    EXPECT_EQ(ask.post("/-/npm/v1/security/advisories/bulk", "[1]").status(), 400);
    EXPECT_EQ(ask.post("/-/npm/v1/security/advisories/bulk", "{").status(), 400);
}

TEST_F(Npm, a_limit_is_told_by_a_page_for_people) {
    const auto limited = provider.refuse({.limit = "primary", .retry_after = "2"}, {});
    EXPECT_EQ(limited.status(), 429);
    EXPECT_EQ(limited.headers().value("retry-after"), "2");
    EXPECT_THAT(std::string(limited.headers().value("content-type")), HasSubstr("text/html"));
    EXPECT_FALSE(provider.refuse({.limit = "primary"}, {}).headers().contains("retry-after"));
    EXPECT_EQ(provider.refuse({.status = 503}, {}).status(), 503);
    EXPECT_EQ(provider.refuse({.status = 404}, {}).body(), R"({"error":"Not found"})");
}

}  // namespace
}  // namespace apilab::sandbox::npm
