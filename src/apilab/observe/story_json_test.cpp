#include "apilab/observe/story_json.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "apilab/base/scrubber.hpp"
#include "apilab/http/json.hpp"
#include "apilab/observe/internal/test_story_maker.hpp"

namespace apilab::observe {
namespace {

using internal::sample_story;

// Equal member by member, of which there are too many to write a comparison for production.
void expect_same(const http::AttemptRecord& a, const http::AttemptRecord& b) {
    const auto members = [](const http::AttemptRecord& r) {
        const auto& p = r.phases;
        return std::tuple(r.number, r.hop, r.hedge, r.started, r.elapsed, r.reused_connection,
                          r.replayed, r.tls_resumed, r.status, r.error, r.error_message, r.outcome,
                          r.bytes_sent, r.bytes_received, r.span, p.queue, p.resolve, p.connect,
                          p.tls, p.send, p.first_byte, p.receive);
    };
    EXPECT_EQ(members(a), members(b));
}
void expect_same(const http::WaitRecord& a, const http::WaitRecord& b) {
    const auto members = [](const http::WaitRecord& r) {
        return std::tuple(r.after_attempt, r.cause, r.started, r.planned, r.elapsed);
    };
    EXPECT_EQ(members(a), members(b));
}
void expect_same(const http::DecisionRecord& a, const http::DecisionRecord& b) {
    const auto members = [](const http::DecisionRecord& r) {
        return std::tuple(r.after_attempt, r.max_attempts, r.verdict, r.reason, r.ending, r.status,
                          r.error, r.outcome, r.wait, r.wait_cause, r.budget_left, r.budget_size,
                          r.retry_after_garbage, r.applied_before, r.target, r.credentials_dropped,
                          r.cache);
    };
    EXPECT_EQ(members(a), members(b));
}
void expect_same(const Exchange& a, const Exchange& b) {
    const auto members = [](const Exchange& e) {
        return std::tuple(e.attempt, e.method, e.url, e.request_body, e.request_body_size,
                          e.answered, e.reason, e.response_body, e.response_body_size);
    };
    EXPECT_EQ(members(a), members(b));
    EXPECT_EQ(a.request_headers, b.request_headers);
    EXPECT_EQ(a.response_headers, b.response_headers);
}
template <class T>
void expect_same(const std::vector<T>& a, const std::vector<T>& b) {
    ASSERT_EQ(a.size(), b.size());
    for (std::size_t i = 0; i < a.size(); ++i) {
        expect_same(a[i], b[i]);
    }
}
void expect_same(const Story& a, const Story& b) {
    const auto members = [](const http::CallRecord& r) {
        return std::tuple(r.id, r.provider, r.operation, r.method, r.url_template, r.origin,
                          r.effect, r.idempotency_key, r.started, r.elapsed, r.status, r.error,
                          r.ending, r.deadline, r.parent_span, r.follows);
    };
    EXPECT_EQ(a.started, b.started);
    EXPECT_EQ(members(a.record), members(b.record));
    EXPECT_EQ(a.record.trace, b.record.trace);
    ASSERT_EQ(a.record.cache.has_value(), b.record.cache.has_value());
    if (a.record.cache) {
        const auto cache = [](const http::CacheRecord& r) {
            return std::tuple(r.how, r.use, r.stored, r.collapsed, r.ttl, r.fwd_status);
        };
        EXPECT_EQ(cache(*a.record.cache), cache(*b.record.cache));
    }
    expect_same(a.record.attempts, b.record.attempts);
    expect_same(a.record.waits, b.record.waits);
    expect_same(a.record.decisions, b.record.decisions);
    expect_same(a.exchanges, b.exchanges);
}

TEST(StoryJson, whatever_a_story_holds_comes_back) {
    for (std::uint64_t seed = 1; seed <= 500 && !testing::Test::HasFailure(); ++seed) {
        SeededRng rng(seed);
        const auto story = internal::random_story(rng);
        const auto text = story_json(story);
        const auto again = parse_story(text);
        ASSERT_TRUE(again) << "seed " << seed << ": " << again.error().to_string() << "\n" << text;
        expect_same(story, *again);
        EXPECT_EQ(story_json(*again), text) << "seed " << seed;
        EXPECT_FALSE(text.contains('\n')) << "seed " << seed;
    }
}

TEST(StoryJson, leaves_out_what_says_nothing) {
    EXPECT_EQ(story_json({}),
              R"({"version":1,"started":"1970-01-01T00:00:00.000000000Z","call":{}})");
}

TEST(StoryJson, a_deadline_in_a_hundred_years_is_none) {
    auto story = sample_story();
    story.record.deadline = story.record.started + std::chrono::hours(24 * 36'500);
    EXPECT_EQ(parse_story(story_json(story))->record.deadline, SteadyTime::max());
}

TEST(StoryJson, times_that_no_story_has_are_cut_not_wrapped) {
    auto story = sample_story();
    story.record.elapsed = Duration::max();
    story.record.attempts[0].started = SteadyTime::max();
    story.record.attempts[1].started = SteadyTime::min();
    const auto again = parse_story(story_json(story));
    ASSERT_TRUE(again);
    EXPECT_EQ(again->record.elapsed, StoryLimits::time_max);
    EXPECT_EQ(again->record.attempts[0].started, story.record.started + StoryLimits::time_max);
    EXPECT_EQ(again->record.attempts[1].started, story.record.started - StoryLimits::time_max);
}

TEST(StoryJson, a_secret_of_the_process_does_not_pass) {
    Scrubber::of_process().add(Secret("in-a-story-by-mistake"));
    auto story = sample_story();
    story.record.attempts[0].error_message = "at /x/in-a-story-by-mistake";
    story.exchanges[0].url += "in-a-story-by-mistake";
    EXPECT_FALSE(story_json(story).contains("in-a-story-by-mistake"));
}

struct Wrong {
    std::string_view from;
    std::string_view to;
    std::string_view place;
};

TEST(StoryJson, what_is_wrong_is_named_with_its_place) {
    const auto good = story_json(sample_story());
    for (const auto& [from, to, place] : std::vector<Wrong>{
             {R"("version":1)", R"("version":0)", "/version"},
             {R"("version":1)", R"("version":"1")", "/version"},
             {R"("started":"2)", R"("started":"x2)", "/started"},
             {R"("started":"2025)", R"("started":"2235)", "/started"},
             {R"("call":{)", R"("call":[],"x":{)", "/call"},
             {R"("method":"GET","url_t)", R"("method":7,"url_t)", "/call/method"},
             {R"("status":503)", R"("status":1000)", "/call/attempts/0/status"},
             {R"("elapsed":20000000)", R"("elapsed":-1)", "/call/attempts/0/elapsed"},
             {R"("connect":5000000)", R"("connect":0.5)", "/call/attempts/0/phases/connect"},
             {R"("reused_connection":true)", R"("reused_connection":1)",
              "/call/attempts/1/reused_connection"},
             {R"("bytes_sent":120)", R"("bytes_sent":-120)", "/call/attempts/0/bytes_sent"},
             {R"("cause":"backoff")", R"("cause":"boredom")", "/call/waits/0/cause"},
             {R"("verdict":"retried")", R"("verdict":"cured")", "/call/decisions/0/verdict"},
             {R"("waits":[)", R"("waits":3,"x":[)", "/call/waits"},
             {R"("attempt":1)", R"("attempt":2)", "/exchanges/1/attempt"},
             {R"("headers":[{)", R"("headers":[3,{)", "/exchanges/0/request/headers/0"},
             {R"("reason":"OK")", R"("reason":{"base64":"?"})", "/exchanges/1/answer/reason"}}) {
        auto text = good;
        const auto at = text.find(from);
        ASSERT_NE(at, std::string::npos) << from;
        const auto story = parse_story(text.replace(at, from.size(), to));
        ASSERT_FALSE(story) << to;
        EXPECT_EQ(story.error().kind(), ErrorKind::decode);
        EXPECT_EQ(story.error().detail(), place) << story.error().to_string();
        EXPECT_TRUE(story.error().message().starts_with(place)) << story.error().to_string();
    }
}

TEST(StoryJson, of_a_newer_version_is_refused_by_name) {
    const auto story = parse_story(R"({"version":2,"started":"later"})");
    ASSERT_FALSE(story);
    EXPECT_TRUE(story.error().message().contains("newer version")) << story.error().to_string();
}

TEST(StoryJson, what_is_no_json_or_no_object_is_refused) {
    for (const char* text : {"", "null", "[]", "{", "{}", "\"story\""}) {
        EXPECT_FALSE(parse_story(text)) << text;
    }
}

TEST(StoryJson, lists_are_bounded) {
    auto story = sample_story();
    story.record.waits.assign(StoryLimits::list_max + 1, {});
    const auto read = parse_story(story_json(story));
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().detail(), "/call/waits");
}

TEST(StoryJson, members_that_are_not_known_are_passed_over) {
    auto text = story_json(sample_story());
    text.insert(1, R"("of_tomorrow":{"a":[1]},)");
    EXPECT_TRUE(parse_story(text));
}

}  // namespace
}  // namespace apilab::observe
