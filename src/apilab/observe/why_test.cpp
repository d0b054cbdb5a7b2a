#include "apilab/observe/why.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "apilab/observe/internal/test_stories.hpp"

namespace apilab::observe {
namespace {

using namespace std::chrono_literals;
using Sentences = std::vector<std::string>;

TEST(Why, tells_decisions_and_waits_in_order) {
    EXPECT_EQ(why(test::retried()),
              (Sentences{"POST /orders: 201 after 2 attempts in 230 ms",
                         "503 -> retry in 182 ms (transient, attempt 2 of 3, budget 486/500)",
                         "waited 182 ms before attempt 2 (backoff)", "201 -> done"}));
}

TEST(Why, as_text_numbers_what_follows_the_first_sentence) {
    EXPECT_EQ(why_text(test::retried()),
              "POST /orders: 201 after 2 attempts in 230 ms\n"
              "  1. 503 -> retry in 182 ms (transient, attempt 2 of 3, budget 486/500)\n"
              "  2. waited 182 ms before attempt 2 (backoff)\n"
              "  3. 201 -> done\n");
}

TEST(Why, a_failure_says_what_is_known_of_the_other_side_and_what_to_do) {
    auto story = test::call_of("POST", "/orders", 15s);
    auto& record = story.record;
    record.error = ErrorKind::timeout;
    record.attempts = {{.number = 1, .error = ErrorKind::timeout, .outcome = Outcome::unknown}};
    EXPECT_EQ(why(story).front(),
              "POST /orders: failed (timeout) after 1 attempt in 15 s; it may have been applied: "
              "look there before it is sent again; try again later, or allow more time or "
              "attempts");
    record.idempotency_key = "k";
    EXPECT_TRUE(why(story).front().contains("with the same Idempotency-Key it counts once"));
    record.effect = http::Effect::read;
    EXPECT_FALSE(why(story).front().contains("applied")) << "it only asked";
    record.attempts[0].outcome = Outcome::not_sent;
    record.attempts[0].error = ErrorKind::connect;
    record.error = ErrorKind::connect;
    EXPECT_EQ(why(story).front(),
              "POST /orders: failed (connect) after 1 attempt in 15 s; nothing was sent; check "
              "address and port, or try again later: nothing was sent");
}

TEST(Why, an_answer_that_is_an_error_has_a_cure_too) {
    EXPECT_EQ(why(test::wait_refused()),
              (Sentences{"GET /v1/query: 429 after 1 attempt in 40 ms; come back when the limit is "
                         "over",
                         "429 -> gave up: the next wait of 30 s would pass the deadline"}));
}

TEST(Why, every_kind_of_error_and_every_status_has_a_cure) {
    auto story = test::call_of("GET", "/x", 1ms);
    for (int i = 0; i <= static_cast<int>(ErrorKind::internal); ++i) {
        story.record.error = static_cast<ErrorKind>(i);
        const auto sentence = why(story).front();
        EXPECT_EQ(
            sentence.contains("this should not happen"),
            story.record.error == ErrorKind::status || story.record.error == ErrorKind::internal)
            << sentence;
    }
    story.record.error.reset();
    for (story.record.status = 400; story.record.status < 600; ++story.record.status) {
        EXPECT_TRUE(why(story).front().contains("; "));
    }
}

TEST(Why, a_refusal_comes_after_the_waits_in_vain) {
    auto story = test::call_of("GET", "/x", 5s);
    story.record.error = ErrorKind::rate_limited;
    story.record.waits = {{.cause = http::WaitCause::rate_limit, .elapsed = 5s}};
    story.record.decisions = {{.verdict = test::Verdict::gave_up,
                               .ending = Ending::deadline,
                               .error = ErrorKind::rate_limited,
                               .outcome = Outcome::not_sent}};
    const auto sentences = why(story);
    ASSERT_EQ(sentences.size(), 3U);
    EXPECT_EQ(sentences[1], "waited 5 s before attempt 1 (rate limit)");
    EXPECT_EQ(sentences[2], "rate_limited (not_sent) -> gave up: the deadline passed");
}

TEST(Why, a_call_with_a_new_token_says_what_it_repeats) {
    auto story = test::retried();
    story.record.follows = "c-000009";
    EXPECT_EQ(why(story)[1], "it repeats c-000009 with a new token");
}

RC_GTEST_PROP(Why, has_every_decision_and_every_wait_once_and_no_line_end, ()) {
    const auto story = test::any_story();
    const auto sentences = why(story);
    const auto& record = story.record;
    RC_ASSERT(sentences.size() ==
              1 + (record.follows.empty() ? 0 : 1) + record.decisions.size() + record.waits.size());
    for (const auto& sentence : sentences) {
        RC_ASSERT(std::ranges::none_of(sentence,
                                       [](unsigned char c) { return c < 0x20U || c == 0x7FU; }));
    }
    const auto text = why_text(story);
    RC_ASSERT(static_cast<std::size_t>(std::ranges::count(text, '\n')) == sentences.size());
}

}  // namespace
}  // namespace apilab::observe
