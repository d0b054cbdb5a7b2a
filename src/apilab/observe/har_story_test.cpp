// Stories as HAR, and back.

#include <gtest/gtest.h>

#include <cmath>

#include "apilab/http/json.hpp"
#include "apilab/observe/har.hpp"
#include "apilab/observe/har_import.hpp"
#include "apilab/observe/internal/test_story_maker.hpp"
#include "apilab/observe/story_json.hpp"

namespace apilab::observe {
namespace {

using internal::sample_story;

std::string har_of(const Story& story) {
    Har har;
    har.add(story);
    return har.text();
}

TEST(HarOfAStory, has_a_page_for_the_call_and_an_entry_for_each_attempt) {
    const auto document = http::JsonDocument::parse(har_of(sample_story()));
    ASSERT_TRUE(document);
    const auto log = document->root()["log"];
    EXPECT_EQ(log["pages"].size(), 1U);
    EXPECT_EQ(log.at_pointer("/pages/0/title").string(), "GET http://h.test/npm/{name}");
    ASSERT_EQ(log["entries"].size(), 2U);
    const auto second = log.at_pointer("/entries/1");
    EXPECT_EQ(second["pageref"].string(), log.at_pointer("/pages/0/id").string());
    EXPECT_EQ(second["startedDateTime"].string(), "2025-11-24T16:00:00.393Z");
    EXPECT_EQ(second["_attempt"].integer(), 2);
    EXPECT_EQ(second["_outcome"].string(), "answered");
    EXPECT_EQ(second["_callId"].string(), "c-000001");
    EXPECT_EQ(second["_wait"].number(), 250.0);
    EXPECT_EQ(second.at_pointer("/_waits/0/cause").string(), "backoff");
    EXPECT_EQ(second["_decision"].string(), "200 -> done");
    EXPECT_EQ(second.at_pointer("/response/content/text").string(), R"({"name":"left-pad"})");
    EXPECT_TRUE(log.at_pointer("/entries/0/_waits").missing());
    EXPECT_TRUE(log.at_pointer("/entries/0/_decision").string_or("").contains("retry in 250 ms"));
    EXPECT_EQ(log.at_pointer("/entries/0/response/status").integer(), 503);
}

TEST(HarOfAStory, the_parts_of_the_time_add_up) {
    for (std::uint64_t seed = 1; seed <= 100; ++seed) {
        SeededRng rng(seed);
        const auto document = http::JsonDocument::parse(har_of(internal::random_story(rng)));
        ASSERT_TRUE(document) << "seed " << seed;
        for (const auto entry : document->root().at_pointer("/log/entries").elements()) {
            double sum = 0;
            for (const char* part : {"blocked", "dns", "connect", "send", "wait", "receive"}) {
                sum += std::max(0.0, *entry["timings"][part].number());
            }
            const auto time = *entry["time"].number();
            EXPECT_NEAR(sum, time, 1e-9 * time + 1e-6) << "seed " << seed;
        }
    }
}

TEST(HarOfAStory, comes_back_as_the_same_story) {
    for (std::uint64_t seed = 1; seed <= 100; ++seed) {
        SeededRng rng(seed);
        const auto story = internal::random_story(rng);
        const auto again = read_har(har_of(story));
        ASSERT_TRUE(again) << "seed " << seed << ": " << again.error().to_string();
        ASSERT_EQ(again->size(), 1U);
        EXPECT_EQ(story_json(again->front()), story_json(story)) << "seed " << seed;
    }
}

constexpr auto browsers =
    R"({"log":{"version":"1.2","creator":{"name":"WebInspector","version":"1"},
"pages":[{"id":"page_1","startedDateTime":"2026-01-02T03:04:05.678Z","title":"x","pageTimings":{}}],
"entries":[
 {"startedDateTime":"2026-01-02T03:04:05.678Z","time":12.5,"pageref":"page_1",
  "request":{"method":"POST","url":"https://h.test/a?api_key=s3cret1&page=2#top","httpVersion":"h2",
   "headers":[{"name":":authority","value":"h.test"},{"name":"Cookie","value":"sid=s3cret2"},
              {"name":"content-type","value":"application/json"}],
   "queryString":[],"cookies":[{"name":"sid","value":"s3cret2"}],"headersSize":-1,"bodySize":9,
   "postData":{"mimeType":"application/json","text":"{\"password\":\"s3cret3\",\"a\":1}"}},
  "response":{"status":404,"statusText":"Not Found","httpVersion":"h2","cookies":[],
   "headers":[{"name":"Set-Cookie","value":"sid=s3cret4"},{"name":"content-type","value":"text/plain"}],
   "content":{"size":5,"mimeType":"text/plain","text":"aGVsbG8=","encoding":"base64"},
   "redirectURL":"","headersSize":-1,"bodySize":5},
  "cache":{},"timings":{"blocked":1.5,"dns":-1,"connect":3,"ssl":2,"send":1,"wait":6,"receive":1}},
 {"startedDateTime":"2026-01-02T03:04:06Z","time":0,
  "request":{"method":"GET","url":"data:text/plain,hi","headers":[]},"response":{"status":200},
  "cache":{},"timings":{}},
 {"startedDateTime":"2026-01-02T03:04:06Z","time":3,
  "request":{"method":"GET","url":"https://h.test/lost","headers":[]},
  "response":{"status":0,"statusText":"","headers":[],"content":{}},"cache":{},"timings":{}}]}})";

TEST(HarImport, of_a_browser_is_a_call_for_each_entry) {
    const auto stories = read_har(browsers);
    ASSERT_TRUE(stories) << stories.error().to_string();
    ASSERT_EQ(stories->size(), 2U);
    const auto& first = stories->front();
    EXPECT_EQ(first.record.method, "POST");
    EXPECT_EQ(first.record.origin, "https://h.test");
    EXPECT_EQ(first.record.url_template, "/a");
    EXPECT_EQ(first.record.status, 404);
    EXPECT_EQ(first.record.effect, http::Effect::write);
    EXPECT_EQ(first.record.elapsed, std::chrono::microseconds(12'500));
    EXPECT_EQ(first.record.attempts[0].phases.tls, std::chrono::milliseconds(2));
    EXPECT_EQ(first.record.attempts[0].phases.connect, std::chrono::milliseconds(1));
    EXPECT_EQ(first.exchanges[0].response_body, "hello");
    EXPECT_EQ(first.exchanges[0].reason, "Not Found");
    const auto& lost = stories->back().record;
    EXPECT_EQ(lost.attempts[0].outcome, Outcome::unknown);
    EXPECT_TRUE(lost.error);
}

TEST(HarImport, no_credential_of_a_browser_comes_in) {
    for (const auto& story : *read_har(browsers)) {
        EXPECT_FALSE(story_json(story).contains("s3cret")) << story_json(story);
    }
}

TEST(HarImport, what_is_wrong_is_named_with_its_place) {
    const auto place_of = [](std::string_view from, std::string_view to) {
        std::string text = browsers;
        text.replace(text.find(from), from.size(), to);
        const auto stories = read_har(text);
        return stories ? "it was read" : stories.error().detail();
    };
    EXPECT_EQ(place_of("\"log\"", "\"lag\""), "/log");
    EXPECT_EQ(place_of("\"entries\":[", "\"entries\":[7,"), "/log/entries/0");
    EXPECT_EQ(place_of("\"startedDateTime\":\"2026-01-02T03:04:05.678Z\",\"time\":12.5",
                       "\"startedDateTime\":\"soon\",\"time\":12.5"),
              "/log/entries/0/startedDateTime");
    EXPECT_EQ(place_of("\"time\":12.5", "\"time\":1e300"), "/log/entries/0/time");
    EXPECT_EQ(place_of("\"status\":404", "\"status\":\"404\""), "/log/entries/0/response/status");
    EXPECT_FALSE(read_har("{"));
    EXPECT_EQ(read_har(browsers, {.size_max = 100}).error().kind(), ErrorKind::too_large);
    EXPECT_FALSE(read_har(browsers, {.entries_max = 2}));
}

}  // namespace
}  // namespace apilab::observe
