#include "apilab/radar/service/digest.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/utf8.hpp"
#include "apilab/http/json.hpp"
#include "apilab/provider/mime.hpp"
#include "apilab/radar/internal/digest_page.hpp"
#include "apilab/radar/report_json.hpp"
#include "apilab/radar/service/plan_world.hpp"
#include "apilab/testing/matchers.hpp"

namespace apilab::radar {
namespace {

using namespace std::chrono_literals;
using apilab::testing::IsOk;
using ::testing::AllOf;
using testing::at;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

const SystemTime now = at("2026-11-30T08:00:00Z");
const SystemTime since = at("2026-11-23T08:00:00Z");

GmailSink sink() {
    return {.from = "radar@example.com", .to = {"team@example.com"}};
}

Item item(std::string package, int score, std::string_view first_seen = "2026-11-01T00:00:00Z") {
    Item made{.watch = "webshop",
              .decision = testing::decision(std::move(package)),
              .first_seen = at(first_seen),
              .last_seen = at("2026-11-30T06:00:00Z")};
    made.decision.score = score;
    return made;
}

RunRecord run_of(std::string watch, const Report& report, bool complete = true) {
    return {.watch = std::move(watch),
            .started = at("2026-11-30T05:59:50Z"),
            .finished = at("2026-11-30T06:00:00Z"),
            .why = "schedule",
            .report = report_json(report),
            .complete = complete,
            .last_complete = complete ? at("2026-11-30T06:00:00Z") : at("2026-11-28T06:00:00Z")};
}

DigestFacts quiet_facts() {
    return {.watches = {"webshop"},
            .runs = {run_of("webshop", testing::report({}, at("2026-11-30T06:00:00Z")))},
            .since = since,
            .now = now};
}

TEST(Digest, says_everything_in_its_order) {
    auto facts = quiet_facts();
    facts.items = {item("minor", 210), item("lodash", 491, "2026-11-25T00:00:00Z"),
                   item("gone", 300),  item("old-gone", 300),
                   item("kept", 250),  item("later", 240),
                   item("again", 230), item("mere", 0)};
    facts.items[1].decision.aliases = {{"GHSA-1", {"CVE-2026-1"}}};
    facts.items[1].decision.notes = {"an install script appears"};
    facts.items[1].human.owner = "mara";
    facts.items[2].resolved = at("2026-11-26T00:00:00Z");
    facts.items[3].resolved = at("2026-11-02T00:00:00Z");
    facts.items[4].human.decision = "accepted risk";
    facts.items[5].human.snooze_until = at("2026-12-05T00:00:00Z");
    facts.items[6].human.snooze_until = at("2026-11-29T00:00:00Z");
    facts.items[7].decision.action = Action::watch;
    const auto mail = digest(sink(), facts);
    EXPECT_EQ(mail.subject, "Radar: 3 to do, 1 new");
    EXPECT_EQ(mail.text, R"(Radar, 2026-11-23 to 2026-11-30
3 to do, 1 of them new; 1 resolved; 1 declined; 1 snoozed.

New
---
- lodash 1.0.0 -> 1.0.1 in webshop: upgrade, in range, high, transitive, score 491

To do, most urgent first
------------------------
 1. lodash 1.0.0 -> 1.0.1 in webshop (new)
    do     upgrade, in range, high, transitive, score 491
    run    npm install
    why    exposed +480
    see    GHSA-1 (CVE-2026-1)
    note   an install script appears
    owner  mara
 2. again 1.0.0 -> 1.0.1 in webshop
    do     upgrade, in range, high, transitive, score 230
    run    npm install
    why    exposed +480
    see    GHSA-1
 3. minor 1.0.0 -> 1.0.1 in webshop
    do     upgrade, in range, high, transitive, score 210
    run    npm install
    why    exposed +480
    see    GHSA-1

Resolved
--------
- gone 1.0.0 -> 1.0.1 in webshop, on 2026-11-26

Declined
--------
- kept 1.0.0 -> 1.0.1 in webshop
    said   accepted risk

Snoozed
-------
- later 1.0.0 -> 1.0.1 in webshop, until 2026-12-05

What was asked
--------------
- webshop
    last   2026-11-30 06:00 UTC, 100 packages
    source npm ok, as of 2026-11-30 06:00 UTC
    source osv ok, as of 2026-11-30 06:00 UTC
    source github ok, as of 2026-11-30 06:00 UTC
           complete: every source answered
)");
    for (const char* words : {"<li><strong>lodash 1.0.0 -&gt; 1.0.1 in webshop (new)</strong>",
                              "run: <code>npm install</code>", "<h2>Snoozed</h2>",
                              "source: osv ok, as of 2026-11-30 06:00 UTC"}) {
        EXPECT_THAT(mail.html, HasSubstr(words));
    }
    EXPECT_EQ(mail.from, "radar@example.com");
    EXPECT_EQ(digest_key(now), "digest-2026-11-30");
}

TEST(Digest, an_all_clear_needs_every_source_of_every_project) {
    EXPECT_EQ(digest(sink(), quiet_facts()).subject, "Radar: nothing to do");
    EXPECT_THAT(digest(sink(), quiet_facts()).text,
                HasSubstr("Nothing to do: every source answered for 1 project."));
    // Whatever is missing, there is no all-clear any more.
    std::vector<DigestFacts> doubtful;
    doubtful.push_back(quiet_facts());
    doubtful.back().runs = {run_of("webshop", testing::degraded({}), false)};
    doubtful.push_back(quiet_facts());
    doubtful.back().runs.front().error = "GitHub: HTTP 404";
    doubtful.push_back(quiet_facts());
    doubtful.back().runs.front().finished = at("2026-11-20T06:00:00Z");
    doubtful.push_back(quiet_facts());
    doubtful.back().runs.front().complete = false;
    doubtful.push_back(quiet_facts());
    doubtful.back().runs.front().report = "garbage";
    doubtful.push_back(quiet_facts());
    doubtful.back().watches.emplace_back("never-checked");
    for (const auto& facts : doubtful) {
        const auto mail = digest(sink(), facts);
        EXPECT_EQ(mail.subject, "Radar: nothing to do is known (incomplete)");
        EXPECT_THAT(mail.text, AllOf(HasSubstr("this is no all-clear"), HasSubstr("incomplete: "),
                                     Not(HasSubstr("Nothing to do: every"))));
    }
    EXPECT_THAT(digest(sink(), doubtful[0]).text, HasSubstr("osv failed, as of"));
    EXPECT_THAT(digest(sink(), doubtful[0]).text, HasSubstr("(HTTP 503)"));
    EXPECT_THAT(digest(sink(), doubtful[0]).text, HasSubstr("whole  last on 2026-11-28"));
    EXPECT_THAT(digest(sink(), doubtful[1]).text,
                HasSubstr("could not be checked: GitHub: HTTP 404"));
    EXPECT_THAT(digest(sink(), doubtful[2]).text, HasSubstr("not checked since 2026-11-20"));
    EXPECT_THAT(digest(sink(), doubtful[5]).text, HasSubstr("never checked"));
}

TEST(Digest, where_nothing_is_known_it_says_so) {
    const auto none = digest(sink(), {.since = since, .now = now});
    EXPECT_EQ(none.subject, "Radar: nothing is known");
    EXPECT_THAT(none.text, HasSubstr("Nothing is watched, so nothing is known."));
    const auto unchecked = digest(sink(), {.watches = {"a"}, .since = since, .now = now});
    EXPECT_EQ(unchecked.subject, "Radar: nothing is known (incomplete)");
    EXPECT_THAT(unchecked.text, HasSubstr("no check has come to a result"));
    EXPECT_THAT(unchecked.html, HasSubstr("no all-clear"));
}

TEST(Digest, what_is_open_on_a_degraded_answer_says_so_first) {
    auto facts = quiet_facts();
    facts.runs = {run_of("webshop", testing::degraded({}), false)};
    facts.items = {item("lodash", 491)};
    facts.items[0].decision.confidence = Confidence::low;
    const auto mail = digest(sink(), facts);
    EXPECT_EQ(mail.subject, "Radar: 1 to do, 0 new (incomplete)");
    EXPECT_THAT(mail.text, StartsWith("Incomplete: not everything could be asked."));
    EXPECT_THAT(mail.text, HasSubstr("confidence low"));
}

TEST(Digest, a_simulation_is_headed_and_clears_nothing) {
    auto facts = quiet_facts();
    facts.simulated = true;
    const auto mail = digest(sink(), facts);
    EXPECT_THAT(mail.subject, StartsWith("[SIMULATED] Radar"));
    EXPECT_THAT(mail.text, StartsWith("SIMULATED: the sources were the sandbox"));
    EXPECT_THAT(mail.html, HasSubstr("<strong>SIMULATED: "));
    EXPECT_THAT(mail.text, HasSubstr("says nothing about the real world"));
}

TEST(Digest, nothing_from_outside_is_markup_and_nothing_is_loaded_from_elsewhere) {
    auto facts = quiet_facts();
    const std::string evil = "<script src=//evil.example/x.js>\"'&\x1b[31m\xE2\x80\xAE\xC2\x9B";
    facts.items = {item(evil, 491)};
    auto& one = facts.items.front();
    one.watch = evil;
    one.decision.installed = {evil};
    one.decision.candidate = evil;
    one.decision.command = "npm install " + evil;
    one.decision.points = {{.why = evil, .points = 1}};
    one.decision.advisories = {evil};
    one.decision.notes = {evil, "\xff\xfe broken"};
    one.human = {.decision = "look <b>first</b>", .owner = evil, .snooze_until = {}};
    facts.runs.front().error = evil + "<img src=x>";
    const auto mail = digest(sink(), facts);
    for (const char* bad : {"<script", "<img", "src=\"", "http://", "https://", "<b>", "\x1b",
                            "\xE2\x80\xAE", "\xC2\x9B", "\xff", "<link", "@import", "url("}) {
        EXPECT_THAT(mail.html, Not(HasSubstr(bad)));
    }
    for (const char* bad : {"\x1b", "\xE2\x80\xAE", "\xC2\x9B", "\xff"}) {
        EXPECT_THAT(mail.text, Not(HasSubstr(bad)));
    }
    EXPECT_TRUE(valid_utf8(mail.html));
    // And a mail can be made of it.
    EXPECT_THAT(provider::compose_mail({.from = mail.from,
                                        .to = mail.to,
                                        .subject = mail.subject,
                                        .text = mail.text,
                                        .html = mail.html,
                                        .message_id = "k@example.com",
                                        .date = now}),
                IsOk());
}

TEST(Digest, ten_thousand_items_make_a_mail_that_gmail_does_not_cut) {
    auto facts = quiet_facts();
    for (int i = 0; i < 10'000; ++i) {
        facts.items.push_back(item("package-" + std::to_string(i), i % 1000));
        facts.items.back().decision.notes.assign(20, std::string(2000, 'n'));
        facts.items.back().decision.command = "npm install " + std::string(2000, 'c');
        facts.watches.push_back("watch-" + std::to_string(i));
    }
    const auto mail = digest(sink(), facts);
    EXPECT_LE(mail.html.size(), 95'000U);
    EXPECT_THAT(mail.subject, HasSubstr("10000 to do"));
    EXPECT_THAT(mail.text, HasSubstr("more\n"));
    EXPECT_THAT(mail.text, HasSubstr("1. package-1999 "));
    EXPECT_THAT(mail.text, Not(HasSubstr("npm install c"))) << "half a command is another one";
    EXPECT_THAT(mail.text, HasSubstr("run    (longer than a mail shows)"));
}

TEST(CleanText, is_cut_between_characters) {
    EXPECT_EQ(internal::clean_text("a\nb\tc\x01"), "a b c?");
    EXPECT_THAT(internal::clean_text(std::string(400, 'x')), EndsWith("..."));
    for (std::size_t size = 3; size < 12; ++size) {
        const auto text =
            internal::clean_text("\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC", size);
        EXPECT_TRUE(valid_utf8(text));
        EXPECT_LE(text.size(), std::max<std::size_t>(size, 3));
    }
}

}  // namespace
}  // namespace apilab::radar
