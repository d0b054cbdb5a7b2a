// Group C: errors and retries.
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
Row notion() {
    return {"notion", "POST", "/v1/pages"};
}

Seen seen_in(const Ran& flaky) {
    return Seen().with(flaky);
}

Ran three_classes() {
    return Ran("flaky")
        .row(npm().status(404).fault("status"))
        .row(Row("osv", "POST", "/v1/query").status(503).fault("status"))
        .row(notion().fault("reset").cut())
        .log("npm answered 404")
        .log("osv answered 503");
}

TEST(ChecklistError, C01_the_log_tells_refused_broken_and_unknown_apart) {
    expect_said("C01", seen_in(three_classes().log("notion: outcome unknown")).made(), State::pass,
                "the log tells 3 classes of failures apart");
    expect_said("C01", seen_in(three_classes().log("notion failed")).made(), State::fail,
                "1 of 1 failures of the class 'outcome unknown'");
    expect_said("C01",
                seen_in(Ran("flaky")
                            .row(npm().status(404).fault("status"))
                            .row(notion().fault("reset").cut())
                            .log("npm failed")
                            .log("notion: outcome unknown"))
                    .made(),
                State::fail, "1 of 1 failures of the class 'refused'");
    expect_said("C01", seen_in(Ran("flaky").row(npm())).made(), State::untested, "no call failed");
}

TEST(ChecklistError, C01_a_log_that_the_judge_can_read_is_judged_by_it) {
    expect_said("C01",
                seen_in(three_classes().check("OBS-05", Verdict::fail,
                                              "2 of 9 are logged "
                                              "otherwise"))
                    .made(),
                State::fail, "2 of 9");
    expect_said("C01",
                seen_in(three_classes().check("OBS-05", Verdict::pass, "as they ended")).made(),
                State::pass, "as they ended");
}

TEST(ChecklistError, C02_what_is_refused_is_not_asked_again) {
    const auto refused = Ran("flaky")
                             .row(npm().status(404).fault("status"))
                             .row(notion().status(422).fault("status"));
    expect_said("C02", seen_in(refused).made(), State::pass,
                "2 requests were refused for good (404 and 422), and none was sent again");
    const auto again = seen_in(Ran(refused).row(npm().at(500ms))).made();
    expect_said("C02", again, State::fail, "and were sent again at once");
    EXPECT_EQ(said("C02", again).evidence.front().text, "flaky rows 1, 3");
    // Later work that asks the same is no repetition.
    expect_said("C02", seen_in(Ran(refused).row(npm().at(1500ms))).made(), State::pass, "none was");
    // An episode that broke off shows nothing, whatever was seen until then.
    expect_said("C02", seen_in(Ran(refused).trouble("it ended with 1")).made(), State::untested,
                "'flaky' did not run: it ended with 1");
    expect_said("C02", seen_in(Ran("flaky").row(npm())).made(), State::untested, "nothing was");
    expect_said("C02", Seen().made(), State::untested, "was not run");
}

TEST(ChecklistError, C03_a_write_that_was_repeated_blindly_anywhere_is_a_failure) {
    const auto good = Ran("flaky").check("IDM-01", Verdict::pass, "none blindly");
    expect_said("C03", seen_in(good).made(), State::pass, "none blindly");
    expect_said("C03",
                seen_in(good).with(Ran("lost").check("IDM-01", Verdict::fail, "1 blindly")).made(),
                State::fail, "1 blindly");
    expect_said("C03", Seen().made(), State::untested, "'lost' was not run");
}

// So many calls that failed once and came again after a wait: the first after `least`, each further
// one so much later.
Ran came_again(std::string_view episode, int calls, Duration least, Duration more) {
    Ran ran(episode);
    for (int i = 0; i < calls; ++i) {
        const auto path = "/package-" + std::to_string(i);
        const auto failed = Row("npm", "GET", path).status(503).fault("status").took(5ms);
        ran.row(Row(failed).at(i * 10s));
        ran.row(Row("npm", "GET", path).at(i * 10s + 5ms + least + i * more));
    }
    return ran;
}

TEST(ChecklistError, C04_waits_are_there_and_vary) {
    expect_said("C04", Seen().with(came_again("hiccups", 8, 100ms, 20ms)).made(), State::pass,
                "waits vary: after attempt 1: median 180 ms");
    expect_said("C04", Seen().with(came_again("hiccups", 8, 500ms, 1ms)).made(), State::fail,
                "waits do not vary");
    expect_said("C04", Seen().with(came_again("hiccups", 8, 1ms, 1ms)).made(), State::fail,
                "came again at once");
    expect_said("C04", Seen().with(came_again("hiccups", 7, 100ms, 20ms)).made(), State::untested,
                "7 calls at most waited after the same attempt");
    expect_said("C04", Seen().made(), State::untested, "neither of the episodes");
    // Of both episodes together; and what the judge finds wrong in either stays wrong.
    expect_said("C04",
                Seen()
                    .with(came_again("flaky", 4, 100ms, 20ms))
                    .with(came_again("hiccups", 4, 150ms, 20ms))
                    .made(),
                State::pass, "(8 calls)");
    expect_said(
        "C04",
        Seen()
            .with(came_again("flaky", 8, 100ms, 20ms).check("BKO-04", Verdict::fail, "do not vary"))
            .made(),
        State::fail, "do not vary");
}

TEST(ChecklistError, C04_what_is_announced_and_what_comes_with_later_work_is_no_wait_of_its_own) {
    Ran announced("hiccups");
    Ran later("hiccups");
    for (int i = 0; i < 9; ++i) {
        const auto path = "/package-" + std::to_string(i);
        const auto failed = Row("npm", "GET", path).status(503).fault("status").at(i * 20s);
        announced.row(Row(failed).announced(1s));
        announced.row(Row("npm", "GET", path).at(i * 20s + 1s + i * 50ms));
        later.row(failed);
        later.row(Row("npm", "GET", path).at(i * 20s + 9s + i * 50ms));
    }
    expect_said("C04", Seen().with(announced).made(), State::untested, "0 calls at most");
    expect_said("C04", Seen().with(later).made(), State::untested, "0 calls at most");
}

Ran told_to_wait() {
    Ran flaky("flaky");
    flaky.check("RL-01", Verdict::pass, "3 announced waits were kept");
    flaky.row(npm().status(503).fact("retry_after", "1"));
    flaky.row(npm().at(1s).status(503).fact("retry_after", "-5"));
    return flaky;
}

TEST(ChecklistError, C05_retry_after_is_obeyed_in_both_forms_and_nonsense_does_no_harm) {
    auto row = npm().at(500ms).status(503).fact("retry_after", "Fri, 27 Nov 2026 19:00:00 GMT");
    row.until(1s);
    expect_said("C05", seen_in(told_to_wait().row(row).row(npm().at(3s))).made(), State::pass,
                "3 announced waits were kept; 1 in seconds, 1 date, and 1 that make no sense");
    expect_said("C05", seen_in(told_to_wait().row(npm().at(3s))).made(), State::untested,
                "1 in seconds, 0 dates and 1");
    expect_said("C05", seen_in(told_to_wait()).made(), State::fail,
                "nothing was asked any more after a Retry-After that makes no sense");
    expect_said("C05", seen_in(told_to_wait().check("RL-03", Verdict::fail, "too early")).made(),
                State::fail, "too early");
    expect_said("C05", seen_in(told_to_wait().check("RL-09", Verdict::fail, "at once")).made(),
                State::fail, "at once");
}

Ran attempts(int count) {
    Ran down("down");
    for (int i = 0; i < count; ++i) {
        down.row(npm().at(i * 200ms).status(503).fault("status"));
    }
    return down;
}

TEST(ChecklistError, C06_and_C07_a_failing_call_makes_few_requests) {
    expect_said("C06", Seen().with(attempts(3)).made(), State::pass, "at most 3 attempts");
    expect_said("C07", Seen().with(attempts(3)).made(), State::pass,
                "one failing call made 3 requests at most");
    expect_said("C06", Seen().with(attempts(9)).made(), State::fail, "at most 9 attempts");
    expect_said("C07", Seen().with(attempts(9)).made(), State::fail,
                "one failing call made 9 requests");
    const auto recovered = attempts(2).row(npm().at(500ms));
    expect_said("C06", Seen().with(recovered).made(), State::untested, "to its end");
    expect_said("C07", Seen().with(recovered).made(), State::untested, "to its end");
    expect_said(
        "C06", Seen().with(attempts(3).check("LOD-02", Verdict::fail, "2.4 times the load")).made(),
        State::fail, "2.4 times the load");
}

TEST(ChecklistError, C07_a_dead_connection_that_is_replaced_is_no_attempt) {
    auto replaced = attempts(4);
    replaced.row(npm().at(900ms).fault("close").cut());
    replaced.row(npm().at(910ms).fault("close").cut());
    expect_said("C07", Seen().with(replaced).made(), State::pass, "made 4 requests at most");
}

TEST(ChecklistError, C07_what_a_queue_tries_later_is_a_call_of_its_own) {
    auto later = attempts(3);
    for (int i = 0; i < 3; ++i) {
        later.row(npm().at(10s + i * 200ms).status(503).fault("status"));
    }
    expect_said("C07", Seen().with(later).made(), State::pass, "made 3 requests at most, in 2");
}

TEST(ChecklistError, C07_the_clients_own_ids_tell_its_calls_apart) {
    const auto ran = [](std::vector<std::string_view> ids) {
        Ran down("down");
        Duration at{};
        for (const auto id : ids) {
            down.row(npm().at(at).status(503).fault("status").header("x-request-id", id));
            at += 100ms;
        }
        return Seen().with(down).made();
    };
    expect_said("C07", ran({"r-1.1", "r-1.2", "r-2.1", "r-2.2", "r-3.1", "r-3.2"}), State::pass,
                "made 2 requests at most, in 3");
    expect_said("C07", ran({"a", "b", "a", "b", "a", "b"}), State::pass, "made 3 requests at most");
    expect_said("C07", ran({"r-1.1", "r-1.2", "r-1.3", "r-1.4", "r-1.5"}), State::fail, "made 5");
    // Each attempt's own tells nothing.
    expect_said("C07", ran({"a", "b", "c", "d", "e", "f"}), State::fail, "made 6 requests");
}

TEST(ChecklistError, C07_without_ids_a_trace_or_the_delivery_tells_calls_apart) {
    const auto failing = [](Duration at) { return npm().at(at).status(503).fault("status"); };
    const std::string zeros(31, '0');
    Ran traced("down");
    Ran told("down");
    Ran queued("down");
    for (int i = 0; i < 6; ++i) {
        traced.row(failing(i * 100ms).header(
            "traceparent", "00-" + zeros + (i < 3 ? "1" : "2") + "-00f067aa0ba902b7-01"));
        if (i % 3 == 0) {
            told.told(Told("github", i == 0 ? "1" : "2").at(i * 100ms).took(250ms));
        }
        told.row(failing(i * 100ms));
        queued.told(Told("github", "q" + std::to_string(i)).at(i * 100ms + 50ms).took(5ms));
        queued.row(failing(i * 100ms));
    }
    expect_said("C07", Seen().with(traced).made(), State::pass, "made 3 requests at most, in 2");
    expect_said("C07", Seen().with(told).made(), State::pass, "made 3 requests at most, in 2");
    expect_said("C07", Seen().with(queued).made(), State::fail, "made 6 requests");
    // Two at once: each has its share, and nine for each are still too many.
    Ran both("down");
    both.told(Told("github", "1").took(5s)).told(Told("github", "2").took(5s));
    for (int i = 0; i < 18; ++i) {
        both.row(failing(i * 100ms + 1ms));
    }
    expect_said("C07", Seen().with(both).made(), State::fail, "made 9 requests");
}

Ran gave_up() {
    return Ran("flaky").row(notion().status(422).fault("status"));
}

TEST(ChecklistError, C08_what_was_given_up_is_seen_among_the_dead_letters) {
    Manifest manifest;
    manifest.service.dead_letters = "/dead";
    const auto seen = [&](const Ran& flaky) {
        return Seen().manifest(manifest).with(flaky).made();
    };
    expect_said("C08", seen(gave_up().probe("GET /dead", 200, R"([{"target":"notion"}])")),
                State::pass, "1 write was to notion refused for good, and GET /dead shows it");
    expect_said("C08", seen(gave_up().probe("GET /dead", 200, "[]")), State::fail,
                "/dead shows none of it");
    expect_said("C08", seen_in(gave_up()).made(), State::fail, "names no place");
    expect_said("C08", seen(gave_up()), State::untested, "was not asked for");
    expect_said("C08", seen(Ran("flaky").row(npm().status(404).fault("status"))), State::untested,
                "no write was refused for good");
}

TEST(ChecklistError, C09_the_providers_code_and_request_id_are_in_the_log) {
    expect_said("C09",
                seen_in(gave_up().log(R"({"code":"checklist_refused","id":"chk-7f3a"})")).made(),
                State::pass, "code and request id of 1 refusal");
    expect_said("C09", seen_in(gave_up().log("notion: checklist_refused")).made(), State::fail,
                "the log keeps the code and not the id");
    expect_said("C09", seen_in(gave_up().log("notion: 422")).made(), State::fail, "keeps neither");
    expect_said("C09", seen_in(Ran("flaky").row(npm())).made(), State::untested, "no refusal");
}

Ran said_no() {
    return Ran("flaky").row(Row("slack", "POST", "/api/chat.postMessage")
                                .fact("ok", "false")
                                .fact("error", "is_archived"));
}

TEST(ChecklistError, C10_ok_false_with_status_200_is_a_refusal) {
    expect_said("C10", seen_in(said_no().log("slack said is_archived")).made(), State::pass,
                "1 answer said `ok: false` with status 200");
    expect_said("C10",
                seen_in(said_no().row(Row("slack", "POST", "/api/chat.postMessage").at(1s))).made(),
                State::pass, "taken for a refusal");
    // What another provider refused in the same words, or another event's message, is none of it.
    expect_said("C10", seen_in(said_no().log("notion said is_archived")).made(), State::fail,
                "1 of 1 answer that said `ok: false`");
    expect_said("C10",
                seen_in(said_no()
                            .told(Told("github", "2").at(500ms))
                            .row(Row("slack", "POST", "/api/chat.postMessage").at(1s)))
                    .made(),
                State::fail, "1 of 1 answer that said `ok: false`");
    expect_said("C10", seen_in(said_no().log("posted to slack")).made(), State::fail,
                "1 of 1 answer that said `ok: false`");
    expect_said("C10", seen_in(said_no().check("DAT-14", Verdict::fail, "ticked off")).made(),
                State::fail, "ticked off");
    expect_said("C10", seen_in(Ran("flaky").row(npm())).made(), State::untested, "no answer said");
}

Ran odd(int one, int other) {
    return Ran("flaky")
        .row(notion().status(one).fault("status"))
        .row(npm().status(other).fault("status"));
}

TEST(ChecklistError, C11_a_status_nobody_has_heard_of_is_its_class) {
    const auto broken = Row("osv", "POST", "/v1/query").at(10ms).status(599).fault("status");
    const auto again = Row("osv", "POST", "/v1/query").at(300ms);
    expect_said("C11", seen_in(odd(299, 418).row(broken).row(again)).made(), State::pass,
                "299, 418 and 599 were each treated as their class");
    expect_said("C11", seen_in(odd(299, 418).row(broken)).made(), State::fail,
                "599 was neither tried again nor logged");
    expect_said("C11", seen_in(odd(299, 418).row(npm().at(200ms))).made(), State::fail, "418 was");
    expect_said("C11", seen_in(odd(299, 418).row(notion().at(200ms))).made(), State::fail,
                "299 was");
    expect_said("C11", seen_in(odd(299, 418)).made(), State::untested, "599 was not met");
}

TEST(ChecklistError, C12_a_limit_stops_all_that_it_counts) {
    expect_said("C12",
                Seen().with(Ran("limits").check("RL-06", Verdict::pass, "nothing sent")).made(),
                State::pass, "nothing sent");
    expect_said("C12", seen_in(Ran("flaky").check("RL-06", Verdict::fail, "4 others")).made(),
                State::fail, "4 others");
    expect_said("C12", Seen().made(), State::untested, "was not run");
}

}  // namespace
}  // namespace apilab::cli::checklist
