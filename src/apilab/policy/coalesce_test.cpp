#include "apilab/policy/coalesce.hpp"

#include <gtest/gtest.h>

namespace apilab::policy {
namespace {

using http::Request;

const CallFacts reading{};
const CallFacts writing{.effect = http::Effect::write};

Request get(std::string_view url) {
    return Request::get(*http::Url::parse(url));
}

TEST(CoalescingKey, is_equal_for_the_same_question) {
    const auto plain = get("http://a/x?q=1").header("accept", "a").header("x-b", "1");
    const auto turned = get("http://a/x?q=1").header("X-B", "1").header("Accept", "a");
    EXPECT_EQ(coalescing_key(plain, reading), coalescing_key(turned, reading));
    const auto traced = get("http://a/x?q=1")
                            .header("accept", "a")
                            .header("x-b", "1")
                            .header("x-request-id", "7")
                            .header("traceparent", "00-1");
    EXPECT_EQ(coalescing_key(plain, reading), coalescing_key(traced, reading));
    const auto numbered = get("http://a/").header("x-call", "7");
    EXPECT_EQ(coalescing_key(numbered, reading, {"X-Call"}),
              coalescing_key(get("http://a/"), reading));
}

TEST(CoalescingKey, tells_apart_whatever_may_be_answered_differently) {
    const auto base = get("http://a/x").header("authorization", "Bearer one");
    for (const auto& other :
         {get("http://a/y").header("authorization", "Bearer one"),
          get("http://a/x?q=1").header("authorization", "Bearer one"),
          get("http://a/x").header("authorization", "Bearer two"), get("http://a/x"),
          get("http://a/x").header("authorization", "Bearer one").header("accept", "a"),
          Request("HEAD", base.url()).header("authorization", "Bearer one")}) {
        EXPECT_NE(coalescing_key(base, reading), coalescing_key(other, reading));
    }
    EXPECT_NE(coalescing_key(base, {.provider = "npm"}), coalescing_key(base, {.provider = "osv"}));
    EXPECT_NE(coalescing_key(base, {.operation = "a"}), coalescing_key(base, {.operation = "b"}));
    // A line end in a value cannot pretend to be another field.
    EXPECT_NE(coalescing_key(get("http://a/").header("a", "1").header("b", "2"), reading),
              coalescing_key(get("http://a/").header("a", "1,b:2"), reading));
}

TEST(CoalescingKey, there_is_none_for_what_may_not_be_shared) {
    EXPECT_FALSE(coalescing_key(get("http://a/"), writing));
    EXPECT_FALSE(coalescing_key(Request::post(*http::Url::parse("http://a/"), "{}"), reading));
    EXPECT_FALSE(coalescing_key(get("http://a/").header("range", "bytes=0-9"), reading));
    EXPECT_FALSE(coalescing_key(get("http://a/").body("x"), reading));
}

}  // namespace
}  // namespace apilab::policy
