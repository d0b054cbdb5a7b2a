#include "apilab/observe/har.hpp"

#include <gtest/gtest.h>

#include "apilab/http/json.hpp"

namespace apilab::observe {
namespace {

using namespace std::chrono_literals;

HarEntry sample() {
    auto request = http::Request::post(
        *http::Url::parse("http://h.test/token?page=2&api_key=s3cret"),
        "grant_type=refresh_token&refresh_token=s3cret", "application/x-www-form-urlencoded");
    request.header("authorization", "Basic s3cret");
    http::AttemptRecord attempt{.elapsed = 12ms, .outcome = Outcome::answered};
    attempt.phases = {.connect = 2ms, .send = 1ms, .first_byte = 8ms, .receive = 1ms};
    auto answer = http::Response::json(200, R"({"access_token":"s3cret","expires_in":60})");
    return {.started = SystemTime(1'764'000'000'123ms),
            .request = std::move(request),
            .response = std::move(answer),
            .attempt = std::move(attempt)};
}

TEST(Har, tells_an_attempt_as_readers_of_har_expect_it) {
    Har har;
    har.add(sample());
    const auto document = http::JsonDocument::parse(har.text());
    ASSERT_TRUE(document) << har.text();
    const auto log = document->root()["log"];
    EXPECT_EQ(log["version"].string(), "1.2");
    const auto entry = log.at_pointer("/entries/0");
    EXPECT_EQ(entry["startedDateTime"].string(), "2025-11-24T16:00:00.123Z");
    EXPECT_EQ(entry["time"].number(), 12.0);
    EXPECT_EQ(entry.at_pointer("/request/method").string(), "POST");
    EXPECT_EQ(entry.at_pointer("/request/queryString/0/value").string(), "2");
    EXPECT_EQ(entry.at_pointer("/response/status").integer(), 200);
    EXPECT_EQ(entry.at_pointer("/response/content/text").string(),
              R"({"access_token":"***","expires_in":60})");
    EXPECT_EQ(entry.at_pointer("/timings/wait").number(), 8.0);
    EXPECT_EQ(entry.at_pointer("/timings/connect").number(), 2.0);
    EXPECT_EQ(entry.at_pointer("/timings/ssl").number(), -1.0);
}

TEST(Har, shows_no_credential) {
    Har har;
    har.add(sample());
    EXPECT_FALSE(har.text().contains("s3cret")) << har.text();
}

TEST(Har, a_registered_secret_is_scrubbed_wherever_it_stands) {
    Har har({.secrets = {Secret("grant_type"), Secret("")}});
    har.add(sample());
    EXPECT_FALSE(har.text().contains("grant_type"));
}

TEST(Har, a_secret_of_the_process_is_scrubbed_too) {
    Scrubber::of_process().add(Secret("known-to-the-process"));
    auto entry = sample();
    entry.attempt.error_message = "at /x/known-to-the-process";
    entry.response.reset();
    Har har;
    har.add(entry);
    EXPECT_FALSE(har.text().contains("known-to-the-process"));
}

TEST(Har, an_attempt_without_an_answer_says_what_went_wrong) {
    auto entry = sample();
    entry.response.reset();
    entry.attempt.error_message = "reset by the peer";
    entry.attempt.outcome = Outcome::unknown;
    Har har;
    har.add(entry);
    const auto document = http::JsonDocument::parse(har.text());
    const auto response = document->root().at_pointer("/log/entries/0/response");
    EXPECT_EQ(response["status"].integer(), 0);
    EXPECT_EQ(response["_error"].string(), "reset by the peer");
    EXPECT_EQ(response["_outcome"].string(), "unknown");
}

TEST(Har, more_than_its_limit_is_counted_and_left_out) {
    Har har({.entries_max = 1});
    har.add(sample());
    har.add(sample());
    const auto document = http::JsonDocument::parse(har.text());
    EXPECT_EQ(document->root().at_pointer("/log/entries").size(), 1U);
    EXPECT_EQ(document->root().at_pointer("/log/comment").string(), "1 entries were left out");
}

}  // namespace
}  // namespace apilab::observe
