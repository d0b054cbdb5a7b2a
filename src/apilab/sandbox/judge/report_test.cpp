#include "apilab/sandbox/judge/report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apilab/http/json.hpp"

namespace apilab::sandbox {
namespace {

using testing::HasSubstr;
using testing::Not;

RunReport sample() {
    RunReport report;
    report.run.id = "r-0001";
    report.run.scenario = "a<b & \"c\"";
    report.run.seed = 7;
    report.verdict = Verdict::fail;
    report.sentence = "RL-01: too early";
    report.requests = 4;
    report.operations = 3;
    const auto card = [](std::string_view id, CheckKind kind) {
        return Check::Card{.id = id, .kind = kind, .title = "waits | as told", .source = "RFC"};
    };
    report.checks.push_back({card("RL-01", CheckKind::never), true, Finding::fail("1 < 2 early")});
    report.checks.back().finding.rows = {3, 4};
    report.checks.push_back(
        {card("IDM-01", CheckKind::never), true, Finding::not_exercised("no unsafe call")});
    report.checks.push_back({card("BKO-04", CheckKind::should), false, Finding::pass("varied")});
    report.checks.back().finding.warning = true;
    return report;
}

TEST(ReportText, says_verdict_counts_and_a_line_per_check) {
    EXPECT_EQ(report_text(sample()),
              "verdict  FAIL     a<b & \"c\", seed 7: RL-01: too early\n"
              "         4 requests in 3 operations, 0 with a fault, 0 us\n"
              "fail     never   RL-01   1 < 2 early  [rows 3 4]\n"
              "unknown  never   IDM-01  not exercised: no unsafe call\n"
              "warn     should  BKO-04  varied\n");
    EXPECT_THAT(report_text(sample(), {.all_checks = false}), Not(HasSubstr("IDM-01")));
    EXPECT_THAT(report_text(sample(), {.colour = true}), HasSubstr("\x1b[31mFAIL"));
}

TEST(ReportText, owns_up_to_what_was_lost_or_unknown) {
    auto report = sample();
    report.unsupported = 2;
    report.rows_dropped = 5;
    EXPECT_THAT(report_text(report), HasSubstr("2 to paths that the sandbox does not know"));
    EXPECT_THAT(report_text(report), HasSubstr("first 5 rows"));
}

TEST(ReportJson, can_be_read_back) {
    const auto sent = sample();
    const auto read = read_report(report_json(sent));
    ASSERT_TRUE(read) << read.error().to_string();
    EXPECT_EQ(report_json(*read), report_json(*read_report(report_json(*read))));
    EXPECT_EQ(read->verdict, sent.verdict);
    EXPECT_EQ(read->sentence, sent.sentence);
    EXPECT_EQ(read->run.seed, sent.run.seed);
    EXPECT_EQ(read->requests, sent.requests);
    ASSERT_EQ(read->checks.size(), sent.checks.size());
    for (std::size_t i = 0; i < sent.checks.size(); ++i) {
        const auto& [card, decides, finding] = read->checks[i];
        EXPECT_EQ(card.id, sent.checks[i].card.id);
        EXPECT_EQ(decides, sent.checks[i].decides);
        EXPECT_EQ(finding.verdict, sent.checks[i].finding.verdict);
        EXPECT_EQ(finding.reason, sent.checks[i].finding.reason);
        EXPECT_EQ(finding.warning, sent.checks[i].finding.warning);
        EXPECT_EQ(finding.sentence, sent.checks[i].finding.sentence);
        EXPECT_EQ(finding.rows, sent.checks[i].finding.rows);
    }
}

TEST(ReportJson, that_is_none_is_refused) {
    auto unknown = report_json(sample());
    unknown.replace(unknown.find("RL-01\",\"kind"), 5, "RL-99");
    for (const std::string& text :
         {std::string("{"), std::string("[]"), std::string("{}"), unknown}) {
        EXPECT_EQ(read_report(text).error().kind(), ErrorKind::decode) << text;
    }
}

TEST(ReportJson, has_everything_in_its_place) {
    const auto document = http::JsonDocument::parse(report_json(sample()));
    ASSERT_TRUE(document);
    const auto root = document->root();
    EXPECT_EQ(root["verdict"].string(), "fail");
    EXPECT_EQ(root["run"]["seed"].integer(), 7);
    EXPECT_EQ(root["counts"]["operations"].integer(), 3);
    EXPECT_EQ(root.at_pointer("/checks/0/id").string(), "RL-01");
    EXPECT_EQ(root.at_pointer("/checks/0/rows/1").integer(), 4);
    EXPECT_TRUE(root.at_pointer("/checks/0/reason").is_null());
    EXPECT_EQ(root.at_pointer("/checks/1/reason").string(), "not exercised");
    EXPECT_EQ(root.at_pointer("/checks/2/warning").boolean(), true);
}

TEST(ReportJunit, counts_and_escapes) {
    const auto xml = report_junit(sample());
    EXPECT_THAT(xml, HasSubstr("name=\"apilab sandbox a&lt;b &amp; &quot;c&quot;\""));
    EXPECT_THAT(xml, HasSubstr("tests=\"3\" failures=\"1\" errors=\"0\" skipped=\"1\""));
    EXPECT_THAT(xml, HasSubstr("<failure message=\"1 &lt; 2 early\">rows 3 4</failure>"));
}

TEST(ReportMarkdown, keeps_its_table_whole) {
    EXPECT_THAT(report_markdown(sample()),
                HasSubstr("RL-01 waits \\| as told | 1 < 2 early | 3 4 |"));
}

TEST(ReportHtml, escapes_what_it_shows) {
    const auto html = report_html(sample());
    EXPECT_THAT(html, HasSubstr("a&lt;b &amp; &quot;c&quot;"));
    EXPECT_THAT(html, Not(HasSubstr("a<b")));
}

TEST(ReportFormat, comes_from_the_extension) {
    EXPECT_EQ(report_format("a/b.json"), ReportFormat::json);
    EXPECT_EQ(report_format("x.xml"), ReportFormat::junit);
    EXPECT_EQ(report_format("x.md"), ReportFormat::markdown);
    EXPECT_EQ(report_format("x.html"), ReportFormat::html);
    EXPECT_THAT(report_format("x.pdf").error().remedy(), HasSubstr(".xml"));
    EXPECT_FALSE(report_format("json"));
}

TEST(ExitCode, is_that_of_the_contract) {
    EXPECT_EQ(exit_code(Verdict::pass), 0);
    EXPECT_EQ(exit_code(Verdict::fail), 3);
    EXPECT_EQ(exit_code(Verdict::unknown), 5);
}

}  // namespace
}  // namespace apilab::sandbox
