#include "apilab/observe/metrics_observer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "apilab/base/scrubber.hpp"

namespace apilab::observe {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;
using ::testing::Not;

http::CallRecord call(std::string url_template) {
    http::CallRecord record;
    record.method = "GET";
    record.origin = "http://api.test:8080";
    record.url_template = std::move(url_template);
    record.status = 200;
    return record;
}

http::AttemptRecord attempt(Duration elapsed, int status) {
    return {.number = 1, .elapsed = elapsed, .status = status};
}

TEST(MetricsObserver, buckets_sum_up_and_end_with_all) {
    MetricsObserver metrics({.buckets = {0.1, 1}});
    const auto record = call("/things/{id}");
    metrics.on_attempt(record, attempt(milliseconds(100), 200));
    metrics.on_attempt(record, attempt(milliseconds(500), 200));
    metrics.on_attempt(record, attempt(milliseconds(5000), 200));
    const auto text = metrics.text();
    const std::string labels =
        "http_request_method=\"GET\",server_address=\"api.test:8080\",url_template=\"/things/{id}\""
        ",http_response_status_code=\"200\",error_type=\"\"";
    const std::string name = "http_client_request_duration_seconds";
    EXPECT_THAT(text, HasSubstr("# TYPE " + name + " histogram\n"));
    EXPECT_THAT(text, HasSubstr(name + "_bucket{" + labels + ",le=\"0.1\"} 1\n"));
    EXPECT_THAT(text, HasSubstr(name + "_bucket{" + labels + ",le=\"1\"} 2\n"));
    EXPECT_THAT(text, HasSubstr(name + "_bucket{" + labels + ",le=\"+Inf\"} 3\n"));
    EXPECT_THAT(text, HasSubstr(name + "_sum{" + labels + "} 5.6\n"));
    EXPECT_THAT(text, HasSubstr(name + "_count{" + labels + "} 3\n"));
}

TEST(MetricsObserver, a_secret_of_the_process_is_in_no_label) {
    Scrubber::of_process().add(Secret("known-to-the-process"));
    MetricsObserver metrics;
    metrics.on_attempt(call("/hooks/known-to-the-process"), attempt(milliseconds(1), 200));
    metrics.on_call(call("/hooks/known%2Dto%2Dthe%2Dprocess"));
    EXPECT_THAT(metrics.text(), HasSubstr("url_template=\"/hooks/***\""));
    EXPECT_THAT(metrics.text(), Not(HasSubstr("hooks/known")));
}

TEST(MetricsObserver, operations_are_counted_by_how_they_ended) {
    MetricsObserver metrics;
    auto record = call("/things/{id}");
    metrics.on_call(record);
    metrics.on_call(record);
    record.status = 404;
    metrics.on_call(record);
    record.status = 0;
    record.error = ErrorKind::connection_lost;
    record.attempts = {{.number = 1, .outcome = Outcome::unknown}};
    metrics.on_call(record);
    const auto text = metrics.text();
    EXPECT_THAT(text, HasSubstr("outcome=\"ok\"} 2\n"));
    EXPECT_THAT(text, HasSubstr("outcome=\"refused\"} 1\n"));
    EXPECT_THAT(text, HasSubstr("outcome=\"unknown\"} 1\n"));
}

TEST(MetricsObserver, waits_are_added_up_by_cause) {
    MetricsObserver metrics;
    const auto record = call("/x");
    metrics.on_wait(record, {.cause = http::WaitCause::backoff, .elapsed = milliseconds(250)});
    metrics.on_wait(record, {.cause = http::WaitCause::backoff, .elapsed = milliseconds(500)});
    const std::string labels = "{server_address=\"api.test:8080\",cause=\"backoff\"}";
    EXPECT_THAT(metrics.text(), HasSubstr("apilab_client_wait_seconds_total" + labels + " 0.75\n"));
    EXPECT_THAT(metrics.text(), HasSubstr("apilab_client_waits_total" + labels + " 2\n"));
}

TEST(MetricsObserver, retries_and_endings_are_counted_by_why) {
    using Verdict = http::DecisionRecord::Verdict;
    MetricsObserver metrics;
    const auto record = call("/x");
    metrics.on_decision(record,
                        {.verdict = Verdict::retried, .reason = http::RetryReason::throttled});
    metrics.on_decision(record, {.verdict = Verdict::gave_up, .ending = Ending::breaker});
    EXPECT_THAT(metrics.text(), HasSubstr("retries_total{server_address=\"api.test:8080\",reason="
                                          "\"throttled\"} 1\n"));
    EXPECT_THAT(metrics.text(), HasSubstr("given_up_total{server_address=\"api.test:8080\",ending="
                                          "\"breaker\"} 1\n"));
}

TEST(MetricsObserver, a_change_whose_reply_was_lost_is_counted_apart) {
    MetricsObserver metrics;
    auto record = call("/x");
    record.status = 0;
    record.attempts = {{.number = 1, .outcome = Outcome::unknown}};
    metrics.on_call(record);
    EXPECT_THAT(metrics.text(), Not(HasSubstr("unknown_outcomes_total{http")));
    record.effect = http::Effect::write;
    metrics.on_call(record);
    EXPECT_THAT(metrics.text(), HasSubstr("unknown_outcomes_total{http_request_method=\"GET\","
                                          "server_address=\"api.test:8080\",url_template=\"/x\"} "
                                          "1\n"));
    EXPECT_THAT(metrics.text(), HasSubstr("operation_attempts_bucket{http_request_method=\"GET\","
                                          "server_address=\"api.test:8080\",url_template=\"/x\","
                                          "le=\"1\"} 2\n"));
}

TEST(MetricsObserver, no_label_can_grow_without_end_and_it_shows) {
    MetricsObserver metrics({.label_sets_max = 8, .total_max = 20});
    for (int i = 0; i < 100; ++i) {
        auto record = call("/things/" + std::to_string(i));
        record.origin = "http://" + std::to_string(i) + ".test";
        record.method = "M" + std::to_string(i);
        metrics.on_call(record);
        metrics.on_attempt(record, attempt(milliseconds(1), 100 + i));
        metrics.on_wait(record, {});
    }
    const auto text = metrics.text();
    EXPECT_LT(std::ranges::count(text, '\n'), 400);
    EXPECT_THAT(text, HasSubstr("server_address=\"other\",url_template=\"other\""));
    EXPECT_THAT(text,
                HasSubstr("label_overflow_total{metric=\"apilab_client_operations_total\"} 9"));
    EXPECT_THAT(text, HasSubstr("http_request_method=\"_OTHER\""));
}

TEST(MetricsObserver, a_secret_that_became_known_later_is_hidden_too) {
    MetricsObserver metrics;
    metrics.on_call(call("/hooks/known-only-later"));
    metrics.on_call(call("/hooks/***"));
    Scrubber::of_process().add(Secret("known-only-later"));
    EXPECT_THAT(metrics.text(), HasSubstr("url_template=\"/hooks/***\",outcome=\"ok\"} 2\n"));
    EXPECT_THAT(metrics.text(), Not(HasSubstr("later")));
}

TEST(MetricsObserver, raw_urls_as_labels_cannot_grow_without_end) {
    MetricsObserver metrics({.label_sets_max = 3});
    for (int i = 0; i < 100; ++i) {
        metrics.on_call(call("/things/" + std::to_string(i)));
    }
    const auto text = metrics.text();
    EXPECT_THAT(text, HasSubstr("url_template=\"/things/2\""));
    EXPECT_THAT(text, Not(HasSubstr("url_template=\"/things/3\"")));
    EXPECT_THAT(text, HasSubstr("url_template=\"other\",outcome=\"ok\"} 97\n"));
}

TEST(MetricsObserver, a_label_cannot_break_out_of_its_quotes) {
    EXPECT_EQ(metric_label("a\"b\\c\nd"), "a\\\"b\\\\c\\nd");
}

}  // namespace
}  // namespace apilab::observe
