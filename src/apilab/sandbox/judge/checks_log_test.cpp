// The checks over what a program hands in: a log that is true, and one lie at a time.

#include <gtest/gtest.h>

#include <string>

#include "apilab/sandbox/internal/test_world.hpp"
#include "apilab/sandbox/judge/judge.hpp"

namespace apilab::sandbox {
namespace {

using internal::World;

// Three requests: answered, lost, answered.
constexpr std::string_view lossy =
    "name = \"x\"\n[[fault]]\nwhere = \"things:*\"\nwhat = { reset = \"mid_headers\" }\n"
    "when = { nth = 2 }\n";

std::string attempt(std::string_view id, std::string_view end) {
    return "{\"event\":\"attempt\",\"request_id\":\"" + std::string(id) + "\",\"operation_id\":\"" +
           std::string(id.substr(0, id.find('.'))) + "\"," + std::string(end) + "}\n";
}
std::string operation(std::string_view id, int attempts) {
    return "{\"event\":\"operation\",\"operation_id\":\"" + std::string(id) +
           "\",\"attempts\":" + std::to_string(attempts) + "}\n";
}
const std::string ok = R"("outcome":"answered","status":200)";
const std::string lost = R"("outcome":"unknown","status":null)";
std::string true_log() {
    return attempt("a.1", ok) + attempt("b.1", lost) + attempt("b.2", ok) + operation("a", 1) +
           operation("b", 2);
}

Finding judge(std::string_view check, const std::map<std::string, std::string>& handed_in,
              bool asks = true) {
    World world(lossy);
    for (const auto* id : {"a.1", "b.1", "b.2"}) {
        if (asks) {
            world.send({.target = "/things/items/" + std::string(id),
                        .headers = {{"x-request-id", id}, {"authorization", "Bearer x"}}});
        }
    }
    for (const auto& [name, text] : handed_in) {
        EXPECT_TRUE(world.sandbox->hand_in(name, text));
    }
    world.sandbox->stop_run();
    const auto report = judge_run(*world.sandbox);
    for (const auto& result : report->checks) {
        if (result.card.id == check) {
            return result.finding;
        }
    }
    throw std::logic_error("no such check");
}
Verdict verdict(std::string_view check, std::string log) {
    return judge(check, {{"log", std::move(log)}}).verdict;
}

TEST(LogChecks, a_true_log_passes) {
    EXPECT_EQ(verdict("OBS-04", true_log()), Verdict::pass);
    EXPECT_EQ(verdict("OBS-05", true_log()), Verdict::pass);
}

TEST(LogChecks, an_attempt_that_is_left_out_fails) {
    const auto finding = judge("OBS-04", {{"log", attempt("a.1", ok) + attempt("b.2", ok) +
                                                      operation("a", 1) + operation("b", 1)}});
    EXPECT_EQ(finding.verdict, Verdict::fail);
    EXPECT_EQ(finding.rows.size(), 1U);
}

TEST(LogChecks, an_attempt_that_never_was_fails) {
    EXPECT_EQ(verdict("OBS-04", true_log() + attempt("c.1", ok) + operation("c", 1)),
              Verdict::fail);
    EXPECT_EQ(verdict("OBS-04", true_log() + attempt("a.1", ok)), Verdict::fail) << "twice";
    EXPECT_EQ(
        verdict("OBS-04", true_log() + attempt("c.1", R"("outcome":"not_sent","status":null)") +
                              operation("c", 1)),
        Verdict::pass)
        << "what was never sent is in no journal";
}

TEST(LogChecks, an_operation_without_its_event_or_with_a_wrong_count_fails) {
    const auto attempts = attempt("a.1", ok) + attempt("b.1", lost) + attempt("b.2", ok);
    EXPECT_EQ(verdict("OBS-04", attempts + operation("a", 1)), Verdict::fail);
    EXPECT_EQ(verdict("OBS-04", attempts + operation("a", 1) + operation("b", 1)), Verdict::fail);
}

TEST(LogChecks, a_text_without_events_is_no_log_of_requests) {
    EXPECT_EQ(judge("OBS-04", {{"log", "asked for /things\n"}}).reason,
              UnknownReason::not_applicable);
    EXPECT_EQ(judge("OBS-05", {{"log", "asked for /things\n"}}).reason,
              UnknownReason::not_applicable);
}

TEST(LogChecks, a_line_that_is_no_json_fails) {
    EXPECT_EQ(verdict("OBS-04", true_log() + "GET /things ok\n"), Verdict::fail);
}

TEST(LogChecks, a_lost_reply_that_is_called_failed_fails) {
    const auto log = [](std::string_view end, std::string_view other) {
        return attempt("a.1", other) + attempt("b.1", end) + attempt("b.2", ok) +
               operation("a", 1) + operation("b", 2);
    };
    EXPECT_EQ(verdict("OBS-05", log(R"("outcome":"failed")", ok)), Verdict::fail);
    EXPECT_EQ(verdict("OBS-05", log(ok, ok)), Verdict::fail) << "it was not answered";
    EXPECT_EQ(verdict("OBS-05", log(lost, lost)), Verdict::fail) << "this one was";
    EXPECT_EQ(verdict("OBS-05", log(lost, R"("outcome":"answered","status":503)")), Verdict::fail);
}

TEST(LogChecks, of_an_attempt_that_was_redirected_the_last_answer_is_its_end) {
    const std::string moved = R"("outcome":"answered","status":301)";
    const auto log = [&](const std::string& first, const std::string& last) {
        return attempt("a.1", first) + attempt("a.1", last) + attempt("b.1", lost) +
               attempt("b.2", ok);
    };
    EXPECT_EQ(verdict("OBS-05", log(moved, ok)), Verdict::pass);
    EXPECT_EQ(verdict("OBS-05", log(ok, moved)), Verdict::fail);
}

std::string series(std::string_view url_template, int count) {
    return "http_client_request_duration_seconds_count{url_template=\"" +
           std::string(url_template) + "\"} " + std::to_string(count) + "\n";
}

TEST(MetricsCheck, a_template_and_a_right_count_pass) {
    EXPECT_EQ(judge("OBS-06", {{"metrics", series("/things/items/{id}", 3)}}).verdict,
              Verdict::pass);
}

TEST(MetricsCheck, raw_paths_and_wrong_counts_fail) {
    EXPECT_EQ(judge("OBS-06",
                    {{"metrics", series("/things/items/a.1", 1) + series("/things/items/b.1", 2)}})
                  .verdict,
              Verdict::fail);
    for (const int count : {0, 2, 4}) {
        EXPECT_EQ(judge("OBS-06", {{"metrics", series("/things/items/{id}", count)}}).verdict,
                  Verdict::fail)
            << count;
    }
}

// A request is answered, one is lost, and that is done again in some way.
Finding reproduced(const World::Call& again, std::string_view which = "b.1") {
    World world(
        "name = \"x\"\n[[fault]]\nwhere = \"things:GET /items/b\"\nwhat = { status = 500 }\n");
    world.send({.target = "/things/items/a", .headers = {{"x-request-id", "a.1"}}});
    world.send({.target = "/things/items/b?n=1",
                .headers = {{"x-request-id", "b.1"}, {"authorization", "Bearer secret-token"}}});
    world.send(again);
    EXPECT_TRUE(world.sandbox->hand_in(
        "repro", R"({"failed":")" + std::string(which) + R"(","again":"again.1"})"));
    world.sandbox->stop_run();
    for (const auto& result : judge_run(*world.sandbox)->checks) {
        if (result.card.id == "OBS-23") {
            return result.finding;
        }
    }
    throw std::logic_error("no such check");
}

TEST(ReproCheck, only_the_same_request_with_the_same_end_reproduces_a_failure) {
    const World::Call same{
        .target = "/things/items/b?n=1",
        .headers = {{"x-request-id", "again.1"}, {"authorization", "Bearer secret-token"}}};
    EXPECT_EQ(reproduced(same).verdict, Verdict::pass);
    EXPECT_EQ(reproduced(same, "a.1").reason, UnknownReason::not_exercised) << "did not fail";
    auto other = same;
    other.target = "/things/items/b";
    EXPECT_EQ(reproduced(other).verdict, Verdict::fail) << "without its query";
    other = same;
    other.headers = {{"x-request-id", "again.1"}, {"authorization", "***"}};
    EXPECT_EQ(reproduced(other).verdict, Verdict::fail) << "with another credential";
    other.headers = {{"x-request-id", "later.1"}};
    EXPECT_EQ(reproduced(other).verdict, Verdict::fail) << "never went out";
}

TEST(LogChecks, who_hands_in_nothing_or_asks_nothing_is_not_judged) {
    for (const auto* check : {"OBS-04", "OBS-05", "OBS-06", "OBS-23"}) {
        EXPECT_EQ(judge(check, {}).verdict, Verdict::unknown) << check;
        EXPECT_EQ(judge(check, {{"log", ""}, {"metrics", ""}}, false).verdict, Verdict::unknown)
            << check;
    }
}

}  // namespace
}  // namespace apilab::sandbox
