// J: what is seen of how a service can be watched and steered, one good and one bad day for each
// item; and that no automatic item of webhooks, data and operation is without a rule.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <algorithm>

#include "apilab/sandbox/checklist/checklist.hpp"
#include "checklist/rules.hpp"
#include "observed_builder.hpp"
#include "said.hpp"

namespace apilab::cli::checklist {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Verdict = sandbox::Verdict;

Observed with(const Ran& ran) {
    return Seen().with(ran).made();
}

TEST(ChecklistOperation, a_request_is_found_in_the_log_by_its_id) {
    const auto asked = [] {
        return Ran("calm")
            .row(Row("npm", "GET", "/left-box").header("x-request-id", "c-1.1"))
            .row(Row("npm", "GET", "/right-box")
                     .header("traceparent",
                             "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"));
    };
    const auto first = R"({"request_id":"c-1.1","provider_request_id":"F00D"})";
    const auto second = R"({"trace_id":"4bf92f3577b34da6a3ce929d0e0e4736"})";
    expect_said("J01", with(asked().log(first).log(second)), State::pass,
                "of 2 requests 1 bore a request id of ours and 1 a trace; 2 are found");
    expect_said("J01", with(asked().log(first)), State::fail, "1 are found by it in the log");
    expect_said("J01", with(asked().log(R"({"request_id":"c-1.1"})").log(second)), State::fail,
                "the provider's own request id is not in the log");
    expect_said("J01", with(Ran("calm").row(Row("npm", "GET", "/a")).log(first)), State::fail,
                "of 1 requests 0 bore");
    expect_said("J01", with(Ran("calm")), State::untested, "no request went out");
}

TEST(ChecklistOperation, the_log_has_a_line_for_each_attempt_and_says_why_it_waited) {
    const auto judge = [](Verdict verdict) {
        return Ran("flaky").check("OBS-04", verdict, "all 9 attempts are in the log");
    };
    expect_said("J02", with(judge(Verdict::pass)), State::pass, "all 9 attempts are in the log");
    expect_said("J02", with(judge(Verdict::fail)), State::fail, "all 9 attempts are in the log");
    // A log that the judge cannot read.
    const auto own = [] {
        return Ran("calm").row(Row("npm", "GET", "/left-box")).row(Row("npm", "GET", "/right-box"));
    };
    expect_said("J02", with(own().log("GET /left-box 200").log("GET /right-box 200")), State::pass,
                "2 requests went out, 2 lines are in the log, and 0 requests are in none");
    expect_said("J02", with(own().log("GET /left-box 200").log("done")), State::fail,
                "1 requests are in none");
    const auto told = [&] {
        return judge(Verdict::pass).row(Row("npm", "GET", "/a").status(503).announced(seconds(1)));
    };
    expect_said("J02", with(told().log(R"({"wait_cause":"retry_after"})")), State::pass,
                "a wait stands in the log with its reason");
    expect_said("J02", with(told().metrics("waits_total{cause=\"retry_after\"} 1\n")), State::pass,
                "waits are counted by their reason");
    expect_said("J02", with(told().log("503")), State::fail, "nothing says why it waited");
    expect_said("J02", Observed(), State::untested, "was not run");
}

constexpr std::string_view good_metrics =
    "# HELP x y\n"
    "http_client_request_duration_seconds_count{url_template=\"/{package}\"} 4\n"
    "client_operation_attempts_sum 5\n"
    "http_client_responses_total{status=\"429\"} 0\n"
    "queue_jobs{state=\"available\"} 0\n"
    "token_expiry_timestamp_seconds 1\n"
    "breaker_state{origin=\"npm\"} 0\n";

TEST(ChecklistOperation, metrics_tell_routes_attempts_limits_queue_tokens_and_breakers) {
    Manifest manifest;
    manifest.service.metrics = "/metrics";
    const auto seen = [&](std::string_view metrics) {
        return Seen().manifest(manifest).with(Ran("calm").metrics(metrics)).made();
    };
    expect_said("J03", seen(good_metrics), State::pass, "durations of 1 routes by url_template");
    std::string without(good_metrics);
    without.erase(without.find("breaker_state"));
    expect_said("J03", seen(without), State::fail, "none of them about breakers");
    expect_said("J03", seen("up 1\n"), State::fail, "durations, attempts per call, limits");
    expect_said("J03", Observed(), State::fail, "the manifest names no metrics");
    expect_said("J03", Seen().manifest(manifest).with(Ran("calm")).made(), State::untested,
                "was not scraped");
    // A series for each URL is no route.
    std::string urls(good_metrics);
    for (int i = 0; i < 5; ++i) {
        urls += fmt::format("http_duration_seconds_count{{url_template=\"/p{}\"}} 1\n", i);
    }
    expect_said("J03",
                Seen()
                    .manifest(manifest)
                    .with(Ran("calm").metrics(urls).row(Row("npm", "GET", "/p0").operation("get")))
                    .made(),
                State::fail, "a series for each URL");
}

constexpr std::string_view good_alerts =
    "groups:\n"
    "  - name: a\n"
    "    rules:\n"
    "      - alert: Errors\n"
    "        expr: rate(errors_total[5m]) > 1\n"
    "      - alert: Slow\n"
    "        expr: histogram_quantile(0.99, duration_seconds_bucket) > 5\n"
    "      - alert: Limited\n"
    "        expr: rate(responses_total{status=\"429\"}[5m]) > 1\n"
    "      - alert: Refused\n"
    "        expr: increase(responses_total{status=\"401\"}[5m]) > 3\n"
    "      - alert: Silent\n"
    "        expr: time() - webhook_last_timestamp_seconds > 86400\n"
    "      - alert: Dead\n"
    "        expr: jobs{state=\"dead\"} > 0\n"
    "      - alert: Dying\n"
    "        expr: token_expiry_timestamp_seconds - time() < 86400\n";

TEST(ChecklistOperation, alerts_are_about_all_that_wakes_people) {
    Manifest manifest;
    manifest.alerts = "alerts.yml";
    const auto seen = [&](std::string_view text) {
        return Seen().manifest(manifest).file("alerts.yml", text).made();
    };
    const auto all = said("J04", seen(good_alerts));
    EXPECT_EQ(all.state, State::pass) << all.sentence;
    EXPECT_THAT(all.sentence, testing::HasSubstr("7 alerts, about all seven"));
    ASSERT_EQ(all.evidence.size(), 7U);
    EXPECT_EQ(all.evidence[0].text, "alerts.yml:4");
    std::string fewer(good_alerts);
    fewer.erase(fewer.find("      - alert: Dying"));
    expect_said("J04", seen(fewer), State::fail, "none of them about dying tokens");
    expect_said("J04", seen(fewer + "      - alert: Tokens\n        expr: token_refreshes > 5\n"),
                State::fail, "none of them about dying tokens");
    expect_said("J04", Observed(), State::fail, "names no file of alerts");
    expect_said("J04", Seen().manifest(manifest).made(), State::fail, "is not in the folder");
    // What a summary says fires nothing.
    expect_said("J04", seen(fewer + "        summary: token expires, age > 3\n"), State::fail,
                "dying tokens");
}

// A trigger and what is asked of a provider that is down because of it, so often.
Ran down(std::vector<int> calls) {
    Ran ran("down");
    int number = 0;
    for (const int count : calls) {
        ran.told(Told("github", fmt::format("e{}", ++number)));
        ran.rows(count, Row("osv", "POST", "/v1/querybatch").status(503).fault("status"));
        ran.row(Row("npm", "GET", "/left-box"));
    }
    return ran;
}

// Two webhooks more, and with the second, after a pause, so many requests to see whether it is
// back.
Ran probing(Ran ran, int requests) {
    ran.told(Told("github", "p1").at(seconds(3)));
    ran.told(Told("github", "p2").at(seconds(8)));
    for (int i = 0; i < requests; ++i) {
        ran.row(Row("osv", "POST", "/v1/querybatch")
                    .status(503)
                    .fault("status")
                    .at(seconds(8) + milliseconds(i * 100)));
    }
    return ran;
}

TEST(ChecklistOperation, a_dead_provider_is_left_alone_and_it_is_said_why) {
    const auto why = "circuit open: 5 failures";
    expect_said("J05", with(probing(down({3, 3, 3, 0, 0, 1}), 1).log(why)), State::pass,
                "osv was down and was asked 11 times for 8 webhooks; 2 of the last 4 asked it "
                "nothing; after a pause one request went to see; nothing is said to close it");
    expect_said("J05",
                with(probing(down({3, 3, 3, 0, 0, 0}), 1)
                         .probe("GET /status", 200, R"({"breaker":"osv: 6 of 6 calls failed"})")),
                State::pass, "asked it nothing");
    expect_said("J05", with(probing(down({3, 3, 3, 1, 1, 1}), 1).log(why)), State::fail,
                "1 of the last 4 asked it nothing");
    // That it is open is no reason, and neither is what stands in a list of numbers.
    const auto open = "breaker_state{origin=\"osv\"} 2\ncalls_failed_total 9\n";
    expect_said("J05",
                with(probing(down({3, 3, 3, 0, 0, 0}), 1)
                         .log("the breaker is open, next probe in 4 s")
                         .metrics(open)),
                State::fail, "neither its log nor a page says why");
    Manifest measured;
    measured.service.metrics = "/metrics";
    expect_said("J05",
                Seen()
                    .manifest(measured)
                    .with(probing(down({3, 3, 3, 0, 0, 0}), 1).probe("GET /metrics", 200, open))
                    .made(),
                State::fail, "neither its log nor a page says why");
    expect_said("J05", with(down({3, 0}).log(why)), State::untested, "needed for 2 webhooks");
}

TEST(ChecklistOperation, who_comes_back_to_the_dead_sends_one_request_to_see) {
    const auto why = "circuit open: 5 failures";
    expect_said("J05", with(probing(down({3, 3, 3, 0, 0, 0}), 3).log(why)), State::fail,
                "after a pause 3 requests at once went to osv");
    expect_said("J05", with(down({3, 3, 3, 0, 0, 0}).log(why)), State::untested,
                "osv was left alone to the end: no probe was seen");
    // A pause in which nothing was to be done is none.
    expect_said(
        "J05",
        with(
            down({3, 3, 3, 0, 0, 0})
                .row(
                    Row("osv", "POST", "/v1/querybatch").status(503).fault("status").at(seconds(8)))
                .log(why)),
        State::untested, "no probe was seen");
}

TEST(ChecklistOperation, what_closes_a_breaker_by_hand_lets_calls_pass) {
    Manifest manifest;
    manifest.service.reset_breaker = "POST /breakers/{provider}/close";
    const auto seen = [&](const Ran& ran) { return Seen().manifest(manifest).with(ran).made(); };
    const auto open = [] {
        return probing(down({3, 3, 3, 0, 0, 0}), 1).log("circuit open: 5 failures");
    };
    const auto call =
        Row("osv", "POST", "/v1/querybatch").status(503).fault("status").at(seconds(30));
    const auto reset = "reset_breaker POST /breakers/osv/close";
    expect_said("J05", seen(open().probe(reset, 204).probed_at(seconds(20)).row(call)), State::pass,
                "closed by hand, it let calls pass");
    expect_said("J05", seen(open().probe(reset, 204).probed_at(seconds(20))), State::fail,
                "answered 204, and nothing was asked afterwards");
    expect_said("J05", seen(open().probe(reset, 404).probed_at(seconds(20)).row(call)), State::fail,
                "answered 404");
    expect_said("J05", seen(open()), State::untested, "not closed by hand");
}

// Notion keeps a request waiting for 3 s; a webhook comes meanwhile.
Ran slow(Duration answer, int others) {
    return Ran("down")
        .row(Row("notion", "POST", "/v1/pages").at(seconds(1)).took(seconds(3)).fault("stall"))
        .told(Told("github", "e1").at(seconds(2)).took(answer))
        .rows(others, Row("npm", "GET", "/left-box").at(seconds(2)));
}

TEST(ChecklistOperation, a_slow_provider_holds_up_nobody_else) {
    expect_said("J06", with(slow(milliseconds(20), 3)), State::pass,
                "while notion kept 1 requests waiting, 1 webhooks came; the slowest took 20 ms");
    expect_said("J06", with(slow(seconds(2), 3)), State::fail, "the slowest took 2 s");
    expect_said("J06", with(slow(milliseconds(20), 0)), State::fail, "0 requests went to others");
    expect_said("J06", with(Ran("down").told(Told("github", "e1"))), State::untested,
                "no webhook came while");
}

Life without(std::string_view provider, Duration began) {
    auto life = Ran::good_life();
    life.began = began;
    life.off = provider;
    return life;
}

TEST(ChecklistOperation, each_integration_can_be_switched_off) {
    Manifest manifest;
    for (const std::string_view provider : {"npm", "gmail"}) {
        manifest.integrations.push_back(Seen::good(provider));
        manifest.integrations.back().off = "OFF=" + std::string(provider);
    }
    const auto seen = [&](std::string_view asked_without_gmail) {
        return Seen()
            .manifest(manifest)
            .with(Ran("switched")
                      .life(without("npm", seconds(1)))
                      .row(Row("google", "POST", "/send").at(milliseconds(1500)))
                      .life(without("gmail", seconds(2)))
                      .row(Row(asked_without_gmail, "GET", "/a").at(milliseconds(2500))))
            .made();
    };
    expect_said("J07", seen("npm"), State::pass, "each of 2 integrations was switched off in turn");
    expect_said("J07", seen("google"), State::fail, "gmail was switched off and asked 1 times");
    const auto one = Ran("switched")
                         .life(without("npm", seconds(1)))
                         .row(Row("google", "POST", "/send").at(milliseconds(1500)));
    expect_said("J07", Seen().manifest(manifest).with(one).made(), State::untested,
                "1 of 2 integrations were switched off");
    manifest.integrations.back().off.clear();
    expect_said("J07", seen("npm"), State::fail, "nothing switches off gmail");
    expect_said("J07", Observed(), State::untested, "names no integrations");
}

TEST(ChecklistOperation, every_automatic_item_of_webhooks_data_and_operation_has_a_rule) {
    const auto items = sandbox::built_in_checklist();
    ASSERT_TRUE(items.has_value());
    const auto rules = all_rules();
    std::size_t automatic = 0;
    for (const auto& item : *items) {
        const bool ours = std::string_view("HIJ").contains(item.id.front());
        if (ours && !item.review_only()) {
            ++automatic;
            EXPECT_EQ(std::ranges::count(rules, item.id, &ItemRule::item), 1) << item.id;
        }
    }
    EXPECT_EQ(automatic, 26U);
}

}  // namespace
}  // namespace apilab::cli::checklist
