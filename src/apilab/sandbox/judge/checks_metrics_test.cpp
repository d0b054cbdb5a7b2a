// The checks over metrics that are handed in: true ones, and one lie at a time.

#include <gtest/gtest.h>

#include <string>

#include "apilab/sandbox/internal/test_world.hpp"
#include "apilab/sandbox/judge/judge.hpp"

namespace apilab::sandbox {
namespace {

using internal::World;
using namespace std::chrono_literals;

// The second request is told to come back in two seconds; all take 30 ms.
constexpr std::string_view morning =
    "name = \"x\"\n[[fault]]\nwhere = \"things:*\"\nwhat = { delay = \"30ms\" }\n"
    "[[fault]]\nwhere = \"things:*\"\nwhat = { status = 429, retry_after = \"2s\" }\n"
    "when = { nth = 2 }\n";

// Operation a: one attempt; b: two, the second when it was allowed; then nine more of one attempt.
Finding judge(std::string_view check, const std::string& text, bool again = true,
              const std::string& name = "metrics") {
    World world(morning);
    const auto send = [&](const std::string& id) {
        world.send({.target = "/things/items/a", .headers = {{"x-request-id", id}}});
    };
    send("a.1");
    send("b.1");
    world.wait(2100ms);
    if (again) {
        send("b.2");
    }
    for (int i = 0; i < 9; ++i) {
        send("c" + std::to_string(i) + ".1");
    }
    EXPECT_TRUE(world.sandbox->hand_in(name, text));
    world.sandbox->stop_run();
    const auto report = judge_run(*world.sandbox);
    for (const auto& result : report->checks) {
        if (result.card.id == check) {
            return result.finding;
        }
    }
    throw std::logic_error("no such check");
}

std::string attempts(int sum, int count) {
    const std::string name = "apilab_client_operation_attempts_";
    return name + "sum{url_template=\"/items/{id}\"} " + std::to_string(sum) + "\n" + name +
           "count{url_template=\"/items/{id}\"} " + std::to_string(count) + "\n";
}

TEST(AttemptsCheck, every_attempt_of_every_operation_is_counted) {
    EXPECT_EQ(judge("OBS-20", attempts(12, 11)).verdict, Verdict::pass);
    EXPECT_EQ(judge("OBS-20", attempts(11, 11)).verdict, Verdict::fail) << "only the last ones";
    EXPECT_EQ(judge("OBS-20", attempts(12, 12)).verdict, Verdict::fail) << "no operations";
    EXPECT_EQ(judge("OBS-20", attempts(11, 11), false).reason, UnknownReason::not_exercised);
}

std::string waits(std::string_view cause, int count, std::string_view seconds) {
    const auto label = "{cause=\"" + std::string(cause) + "\"} ";
    return "apilab_client_waits_total" + label + std::to_string(count) +
           "\napilab_client_wait_seconds_total" + label + std::string(seconds) + "\n";
}

TEST(WaitsCheck, what_the_server_asked_for_stands_under_its_own_cause) {
    EXPECT_EQ(judge("OBS-21", waits("retry_after", 1, "2.1")).verdict, Verdict::pass);
    EXPECT_EQ(judge("OBS-21", waits("backoff", 1, "2.1")).verdict, Verdict::fail);
    EXPECT_EQ(judge("OBS-21", waits("retry_after", 2, "2.1")).verdict, Verdict::fail);
    EXPECT_EQ(judge("OBS-21", waits("retry_after", 1, "0.1")).verdict, Verdict::fail);
    EXPECT_EQ(judge("OBS-21", waits("backoff", 1, "2.1"), false).reason,
              UnknownReason::not_exercised);
}

std::string bucket(std::string_view bound, int count) {
    return "http_client_request_duration_seconds_bucket{le=\"" + std::string(bound) + "\"} " +
           std::to_string(count) + "\n";
}

TEST(BucketsCheck, bounds_far_from_what_is_counted_fail) {
    EXPECT_EQ(judge("OBS-22", bucket("0.025", 0) + bucket("0.05", 12) + bucket("+Inf", 12)).verdict,
              Verdict::pass);
    EXPECT_EQ(judge("OBS-22", bucket("5", 12) + bucket("+Inf", 12)).verdict, Verdict::fail)
        << "milliseconds";
    EXPECT_EQ(judge("OBS-22", bucket("0.01", 0) + bucket("+Inf", 12)).verdict, Verdict::fail)
        << "above every bound";
    EXPECT_EQ(judge("OBS-22", bucket("0.05", 3) + bucket("+Inf", 3)).reason,
              UnknownReason::not_exercised);
}

// Operation b of the morning, as its program tells it.
Verdict told(std::string_view attempts, std::string_view unknown, std::string_view told_ms,
             std::string_view own_ms, std::string_view server_ms) {
    const auto text = std::string(R"({"operation":"b","attempts":)").append(attempts) +
                      R"(,"unknown":)" + std::string(unknown) + R"(,"told_ms":)" +
                      std::string(told_ms) + R"(,"own_ms":)" + std::string(own_ms) +
                      R"(,"server_ms":)" + std::string(server_ms) + "}";
    return judge("OBS-24", text, true, "waterfall").verdict;
}

TEST(WaterfallCheck, the_time_of_a_call_is_told_as_it_went) {
    EXPECT_EQ(told("2", "0", "2100", "0", "60"), Verdict::pass);
    EXPECT_EQ(told("1", "0", "2100", "0", "60"), Verdict::fail) << "the last attempt only";
    EXPECT_EQ(told("2", "1", "2100", "0", "60"), Verdict::fail) << "none was lost";
    EXPECT_EQ(told("2", "0", "0", "2100", "60"), Verdict::fail) << "the wait was told";
    EXPECT_EQ(told("2", "0", "2100", "0", "2160"), Verdict::fail) << "waiting is no slow server";
    EXPECT_EQ(told("2", "0", "2100", "0", "\"60\""), Verdict::fail) << "no number";
    EXPECT_EQ(judge("OBS-24", "x", true, "metrics").reason, UnknownReason::not_applicable);
    EXPECT_EQ(judge("OBS-24",
                    R"({"operation":"a","attempts":1,"unknown":0,"told_ms":0,"own_ms":0,)"
                    R"("server_ms":30})",
                    true, "waterfall")
                  .reason,
              UnknownReason::not_exercised);
}

TEST(MetricsChecks, who_hands_in_no_such_metric_is_not_judged) {
    for (const auto* check : {"OBS-20", "OBS-21", "OBS-22"}) {
        EXPECT_EQ(judge(check, "requests_total 12\n").reason, UnknownReason::not_applicable)
            << check;
    }
}

}  // namespace
}  // namespace apilab::sandbox
