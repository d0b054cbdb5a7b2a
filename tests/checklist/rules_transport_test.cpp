// Group B: transport and HTTP.
#include <chrono>

#include "observed_builder.hpp"
#include "said.hpp"

namespace apilab::cli::checklist {
namespace {

using namespace std::chrono_literals;
using sandbox::Verdict;

Row npm() {
    return {"npm", "GET", "/ws"};
}

Seen with_limit(std::string_view timeout) {
    auto row = Seen::good("npm");
    row.timeout = timeout;
    return Seen().integration(row);
}

TEST(ChecklistTransport, B01_bad_certificates_are_refused_and_no_file_says_otherwise) {
    const auto refused =
        Ran("certificates").check("TLS-01", Verdict::pass, "2 connections, no request", {1, 2});
    expect_said("B01", Seen().with(refused).made(), State::pass, "no request");
    expect_said(
        "B01",
        Seen()
            .with(refused)
            .file("src/web.cpp", "int a;\ncurl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 0L);\n")
            .made(),
        State::fail, "CURLOPT_SSL_VERIFYPEER, 0");
    expect_said("B01", Seen().with(refused).file("app.toml", "u = \"http://slack.com/api\"").made(),
                State::fail, "http://slack.com");
    expect_said(
        "B01",
        Seen().with(Ran("certificates").check("TLS-01", Verdict::fail, "it was accepted")).made(),
        State::fail, "it was accepted");
    expect_said("B01", Seen().file("tests/a.py", "verify=False").made(), State::untested,
                "'certificates' was not run");
}

TEST(ChecklistTransport, B02_who_leaves_a_silent_server_within_its_limit_has_one) {
    const auto left = Ran("silent").row(npm().took(9s).silent()).over(20s);
    expect_said("B02", with_limit("call 10 s (p99.9 2 s)").with(left).made(), State::pass,
                "the service left after 9 s at most");
    expect_said("B02", with_limit("call 5 s (p99.9 2 s)").with(left).made(), State::fail,
                "was waited for 9 s, where the inventory says 5 s");
}

TEST(ChecklistTransport,
     B02_whoever_still_waits_at_the_end_has_no_limit_or_was_not_seen_to_use_it) {
    const auto clings = Ran("silent").row(npm().silent().open()).over(20s);
    expect_said("B02", with_limit("").with(clings).made(), State::fail,
                "npm was still waited for after 20 s, and the inventory names no limit");
    expect_said("B02", with_limit("30 s").with(clings).made(), State::untested,
                "and its limit is 30 s");
    // What the service's own end cut off was waited for to the end.
    const auto ended = Ran("silent").row(npm().took(21s).silent()).over(20s);
    expect_said("B02", with_limit("").with(ended).made(), State::fail, "after 20 s");
    expect_said("B02", with_limit("").with(Ran("silent").row(npm())).made(), State::untested,
                "no answer fell silent");
}

TEST(ChecklistTransport, B03_silence_in_the_middle_of_a_body_is_left_as_well) {
    const auto left = Ran("silent").row(npm().took(4s).fault("drip").left()).over(20s);
    expect_said("B03", with_limit("10 s").with(left).made(), State::pass, "in the middle of its");
    expect_said("B03", with_limit("3 s").with(left).made(), State::fail, "was waited for 4 s");
    // A first byte that does not come is another limit.
    expect_said("B03", with_limit("10 s").with(Ran("silent").row(npm().took(4s).silent())).made(),
                State::untested, "in the middle of its body");
}

Ran failing(Duration last) {
    return Ran("flaky")
        .row(npm().status(503).fault("status"))
        .row(npm().at(last / 3).status(503).fault("status"))
        .row(npm().at(last).status(503).fault("status"))
        .over(30s);
}

TEST(ChecklistTransport, B04_no_attempt_begins_when_the_whole_call_is_over) {
    expect_said("B04", with_limit("call 5 s").with(failing(4500ms)).made(), State::pass,
                "took 4.51 s of its 5 s");
    expect_said("B04", with_limit("call 3 s").with(failing(4500ms)).made(), State::fail,
                "began 4.5 s after its first, where the whole may take 3 s");
    expect_said("B04", with_limit("").with(failing(1s)).made(), State::fail,
                "names no limit for a call to npm");
    expect_said("B04", with_limit("call 60 s").with(failing(1s)).made(), State::untested,
                "of its 1 m");
}

TEST(ChecklistTransport, B04_a_wait_beyond_the_deadline_is_given_up_at_once_and_said) {
    const auto told = Ran("flaky").row(npm().status(503).fault("status").announced(120s)).over(9s);
    expect_said("B04", with_limit("call 60 s").with(Ran(told).log("npm: deadline")).made(),
                State::pass, "asked for a wait beyond the 1 m that a call may take");
    expect_said("B04", with_limit("call 60 s").with(told).made(), State::untested, "");
}

TEST(ChecklistTransport, B05_each_limit_of_time_has_its_percentile_beside_it) {
    const auto calm = Ran("calm").row(npm());
    expect_said("B05", with_limit("call 10 s (p99.9 2.1 s)").with(calm).made(), State::pass,
                "npm call 10 s (p99.9 2.1 s)");
    expect_said("B05", with_limit("call 8 s (p99.9 in the sandbox 0.1 s)").with(calm).made(),
                State::pass, "npm call 8 s");
    expect_said("B05", with_limit("10 s").with(calm).made(), State::fail, "beside it for npm");
    expect_said("B05", with_limit("1 s (p99 2100 ms)").with(calm).made(), State::fail,
                "is below what was measured (2.1 s)");
    expect_said("B05", with_limit("10 s").made(), State::untested, "no call was seen");
}

TEST(ChecklistTransport, B06_connections_are_used_again) {
    auto calm = Ran("calm");
    for (int i = 0; i < 6; ++i) {
        calm.row(npm().at(i * 20ms).connection(1, static_cast<std::uint64_t>(i) + 1));
    }
    expect_said("B06", Seen().with(calm).made(), State::pass,
                "6 requests over 1 connection; 1 at once at most");
    auto wasteful = Ran("calm");
    for (int i = 0; i < 6; ++i) {
        wasteful.row(npm().at(i * 20ms));
    }
    expect_said("B06", Seen().with(wasteful).made(), State::fail, "6 requests over 6 connections");
    expect_said("B06", Seen().with(Ran("calm").rows(2, npm())).made(), State::untested,
                "too few to tell");
}

TEST(ChecklistTransport, B07_B09_and_B10_are_what_the_judge_says) {
    for (const auto& [item, episode, check] :
         {std::tuple("B07", "flaky", "CON-02"), std::tuple("B09", "redirects", "RDR-01")}) {
        expect_said(item, Seen().with(Ran(episode).check(check, Verdict::pass, "it is so")).made(),
                    State::pass, "it is so");
        expect_said(item, Seen().with(Ran(episode).check(check, Verdict::fail, "it is not")).made(),
                    State::fail, "it is not");
    }
    auto sizes = Ran("answers")
                     .check("DAT-11", Verdict::pass, "deep")
                     .check("DAT-12", Verdict::pass, "huge");
    expect_said("B10", Seen().with(sizes).made(), State::untested, "DAT-13");
    sizes.check("DAT-13", Verdict::pass, "bombs");
    expect_said("B10", Seen().with(sizes).made(), State::pass, "huge");
    expect_said(
        "B10", Seen().with(Ran("answers").check("DAT-12", Verdict::fail, "read to its end")).made(),
        State::fail, "read to its end");
}

TEST(ChecklistTransport, B09_a_key_in_a_header_of_its_own_is_a_credential_too) {
    expect_said("B09",
                Seen()
                    .with(Ran("redirects")
                              .check("RDR-01", Verdict::pass, "none arrived")
                              .check("RDR-03", Verdict::fail, "x-api-key arrived"))
                    .made(),
                State::fail, "x-api-key arrived");
}

Ran sent_away() {
    return Ran("redirects").row(npm().status(302).fact("redirect", "foreign"));
}

TEST(ChecklistTransport, B08_redirects_are_followed_within_the_origin_and_nowhere_else) {
    auto home = npm().status(308).fact("redirect", "reference").fact("redirect_to", "/npm/moved");
    expect_said("B08", Seen().with(sent_away().row(home).row(Row("npm", "GET", "/moved"))).made(),
                State::pass, "1 redirect was followed within the origin");
    expect_said("B08", Seen().with(sent_away().row(home)).made(), State::fail,
                "within the origin was not followed");
    const auto gone = Seen().with(sent_away().row(Row("foreign", "GET", "/landing"))).made();
    expect_said("B08", gone, State::fail, "1 request to another origin arrived there");
    EXPECT_EQ(said("B08", gone).evidence.front().text, "redirects row 2");
    expect_said("B08", Seen().with(Ran("redirects").row(npm())).made(), State::untested,
                "to another origin");
}

TEST(ChecklistTransport, B11_every_request_names_the_program_and_its_version) {
    const auto calm = Ran("calm").rows(37, npm().header("user-agent", "release-notes/1.0 (+a@b)"));
    expect_said("B11", Seen().with(calm).made(), State::pass,
                "37 of 37 requests name themselves release-notes/1.0");
    for (const auto* agent : {"curl/7.88.1", "release-notes", "", "python-requests/2.31"}) {
        expect_said("B11", Seen().with(Ran(calm).row(npm().header("user-agent", agent))).made(),
                    State::fail, "1 of 38 requests");
    }
    expect_said("B11", Seen().made(), State::untested, "no call was seen");
}

TEST(ChecklistTransport, B12_what_is_sent_and_expected_is_declared_and_a_page_is_no_data) {
    auto whole = Row("osv", "POST", "/v1/query")
                     .body("ab12")
                     .header("content-type", "application/json")
                     .header("accept", "application/json");
    const auto page = Ran("answers").check("DAT-03", Verdict::pass, "no page was taken", {7});
    expect_said("B12", Seen().with(Ran("calm").row(whole)).with(page).made(), State::pass,
                "1 of 1 requests declare what they send and expect; no page was taken");
    expect_said("B12",
                Seen().with(Ran("calm").row(npm().header("accept", "*/*"))).with(page).made(),
                State::fail, "no Accept to npm");
    auto typeless = Row("osv", "POST", "/v1/query").body("ab").header("accept", "application/json");
    expect_said("B12", Seen().with(Ran("calm").row(typeless)).with(page).made(), State::fail,
                "no Content-Type to osv");
    expect_said("B12",
                Seen()
                    .with(Ran("calm").row(whole))
                    .with(Ran("answers").check("DAT-03", Verdict::fail, "a page was taken"))
                    .made(),
                State::fail, "a page was taken");
    expect_said("B12", Seen().with(Ran("calm").row(whole)).made(), State::untested,
                "'answers' was not run");
}

TEST(ChecklistTransport, B13_where_a_payload_points_nobody_goes) {
    auto hostile = Ran("webhooks").delivery("github", 200, {{"lure", "yes"}});
    expect_said("B13", Seen().with(hostile).made(), State::pass, "1 payload pointed to strangers");
    expect_said("B13", Seen().with(hostile.row(Row("foreign", "GET", "/x"))).made(), State::fail,
                "an origin that only a payload named");
    // Who was redirected there is another item's business.
    expect_said("B13", Seen().with(sent_away().row(Row("foreign", "GET", "/landing"))).made(),
                State::untested, "no payload");
}

}  // namespace
}  // namespace apilab::cli::checklist
