#include "apilab/radar/cvss.hpp"

#include <gtest/gtest.h>

namespace apilab::radar {
namespace {

int tenths(std::string_view vector) {
    const auto score = cvss_base_score(vector);
    return score ? score->tenths : -1;
}

TEST(Cvss, version_3_scores_match_first_org) {
    // Scores published for well known CVEs.
    EXPECT_EQ(tenths("CVSS:3.1/AV:N/AC:L/PR:H/UI:N/S:U/C:H/I:H/A:H"), 72);
    EXPECT_EQ(tenths("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"), 98);
    EXPECT_EQ(tenths("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H"), 100);
    EXPECT_EQ(tenths("CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N"), 61);
    EXPECT_EQ(tenths("CVSS:3.1/AV:N/AC:H/PR:L/UI:N/S:U/C:H/I:L/A:H"), 71);
    EXPECT_EQ(tenths("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:L"), 53);
    EXPECT_EQ(tenths("CVSS:3.0/AV:N/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H"), 88);
    EXPECT_EQ(tenths("CVSS:3.1/AV:P/AC:H/PR:H/UI:R/S:U/C:L/I:N/A:N"), 16);
    EXPECT_EQ(tenths("CVSS:3.1/AV:L/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H"), 93);
    EXPECT_EQ(tenths("CVSS:3.1/AV:N/AC:L/PR:L/UI:R/S:C/C:L/I:L/A:N"), 54);
    EXPECT_EQ(tenths("CVSS:3.1/AV:N/AC:L/PR:H/UI:R/S:C/C:L/I:L/A:N"), 48);
    EXPECT_EQ(tenths("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N"), 0);
}

TEST(Cvss, metrics_beyond_the_base_are_ignored_and_order_is_free) {
    EXPECT_EQ(tenths("CVSS:3.1/A:H/I:H/C:H/S:U/UI:N/PR:N/AC:L/AV:N/E:P/RL:O"), 98);
}

TEST(Cvss, version_2) {
    EXPECT_EQ(tenths("AV:N/AC:L/Au:N/C:P/I:P/A:P"), 75);
    EXPECT_EQ(tenths("(AV:N/AC:L/Au:N/C:C/I:C/A:C)"), 100);
    EXPECT_EQ(tenths("AV:N/AC:M/Au:N/C:N/I:P/A:N"), 43);
    EXPECT_EQ(tenths("AV:N/AC:L/Au:N/C:N/I:N/A:N"), 0);
}

TEST(Cvss, refuses_what_it_cannot_score) {
    for (const char* vector :
         {"", "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:L/SC:N/SI:N/SA:N",
          "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H",
          "CVSS:3.1/AV:Q/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
          "CVSS:3.1/AV:N/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "CVSS:3.1/", "7.5", "CVSS:3.1/AV"}) {
        EXPECT_EQ(tenths(vector), -1) << vector;
    }
}

TEST(Cvss, bands) {
    EXPECT_EQ(CvssScore{0}.severity(), std::nullopt);
    EXPECT_EQ(CvssScore{1}.severity(), Severity::low);
    EXPECT_EQ(CvssScore{39}.severity(), Severity::low);
    EXPECT_EQ(CvssScore{40}.severity(), Severity::moderate);
    EXPECT_EQ(CvssScore{69}.severity(), Severity::moderate);
    EXPECT_EQ(CvssScore{70}.severity(), Severity::high);
    EXPECT_EQ(CvssScore{89}.severity(), Severity::high);
    EXPECT_EQ(CvssScore{90}.severity(), Severity::critical);
}

TEST(Cvss, a_midpoint_lies_in_its_band) {
    for (const Severity severity :
         {Severity::low, Severity::moderate, Severity::high, Severity::critical}) {
        EXPECT_EQ(midpoint(severity).severity(), severity);
        EXPECT_EQ(parse_severity(to_string(severity)), severity);
    }
    EXPECT_EQ(parse_severity("MEDIUM"), Severity::moderate);
    EXPECT_EQ(parse_severity("none"), std::nullopt);
}

}  // namespace
}  // namespace apilab::radar
