#include "apilab/radar/osv.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace apilab::radar {
namespace {

OsvRecord record(std::string_view affected, std::string_view more = "") {
    const std::string text = R"({"id":"GHSA-x","modified":"2024-01-01T00:00:00Z","affected":)" +
                             std::string(affected) + std::string(more) + "}";
    const auto document = http::JsonDocument::parse(text);
    EXPECT_TRUE(document) << text;
    return parse_osv(document->root()).value();
}

/// One npm entry for package p with these events.
std::string entry(std::string_view events, std::string_view type = "SEMVER") {
    return R"({"package":{"ecosystem":"npm","name":"p"},"ranges":[{"type":")" + std::string(type) +
           R"(","events":)" + std::string(events) + "}]}";
}

bool hit(const OsvRecord& r, std::string_view version, std::string_view package = "p") {
    return affects(r, package, SemVer::parse(version).value());
}

TEST(Osv, introduced_and_fixed_bound_a_half_open_range) {
    const auto r = record("[" + entry(R"([{"introduced":"1.0.0"},{"fixed":"2.0.0"}])") + "]");
    EXPECT_FALSE(hit(r, "0.9.9"));
    EXPECT_TRUE(hit(r, "1.0.0"));
    EXPECT_TRUE(hit(r, "1.9.9"));
    EXPECT_TRUE(hit(r, "2.0.0-rc.1")) << "plain SemVer order, not npm's range rule";
    EXPECT_FALSE(hit(r, "1.0.0-rc.1"));
    EXPECT_FALSE(hit(r, "2.0.0"));
    EXPECT_FALSE(hit(r, "1.5.0", "P")) << "names are case-sensitive";
}

TEST(Osv, zero_is_before_everything_and_last_affected_is_inside) {
    const auto r = record("[" + entry(R"([{"introduced":"0"},{"last_affected":"2.88.2"}])") + "]");
    EXPECT_TRUE(hit(r, "0.0.0-0"));
    EXPECT_TRUE(hit(r, "2.88.2"));
    EXPECT_FALSE(hit(r, "2.88.3-0"));
}

TEST(Osv, events_may_come_in_any_order_and_several_times) {
    const auto r = record("[" +
                          entry(R"([{"fixed":"1.2.0"},{"introduced":"2.0.0"},
        {"introduced":"0"},{"fixed":"2.3.0"}])",
                                "ECOSYSTEM") +
                          "]");
    EXPECT_TRUE(hit(r, "1.1.9"));
    EXPECT_FALSE(hit(r, "1.2.0"));
    EXPECT_TRUE(hit(r, "2.0.0"));
    EXPECT_FALSE(hit(r, "2.3.0"));
}

TEST(Osv, entries_and_ranges_are_alternatives_even_where_they_overlap) {
    const auto r = record("[" + entry(R"([{"introduced":"1.0"},{"fixed":"3.1.1"}])") + "," +
                          entry(R"([{"introduced":"0"},{"fixed":"2.6.7"}])") + "]");
    EXPECT_TRUE(hit(r, "2.6.7")) << "the other entry still covers it";
    EXPECT_TRUE(hit(r, "0.1.0"));
    EXPECT_FALSE(hit(r, "3.1.1"));
}

TEST(Osv, a_git_range_says_nothing_about_versions_and_hides_no_other_range) {
    const auto r = record(R"([{"package":{"ecosystem":"npm","name":"p"},"ranges":[
        {"type":"GIT","repo":"https://example.org","events":[{"introduced":"0"}]},
        {"type":"SEMVER","events":[{"introduced":"0"},{"fixed":"1.0.0"}]}]}])");
    EXPECT_TRUE(hit(r, "0.5.0"));
    EXPECT_FALSE(hit(r, "1.0.0"));
}

TEST(Osv, versions_are_named_one_by_one) {
    const auto r =
        record(R"([{"package":{"ecosystem":"npm","name":"p"},"versions":["1.0.0","1.2.0+b"]}])");
    EXPECT_TRUE(hit(r, "1.0.0"));
    EXPECT_TRUE(hit(r, "1.2.0"));
    EXPECT_FALSE(hit(r, "1.1.0"));
}

TEST(Osv, limits_end_a_range) {
    const auto r = record("[" + entry(R"([{"introduced":"0"},{"limit":"1.5.0"}])") + "]");
    EXPECT_TRUE(hit(r, "1.4.9"));
    EXPECT_FALSE(hit(r, "1.5.0"));
    EXPECT_TRUE(hit(record("[" + entry(R"([{"introduced":"0"},{"limit":"*"}])") + "]"), "9.0.0"));
}

TEST(Osv, unreadable_bounds_count_against_us) {
    const auto r = record("[" + entry(R"([{"introduced":"the start"},{"fixed":"someday"}])") + "]");
    EXPECT_TRUE(hit(r, "1.0.0"));
}

TEST(Osv, other_ecosystems_and_withdrawn_records_affect_nothing) {
    EXPECT_FALSE(hit(record(R"([{"package":{"ecosystem":"NPM","name":"p"},
        "versions":["1.0.0"]}])"),
                     "1.0.0"));
    EXPECT_FALSE(hit(record("[" + entry(R"([{"introduced":"0"}])") + "]",
                            R"(,"withdrawn":"2024-02-01T00:00:00Z")"),
                     "1.0.0"));
    EXPECT_TRUE(
        hit(record("[" + entry(R"([{"introduced":"0"}])") + "]", R"(,"withdrawn":null)"), "1.0.0"));
}

TEST(Osv, only_id_and_modified_are_required) {
    const auto read = [](std::string_view text) {
        return parse_osv(http::JsonDocument::parse(text).value().root());
    };
    const auto odd = read(R"({"id":"X-1","modified":"2024-01-01T00:00:00Z","aliases":null,
        "affected":[7,{},{"package":null,"ranges":{},"versions":[1]}],"severity":"high",
        "database_specific":[],"published":5})");
    ASSERT_TRUE(odd);
    EXPECT_EQ(odd->affected.size(), 3U);
    EXPECT_FALSE(hit(*odd, "1.0.0"));
    for (const auto& [text, pointer] : std::vector<std::pair<std::string, std::string>>{
             {"[]", ""},
             {R"({"modified":"2024-01-01T00:00:00Z"})", "/id"},
             {R"({"id":7,"modified":"2024-01-01T00:00:00Z"})", "/id"},
             {R"({"id":"a\u001bb","modified":"2024-01-01T00:00:00Z"})", "/id"},
             {R"({"id":"X"})", "/modified"},
             {R"({"id":"X","modified":"yesterday"})", "/modified"}}) {
        const auto refused = read(text);
        ASSERT_FALSE(refused) << text;
        EXPECT_EQ(refused.error().kind(), ErrorKind::decode);
        EXPECT_EQ(refused.error().detail(), pointer);
    }
}

TEST(Osv, malware_is_known_by_its_id_or_alias) {
    OsvRecord r;
    r.id = "MAL-2024-1";
    EXPECT_TRUE(r.malicious());
    r.id = "GHSA-x";
    EXPECT_FALSE(r.malicious());
    r.aliases = {"MAL-2024-1"};
    EXPECT_TRUE(r.malicious());
}

TEST(Osv, the_score_says_where_it_comes_from) {
    const std::string one = "[" + entry(R"([{"introduced":"0"}])") + "]";
    const auto v3 = score_of(record(one, R"(,"severity":[{"type":"CVSS_V4","score":"CVSS:4.0/AV:N"},
            {"type":"CVSS_V3","score":"CVSS:3.1/AV:N/AC:L/PR:H/UI:N/S:U/C:H/I:H/A:H"}])"),
                             "p");
    EXPECT_EQ(v3.score.tenths, 72);
    EXPECT_EQ(v3.level, Severity::high);
    EXPECT_EQ(v3.words, "CVSS 7.2");
    const auto v4 =
        score_of(record(one, R"(,"severity":[{"type":"CVSS_V4","score":"CVSS:4.0/AV:N"}],
        "database_specific":{"severity":"MODERATE"})"),
                 "p");
    EXPECT_EQ(v4.score.tenths, 55);
    EXPECT_EQ(v4.words, "severity moderate, taken as CVSS 5.5");
    EXPECT_EQ(score_of(record(one), "p").score.tenths, 0);
    const auto own =
        score_of(record(R"([{"package":{"ecosystem":"npm","name":"p"},"severity":[{"type":"CVSS_V3",
            "score":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}]}])",
                        R"(,"database_specific":{"severity":"LOW"})"),
                 "p");
    EXPECT_EQ(own.score.tenths, 98);
}

TEST(Osv, aliases_group_transitively) {
    std::vector<OsvRecord> records(5);
    records[0].id = "GHSA-1";
    records[0].aliases = {"CVE-1"};
    records[1].id = "GHSA-2";
    records[2].id = "MAL-3";
    records[2].aliases = {"X-9"};
    records[3].id = "X-9";
    records[3].aliases = {"CVE-1"};
    records[4].id = "GHSA-2b";
    records[4].aliases = {"GHSA-2"};
    using Groups = std::vector<std::vector<std::size_t>>;
    EXPECT_EQ(group_by_alias(records), (Groups{{0, 2, 3}, {1, 4}}));
    EXPECT_TRUE(group_by_alias({}).empty());
}

TEST(Osv, fixed_versions_ascend) {
    const auto r = record("[" + entry(R"([{"introduced":"2.0.0"},{"fixed":"2.2.2"}])") + "," +
                          entry(R"([{"introduced":"0"},{"fixed":"1.0.2"}])") + "," +
                          entry(R"([{"introduced":"0"},{"fixed":"1.0.2"}])") + "]");
    std::string text;
    for (const SemVer& v : fixed_versions(r, "p")) {
        text += v.to_string() + " ";
    }
    EXPECT_EQ(text, "1.0.2 2.2.2 ");
}

TEST(CoerceVersion, fills_in_what_is_missing) {
    const auto read = [](std::string_view text) {
        const auto v = coerce_version(text);
        return v ? v->to_string() : "none";
    };
    EXPECT_EQ(read("1.0"), "1.0.0");
    EXPECT_EQ(read("v2"), "2.0.0");
    EXPECT_EQ(read("1.0-rc1"), "1.0.0-rc1");
    EXPECT_EQ(read("1.2.3"), "1.2.3");
    EXPECT_EQ(read("5.0.0.RC2"), "none");
    EXPECT_EQ(read("1."), "none");
    EXPECT_EQ(read("*"), "none");
    EXPECT_EQ(read(""), "none");
}

}  // namespace
}  // namespace apilab::radar
