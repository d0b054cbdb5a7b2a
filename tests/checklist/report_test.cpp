// A filled list as text, Markdown, HTML and JSON, over lines that were made by hand.
#include "checklist/report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

#include "apilab/base/utf8.hpp"

namespace apilab::cli::checklist {
namespace {

using testing::HasSubstr;
using testing::Not;

Line line(std::string id, State state, std::string sentence, std::vector<Evidence> evidence = {}) {
    return {.item = {.id = std::move(id),
                     .group = "Errors | retries",
                     .item = "What was refused is not asked again",
                     .check = "W",
                     .how = "a 404",
                     .day = 1},
            .answer = {state, std::move(sentence), std::move(evidence)},
            .question = {},
            .persons = {}};
}

Line question(std::string id, std::string check, State state, std::string asked) {
    auto made = line(std::move(id), state, "said");
    made.item.check = std::move(check);
    made.question = std::move(asked);
    return made;
}

Report report_with(std::vector<Line> lines) {
    return {.name = "orders",
            .seed = 7,
            .episodes = {{.id = "flaky", .trouble = "", .kept = ".apilab/checklist/flaky"}},
            .lines = std::move(lines)};
}

Report full_report() {
    auto answered = question("K02", "R", State::answered, "Who tried to break it?");
    answered.persons = PersonsAnswer{"Mara, for a day", "Mara", "2026-11-02", "https://wiki/42"};
    return report_with(
        {line("C01", State::pass, "all 12 are known",
              {{Evidence::Kind::check, "flaky LOG-01"}, {Evidence::Kind::rows, "flaky rows 4, 9"}}),
         line("C02", State::fail, "2 came again after a 404",
              {{Evidence::Kind::rows, "flaky row 4"}}),
         line("C03", State::untested, "nothing was written"),
         question("D08", "WR", State::pass, "What ties the two together?"),
         line("D05", State::not_applicable, "Nothing of others is updated"),
         question("K01", "R", State::open, "Who else?"), answered});
}

TEST(ChecklistSummary, counts_what_applies_and_says_it_in_a_sentence) {
    const auto summary = summary_of(full_report().lines);
    EXPECT_EQ(
        sentence_of(summary),
        "of 4 automatic items 2 pass, 1 fail, 1 was not tested; of 3 questions 1 is answered; "
        "1 item does not apply");
    EXPECT_EQ(sentence_of(Summary{}),
              "of 0 automatic items 0 pass, 0 fail, 0 were not tested; of 0 questions 0 are "
              "answered; 0 items do not apply");
}

TEST(ChecklistSummary,
     a_failure_comes_before_what_was_not_tested_and_open_questions_change_nothing) {
    const auto code = [](std::vector<Line> lines) { return exit_code_of(summary_of(lines)); };
    EXPECT_EQ(code({line("C01", State::untested, ""), line("C02", State::fail, "")}),
              ExitCode::verdict_failed);
    EXPECT_EQ(code({line("C01", State::untested, ""), line("C02", State::pass, "")}),
              ExitCode::verdict_unknown);
    EXPECT_EQ(code({line("C01", State::pass, ""), line("C02", State::not_applicable, ""),
                    question("K02", "R", State::open, "Who?")}),
              ExitCode::success);
}

TEST(ChecklistText, has_a_line_for_each_item_and_the_first_evidence_unless_all_is_asked_for) {
    const Terminal pipe;
    const auto text = report_text(full_report(), pipe, false);
    EXPECT_THAT(text, HasSubstr("C. Errors | retries\n  C01  pass"));
    EXPECT_THAT(text, HasSubstr("check flaky LOG-01"));
    EXPECT_THAT(text, Not(HasSubstr("flaky rows 4, 9")));
    EXPECT_THAT(text, HasSubstr("K01  open      Who else?"));
    EXPECT_THAT(text, Not(HasSubstr("\033"))) << "no colour in a pipe";
    EXPECT_THAT(report_text(full_report(), pipe, true),
                HasSubstr("check flaky LOG-01; journal flaky rows 4, 9"));
    const Terminal screen{.is_terminal = true, .color = true, .width = 100};
    EXPECT_THAT(report_text(full_report(), screen, false), HasSubstr("\033[31mfail\033[0m"));
}

TEST(ChecklistText, names_the_episodes_that_did_not_run_as_planned) {
    auto report = full_report();
    EXPECT_THAT(report_text(report, {}, false), Not(HasSubstr("as planned")));
    report.episodes.push_back({.id = "down", .trouble = "it did not start", .kept = ""});
    EXPECT_THAT(report_text(report, {}, false),
                HasSubstr("did not run as planned: down: it did not start"));
    EXPECT_THAT(report_text(report, {}, false), Not(HasSubstr("its log and journal")));
    report.episodes.back().kept = "kept/down";
    EXPECT_THAT(report_text(report, {}, false), HasSubstr("its log and journal: kept/down\n"));
}

TEST(ChecklistText, ends_with_the_first_item_that_fails_else_the_first_question) {
    EXPECT_EQ(
        next_steps(full_report(), ".", false),
        "next: apilab checklist run --item C02 -v; what it asks: apilab checklist show C02\n");
    EXPECT_THAT(next_steps(full_report(), "orders", false),
                HasSubstr("run --against orders --item"));
    const auto open =
        report_with({line("C01", State::pass, ""), question("K01", "R", State::open, "Who else?")});
    EXPECT_THAT(next_steps(open, ".", false), HasSubstr("next: apilab checklist show K01;"));
    EXPECT_EQ(next_steps(report_with({line("C01", State::pass, "")}), ".", false), "");
}

TEST(ChecklistText, says_why_nothing_was_run) {
    const auto report = report_with({line("C01", State::untested, "")});
    EXPECT_THAT(next_steps(report, ".", true),
                HasSubstr("nothing was run: `command` of [service]"));
    EXPECT_EQ(next_steps(report, ".", false), "");
}

TEST(ChecklistText, what_a_service_wrote_moves_no_cursor_and_turns_no_text_around) {
    EXPECT_EQ(plain("a\033[2Jb\nc\x7f"), "a [2Jb c ");
    EXPECT_EQ(plain("\u009b31m red \u202eabc \u2067x"), " 31m red  abc  x");
    EXPECT_EQ(plain("caf\u00e9 \U0001f600"), "caf\u00e9 \U0001f600");
    EXPECT_EQ(plain("\xff\xc3 x"), "?? x");
    const auto text =
        report_text(report_with({line("C02", State::fail, "said \033]0;owned\a",
                                      {{Evidence::Kind::log, "flaky: \033[31mred"}})}),
                    {}, true);
    EXPECT_THAT(text, Not(HasSubstr("\033")));
    EXPECT_THAT(text, Not(HasSubstr("\a")));
}

TEST(ChecklistReport, a_long_text_is_cut_between_characters) {
    std::string text = "x";
    for (int i = 0; i < 1000; ++i) {
        text += "\u00e9";
    }
    const auto shown = plain(text);
    EXPECT_TRUE(valid_utf8(shown));
    EXPECT_LE(shown.size(), text_shown_max + 4);
    EXPECT_TRUE(shown.ends_with("\u00e9 ..."));
    EXPECT_EQ(plain(std::string(text_shown_max, 'x')), std::string(text_shown_max, 'x'));
}

TEST(ChecklistMarkdown, has_summary_tables_questions_and_what_does_not_apply) {
    const auto text = report_markdown(full_report());
    EXPECT_TRUE(text.starts_with("# Integration checklist: orders\n\n**of 4 automatic items"))
        << text;
    EXPECT_THAT(text, HasSubstr("| C. Errors \\| retries | 1 | 1 | 1 | 0 | 0 | 0 |\n"));
    EXPECT_THAT(text, HasSubstr("| C02 | **fail** | What was refused is not asked again | 2 came "
                                "again after a 404 | `journal flaky row 4` |\n"));
    EXPECT_THAT(text, HasSubstr("`check flaky LOG-01`<br>`journal flaky rows 4, 9`"));
    EXPECT_THAT(text, HasSubstr("| K01 | open | What was refused is not asked again | a question "
                                "for a person, below |"));
    EXPECT_THAT(text, HasSubstr("## What fails\n\n- **C02** What was refused is not asked again: 2 "
                                "came again after a 404\n"));
    EXPECT_THAT(text, HasSubstr("**K01** Who else?\n\n> answer:\n"));
    EXPECT_THAT(text,
                HasSubstr("> answer: Mara, for a day (Mara, 2026-11-02) `https://wiki/42`\n"));
    EXPECT_THAT(text, HasSubstr("**D08** What ties the two together?\n\n> answer:\n"))
        << "a rule's state and the question besides";
    EXPECT_THAT(text, HasSubstr("- **D05** What was refused is not asked again: *Nothing of others "
                                "is updated*\n"));
    EXPECT_THAT(text, HasSubstr("| `flaky` | as planned | `.apilab/checklist/flaky` |\n"));
}

TEST(ChecklistMarkdown, what_a_service_wrote_is_text_calls_nobody_and_stays_in_its_cell) {
    const auto text = report_markdown(report_with(
        {line("C02", State::fail, "<script>alert(1)</script> | @team #12 https://evil [x](y) *b*",
              {{Evidence::Kind::log, "flaky: a ``tick`` | <b>\n| pass |"}})}));
    EXPECT_THAT(text, HasSubstr("&lt;script&gt;alert(1)&lt;/script&gt; \\| @<!-- -->team "
                                "#<!-- -->12 https:<!-- -->//evil \\[x\\](y) \\*b\\*"));
    EXPECT_THAT(text, HasSubstr("``` log flaky: a ``tick`` \\| <b> \\| pass \\| ``` |\n"));
    EXPECT_THAT(text, Not(HasSubstr("\n| pass |"))) << "no row of its own";
}

TEST(ChecklistHtml, holds_nothing_from_elsewhere_and_is_made_for_dark_and_narrow_screens) {
    const auto text = report_html(full_report());
    EXPECT_TRUE(text.starts_with("<!doctype html>\n")) << text.substr(0, 60);
    EXPECT_TRUE(text.ends_with("</html>\n"));
    EXPECT_THAT(text, HasSubstr("default-src 'none'"));
    EXPECT_THAT(text, HasSubstr("width=device-width"));
    EXPECT_THAT(text, HasSubstr("prefers-color-scheme:dark"));
    EXPECT_THAT(text, HasSubstr("max-width:600px"));
    for (const auto* outside : {"<script", "src=", "<link", "@import", "url(", "<img"}) {
        EXPECT_THAT(text, Not(HasSubstr(outside)));
    }
    EXPECT_THAT(text, HasSubstr("<a href=\"#C02\">C02</a>"));
    EXPECT_THAT(text, HasSubstr("<tr id=\"C02\"><td>C02</td><td class=\"fail\">fail</td>"));
    EXPECT_THAT(text, HasSubstr("<code>check flaky LOG-01</code><details><summary>1 more</summary>"
                                "<code>journal flaky rows 4, 9</code></details>"));
    EXPECT_THAT(text, HasSubstr("<p><b>K01</b> Who else?</p>\n<blockquote></blockquote>"));
    EXPECT_THAT(text, HasSubstr("Mara, for a day <small>Mara, 2026-11-02 https://wiki/42</small>"));
    EXPECT_THAT(text, HasSubstr("<i>Nothing of others is updated</i>"));
}

TEST(ChecklistHtml, what_a_service_or_a_manifest_wrote_is_text_everywhere) {
    constexpr auto bad = "<script>alert(1)</script>\"'&";
    auto failed = question("C02", "WR", State::fail, bad);
    failed.item.item = bad;
    failed.item.group = bad;
    failed.answer.sentence = bad;
    failed.answer.evidence = {{Evidence::Kind::log, bad}, {Evidence::Kind::log, bad}};
    failed.persons = PersonsAnswer{bad, bad, bad, bad};
    auto other = failed;
    other.answer.state = State::not_applicable;
    auto report = report_with({failed, other});
    report.name = bad;
    report.episodes = {{.id = bad, .trouble = bad, .kept = bad}};
    const auto text = report_html(report);
    EXPECT_THAT(text, Not(HasSubstr("<script")));
    EXPECT_THAT(text, HasSubstr("&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;"));
}

TEST(ChecklistJson, is_one_document_with_each_item_its_evidence_question_and_answer) {
    const auto document = boost::json::parse(report_json(full_report()));
    EXPECT_EQ(document.at("version").as_int64(), 1);
    EXPECT_EQ(document.at("summary").at("fail").as_int64(), 1);
    EXPECT_EQ(document.at("summary").at("questions").as_int64(), 3);
    const auto& items = document.at("items").as_array();
    ASSERT_EQ(items.size(), 7U);
    EXPECT_EQ(items[0].at("evidence").at(1).at("kind").as_string(), "journal");
    EXPECT_TRUE(items[0].at("question").is_null());
    EXPECT_EQ(items[4].at("state").as_string(), "n/a");
    EXPECT_TRUE(items[5].at("answer").is_null());
    EXPECT_EQ(items[6].at("answer").at("by").as_string(), "Mara");
    EXPECT_EQ(document.at("episodes").at(0).at("id").as_string(), "flaky");
}

TEST(ChecklistJson, bytes_that_are_no_text_leave_a_document_that_can_be_read) {
    const auto text = report_json(
        report_with({line("C02", State::fail, "\xff\xfe\033", {{Evidence::Kind::log, "\xc3"}})}));
    EXPECT_TRUE(valid_utf8(text));
    EXPECT_EQ(boost::json::parse(text).at("items").at(0).at("sentence").as_string(), "?? ");
}

TEST(ChecklistReport, of_much_evidence_the_rest_is_counted) {
    std::vector<Evidence> much;
    for (std::size_t i = 0; i < evidence_shown_max + 5; ++i) {
        much.push_back({Evidence::Kind::log, "line " + std::to_string(i)});
    }
    const auto report = report_with({line("C02", State::fail, "much", much)});
    EXPECT_THAT(report_markdown(report), HasSubstr("`log line 19`<br>and 5 more"));
    EXPECT_THAT(report_html(report), HasSubstr("<code>log line 19</code><br>and 5 more</details>"));
    EXPECT_EQ(
        boost::json::parse(report_json(report)).at("items").at(0).at("evidence").as_array().size(),
        evidence_shown_max);
}

TEST(ChecklistReport, is_made_of_what_was_observed) {
    Observed seen;
    seen.manifest.name = "orders";
    Episode down;
    down.id = "down";
    down.trouble = "it did not start";
    down.kept = "kept/down";
    seen.episodes["down"] = down;
    const auto report = report_of(seen, {line("C01", State::pass, "")}, 9);
    EXPECT_EQ(report.name, "orders");
    EXPECT_EQ(report.seed, 9U);
    ASSERT_EQ(report.episodes.size(), 1U);
    EXPECT_EQ(report.episodes[0].trouble, "it did not start");
    EXPECT_EQ(report.episodes[0].kept, "kept/down");
}

}  // namespace
}  // namespace apilab::cli::checklist
