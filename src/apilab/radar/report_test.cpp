#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "apilab/http/date.hpp"
#include "apilab/http/json.hpp"
#include "apilab/radar/report_json.hpp"
#include "apilab/radar/report_text.hpp"

namespace apilab::radar {
namespace {

SystemTime at(std::string_view text) {
    return http::parse_iso_time(text).value();
}

Report example() {
    Report report;
    report.as_of = at("2026-11-22T10:00:00Z");
    report.input = "package-lock.json";
    report.packages = 131;
    Decision d;
    d.package = "left-box";
    d.installed = {"1.0.0"};
    d.direct = true;
    d.advisories = {"GHSA-1"};
    d.aliases = {{"GHSA-1", {"CVE-1"}}};
    d.candidate = "1.0.1";
    d.change = Change::in_range;
    d.action = Action::upgrade;
    d.command = "npm install left-box@1.0.1";
    d.score = 491;
    d.points = {{"exposed, fix in range", 400}, {"CVSS 9.1", 91}};
    d.notes = {"a note of several words that a narrow terminal must wrap somewhere"};
    Decision w;
    w.package = "other";
    w.installed = {"2.0.0"};
    w.confidence = Confidence::partial;
    w.notes = {"unknown to npm"};
    report.decisions = {d, w};
    report.sources = {{"osv", SourceStatus::ok, report.as_of, {}, SourceFailure::none}};
    report.calls = {"", 140, 152, 12, 5000, 2500, {{"backoff", 310}, {"retry_after", 1000}}};
    report.calls_by_source = {report.calls};
    report.calls_by_source[0].name = "osv";
    return report;
}

bool holds(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

TEST(ReportJson, is_the_document_promised_with_its_order) {
    EXPECT_EQ(
        report_json(example(), {.decisions_max = 1}),
        R"({"as_of":"2026-11-22T10:00:00Z","input":"package-lock.json","packages":131,)"
        R"("decisions":[{"package":"left-box","installed":["1.0.0"],"direct":true,"dev":false,)"
        R"("advisories":["GHSA-1"],"aliases":{"GHSA-1":["CVE-1"]},"candidate":"1.0.1",)"
        R"("change":"in_range","action":"upgrade","command":"npm install left-box@1.0.1",)"
        R"("score":491,"points":[{"why":"exposed, fix in range","points":400},)"
        R"({"why":"CVSS 9.1","points":91}],"confidence":"full","notes":["a note of several words )"
        R"(that a narrow terminal must wrap somewhere"]}],)"
        R"("sources":[{"name":"osv","status":"ok","as_of":"2026-11-22T10:00:00Z","error":null}],)"
        R"("calls":{"operations":140,"attempts":152,"not_modified":12,)"
        R"("wait_ms":{"backoff":310,"retry_after":1000}}})");
}

TEST(ReportJson, what_is_not_there_is_null) {
    Report report = example();
    report.sources[0] = {"osv", SourceStatus::failed, {}, "cannot connect", SourceFailure::none};
    const std::string text = report_json(report);
    EXPECT_TRUE(holds(text, R"("candidate":null,"change":"none","action":"watch","command":null)"));
    EXPECT_TRUE(holds(text, R"("status":"failed","as_of":null,"error":"cannot connect")"));
}

TEST(ReportJson, several_inputs_are_an_array) {
    const std::vector<Report> two = {example(), example()};
    const auto document = http::JsonDocument::parse(report_json(two)).value();
    EXPECT_EQ(document.root().size(), 2U);
    const std::vector<Report> one = {example()};
    EXPECT_EQ(report_json(one), report_json(example()));
}

TEST(ReportText, shows_what_to_do_and_why) {
    const std::string text = report_text(example());
    EXPECT_TRUE(holds(text, "package-lock.json: 131 packages as of 2026-11-22T10:00:00Z"));
    EXPECT_TRUE(holds(text, "491  upgrade  left-box 1.0.0 -> 1.0.1 (in range)  [direct]")) << text;
    EXPECT_TRUE(holds(text, "run     npm install left-box@1.0.1"));
    EXPECT_TRUE(holds(text, "exposed, fix in range +400, CVSS 9.1 +91"));
    EXPECT_TRUE(holds(text, "GHSA-1 (CVE-1)"));
    EXPECT_TRUE(holds(text, "unknown to npm, so not judged by it: other"));
    EXPECT_TRUE(holds(text, "1 package with known advisories in 131 packages"));
    EXPECT_TRUE(holds(text, "retry_after 1000 ms"));
    EXPECT_FALSE(holds(text, "SIMULATED"));
    EXPECT_FALSE(holds(text, "\x1b"));
}

TEST(ReportText, a_simulation_says_so_first) {
    Report report = example();
    report.simulated = true;
    report.decisions.clear();
    const std::string text = report_text(report);
    EXPECT_TRUE(text.starts_with("SIMULATED"));
    EXPECT_TRUE(holds(text, "says nothing about the real ones"));
}

TEST(ReportText, nothing_found_is_said_only_when_every_source_answered) {
    Report report = example();
    report.decisions.clear();
    EXPECT_TRUE(holds(report_text(report), "Found: no known advisory in 131 packages."));
    report.sources[0].status = SourceStatus::failed;
    report.sources[0].error = "connection refused";
    std::string text = report_text(report);
    EXPECT_TRUE(holds(text, "failed, as of 2026-11-22T10:00:00Z: connection refused"));
    EXPECT_FALSE(holds(text, "Found: no known advisory in"));
    EXPECT_TRUE(holds(text, "Incomplete: osv failed"));
    report.sources[0].status = SourceStatus::stale;
    EXPECT_TRUE(holds(report_text(report), "Incomplete: osv stale"));
    report.advisories_evaluated = false;
    EXPECT_TRUE(holds(report_text(report), "No advisory could be evaluated"));
    report.sources.clear();
    report.advisories_evaluated = true;
    EXPECT_TRUE(holds(report_text(report), "no source was asked"));
}

TEST(ReportText, wraps_at_the_width_and_colours_on_request) {
    const std::string text = report_text(example(), {.width = 50});
    std::size_t start = 0;
    bool wrapped = false;
    while (start < text.size()) {
        const std::size_t end = text.find('\n', start);
        const std::string line = text.substr(start, end - start);
        if (line.starts_with("    -  ") || line.starts_with("            ")) {
            EXPECT_LE(line.size(), 50U) << line;
            wrapped = wrapped || line.starts_with("            ");
        }
        start = end + 1;
    }
    EXPECT_TRUE(wrapped);
    EXPECT_TRUE(holds(report_text(example(), {.colour = true}), "\x1b[32m"));
}

TEST(ReportText, limit_hides_and_says_how_many) {
    Report report = example();
    report.decisions.push_back(report.decisions[0]);
    report.decisions.push_back(report.decisions[0]);
    EXPECT_TRUE(holds(report_text(report, {.limits = {.decisions_max = 1}}), "and 2 more"));
}

TEST(ReportText, control_characters_from_outside_do_not_reach_the_terminal) {
    Report report = example();
    report.input = "x\x1b]0;title\x07";
    report.decisions[0].notes = {
        "a\x1b[31mred\nline\xC2\x9B"
        "2J"};
    report.sources[0].error = "\x1b[2J";
    const std::string text = report_text(report);
    EXPECT_FALSE(holds(text, "\x1b"));
    EXPECT_FALSE(holds(text, "\xC2\x9B"));
}

}  // namespace
}  // namespace apilab::radar
