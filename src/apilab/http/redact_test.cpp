#include "apilab/http/redact.hpp"

#include <gtest/gtest.h>

namespace apilab::http {
namespace {

TEST(NamesASecret, however_the_words_are_joined) {
    for (const auto* name :
         {"access_token", "refreshToken", "client-secret", "X-Api-Key", "password", "code", "key",
          "sig", "private_key", "Authorization", "assertion", "device_code", "user_code"}) {
        EXPECT_TRUE(names_a_secret(name)) << name;
    }
    for (const auto* name : {"name", "keyword", "codec", "next_page_token", "cursor", "token_type",
                             "status", "design", "author"}) {
        EXPECT_FALSE(names_a_secret(name)) << name;
    }
}

TEST(ShownHeader, only_what_is_known_to_be_harmless_shows_its_value) {
    EXPECT_EQ(shown_header("Content-Type", "text/html"), "text/html");
    EXPECT_EQ(shown_header("X-RateLimit-Remaining", "12"), "12");
    for (const auto* name : {"authorization", "Cookie", "set-cookie", "x-api-key",
                             "x-something-new", "proxy-authorization", "x-slack-signature"}) {
        EXPECT_EQ(shown_header(name, "s3cret"), "***") << name;
    }
    EXPECT_EQ(shown_header("location", "http://h/cb?code=abc"), "http://h/cb?***");
    EXPECT_EQ(shown_header("location", "/next"), "/next");
}

TEST(ShownUrl, keeps_what_is_no_secret) {
    EXPECT_EQ(shown_url(*Url::parse("http://h/p?page=2&access_token=abc&q=x")),
              "http://h/p?page=2&access_token=***&q=x");
    EXPECT_EQ(shown_url(*Url::parse("http://h/p")), "http://h/p");
    EXPECT_EQ(shown_url(*Url::parse("http://h/p?api%5Fkey=abc&flag")),
              "http://h/p?api%5Fkey=***&flag");
}

TEST(ShownUrl, hides_what_is_hidden_by_name) {
    const std::vector<std::string> hidden{"appid", "a b"};
    EXPECT_EQ(shown_url(*Url::parse("http://h/p?q=x&appid=abc&%61ppid=d&a%20b=1"), hidden),
              "http://h/p?q=x&appid=***&%61ppid=***&a%20b=***");
}

TEST(ShownBody, hides_members_that_name_a_secret_and_all_below_them) {
    EXPECT_EQ(shown_body("application/json; charset=utf-8",
                         R"({"access_token":"abc","expires_in":3600,"n":[1.5,null,true],)"
                         R"("credentials":{"user":"u","ids":[1]}})"),
              R"({"access_token":"***","expires_in":3600,"n":[1.5,null,true],)"
              R"("credentials":{"user":"***","ids":["***"]}})");
    EXPECT_EQ(shown_body("application/problem+json", R"({"detail":"d"})"), R"({"detail":"d"})");
    EXPECT_EQ(shown_body("application/x-www-form-urlencoded",
                         "grant_type=refresh_token&"
                         "refresh_token=abc"),
              "grant_type=refresh_token&refresh_token=***");
}

TEST(ShownBody, what_cannot_be_read_is_left_out) {
    EXPECT_EQ(shown_body("application/json", R"({"access_token":"abc)"), "");
    EXPECT_EQ(shown_body("application/octet-stream", "abc"), "");
    EXPECT_EQ(shown_body("", "abc"), "");
    EXPECT_EQ(shown_body("application/json", R"({"a":"bcdef"})", 5), "");
    EXPECT_EQ(shown_body("text/plain", "abcdef", 3), "abc");
}

}  // namespace
}  // namespace apilab::http
