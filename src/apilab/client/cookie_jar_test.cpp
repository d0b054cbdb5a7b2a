#include "apilab/client/cookie_jar.hpp"

#include <gtest/gtest.h>

#include "apilab/client/cookie_session.hpp"
#include "apilab/http/date.hpp"
#include "apilab/testing/harness.hpp"

namespace apilab::client {
namespace {

using namespace std::chrono_literals;

const SystemTime now{std::chrono::seconds(1'795'341'600)};

http::Url url(const std::string& text) {
    return http::Url::parse(text).value();
}

struct Jar : CookieJar {
    using CookieJar::CookieJar;
    void set(const std::string& from, const std::string& field, SystemTime at = now) {
        store({{"set-cookie", field}}, url(from), at);
    }
    [[nodiscard]] std::string to(const std::string& text, SystemTime at = now) const {
        return header_for(url(text), at);
    }
};

TEST(CookieJar, a_cookie_goes_back_to_its_host_and_path_and_nowhere_else) {
    Jar jar;
    jar.set("http://shop.test/api/session", "sid=1; Path=/api; HttpOnly");
    EXPECT_EQ(jar.to("http://shop.test/api"), "sid=1");
    EXPECT_EQ(jar.to("http://shop.test/api/orders"), "sid=1");
    EXPECT_EQ(jar.to("http://shop.test:8080/api/orders"), "sid=1") << "ports do not matter";
    for (const char* other :
         {"http://shop.test/", "http://shop.test/apis", "http://www.shop.test/api",
          "http://hop.test/api", "http://test/api"}) {
        EXPECT_EQ(jar.to(other), "") << other;
    }
}

TEST(CookieJar, without_a_path_it_is_for_the_folder_of_the_request) {
    Jar jar;
    jar.set("http://shop.test/a/b/c", "x=1");
    EXPECT_EQ(jar.to("http://shop.test/a/b/d"), "x=1");
    EXPECT_EQ(jar.to("http://shop.test/a"), "");
    jar.set("http://shop.test/top", "y=1; Path=relative");
    EXPECT_EQ(jar.to("http://shop.test/"), "y=1");
}

TEST(CookieJar, a_domain_opens_it_to_the_hosts_below_and_only_a_parent_may_be_named) {
    Jar jar;
    jar.set("http://www.shop.test/", "a=1; Domain=.Shop.test");
    EXPECT_EQ(jar.to("http://shop.test/"), "a=1");
    EXPECT_EQ(jar.to("http://api.shop.test/"), "a=1");
    EXPECT_EQ(jar.to("http://myshop.test/"), "");
    for (const char* domain : {"other.test", "test", "x.www.shop.test"}) {
        jar.set("http://www.shop.test/", "b=1; Domain=" + std::string(domain));
    }
    jar.set("http://10.0.0.1/", "c=1; Domain=0.0.1");
    EXPECT_EQ(jar.size(), 1U);
    jar.set("http://localhost/", "d=1; Domain=localhost");
    EXPECT_EQ(jar.to("http://localhost/"), "d=1");
}

TEST(CookieJar, secure_cookies_go_over_tls_only_and_names_keep_their_promise) {
    Jar jar;
    jar.set("https://shop.test/", "a=1; Secure");
    EXPECT_EQ(jar.to("http://shop.test/"), "");
    EXPECT_EQ(jar.to("https://shop.test/"), "a=1");
    jar.set("http://shop.test/", "b=1; Secure");
    jar.set("https://shop.test/", "__Secure-c=1");
    jar.set("https://shop.test/", "__Host-d=1; Secure; Path=/x");
    jar.set("https://shop.test/", "__Host-e=1; Secure; Path=/; Domain=shop.test");
    EXPECT_EQ(jar.size(), 1U);
    jar.set("https://shop.test/x", "__Host-f=1; Secure; Path=/");
    EXPECT_EQ(jar.to("https://shop.test/"), "a=1; __Host-f=1");
}

TEST(CookieJar, max_age_wins_over_expires_and_the_past_forgets) {
    Jar jar;
    jar.set("http://shop.test/", "a=1; Expires=Wed, 09 Jun 2021 10:18:14 GMT; Max-Age=60");
    EXPECT_EQ(jar.to("http://shop.test/", now + 59s), "a=1");
    EXPECT_EQ(jar.to("http://shop.test/", now + 60s), "");
    jar.set("http://shop.test/", "a=; Max-Age=0");
    EXPECT_EQ(jar.size(), 0U);
    jar.set("http://shop.test/", "b=1; Max-Age=99999999999999999999");
    EXPECT_EQ(jar.to("http://shop.test/", now + std::chrono::hours(24 * 399)), "b=1");
    EXPECT_EQ(jar.to("http://shop.test/", now + std::chrono::hours(24 * 401)), "");
    jar.set("http://shop.test/", "c=1; Max-Age=-5");
    jar.set("http://shop.test/", "d=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT");
    EXPECT_EQ(jar.to("http://shop.test/"), "b=1");
    jar.set("http://shop.test/", "e=1; Max-Age=soon; Expires=whenever");
    EXPECT_EQ(jar.to("http://shop.test/"), "b=1; e=1") << "what cannot be read does not count";
}

TEST(CookieJar, a_new_value_takes_the_place_and_longer_paths_go_first) {
    Jar jar;
    jar.set("http://shop.test/", "a=1; Path=/");
    jar.set("http://shop.test/", "b=1; Path=/api/v2");
    jar.set("http://shop.test/", "c=1; Path=/");
    jar.set("http://shop.test/", "a=2; Path=/");
    EXPECT_EQ(jar.to("http://shop.test/api/v2"), "b=1; a=2; c=1");
}

TEST(CookieJar, fields_that_are_no_cookies_are_ignored) {
    Jar jar;
    for (const char* field : {"", "novalue", "=1", ";", "; Path=/", " =x"}) {
        jar.set("http://shop.test/", field);
    }
    jar.set("http://shop.test/", "big=" + std::string(5000, 'x'));
    jar.set("http://shop.test/", "a=1\r\nx: y");
    EXPECT_EQ(jar.size(), 0U);
    jar.set("http://shop.test/", "  a  =  \"quoted value\"  ;;Path = / ; = ; Odd=thing");
    EXPECT_EQ(jar.to("http://shop.test/"), "a=\"quoted value\"");
}

TEST(CookieJar, has_limits_and_the_oldest_goes) {
    Jar jar(CookieJar::Limits{.cookies_max = 4, .per_domain_max = 2});
    for (const char* name : {"a", "b", "c"}) {
        jar.set("http://one.test/", std::string(name) + "=1");
    }
    EXPECT_EQ(jar.to("http://one.test/"), "b=1; c=1");
    for (const char* host : {"two", "three", "four"}) {
        jar.set("http://" + std::string(host) + ".test/", "x=1");
    }
    EXPECT_EQ(jar.size(), 4U);
    EXPECT_EQ(jar.to("http://one.test/"), "c=1");
}

TEST(CookieDate, is_read_kindly) {
    const auto expected = http::parse_iso_time("2021-06-09T10:18:14Z");
    for (const char* text :
         {"Wed, 09 Jun 2021 10:18:14 GMT", "Wed, 09-Jun-2021 10:18:14 GMT",
          "Wed Jun  9 10:18:14 2021", "09 jun 21 10:18:14", "2021 June 9 10:18:14pm UTC+2"}) {
        EXPECT_EQ(parse_cookie_date(text), expected) << text;
    }
    EXPECT_EQ(parse_cookie_date("01 Jan 9999 00:00:00 GMT")->time_since_epoch() > 0s, true);
    for (const char* text :
         {"", "Wed, 09 Jun 2021", "31 Feb 2021 10:00:00", "09 Jun 1500 10:00:00",
          "09 Jun 2021 24:00:00", "09 Jun 2021 10:60:00", "09 Jan 123456 1:1:1"}) {
        EXPECT_EQ(parse_cookie_date(text), std::nullopt) << text;
    }
}

TEST(CookieJar, what_was_kept_elsewhere_goes_on_and_what_has_expired_does_not) {
    const auto shop = url("http://shop.test/");
    CookieJar first;
    first.store({{"set-cookie", "a=1"}, {"set-cookie", "b=2; Max-Age=60"}}, shop, now);
    CookieJar later;
    for (const auto& cookie : first.cookies()) {
        later.put(cookie, now + 60s);
    }
    EXPECT_EQ(later.header_for(shop, now + 60s), "a=1");
    EXPECT_EQ(first.cookies().size(), 2U);
}

TEST(CookieSession, brings_back_on_every_attempt_what_was_set) {
    testing::Harness harness;
    harness.transport()
        .reply(http::Response(503).header("set-cookie", "sid=1"))
        .reply(http::Response(200).header("set-cookie", "sid=2"))
        .reply(http::Response(200));
    CookieSession session(harness.scheduler(), harness.transport());
    const auto send = [&](http::Headers headers = {}) {
        auto request = http::Request::get(url("http://shop.test/"));
        request.headers() = std::move(headers);
        return runtime::run(harness.scheduler(), session.call(std::move(request), {}));
    };
    for (int i = 0; i < 3; ++i) {
        EXPECT_TRUE(send());
    }
    const auto& seen = harness.transport().seen();
    EXPECT_EQ(seen[0].request.headers().value("cookie"), "");
    EXPECT_EQ(seen[1].request.headers().value("cookie"), "sid=1");
    EXPECT_EQ(seen[2].request.headers().value("cookie"), "sid=2");
    harness.transport().reply(http::Response(200));
    EXPECT_TRUE(send({{"cookie", "mine=1"}}));
    EXPECT_EQ(harness.transport().seen()[3].request.headers().value("cookie"), "mine=1");
}

}  // namespace
}  // namespace apilab::client
