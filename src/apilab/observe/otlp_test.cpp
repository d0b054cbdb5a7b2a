#include "apilab/observe/otlp.hpp"

#include <gtest/gtest.h>

#include <map>

#include "apilab/base/scrubber.hpp"
#include "apilab/http/json.hpp"

namespace apilab::observe {
namespace {

using http::Json;
using http::JsonDocument;
using std::chrono::milliseconds;

// Refused, waited, answered.
Story retried() {
    const SteadyTime start{std::chrono::seconds(100)};
    Story story{.started = SystemTime(std::chrono::seconds(1'700'000'000))};
    auto& call = story.record;
    call = {.id = "c-000001",
            .provider = "github",
            .operation = "get_thing",
            .method = "GET",
            .url_template = "/things/{id}",
            .origin = "https://[::1]:8443",
            .started = start,
            .elapsed = milliseconds(300)};
    call.trace = {.high = 1, .low = 2, .span = 3, .sampled = true};
    call.parent_span = 9;
    call.status = 200;
    call.attempts = {{.number = 1,
                      .started = start,
                      .elapsed = milliseconds(100),
                      .error = ErrorKind::connection_lost,
                      .outcome = Outcome::unknown,
                      .span = 4},
                     {.number = 2,
                      .started = start + milliseconds(250),
                      .elapsed = milliseconds(50),
                      .status = 200,
                      .span = 5}};
    call.waits = {{.after_attempt = 1,
                   .cause = http::WaitCause::backoff,
                   .started = start + milliseconds(100),
                   .elapsed = milliseconds(150)}};
    return story;
}

std::string attribute(Json holder, std::string_view key) {
    for (const Json one : holder["attributes"].elements()) {
        if (one["key"].string() == key) {
            for (const auto& [kind, value] : one["value"].members()) {
                return value.is_string() ? std::string(*value.string()) : value.to_text();
            }
        }
    }
    return "(none)";
}

class Otlp : public ::testing::Test {
protected:
    void encode(const std::vector<Story>& stories) {
        document = *JsonDocument::parse(otlp_traces(stories, {.service = "test"}));
    }
    [[nodiscard]] Json resource() const {
        return document.root().at_pointer("/resourceSpans/0/resource");
    }
    [[nodiscard]] Json span(int index) const {
        return document.root().at_pointer("/resourceSpans/0/scopeSpans/0/spans/" +
                                          std::to_string(index));
    }
    JsonDocument document = *JsonDocument::parse("{}");
};

TEST_F(Otlp, a_call_is_a_span_with_its_attempts_below) {
    encode({retried()});
    EXPECT_EQ(attribute(resource(), "service.name"), "test");
    EXPECT_EQ(span(0)["traceId"].string(), "00000000000000010000000000000002");
    EXPECT_EQ(span(0)["spanId"].string(), "0000000000000003");
    EXPECT_EQ(span(0)["parentSpanId"].string(), "0000000000000009");
    EXPECT_EQ(span(0)["kind"].integer(), 1);
    EXPECT_EQ(span(0)["name"].string(), "github get_thing");
    for (const int attempt : {1, 2}) {
        EXPECT_EQ(span(attempt)["parentSpanId"].string(), "0000000000000003");
        EXPECT_EQ(span(attempt)["kind"].integer(), 3);
        EXPECT_EQ(span(attempt)["name"].string(), "GET /things/{id}");
    }
    EXPECT_TRUE(span(3).missing());
}

TEST_F(Otlp, times_are_nanoseconds_by_the_calendar_as_texts) {
    encode({retried()});
    EXPECT_EQ(span(0)["startTimeUnixNano"].string(), "1700000000000000000");
    EXPECT_EQ(span(0)["endTimeUnixNano"].string(), "1700000000300000000");
    EXPECT_EQ(span(2)["startTimeUnixNano"].string(), "1700000000250000000");
    EXPECT_EQ(span(0).at_pointer("/events/0/timeUnixNano").string(), "1700000000100000000");
}

TEST_F(Otlp, attributes_are_those_of_the_http_conventions) {
    encode({retried()});
    EXPECT_EQ(attribute(span(1), "server.address"), "::1");
    EXPECT_EQ(attribute(span(1), "server.port"), "8443");
    EXPECT_EQ(attribute(span(1), "url.template"), "/things/{id}");
    EXPECT_EQ(attribute(span(1), "error.type"), "connection_lost");
    EXPECT_EQ(attribute(span(1), "apilab.outcome"), "unknown");
    EXPECT_EQ(attribute(span(1), "http.response.status_code"), "(none)");
    EXPECT_EQ(attribute(span(1), "http.request.resend_count"), "(none)");
    EXPECT_EQ(span(1).at_pointer("/status/code").integer(), 2);
    EXPECT_EQ(attribute(span(2), "http.request.resend_count"), "1");
    EXPECT_EQ(attribute(span(2), "http.response.status_code"), "200");
    EXPECT_EQ(span(2)["status"].size(), 0U);
}

TEST_F(Otlp, a_wait_is_an_event_with_its_cause) {
    encode({retried()});
    const auto event = span(0).at_pointer("/events/0");
    EXPECT_EQ(event["name"].string(), "wait");
    EXPECT_EQ(attribute(event, "apilab.wait.cause"), "backoff");
    EXPECT_EQ(attribute(event, "apilab.wait.seconds"), "0.15");
}

TEST_F(Otlp, what_is_in_no_trace_is_left_out_and_no_secret_is_in_it) {
    Scrubber::of_process().add(Secret("otlp-known-secret"));
    auto outside = retried();
    outside.record.trace = {};
    auto inside = retried();
    inside.record.parent_span = 0;
    inside.record.url_template = "/hooks/otlp-known-secret";
    encode({outside, inside});
    EXPECT_TRUE(span(3).missing());
    EXPECT_TRUE(span(0)["parentSpanId"].missing());
    EXPECT_EQ(span(1)["name"].string(), "GET /hooks/***");
}

}  // namespace
}  // namespace apilab::observe
