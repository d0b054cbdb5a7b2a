// I: what is seen of how a service takes data of others, one good and one bad day for each item.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "checklist/rules.hpp"
#include "observed_builder.hpp"
#include "said.hpp"

namespace apilab::cli::checklist {
namespace {

using Verdict = sandbox::Verdict;

Observed with(const Ran& ran) {
    return Seen().with(ran).made();
}

// It still ran when the episode was over.
Life running() {
    return Ran::good_life();
}
Life crashed() {
    auto life = Ran::good_life();
    life.signal = 0;
    life.exit_code = 134;
    return life;
}

TEST(ChecklistData, texts_of_others_stay_within_one_line_of_the_log) {
    const auto odd = [](const Life& life = running()) {
        return Ran("webhooks").life(life).told(Told("github", "e1").fact("odd"));
    };
    expect_said("I01", with(odd().log(R"({"message":"planted-7f3a \u001b[1m\nx"})")), State::pass,
                "all that has them is whole (1 more were taken)");
    expect_said("I01", with(odd().log("push: \x1b[1mplanted-7f3a")), State::fail,
                "a control character");
    expect_said("I01",
                with(odd().log("planted-7f3a').").log(R"({"level":"error","event":"forged"})")),
                State::fail, "a line of the log of its own");
    expect_said("I01", with(odd().log(R"({"a":1})").log(R"({"message":"it said "no""})")),
                State::fail, "no longer JSON");
    expect_said("I01", with(odd(crashed()).log("planted-7f3a")), State::fail,
                "ended by itself with 134");
}

TEST(ChecklistData, who_repeats_no_text_of_others_shows_nothing_about_them) {
    const auto odd = [] { return Ran("webhooks").told(Told("github", "e1").fact("odd")); };
    expect_said("I01", with(odd().log("a push")), State::untested,
                "1 texts with quotes, line ends and escapes were taken, and nothing");
    expect_said("I01", with(odd()), State::untested, "nothing that it wrote");
    expect_said("I01", with(Ran("webhooks").told(Told("github", "e1")).log("x")), State::untested,
                "0 texts");
    // A text of a provider's that was refused, on a page about it.
    expect_said(
        "I01", with(Ran("flaky").probe("GET /dead", 200, R"([{"why":"planted-7f3a <img src=x"}])")),
        State::pass, "came out again");
}

TEST(ChecklistData, texts_of_others_are_no_markup) {
    const auto page = [](std::string_view body) {
        return with(Ran("flaky").page("GET /dead", "text/html; charset=utf-8", body));
    };
    expect_said("I01", page("<li>planted-7f3a &lt;img src=x"), State::pass, "came out again");
    expect_said("I01", page("<li>planted-7f3a <img src=x"), State::fail, "as markup");
    const auto said = [](std::string_view id, bool everybody) {
        Row message("slack", "POST", "/api/chat.postMessage");
        return Ran(id)
            .log("planted-7f3a")
            .row(everybody ? message.fact("pings", "channel") : message);
    };
    const auto seen = [](const Ran& calm, const Ran& webhooks) {
        return Seen().with(calm).with(webhooks).made();
    };
    expect_said("I01", seen(said("calm", false), said("webhooks", true)), State::fail,
                "calls everybody");
    // One that always does so does it by itself.
    expect_said("I01", seen(said("calm", true), said("webhooks", true)), State::pass,
                "came out again");
    expect_said("I01", with(said("webhooks", true)), State::pass, "came out again");
}

Ran drifted(std::string_view how, const Life& life = running()) {
    return Ran("answers")
        .life(life)
        .row(Row("npm", "GET", "/left-box").fact("drift", how))
        .row(Row("npm", "GET", "/right-box"));
}

TEST(ChecklistData, what_nobody_knows_is_taken_and_counted) {
    const auto counted = "apilab_drift_total{operation=\"npm.get\",kind=\"enum\"} 1\n";
    expect_said("I02", with(drifted("add enum").metrics(counted)), State::pass,
                "1 answers had values or fields nobody knows; the work went on");
    expect_said("I02", with(drifted("enum").log("npm: unknown value 'gone'")), State::pass,
                "it was reported");
    expect_said("I02", with(drifted("enum").metrics("up 1\n")), State::fail,
                "neither log nor metrics say so");
    expect_said("I02", with(drifted("enum", crashed()).metrics(counted)), State::fail,
                "ended by itself with 134");
    expect_said("I02",
                with(drifted("enum").metrics(counted).check("DAT-05", Verdict::fail,
                                                            "new fields made it fail")),
                State::fail, "new fields made it fail");
    expect_said("I02", with(drifted("null").metrics(counted)), State::untested,
                "no answer had values or fields nobody knows");
}

TEST(ChecklistData, a_null_or_another_type_is_reported_and_breaks_nothing) {
    expect_said("I03", with(drifted("null retype").log("schema drift at /version")), State::pass,
                "1 answers had a null or another type");
    expect_said("I03", with(drifted("null")), State::fail, "neither log nor metrics say so");
    expect_said("I03", with(drifted("retype", crashed()).log("drift")), State::fail,
                "ended by itself");
    expect_said("I03",
                with(Ran("answers").row(Row("npm", "GET", "/left-box").fact("drift", "null"))),
                State::untested, "asked nothing after them");
    expect_said("I03", with(drifted("enum")), State::untested, "no answer had a null");
}

TEST(ChecklistData, times_are_utc_and_the_other_clock_is_known) {
    const auto skewed = [] {
        return Ran("down").row(Row("github", "GET", "/repos/a/b").fault("auth"));
    };
    const auto utc = R"({"time":"2026-11-02T10:00:00.123Z"})";
    expect_said("I04", with(skewed().log(utc).metrics("clock_skew_seconds 400\n")), State::pass,
                "1 lines of the log bear a time in UTC; 1 answers came with a Date");
    expect_said("I04", with(skewed().log("2026-11-02 10:00:00 UTC clock skew 400 s")), State::pass,
                "the log says so");
    expect_said("I04", with(skewed().log("2026-11-02 10:00:00 clock skew 400 s")), State::fail,
                "does not say that it is UTC");
    expect_said("I04", with(skewed().log("2026-11-02T10:00:00+02:00 clock skew 400 s")),
                State::fail, "does not say that it is UTC");
    expect_said("I04", with(skewed().log("clock skew 400 s")), State::fail,
                "the log says no times");
    expect_said("I04", with(skewed().log(utc).metrics("up 1\n")), State::fail,
                "neither log nor metrics know of it");
    expect_said("I04", with(Ran("down").log(utc)), State::untested,
                "no provider's clock was wrong");
}

TEST(ChecklistData, an_id_beyond_2_to_the_53_comes_back_as_it_was) {
    const auto asked = [](std::string_view path) {
        return Ran("answers")
            .row(Row("github", "GET", "/releases").fact("drift", "precision"))
            .row(Row("github", "GET", path));
    };
    expect_said("I05", with(asked("/releases/9007199254740993")), State::pass,
                "came back as it was");
    expect_said("I05", with(asked("/releases/9007199254740992")), State::fail,
                "came back as 9007199254740992");
    expect_said("I05", with(asked("/other").log("release 9007199254740992")), State::fail,
                "was written as");
    expect_said("I05", with(asked("/other").log("release 9007199254740993")), State::pass,
                "was written as it was");
    expect_said("I05", with(asked("/other")), State::untested, "nothing it asked or wrote has one");
    expect_said("I05", with(asked("/other").log("release 9.007199254740992e15")), State::fail,
                "was written as 9007199254740992");
    expect_said(
        "I05",
        with(Ran("answers").check("DAT-06", Verdict::fail, "asked for by an id that was a double")),
        State::fail, "that was a double");
}

TEST(ChecklistData, a_delivery_is_asked_for_again_by_the_number_that_it_has) {
    const auto asked = [](std::string_view number) {
        return Ran("gap")
            .row(Row("github", "GET", "/hooks/1/deliveries")
                     .fact("page_ids", "9007199254740995 9007199254740993"))
            .row(Row("github", "POST", "/hooks/1/deliveries/" + std::string(number) + "/attempts"));
    };
    expect_said("I05", with(asked("9007199254740995")), State::pass,
                "9007199254740995 came back as it was");
    expect_said("I05", with(asked("9007199254740996")), State::fail,
                "9007199254740995 came back as 9007199254740996");
    expect_said("I05", with(asked("7")), State::untested, "nothing it asked or wrote has one");
    expect_said("I05", with(Ran("gap").row(Row("github", "POST", "/deliveries/9007199254740995"))),
                State::untested, "no answer had a number beyond 2^53");
}

TEST(ChecklistData, a_persons_address_stays_out_of_the_log) {
    Manifest manifest;
    manifest.retention = "30 days";
    const auto seen = [&](std::string_view line) {
        return Seen()
            .manifest(manifest, "retention = \"30 days\"\n")
            .with(Ran("webhooks").told(Told("github", "e1")).log(line))
            .made();
    };
    expect_said("I06", seen("push to left-box@1.0.0 by a***@example.com"), State::pass,
                "none of 1 lines of the log has it, and it is kept 30 days");
    expect_said("I06", seen("push by ada@example.com"), State::fail, "an address of a person");
    expect_said("I06", with(Ran("webhooks").told(Told("github", "e1")).log("push")), State::fail,
                "nothing says how long");
    expect_said("I06", with(Ran("calm").log("started")), State::untested, "no personal data");
}

TEST(ChecklistData, without_an_episode_nothing_is_shown) {
    for (const auto& rule : data_rules()) {
        EXPECT_EQ(rule.rule(Observed()).state, State::untested) << rule.item;
    }
}

}  // namespace
}  // namespace apilab::cli::checklist
