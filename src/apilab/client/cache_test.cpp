// The cache in its place: before coalescing and retries, under virtual time.

#include <gtest/gtest.h>

#include "apilab/cache/memory_cache.hpp"
#include "apilab/client/call_stats.hpp"
#include "apilab/client/internal/test_calls.hpp"
#include "apilab/observe/metrics_observer.hpp"
#include "apilab/runtime/body.hpp"

namespace apilab::client {
namespace {

using namespace std::chrono_literals;
using http::CacheRecord;
using http::Headers;
using http::Request;
using http::Response;
using internal::answered;
using internal::at_once;
using internal::url;
using testing::Harness;
using How = CacheRecord::How;
using Mode = runtime::CacheChoice::Mode;
using Use = CacheRecord::Use;
using Verdict = http::DecisionRecord::Verdict;

ClientOptions options(CacheOptions cache = {}) {
    if (!cache.store) {
        cache.store = *cache::MemoryCache::make();
    }
    ClientOptions client{.cache = std::move(cache)};
    client.retry.max_attempts = 1;
    return client;
}

Response fresh(std::string body, std::string line = "max-age=60") {
    return Response(200, std::move(body), {{"cache-control", std::move(line)}, {"etag", "\"1\""}});
}

struct Bench {
    explicit Bench(ClientOptions client = options()) : harness(internal::with(std::move(client))) {}

    std::string get(const Headers& headers = {}, CallOptions call = {}) {
        auto request = Request::get(*http::Url::parse(url));
        request.headers() = headers;
        auto result = harness.send(std::move(request), std::move(call));
        return result ? result->body() : "error " + std::string(to_string(result.error().kind()));
    }
    void later(Duration duration) { harness.scheduler().advance(duration); }
    [[nodiscard]] const http::CallRecord& last() const { return harness.log().last(); }
    [[nodiscard]] How how() const { return last().cache->how; }
    [[nodiscard]] Use use() const { return last().cache->use; }
    [[nodiscard]] std::size_t asked() { return harness.transport().seen().size(); }

    Harness harness;
};

TEST(Cache, a_fresh_answer_is_a_call_without_attempts_and_with_a_reason) {
    Bench bench;
    bench.harness.transport().reply(fresh("one"));
    EXPECT_EQ(bench.get(), "one");
    EXPECT_EQ(http::cache_status(*bench.last().cache), "apilab; fwd=uri-miss; ttl=60; stored");
    bench.later(20s);
    const auto reply = bench.harness.get(url);
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->body(), "one");
    EXPECT_EQ(reply->headers().value("age"), "20");
    EXPECT_EQ(bench.asked(), 1U);
    EXPECT_EQ(bench.last().attempts.size(), 0U);
    EXPECT_EQ(bench.last().status, 200);
    ASSERT_EQ(bench.last().decisions.size(), 1U);
    EXPECT_EQ(http::explain(bench.last().decisions[0]), "200 from the cache, fresh for 40 s");
    EXPECT_EQ(http::cache_status(*bench.last().cache), "apilab; hit; ttl=40");
    EXPECT_EQ(reply->record()->cache->how, How::hit);
}

TEST(Cache, a_stale_answer_is_asked_for_again_and_a_304_brings_it_back) {
    Bench bench;
    bench.harness.transport()
        .reply(fresh("one"))
        .reply(Response(304, {}, {{"cache-control", "max-age=30"}, {"x-new", "1"}}));
    EXPECT_EQ(bench.get(), "one");
    bench.later(61s);
    const auto reply = bench.harness.get(url);
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->status(), 200);
    EXPECT_EQ(reply->body(), "one");
    EXPECT_EQ(reply->headers().value("x-new"), "1");
    EXPECT_EQ(bench.harness.transport().seen()[1].request.headers().value("if-none-match"),
              "\"1\"");
    EXPECT_EQ(http::cache_status(*bench.last().cache),
              "apilab; fwd=stale; fwd-status=304; ttl=30; stored; detail=revalidated");
    EXPECT_EQ(bench.last().attempts.at(0).status, 304);
    EXPECT_EQ(http::explain(bench.last().decisions.back()),
              "304 -> the stored answer, which still holds");
    bench.later(29s);
    EXPECT_EQ(bench.get(), "one");
    EXPECT_EQ(bench.asked(), 2U);
}

TEST(Cache, a_304_that_says_on_what_the_answer_depends_is_heard) {
    Bench bench;
    auto& transport = bench.harness.transport();
    transport.reply(fresh("one"))
        .reply(Response(304, {}, {{"cache-control", "max-age=60"}, {"vary", "*"}}));
    (void)bench.get();
    bench.later(61s);
    EXPECT_EQ(bench.get(), "one");
    EXPECT_FALSE(bench.last().cache->stored);
}

TEST(Cache, a_304_for_something_else_asks_for_the_whole) {
    Bench bench;
    bench.harness.transport()
        .reply(fresh("one"))
        .reply(Response(304, {}, {{"etag", "\"other\""}}))
        .reply(fresh("two"));
    (void)bench.get();
    bench.later(61s);
    EXPECT_EQ(bench.get(), "two");
    EXPECT_FALSE(bench.harness.transport().seen()[2].request.headers().contains("if-none-match"));
    EXPECT_EQ(bench.get(), "two");
    EXPECT_EQ(bench.asked(), 3U);
}

TEST(Cache, principals_and_credentials_do_not_see_each_others_answers) {
    Bench bench;
    auto& transport = bench.harness.transport();
    transport.reply(fresh("a")).reply(fresh("b")).reply(fresh("c")).reply(fresh("d"));
    const Headers token_a{{"authorization", "Bearer a"}};
    const Headers token_b{{"authorization", "Bearer b"}};
    EXPECT_EQ(bench.get(token_a), "a");
    EXPECT_EQ(bench.get(token_b), "b");
    EXPECT_EQ(bench.get(), "c");
    EXPECT_EQ(bench.get(token_a), "a");
    CallOptions alice;
    alice.cache.principal = "alice";
    EXPECT_EQ(bench.get(token_a, alice), "d");
    EXPECT_EQ(bench.get(token_b, alice), "d") << "the token was renewed";
    EXPECT_EQ(bench.asked(), 4U);
}

TEST(Cache, modes_of_a_call) {
    Bench bench;
    auto& transport = bench.harness.transport();
    transport.reply(fresh("one")).reply(fresh("two")).reply(fresh("three"));
    CallOptions call;
    EXPECT_EQ(bench.get(), "one");
    call.cache.mode = Mode::bypass;
    EXPECT_EQ(bench.get({}, call), "two");
    EXPECT_EQ(bench.how(), How::bypass);
    EXPECT_EQ(bench.get(), "one");
    call.cache.mode = Mode::refresh;
    EXPECT_EQ(bench.get({}, call), "three");
    EXPECT_EQ(bench.how(), How::request);
    EXPECT_EQ(bench.get(), "three");
    call.cache.mode = Mode::revalidate;
    transport.reply(Response(304));
    EXPECT_EQ(bench.get({}, call), "three");
    EXPECT_EQ(bench.use(), Use::revalidated);
    EXPECT_FALSE(transport.seen()[2].request.headers().contains("if-none-match"));
    EXPECT_TRUE(transport.seen()[3].request.headers().contains("if-none-match"));
}

TEST(Cache, only_if_cached_asks_nobody) {
    Bench bench;
    const auto reply = bench.harness.send(
        Request::get(*http::Url::parse(url)).header("cache-control", "only-if-cached"));
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->status(), 504);
    EXPECT_EQ(bench.asked(), 0U);
    EXPECT_EQ(bench.use(), Use::only_if_cached);
}

TEST(Cache, what_is_no_plain_question_goes_past_it) {
    Bench bench;
    auto& transport = bench.harness.transport();
    transport.reply(fresh("one")).reply(fresh("a")).reply(fresh("b")).reply(fresh("c"));
    EXPECT_EQ(bench.get(), "one");
    EXPECT_EQ(bench.get({{"range", "bytes=0-1"}}), "a");
    EXPECT_EQ(bench.how(), How::bypass);
    EXPECT_EQ(bench.get({{"if-none-match", "\"mine\""}}), "b");
    CallOptions download;
    download.download = std::make_shared<runtime::StringSink>();
    (void)bench.get({}, download);
    EXPECT_EQ(bench.how(), How::bypass);
    EXPECT_EQ(bench.asked(), 4U);
    EXPECT_EQ(bench.get(), "one");
}

TEST(Cache, fifty_calls_of_what_has_expired_ask_once) {
    Bench bench;
    auto& transport = bench.harness.transport();
    transport.reply(fresh("one"));
    transport.reply(Response(304, {}, {{"cache-control", "max-age=60"}}), 1s);
    (void)bench.get();
    bench.later(61s);
    const auto all = at_once(bench.harness, 50);
    EXPECT_EQ(answered(all), 50U);
    for (const auto& one : all) {
        EXPECT_EQ((*one.result)->body(), "one");
        EXPECT_EQ((*one.result)->status(), 200);
    }
    EXPECT_EQ(bench.asked(), 2U);
    EXPECT_TRUE(bench.last().cache->collapsed);
}

TEST(Cache, stale_while_revalidate_answers_at_once_and_asks_in_the_background) {
    Bench bench;
    auto& transport = bench.harness.transport();
    transport.reply(fresh("one", "max-age=10, stale-while-revalidate=20"));
    transport.reply(fresh("two", "max-age=10, stale-while-revalidate=20"), 1s);
    (void)bench.get();
    bench.later(15s);
    const auto before = bench.harness.scheduler().now();
    EXPECT_EQ(bench.get(), "one");
    EXPECT_EQ(bench.use(), Use::stale_while_revalidate);
    EXPECT_EQ(bench.get(), "one");
    EXPECT_EQ(bench.harness.scheduler().now(), before) << "nobody waited";
    bench.later(2s);
    EXPECT_EQ(bench.asked(), 2U) << "one revalidation for two calls";
    EXPECT_EQ(bench.harness.log().calls().size(), 4U);
    EXPECT_EQ(bench.get(), "two");
    EXPECT_EQ(bench.how(), How::hit);
}

TEST(Cache, revalidations_in_the_background_are_bounded_and_end_with_the_client) {
    CacheOptions cache;
    cache.background_max = 2;
    Bench bench(options(cache));
    auto& transport = bench.harness.transport();
    const auto call = [&](int i) { return bench.harness.get(url + "/" + std::to_string(i)); };
    for (int i = 0; i < 4; ++i) {
        transport.reply(fresh("one", "max-age=0, stale-while-revalidate=99"));
        (void)call(i);
    }
    transport.reply(fresh("late"), 1h).reply(fresh("late"), 1h);
    bench.later(1s);
    for (int i = 0; i < 4; ++i) {
        ASSERT_EQ(call(i)->body(), "one");
    }
    EXPECT_EQ(bench.asked(), 6U);
}  // and the harness goes while they are under way

TEST(Cache, stale_if_error_hides_what_fails_and_says_so) {
    Bench bench;
    auto& transport = bench.harness.transport();
    transport.reply(fresh("one", "max-age=10, stale-if-error=60"));
    transport.reply(Response(503)).fail_with(internal::unconnected());
    (void)bench.get();
    bench.later(20s);
    EXPECT_EQ(bench.get(), "one");
    EXPECT_EQ(bench.use(), Use::stale_if_error);
    EXPECT_EQ(bench.last().attempts.size(), 1U);
    EXPECT_EQ(http::explain(bench.last().decisions.back()),
              "503 -> the stored answer, stale for 10 s (stale-if-error)");
    EXPECT_EQ(bench.last().status, 200);
    EXPECT_EQ(bench.last().ending, Ending::none);
    EXPECT_EQ(bench.get(), "one");
    EXPECT_EQ(http::explain(bench.last().decisions.back()),
              "connect (not_sent) -> the stored answer, stale for 10 s (stale-if-error)");
    bench.later(60s);
    transport.reply(Response(503, "down"));
    EXPECT_EQ(bench.get(), "down");
}

TEST(Cache, errors_are_not_stored_unless_the_origin_says_so) {
    Bench bench;
    auto& transport = bench.harness.transport();
    transport.reply(Response(404, "no", {{"etag", "\"1\""}})).reply(fresh("one"));
    EXPECT_EQ(bench.get(), "no");
    EXPECT_EQ(bench.get(), "one");
    Bench other;
    other.harness.transport().reply(Response(404, "no", {{"cache-control", "max-age=5"}}));
    EXPECT_EQ(other.get(), "no");
    EXPECT_EQ(other.get(), "no");
    EXPECT_EQ(other.last().status, 404);
}

TEST(Cache, a_write_makes_the_url_unknown_and_reads_begun_before_are_not_stored) {
    Bench bench;
    auto& transport = bench.harness.transport();
    transport.reply(fresh("old")).reply(Response(200)).reply(fresh("new"));
    EXPECT_EQ(bench.get(), "old");
    (void)bench.harness.post(url, "{}");
    EXPECT_EQ(bench.how(), How::method);
    EXPECT_EQ(bench.get(), "new");

    // A read is under way while a write happens: nobody knows which came first.
    Bench race;
    auto& slow = race.harness.transport();
    slow.reply(fresh("old"), 10s).reply(Response(200)).reply(fresh("new"));
    internal::Ended read;
    internal::Ended second;
    const auto act = [](Harness& harness, internal::Ended& one,
                        internal::Ended& two) -> runtime::Task<void> {
        runtime::TaskGroup group(harness.scheduler());
        group.spawn(internal::call_into(harness, url, {}, one));
        (void)co_await harness.scheduler().sleep_for(1s);
        (void)co_await harness.client().post(url, "{}");
        group.spawn(internal::call_into(harness, url, {}, two));
        co_await group.join();
    };
    runtime::run(race.harness.scheduler(), act(race.harness, read, second));
    EXPECT_EQ((*read.result)->body(), "old");
    EXPECT_EQ((*second.result)->body(), "new");
    EXPECT_EQ(race.get(), "new");
    EXPECT_EQ(race.asked(), 3U);
}

TEST(Cache, what_was_cancelled_or_redirected_is_not_stored) {
    Bench bench;
    auto& transport = bench.harness.transport();
    transport.reply(Response(302, {}, {{"location", "/elsewhere"}})).reply(fresh("moved"));
    EXPECT_EQ(bench.get(), "moved");
    EXPECT_FALSE(bench.last().cache->stored);
    transport.reply(fresh("late"), 10s);
    CallOptions hasty;
    hasty.deadline = 1s;
    EXPECT_EQ(bench.get({}, hasty), "error deadline");
    transport.reply(fresh("one"));
    EXPECT_EQ(bench.get(), "one");
}

TEST(Cache, head_is_answered_by_what_a_get_brought_and_can_end_it) {
    Bench bench;
    auto& transport = bench.harness.transport();
    const auto head = [&] { return bench.harness.send(Request("HEAD", *http::Url::parse(url))); };
    transport.reply(fresh("one"));
    (void)bench.get();
    const auto reply = head();
    EXPECT_EQ(reply->body(), "");
    EXPECT_EQ(reply->headers().value("etag"), "\"1\"");
    EXPECT_EQ(bench.asked(), 1U);
    bench.later(61s);
    transport.reply(Response(200, {}, {{"etag", "\"2\""}})).reply(fresh("two"));
    (void)head();
    EXPECT_EQ(bench.get(), "two");
    EXPECT_FALSE(transport.seen()[2].request.headers().contains("if-none-match"));
}

TEST(Cache, metrics_and_statistics_tell_what_it_saved) {
    observe::MetricsObserver metrics;
    CallStats stats;
    http::CallRecord call{.origin = "http://api.test", .status = 200};
    call.cache = CacheRecord{.how = How::stale, .use = Use::revalidated};
    metrics.on_call(call);
    stats.on_call(call);
    EXPECT_EQ(stats.total().not_modified, 1U);
    EXPECT_TRUE(metrics.text().contains(
        R"(apilab_client_cache_total{server_address="api.test",url_template="",result="stale",used="revalidated"} 1)"))
        << metrics.text();
}

TEST(Cache, needs_a_store) {
    ClientOptions client{.cache = CacheOptions{}};
    const auto valid = client.validate();
    ASSERT_FALSE(valid);
    EXPECT_TRUE(valid.error().message().contains("cache.store"));
}

}  // namespace
}  // namespace apilab::client
