// apilab deploy check as a person and a script see it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

#include "program.hpp"

namespace apilab::cli_test {
namespace {

using testing::HasSubstr;
namespace json = boost::json;

constexpr std::string_view dockerfile =
    "FROM debian:bookworm-slim\nUSER 1\nENTRYPOINT [\"/svc\"]\n";

TEST(DeployCheck, tells_file_line_rule_and_what_would_be_right) {
    const TempDir folder;
    (void)folder.write("Dockerfile", "FROM debian:bookworm-slim\nCMD svc\n");
    const auto ended = apilab({"deploy", "check", folder.path().string()});
    EXPECT_EQ(ended.code, 6);
    EXPECT_THAT(ended.out, HasSubstr("Dockerfile:2  high      DKR-06"));
    EXPECT_THAT(ended.out, HasSubstr("right: exec form"));
    EXPECT_THAT(ended.err, HasSubstr("3 findings in 1 files"));
}

TEST(DeployCheck, exits_by_the_level_that_is_asked_for) {
    const TempDir folder;
    (void)folder.write("Dockerfile", dockerfile);  // no HEALTHCHECK: low
    const auto path = folder.path().string();
    EXPECT_EQ(apilab({"deploy", "check", path}).code, 0);
    EXPECT_EQ(apilab({"deploy", "check", path, "--fail-on", "low"}).code, 6);
    EXPECT_EQ(apilab({"deploy", "check", path, "--fail-on", "critical"}).code, 0);
    (void)folder.write("Dockerfile", "FROM debian:latest\n");
    EXPECT_EQ(apilab({"deploy", "check", path}).code, 6);
    EXPECT_EQ(apilab({"deploy", "check", path, "--fail-on", "never"}).code, 0);
}

TEST(DeployCheck, is_one_document_for_programs) {
    const TempDir folder;
    (void)folder.write("Dockerfile", dockerfile);
    const auto ended = apilab({"deploy", "check", folder.path().string(), "--json"});
    const auto document = json::parse(ended.out);
    const auto& finding = document.at("findings").as_array().at(0);
    EXPECT_EQ(finding.at("rule").as_string(), "DKR-07");
    EXPECT_EQ(finding.at("severity").as_string(), "low");
    EXPECT_EQ(finding.at("line").as_int64(), 1);
    EXPECT_FALSE(finding.at("right").as_string().empty());
    EXPECT_FALSE(finding.at("source").as_string().empty());
}

TEST(DeployCheck, shows_no_secret_that_it_finds) {
    const TempDir folder;
    (void)folder.write("Dockerfile", std::string(dockerfile) + "ENV API_TOKEN=hunter2-hunter2\n");
    const auto ended = apilab({"deploy", "check", folder.path().string()});
    EXPECT_EQ(ended.code, 6);
    EXPECT_THAT(ended.out, HasSubstr("API_TOKEN"));
    EXPECT_THAT(ended.out + ended.err, testing::Not(HasSubstr("hunter2")));
}

TEST(DeployCheck, refuses_what_it_cannot_do) {
    const TempDir folder;
    const auto path = folder.path().string();
    EXPECT_THAT(apilab({"deploy", "check", path}).err, HasSubstr("has no Dockerfile"));
    EXPECT_EQ(apilab({"deploy", "check", path}).code, 2);
    EXPECT_EQ(apilab({"deploy", "check", "/nowhere"}).code, 2);
    (void)folder.write("Dockerfile", dockerfile);
    EXPECT_EQ(apilab({"deploy", "check", path, "--fail-on", "some"}).code, 2);
    EXPECT_EQ(apilab({"deploy", "check", path, "--grace", "5"}).code, 2);
    EXPECT_EQ(apilab({"deploy", "check", "--rules"}).code, 0);
}

}  // namespace
}  // namespace apilab::cli_test
