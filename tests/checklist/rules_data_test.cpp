// I: what is seen of how a service takes data of others, one good and one bad day for each item.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "checklist/rules.hpp"
#include "observed_builder.hpp"

namespace apilab::cli::checklist {
namespace {

using testing::HasSubstr;
using Verdict = sandbox::Verdict;

Answer answer_to(std::string_view item, const Observed& seen) {
    const auto rules = data_rules();
    const auto rule = std::ranges::find(rules, item, &ItemRule::item);
    return rule == rules.end() ? untested("there is no such rule") : rule->rule(seen);
}

Observed with(const Ran& ran) {
    return Seen().with(ran).made();
}

void expect_pass(const Answer& answer, std::string_view sentence) {
    EXPECT_EQ(answer.state, State::pass) << answer.sentence;
    EXPECT_THAT(answer.sentence, HasSubstr(std::string(sentence)));
    EXPECT_FALSE(answer.evidence.empty());
}
void expect_fail(const Answer& answer, std::string_view sentence) {
    EXPECT_EQ(answer.state, State::fail) << answer.sentence;
    EXPECT_THAT(answer.sentence, HasSubstr(std::string(sentence)));
    EXPECT_FALSE(answer.evidence.empty());
}
void expect_untested(const Answer& answer, std::string_view sentence) {
    EXPECT_EQ(answer.state, State::untested) << answer.sentence;
    EXPECT_THAT(answer.sentence, HasSubstr(std::string(sentence)));
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
    expect_pass(answer_to("I01", with(odd().log(R"({"message":"Gr\u00fc\u001b[1m\nx"})"))),
                "1 texts with quotes");
    expect_fail(answer_to("I01", with(odd().log("push: \x1b[1mhello"))), "a control character");
    expect_fail(
        answer_to("I01",
                  with(odd().log("push: hello').").log(R"({"level":"error","event":"forged"})"))),
        "a line of the log of its own");
    expect_fail(
        answer_to("I01", with(odd().log(R"({"a":1})").log(R"({"message":"it said "no""})"))),
        "no longer JSON");
    expect_fail(answer_to("I01", with(odd(crashed()).log("bye"))), "ended by itself with 134");
    expect_untested(answer_to("I01", with(Ran("webhooks").told(Told("github", "e1")).log("x"))),
                    "no text with quotes");
    expect_untested(answer_to("I01", with(odd())), "no text with quotes");
}

Ran drifted(std::string_view how, const Life& life = running()) {
    return Ran("answers")
        .life(life)
        .row(Row("npm", "GET", "/left-box").fact("drift", how))
        .row(Row("npm", "GET", "/right-box"));
}

TEST(ChecklistData, what_nobody_knows_is_taken_and_counted) {
    const auto counted = "apilab_drift_total{operation=\"npm.get\",kind=\"enum\"} 1\n";
    expect_pass(answer_to("I02", with(drifted("add enum").metrics(counted))),
                "1 answers had values or fields nobody knows; the work went on");
    expect_pass(answer_to("I02", with(drifted("enum").log("npm: unknown value 'gone'"))),
                "it was reported");
    expect_fail(answer_to("I02", with(drifted("enum").metrics("up 1\n"))),
                "neither log nor metrics say so");
    expect_fail(answer_to("I02", with(drifted("enum", crashed()).metrics(counted))),
                "ended by itself with 134");
    expect_fail(answer_to("I02", with(drifted("enum").metrics(counted).check(
                                     "DAT-05", Verdict::fail, "new fields made it fail"))),
                "new fields made it fail");
    expect_untested(answer_to("I02", with(drifted("null").metrics(counted))),
                    "no answer had values or fields nobody knows");
}

TEST(ChecklistData, a_null_or_another_type_is_reported_and_breaks_nothing) {
    expect_pass(answer_to("I03", with(drifted("null retype").log("schema drift at /version"))),
                "1 answers had a null or another type");
    expect_fail(answer_to("I03", with(drifted("null"))), "neither log nor metrics say so");
    expect_fail(answer_to("I03", with(drifted("retype", crashed()).log("drift"))),
                "ended by itself");
    expect_untested(
        answer_to("I03",
                  with(Ran("answers").row(Row("npm", "GET", "/left-box").fact("drift", "null")))),
        "asked nothing after them");
    expect_untested(answer_to("I03", with(drifted("enum"))), "no answer had a null");
}

TEST(ChecklistData, times_are_utc_and_the_other_clock_is_known) {
    const auto skewed = [] {
        return Ran("down").row(Row("github", "GET", "/repos/a/b").fault("auth"));
    };
    const auto utc = R"({"time":"2026-11-02T10:00:00.123Z"})";
    expect_pass(answer_to("I04", with(skewed().log(utc).metrics("clock_skew_seconds 400\n"))),
                "1 lines of the log bear a time in UTC; 1 answers came with a Date");
    expect_pass(answer_to("I04", with(skewed().log("2026-11-02 10:00:00 UTC clock skew 400 s"))),
                "the log says so");
    expect_fail(answer_to("I04", with(skewed().log("2026-11-02 10:00:00 clock skew 400 s"))),
                "does not say that it is UTC");
    expect_fail(answer_to("I04", with(skewed().log("2026-11-02T10:00:00+02:00 clock skew 400 s"))),
                "does not say that it is UTC");
    expect_fail(answer_to("I04", with(skewed().log("clock skew 400 s"))), "the log says no times");
    expect_fail(answer_to("I04", with(skewed().log(utc).metrics("up 1\n"))),
                "neither log nor metrics know of it");
    expect_untested(answer_to("I04", with(Ran("down").log(utc))), "no provider's clock was wrong");
}

TEST(ChecklistData, an_id_beyond_2_to_the_53_comes_back_as_it_was) {
    const auto asked = [](std::string_view path) {
        return Ran("answers")
            .row(Row("github", "GET", "/releases").fact("drift", "precision"))
            .row(Row("github", "GET", path));
    };
    expect_pass(answer_to("I05", with(asked("/releases/9007199254740993"))), "came back as it was");
    expect_fail(answer_to("I05", with(asked("/releases/9007199254740992"))),
                "came back as 9007199254740992");
    expect_fail(answer_to("I05", with(asked("/other").log("release 9007199254740992"))),
                "was written as");
    expect_pass(answer_to("I05", with(asked("/other").log("release 9007199254740993"))),
                "was written as it was");
    expect_untested(answer_to("I05", with(asked("/other"))), "nothing it asked or wrote has it");
    expect_fail(
        answer_to("I05", with(Ran("answers").check("DAT-06", Verdict::fail,
                                                   "asked for by an id that was a double"))),
        "that was a double");
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
    expect_pass(answer_to("I06", seen("push to left-box@1.0.0 by a***@example.com")),
                "none of 1 lines of the log has it, and it is kept 30 days");
    expect_fail(answer_to("I06", seen("push by ada@example.com")), "an address of a person");
    expect_fail(answer_to("I06", with(Ran("webhooks").told(Told("github", "e1")).log("push"))),
                "nothing says how long");
    expect_untested(answer_to("I06", with(Ran("calm").log("started"))), "no personal data");
}

TEST(ChecklistData, without_an_episode_nothing_is_shown) {
    for (const auto& rule : data_rules()) {
        EXPECT_EQ(rule.rule(Observed()).state, State::untested) << rule.item;
    }
}

}  // namespace
}  // namespace apilab::cli::checklist
