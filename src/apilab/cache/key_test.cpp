#include "apilab/cache/key.hpp"

#include <gtest/gtest.h>

namespace apilab::cache {
namespace {

using http::Request;

Request get(const std::string& url = "http://api.test/things") {
    return Request::get(*http::Url::parse(url));
}
KeyMaker maker(std::string key = "k") {
    return KeyMaker(Secret(std::move(key)), {"X-Tenant"});
}

TEST(CacheKey, is_the_url_without_its_fragment) {
    const auto keys = maker();
    EXPECT_EQ(keys.key_of(get("http://api.test/a?b=1&c#d"), {}).url, "http://api.test/a?b=1&c");
    EXPECT_NE(keys.key_of(get("http://api.test/a?b=1"), {}),
              keys.key_of(get("http://api.test/a?b=2"), {}));
}

TEST(CacheKey, holds_no_secret_of_the_query) {
    auto request = get("http://api.test/a?access_token=s3cret&q=1&pin=1234");
    request.hide_parameter("pin");
    const auto url = maker().key_of(request, {}).url;
    EXPECT_FALSE(url.contains("s3cret")) << url;
    EXPECT_FALSE(url.contains("1234")) << url;
    EXPECT_TRUE(url.contains("q=1")) << url;
    auto other = get("http://api.test/a?access_token=other&q=1&pin=1234");
    other.hide_parameter("pin");
    EXPECT_NE(maker().key_of(other, {}).url, url);
    EXPECT_NE(maker("another").key_of(request, {}).url, url);  // the digest has a key
}

TEST(CacheKey, a_principal_that_is_named_outlives_its_tokens) {
    const auto keys = maker();
    const auto key = keys.key_of(get().header("authorization", "Bearer one"), "alice");
    EXPECT_EQ(keys.key_of(get().header("authorization", "Bearer two"), "alice"), key);
    EXPECT_NE(keys.key_of(get().header("authorization", "Bearer one"), "bob"), key);
}

TEST(CacheKey, without_a_principal_the_credentials_tell_whose_answer_it_is) {
    const auto keys = maker();
    const auto nobody = keys.key_of(get(), {});
    EXPECT_EQ(nobody.principal, "");
    std::vector<CacheKey> all{nobody};
    for (const char* name : {"Authorization", "Cookie", "X-Api-Key", "X-Tenant"}) {
        for (const char* value : {"s3cret-1", "s3cret-2"}) {
            const auto key = keys.key_of(get().header(name, value), {});
            EXPECT_FALSE(key.principal.contains("s3cret"));
            for (const auto& other : all) {
                EXPECT_NE(key, other) << name << value;
            }
            all.push_back(key);
        }
    }
    auto hidden = get().header("x-plain", "s3cret-1");
    hidden.hide_header("x-plain");
    EXPECT_NE(keys.key_of(hidden, {}).principal, "");
    EXPECT_EQ(keys.key_of(get().header("accept", "text/html"), {}), nobody);
    // A name cannot be told for a digest.
    EXPECT_NE(keys.key_of(get(), all.back().principal), all.back());
}

TEST(Vary, selects_by_what_the_request_had) {
    const auto keys = maker();
    const auto vary = keys.vary_of(get().header("accept", "a"), {{"vary", "Accept, X-None"}});
    EXPECT_TRUE(keys.matches(get().header("Accept", "a"), vary));
    EXPECT_FALSE(keys.matches(get().header("accept", "b"), vary));
    EXPECT_FALSE(keys.matches(get(), vary));
    EXPECT_FALSE(keys.matches(get().header("accept", "a").header("x-none", ""), vary));
    EXPECT_TRUE(keys.matches(get(), {}));
    EXPECT_FALSE(keys.matches(get(), keys.vary_of(get(), {{"vary", "accept, *"}})));
}

TEST(Vary, several_lines_are_one_list) {
    const auto keys = maker();
    auto two = get();
    two.headers().add("accept", "a");
    two.headers().add("accept", "b");
    const auto vary = keys.vary_of(two, {{"vary", "accept"}});
    EXPECT_TRUE(keys.matches(get().header("accept", "a, b"), vary));
}

TEST(Vary, leaves_credentials_to_the_principal_and_hides_what_may_be_one) {
    const auto keys = maker();
    const http::Headers answer{{"vary", "Authorization, X-Api-Key, Cookie, X-Odd, Accept"}};
    auto request = get().header("authorization", "s3cret").header("x-api-key", "s3cret");
    request.header("cookie", "s3cret").header("x-odd", "s3cret").header("accept", "a");
    const auto vary = keys.vary_of(request, answer);
    ASSERT_EQ(vary.size(), 3U);
    for (const auto& [name, value] : vary) {
        EXPECT_TRUE(name == "accept" || name == "cookie" || name == "x-odd") << name;
        EXPECT_FALSE(value->contains("s3cret")) << name;
    }
    EXPECT_TRUE(keys.matches(request.header("authorization", "renewed"), vary));
    EXPECT_FALSE(keys.matches(request.header("cookie", "other"), vary));
}

}  // namespace
}  // namespace apilab::cache
