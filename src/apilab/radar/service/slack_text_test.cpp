#include "apilab/radar/service/slack_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apilab/http/date.hpp"
#include "apilab/http/json.hpp"

namespace apilab::radar {
namespace {

using http::JsonDocument;
using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

SystemTime at(std::string_view time) {
    return *http::parse_iso_time(time);
}

Item item(std::string name, int score) {
    Item one;
    one.watch = "webshop";
    one.decision.package = std::move(name);
    one.decision.installed = {"1.0.0"};
    one.decision.direct = true;
    one.decision.score = score;
    one.decision.action = Action::decide;
    one.decision.level = Severity::high;
    return one;
}

Item lodash() {
    auto one = item("lodash", 491);
    one.decision.installed = {"4.17.11", "4.17.15"};
    one.decision.candidate = "4.17.21";
    one.decision.change = Change::in_range;
    one.decision.action = Action::upgrade;
    one.decision.command = "npm install lodash@4.17.21";
    one.decision.level = Severity::critical;
    one.decision.points = {{"exposed, fix in range", 400}, {"CVSS 9.1", 91}};
    one.decision.advisories = {"GHSA-jf85-cpcp-j695", "GHSA-p6mc-m468-83gw"};
    one.human.owner = "Ann <ann@example.invalid>";
    return one;
}

// The texts of all blocks, one after another; all limits of Slack are held.
std::string shown(const SlackText& text) {
    const auto blocks = JsonDocument::parse(text.blocks);
    EXPECT_TRUE(blocks) << text.blocks;
    std::string out;
    EXPECT_LE(blocks->root().size(), 50U);
    for (const auto block : blocks->root().elements()) {
        const auto type = block["type"].string_or("");
        const auto body = type == "context" ? block.at_pointer("/elements/0/text")
                                            : block.at_pointer("/text/text");
        EXPECT_LE(body.string_or("").size(), type == "header" ? 150U : 3000U);
        EXPECT_FALSE(body.string_or("").empty());
        out += std::string(type) + ": " + std::string(body.string_or("")) + "\n";
    }
    EXPECT_LE(text.text.size(), 3000U);
    EXPECT_FALSE(text.text.empty());
    return out;
}

TEST(SlackText, an_announcement_looks_like_this) {
    auto pad = item("left-pad", 150);
    pad.decision.direct = false;
    pad.decision.dev = true;
    pad.decision.level = std::nullopt;
    pad.decision.action = Action::mitigate;
    pad.decision.points = {{"exposed, no fix", 150}};
    const auto text = slack_text("webshop", {pad, lodash()});
    EXPECT_EQ(shown(text),
              "header: webshop: 2 packages need somebody\n"
              "section: *lodash* 4.17.11, 4.17.15 to 4.17.21 | *critical* | upgrade, in range\n"
              "`npm install lodash@4.17.21`\n"
              "Why: exposed, fix in range; CVSS 9.1\n"
              "GHSA-jf85-cpcp-j695, GHSA-p6mc-m468-83gw\n"
              "Owner: Ann &lt;ann@example.invalid&gt;\n"
              "section: *left-pad* 1.0.0 | *no advisory* | mitigate: no version helps | indirect | "
              "dev\n"
              "Why: exposed, no fix\n");
    EXPECT_EQ(text.text,
              "webshop: 2 packages need somebody: lodash (critical), left-pad (no advisory)");
    EXPECT_EQ(text.named, 2U);
    EXPECT_EQ(text.counted, 0U);
}

TEST(SlackText, a_degraded_answer_and_a_simulated_one_say_so) {
    Report report;
    report.simulated = true;
    report.sources = {
        {.name = "npm"},
        {.name = "osv", .status = SourceStatus::failed, .error = "HTTP 503 <html>"},
        {.name = "github", .status = SourceStatus::stale, .as_of = at("2026-11-22T10:00:00Z")}};
    auto one = lodash();
    one.decision.confidence = Confidence::low;
    const auto text = slack_text("webshop", {one}, {.report = &report});
    const auto all = shown(text);
    EXPECT_THAT(all, StartsWith("header: SIMULATED: webshop: 1 package needs somebody\n"
                                "context: *SIMULATED: the sources were a sandbox, not the world*\n"
                                "context: Degraded answer, there may be more: osv failed: HTTP 503 "
                                "&lt;html&gt;; github stale (as of 2026-11-22T10:00:00Z).\n"));
    EXPECT_THAT(all, HasSubstr("Advisories or versions could not be checked"));
    EXPECT_THAT(text.text, AllOf(StartsWith("SIMULATED: webshop"),
                                 EndsWith("(degraded answer, there may be more)")));
    report.sources = {{.name = "npm"}};
    EXPECT_THAT(shown(slack_text("webshop", {lodash()}, {.report = &report})),
                Not(HasSubstr("Degraded")));
    report.advisories_evaluated = false;
    EXPECT_THAT(shown(slack_text("webshop", {lodash()}, {.report = &report})),
                HasSubstr("advisories could not be checked at all"));
}

TEST(SlackText, what_does_not_fit_is_counted_and_named_as_far_as_it_goes) {
    std::vector<Item> items;
    for (int i = 0; i < 60; ++i) {
        items.push_back(item("package-" + std::to_string(i), 1000 - i));
    }
    const auto few = slack_text("webshop", items, {.named_max = 2});
    EXPECT_EQ(few.named, 2U);
    EXPECT_EQ(few.counted, 58U);
    EXPECT_THAT(shown(few), HasSubstr("context: And 58 others: package-2 (high), package-3"));
    EXPECT_EQ(slack_text("webshop", items, {.named_max = 1000}).named, 40U);
    EXPECT_EQ(slack_text("webshop", items, {.named_max = 0}).named, 1U);

    for (auto& one : items) {
        one.decision.package += std::string(600, 'x');
        one.decision.points = {{std::string(5000, 'y'), 1}};
    }
    const auto long_ones = slack_text("webshop", items, {.named_max = 40});
    EXPECT_LT(long_ones.named, 40U);
    EXPECT_EQ(long_ones.named + long_ones.counted, 60U);
    EXPECT_LT(long_ones.blocks.size(), 15'000U);
    EXPECT_THAT(shown(long_ones), HasSubstr(" more\n"));
    EXPECT_THAT(long_ones.text, EndsWith(" more"));
}

TEST(SlackText, whatever_a_name_holds_calls_nobody_and_ends_nothing) {
    auto one = lodash();
    one.decision.package = "<!channel> *a* _b_ `c`\n<https://evil.invalid|x>";
    one.decision.points = {{"<@U1> & co", 1}};
    one.decision.command = "npm install `rm -rf /`<!here>";
    one.decision.advisories = {std::string(3, '\x01')};
    one.human.owner = "<!everyone>";
    const auto text = slack_text("webshop", {one});
    const auto all = shown(text) + text.text;
    EXPECT_THAT(all, Not(HasSubstr("<")));
    EXPECT_THAT(all, HasSubstr("`npm install 'rm -rf /'&lt;!here&gt;`"));
    EXPECT_THAT(all, HasSubstr("Why: &lt;@U1&gt; &amp; co"));
    EXPECT_THAT(all, HasSubstr("*&lt;!channel&gt;  a   b   c  &lt;https://evil.invalid|x&gt;* "));
}

TEST(SlackText, a_command_that_does_not_fit_is_no_half_command) {
    auto one = lodash();
    one.decision.command = "npm install " + std::string(1200, 'x');
    EXPECT_THAT(shown(slack_text("webshop", {one})),
                AllOf(HasSubstr("The command is too long for here"), Not(HasSubstr("`"))));
}

TEST(SlackText, is_cut_between_characters_and_entities) {
    EXPECT_EQ(slack_escaped("abc", 3), "abc");
    EXPECT_EQ(slack_escaped("abcd", 3), "...");
    EXPECT_EQ(slack_escaped("a&b", 7), "a&amp;b");
    EXPECT_EQ(slack_escaped("a&bc", 7), "a...");
    EXPECT_EQ(slack_escaped("\xc3\xa4\xc3\xb6\xc3\xbc", 5), "\xc3\xa4...");
    EXPECT_EQ(slack_escaped("\xc3\xa4\xc3\xb6\xc3\xbc", 6), "\xc3\xa4\xc3\xb6\xc3\xbc");
    EXPECT_EQ(slack_escaped("a\nb\x7f", 9), "a b ");
    EXPECT_EQ(slack_escaped("\xf0\x9f", 9), "\xf0\x9f");
}

TEST(SlackText, a_status_tells_what_is_known_and_since_when) {
    const auto now = at("2026-11-23T10:00:00Z");
    const auto text = slack_status({{.name = "webshop",
                                     .actionable = 2,
                                     .worst = Severity::critical,
                                     .last_complete = at("2026-11-22T10:00:00Z")},
                                    {.name = "api", .error = "GitHub: 404"}},
                                   now, false);
    EXPECT_EQ(text,
              "*webshop*: 2 packages need somebody, the worst is critical; all sources answered at "
              "2026-11-22T10:00:00Z\n"
              "*api*: nothing to do that is known; not all sources have answered yet; the last run "
              "failed: GitHub: 404\n"
              "As of 2026-11-23T10:00:00Z.");
    EXPECT_THAT(slack_status({}, now, true),
                AllOf(HasSubstr("SIMULATED"), HasSubstr("Nothing is watched yet.")));
    const auto many = slack_status(std::vector<WatchStatus>(100, {.name = "w"}), now, false);
    EXPECT_LE(many.size(), 3000U);
    EXPECT_THAT(many, HasSubstr("other watches"));
    EXPECT_THAT(slack_help(), HasSubstr("`check NAME`"));
}

}  // namespace
}  // namespace apilab::radar
