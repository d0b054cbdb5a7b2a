#include "apilab/sandbox/judge/timeline.hpp"
#include "apilab/sandbox/journal_har.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apilab/http/json.hpp"
#include "apilab/sandbox/internal/test_world.hpp"
#include "apilab/sandbox/judge/judge.hpp"
#include "apilab/sandbox/judge/report.hpp"

namespace apilab::sandbox {
namespace {

using namespace std::chrono_literals;
using internal::World;
using testing::HasSubstr;
using testing::Not;

constexpr auto told_to_wait = R"(
name = "x"
[[fault]]
where = "things:*"
what = { status = 429, retry_after = "2s" }
when = { nth = 1 }
[[fault]]
where = "things:*"
what = { status = 500 }
when = { window = ["10s", "40s"] }
)";

RunReport judged(World& world) {
    world.sandbox->stop_run();
    return *judge_run(*world.sandbox);
}

TEST(TimelineOfARun, has_operations_attempts_waits_and_shades) {
    World world(told_to_wait);
    world.get("/things/items/a");
    world.wait(2s);
    world.get("/things/items/a");
    world.get("/things/items/b");
    world.wait(20s);
    const auto timeline = judged(world).timeline;
    ASSERT_EQ(timeline.rows.size(), 2U);
    ASSERT_EQ(timeline.rows[0].attempts.size(), 2U);
    EXPECT_EQ(timeline.rows[0].attempts[0].look, Timeline::Look::refused);
    EXPECT_EQ(timeline.rows[0].attempts[0].wait_until, Duration(2s));
    EXPECT_EQ(timeline.rows[0].attempts[1].look, Timeline::Look::good);
    EXPECT_EQ(timeline.length, Duration(22s));
    ASSERT_EQ(timeline.shades.size(), 2U);
    EXPECT_EQ(timeline.shades[1].from, Duration(10s));
    EXPECT_EQ(timeline.shades[1].to, Duration(22s)) << "a window is cut at the end of the run";
}

TEST(TimelineOfARun, is_bounded_and_keeps_what_matters) {
    World world(
        "name = \"x\"\n[[fault]]\nwhere = \"things:*\"\nwhat = { status = 503 }\nwhen = { "
        "nth = 290 }");
    for (int i = 1; i <= 300; ++i) {
        world.get(fmt::format("/things/items/{}", i));
    }
    const auto report = judged(world);
    EXPECT_EQ(report.timeline.rows.size(), Timeline::rows_max);
    EXPECT_EQ(report.timeline.rows_left_out, 100U);
    EXPECT_TRUE(std::ranges::any_of(report.timeline.rows, [](const auto& row) {
        return row.label.ends_with("/items/290");
    })) << "it met a fault";
    EXPECT_THAT(report_html(report), HasSubstr("100 more operations are left out"));
}

TEST(TimelineOfARun, has_attempts_without_end_counted) {
    World world("name = \"x\"\n[[fault]]\nwhere = \"things:*\"\nwhat = { status = 503 }");
    for (int i = 0; i < 50; ++i) {
        world.get("/things/items/a");
    }
    const auto timeline = judged(world).timeline;
    ASSERT_EQ(timeline.rows.size(), 1U);
    EXPECT_EQ(timeline.rows[0].attempts.size(), Timeline::attempts_max);
    EXPECT_EQ(timeline.rows[0].attempts_left_out, 10U);
}

TEST(ReportPage, links_each_finding_to_its_rows) {
    World world(told_to_wait);
    world.get("/things/items/a");
    world.get("/things/items/a");
    const auto html = report_html(judged(world));
    EXPECT_THAT(html, HasSubstr("<a href=\"#row-1\">1</a>"));
    EXPECT_THAT(html, HasSubstr("<tr id=\"row-1\">"));
    EXPECT_THAT(html, HasSubstr("<title>f1: status")) << "a shade says what it stands for";
}

TEST(ReportPage, takes_what_a_client_sent_for_text) {
    World world;
    world.get("/things/items/a");
    auto report = judged(world);
    auto& row = report.timeline.rows.at(0);
    row.label = "<script>alert(1)</script>";
    row.attempts.at(0).title = "</title><img src=x>";
    report.timeline.shades.push_back({.title = "\"><script>"});
    report.timeline.cited.push_back(
        {.seq = 9, .asked = "<img>", .answered = "<img>", .faults = "<img>"});
    report.checks.at(0).finding.sentence = "<script>";
    report.run.scenario = "<img>";
    const auto html = report_html(report);
    EXPECT_THAT(html, Not(HasSubstr("<script")));
    EXPECT_THAT(html, Not(HasSubstr("<img")));
    EXPECT_THAT(html, Not(HasSubstr("http://"))) << "nothing from elsewhere";
    EXPECT_THAT(html, HasSubstr("default-src 'none'"));
}

TEST(ReportPage, without_a_journal_has_no_picture) {
    World world(told_to_wait);
    world.get("/things/items/a");
    const auto read = read_report(report_json(judged(world)));
    ASSERT_TRUE(read);
    EXPECT_THAT(report_html(*read), Not(HasSubstr("<svg")));
}

TEST(JudgeOptions, choose_checks_and_forgive_known_failures) {
    World world(told_to_wait);
    world.get("/things/items/a");
    world.get("/things/items/a");
    world.sandbox->stop_run();
    const auto one = judge_run(*world.sandbox, {.checks = {"RL-01"}});
    ASSERT_TRUE(one);
    ASSERT_EQ(one->checks.size(), 1U);
    EXPECT_EQ(one->verdict, Verdict::fail);
    const auto known =
        judge_run(*world.sandbox, {.checks = {"RL-01"}, .known_failures = {"RL-01"}});
    EXPECT_EQ(known->verdict, Verdict::unknown) << "nothing else decides";
    EXPECT_EQ(known->checks[0].finding.verdict, Verdict::fail) << "it is told all the same";
    EXPECT_EQ(judge_run(*world.sandbox, {.checks = {"RL-99"}}).error().kind(),
              ErrorKind::invalid_argument);
}

TEST(ReportHar, has_an_entry_for_each_row) {
    World world(told_to_wait);
    world.get("/things/items/a?b=c%20d");
    world.send({.target = "/things/items/a", .headers = {{"authorization", "Bearer hidden"}}});
    world.sandbox->stop_run();
    const auto text = journal_har(world.sandbox->journal(), "one-503, seed 1");
    EXPECT_THAT(text, Not(HasSubstr("hidden")));
    const auto document = http::JsonDocument::parse(text);
    ASSERT_TRUE(document);
    const auto log = document->root()["log"];
    EXPECT_EQ(log["version"].string(), "1.2");
    ASSERT_EQ(log["entries"].size(), 2U);
    EXPECT_EQ(document->root().at_pointer("/log/entries/0/response/status").integer(), 429);
    EXPECT_EQ(document->root().at_pointer("/log/entries/0/request/queryString/0/value").string(),
              "c d");
    EXPECT_EQ(document->root().at_pointer("/log/entries/0/_faults/0").string(), "f1 status");
}

}  // namespace
}  // namespace apilab::sandbox
