#include "apilab/radar/github_facts.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace apilab::radar {
namespace {

OsvRecord advisory(std::string_view range, std::string_view more = "") {
    const std::string text =
        R"({"ghsa_id":"GHSA-aaaa-bbbb-cccc","cve_id":"CVE-1","updated_at":"2024-01-01T00:00:00Z",
            "severity":"medium","vulnerabilities":[{"package":{"ecosystem":"npm","name":"p"},
            "vulnerable_version_range":")" +
        std::string(range) + R"(","first_patched_version":"1.2.3"}])" + std::string(more) + "}";
    return parse_github_advisory(http::JsonDocument::parse(text).value().root()).value();
}

bool hit(const OsvRecord& record, std::string_view version) {
    return affects(record, "p", SemVer::parse(version).value());
}

TEST(GithubAdvisory, its_ranges_mean_what_they_say) {
    const auto both = advisory(">= 1.0.0, < 1.2.3");
    EXPECT_FALSE(hit(both, "0.9.0"));
    EXPECT_TRUE(hit(both, "1.0.0"));
    EXPECT_FALSE(hit(both, "1.2.3"));
    EXPECT_TRUE(hit(advisory("< 1.2.3"), "0.0.1"));
    EXPECT_TRUE(hit(advisory("<= 1.2.3"), "1.2.3"));
    EXPECT_FALSE(hit(advisory("<= 1.2.3"), "1.2.4"));
    EXPECT_FALSE(hit(advisory("> 2.1.0, < 3.0.0"), "2.1.0"));
    EXPECT_TRUE(hit(advisory("> 2.1.0, < 3.0.0"), "2.1.1-0"));
    EXPECT_FALSE(hit(advisory("> 2.1.0-a"), "2.1.0-a"));
    EXPECT_TRUE(hit(advisory("> 2.1.0-a"), "2.1.0-b"));
    EXPECT_TRUE(hit(advisory("= 1.5.0"), "1.5.0"));
    EXPECT_FALSE(hit(advisory("= 1.5.0"), "1.5.1"));
    EXPECT_TRUE(hit(advisory(""), "9.9.9")) << "a range that cannot be read covers everything";
}

TEST(GithubAdvisory, carries_aliases_severity_and_type) {
    const auto plain = advisory("< 2", R"(,"type":"reviewed","cvss":{"vector_string":null})");
    EXPECT_EQ(plain.aliases, std::vector<std::string>{"CVE-1"});
    EXPECT_FALSE(plain.malicious());
    EXPECT_EQ(score_of(plain, "p").words, "severity moderate, taken as CVSS 5.5");
    const auto scored = advisory("< 2", R"(,"type":"malware","withdrawn_at":"2024-02-01T00:00:00Z",
        "cvss_severities":{"cvss_v3":{"vector_string":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"},
        "cvss_v4":null})");
    EXPECT_TRUE(scored.malicious());
    EXPECT_EQ(score_of(scored, "p").score.tenths, 98);
    EXPECT_FALSE(hit(scored, "1.0.0")) << "withdrawn";
}

TEST(GithubAdvisory, what_is_none_is_refused) {
    for (const char* text :
         {"[]", "{}", R"({"ghsa_id":"CVE-1","updated_at":"2024-01-01T00:00:00Z"})",
          R"({"ghsa_id":"GHSA-a"})"}) {
        EXPECT_FALSE(parse_github_advisory(http::JsonDocument::parse(text).value().root())) << text;
    }
}

TEST(GithubRelease, is_read_with_its_notes_page) {
    const auto parse = [](std::string_view text) {
        return parse_github_release(http::JsonDocument::parse(text).value().root());
    };
    const auto release = parse(R"({"tag_name":"v1.0.0","prerelease":true,"draft":false,
        "published_at":"2024-01-01T00:00:00Z","html_url":"https://github.com/o/r/releases/tag/v1.0.0"})");
    ASSERT_TRUE(release);
    EXPECT_TRUE(release->prerelease);
    EXPECT_TRUE(release->published);
    EXPECT_FALSE(release->url.empty());
    EXPECT_EQ(parse(R"({"tag_name":"1","html_url":"javascript:x"})")->url, "");
    EXPECT_FALSE(parse(R"({"name":"x"})"));
    EXPECT_FALSE(parse("7"));
}

TEST(ReleaseTag, names_a_version_of_this_package) {
    const SemVer v(1, 2, 3);
    for (const char* tag : {"1.2.3", "v1.2.3", "p@1.2.3", "@s/p@1.2.3", "p-v1.2.3", "release-1.2.3",
                            "release/v1.2.3", "v1.2.3+build"}) {
        EXPECT_TRUE(is_tag_of(tag, "@s/p", v)) << tag;
    }
    for (const char* tag : {"11.2.3", "v1.2.3-rc.1", "other@1.2.3", "0.1.2.3", "v1.2", ""}) {
        EXPECT_FALSE(is_tag_of(tag, "@s/p", v)) << tag;
    }
}

}  // namespace
}  // namespace apilab::radar
