#include "apilab/radar/packument.hpp"

#include <gtest/gtest.h>

#include <string>

#include "apilab/http/date.hpp"

namespace apilab::radar {
namespace {

Result<Packument> parse(std::string_view text, PackumentLimits limits = {}) {
    const auto document = http::JsonDocument::parse(text);
    EXPECT_TRUE(document) << text;
    return parse_packument(document->root(), limits);
}

SystemTime at(std::string_view text) {
    return http::parse_iso_time(text).value();
}

constexpr std::string_view full = R"({"name":"p","dist-tags":{"latest":"1.10.0","next":"2.0.0-rc.1",
    "lost":"7.0.0","odd":7},
    "versions":{
      "1.10.0":{"engines":{"node":">=14"},"scripts":{"postinstall":"node x"}},
      "1.9.0":{"deprecated":"use 1.10","engines":["node >= 0.4"]},
      "1.2.0":{"deprecated":"","engines":"node","hasInstallScript":true},
      "2.0.0-rc.1":{"deprecated":true},
      "not a version":{},"1.0.0":null},
    "time":{"created":"2020-01-01T00:00:00.000Z","modified":"2024-05-01T00:00:00.000Z",
      "1.2.0":"2020-01-01T00:00:00.000Z","1.9.0":"2021-01-01T00:00:00Z",
      "1.10.0":"2022-01-01T00:00:00Z","0.9.0":"2019-01-01T00:00:00Z"},
    "repository":{"type":"git","url":"git+https://github.com/o/r.git"}})";

TEST(Packument, a_full_document) {
    const Packument p = parse(full).value();
    ASSERT_EQ(p.versions.size(), 4U);
    EXPECT_EQ(p.versions[0].text, "1.2.0");
    EXPECT_EQ(p.versions[2].text, "1.10.0") << "by precedence, not by text";
    EXPECT_EQ(p.unreadable_versions, 2U);
    EXPECT_TRUE(p.has_times);
    EXPECT_EQ(p.modified, at("2024-05-01T00:00:00Z"));
    EXPECT_EQ(p.versions[2].published, at("2022-01-01T00:00:00Z"));
    EXPECT_FALSE(p.versions[3].published);
    EXPECT_EQ(p.versions[2].engines_node, ">=14");
    EXPECT_EQ(p.versions[1].engines_node, ">= 0.4");
    EXPECT_TRUE(p.versions[2].install_script);
    EXPECT_TRUE(p.versions[0].install_script);
    EXPECT_FALSE(p.versions[1].install_script);
    EXPECT_TRUE(p.versions[1].deprecated);
    EXPECT_EQ(p.versions[1].deprecation, "use 1.10");
    EXPECT_FALSE(p.versions[0].deprecated) << "an empty text takes a deprecation back";
    EXPECT_TRUE(p.versions[3].deprecated);
    EXPECT_EQ(p.tagged("latest")->text, "1.10.0");
    EXPECT_EQ(p.tagged("lost"), nullptr);
    EXPECT_EQ(p.tagged("nope"), nullptr);
    EXPECT_EQ(p.repository, (GithubRepository{"o", "r", ""}));
}

TEST(Packument, an_abbreviated_document_has_no_times) {
    const Packument p = parse(R"({"name":"p","modified":"2024-01-01T00:00:00Z",
        "dist-tags":{"latest":"1.0.0"},"versions":{"1.0.0":{"name":"p","version":"1.0.0"}}})")
                            .value();
    EXPECT_FALSE(p.has_times);
    EXPECT_FALSE(p.repository);
    EXPECT_EQ(p.modified, at("2024-01-01T00:00:00Z"));
}

TEST(Packument, the_repository_of_the_latest_version_stands_in) {
    const Packument p = parse(R"({"dist-tags":{"latest":"1.0.0"},
        "versions":{"1.0.0":{"repository":"o/r"}}})")
                            .value();
    EXPECT_EQ(p.repository, (GithubRepository{"o", "r", ""}));
}

TEST(Packument, unpublished_packages_are_told) {
    const Packument p =
        parse(R"({"name":"p","time":{"unpublished":{"time":"2020-01-01T00:00:00Z"}}})").value();
    EXPECT_TRUE(p.unpublished);
    EXPECT_TRUE(p.versions.empty());
}

TEST(Packument, what_is_no_packument_is_refused) {
    for (const char* text : {"[]", "{}", R"({"error":"Not found"})", R"({"versions":["1.0.0"]})",
                             R"("version not found: 9.9.9")"}) {
        const auto refused = parse(text);
        ASSERT_FALSE(refused) << text;
        EXPECT_EQ(refused.error().kind(), ErrorKind::decode);
    }
    EXPECT_EQ(parse(full, {.versions_max = 3}).error().kind(), ErrorKind::too_large);
}

TEST(PickVersion, is_what_npm_would_install) {
    const Packument p = parse(full).value();
    const SystemTime now = at("2025-01-01T00:00:00Z");
    const auto pick = [&](std::string_view spec, SystemTime as_of) {
        const auto* version = pick_version(p, parse_npm_spec(spec), as_of);
        return version != nullptr ? version->text : "none";
    };
    EXPECT_EQ(pick("^1.0.0", now), "1.10.0");
    EXPECT_EQ(pick("<1.10", now), "1.2.0") << "deprecated versions come last";
    EXPECT_EQ(pick("~1.9", now), "1.9.0");
    EXPECT_EQ(pick("next", now), "2.0.0-rc.1");
    EXPECT_EQ(pick("^9", now), "none");
    EXPECT_EQ(pick("nope", now), "none");
    EXPECT_EQ(pick("^1.0.0", at("2020-06-01T00:00:00Z")), "1.2.0");
    EXPECT_EQ(pick("github:o/r", now), "none");
}

TEST(SettleWanted, ranges_become_installed_versions) {
    const Packument p = parse(full).value();
    Dependency d{.name = "p", .installed = {}, .wanted = {}, .aliases = {}};
    d.wanted.push_back({parse_npm_spec("^1.2"), true, false, ""});
    d.wanted.push_back({parse_npm_spec("1.x"), false, false, ""});
    d.wanted.push_back({parse_npm_spec("^9"), false, false, ""});
    settle_wanted(d, p, at("2025-01-01T00:00:00Z"));
    ASSERT_EQ(d.installed.size(), 1U);
    EXPECT_EQ(d.installed[0].version, "1.10.0");
    EXPECT_TRUE(d.installed[0].direct);
    EXPECT_FALSE(d.installed[0].dev);
    EXPECT_EQ(d.installed[0].demands.size(), 2U);
    ASSERT_EQ(d.wanted.size(), 1U);
    EXPECT_EQ(d.wanted[0].spec.text, "^9");
}

}  // namespace
}  // namespace apilab::radar
