#include "apilab/policy/redirect.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace apilab::policy {
namespace {

using http::Request;
using http::Response;
using testing::HasSubstr;

Request request(std::string method, std::string_view url, std::string body = "") {
    Request made(std::move(method), *http::Url::parse(url));
    if (!body.empty()) {
        made.body(std::move(body)).header("content-type", "text/plain");
    }
    return made;
}

Response to(int status, std::string location) {
    return Response(status, "", {{"location", std::move(location)}});
}

Result<std::optional<Redirection>> follow(const Request& sent, const Response& answer,
                                          RedirectOptions options = {}) {
    RedirectPolicy policy(options, sent);
    return policy.next(sent, answer, {"x-other"});
}

TEST(Redirect, method_and_body_follow_the_status) {
    struct Row {
        std::string method;
        int status;
        std::string next;
        bool body;
    };
    for (const auto& row : {Row{"GET", 301, "GET", false}, Row{"POST", 301, "GET", false},
                            Row{"POST", 302, "GET", false}, Row{"PUT", 302, "PUT", true},
                            Row{"POST", 303, "GET", false}, Row{"PUT", 303, "GET", false},
                            Row{"HEAD", 303, "HEAD", false}, Row{"POST", 307, "POST", true},
                            Row{"POST", 308, "POST", true}, Row{"DELETE", 308, "DELETE", false}}) {
        const auto sent = request(row.method, "https://a.test/one",
                                  row.method == "POST" || row.method == "PUT" ? "body" : "");
        const auto next = follow(sent, to(row.status, "/two"));
        ASSERT_TRUE(next && *next) << row.method << row.status;
        const Request& asked = (*next)->request;
        EXPECT_EQ(asked.method(), row.next) << row.method << row.status;
        EXPECT_EQ(asked.body().empty(), !row.body) << row.method << row.status;
        EXPECT_EQ(asked.headers().contains("content-type"), row.body) << row.method << row.status;
        EXPECT_EQ(asked.url().to_string(), "https://a.test/two");
    }
}

TEST(Redirect, what_is_none_is_the_answer) {
    const auto sent = request("GET", "https://a.test/");
    for (const auto& answer :
         {Response(200), to(200, "/x"), to(304, "/x"), to(300, "/x"), Response(302)}) {
        const auto next = follow(sent, answer);
        ASSERT_TRUE(next);
        EXPECT_FALSE(*next) << answer.status();
    }
}

TEST(Redirect, another_scheme_host_or_port_loses_what_was_added_for_the_first) {
    auto sent = request("GET", "http://a.test:8080/");
    sent.header("authorization", "Bearer t").header("cookie", "c=1").header("x-api-key", "k");
    sent.header("x-other", "o").header("x-access-token", "t").header("accept", "text/html");
    for (const auto* target : {"http://b.test:8080/", "http://a.test:8081/", "https://a.test:8080/",
                               "http://www.a.test:8080/"}) {
        const auto next = follow(sent, to(302, target));
        ASSERT_TRUE(next && *next) << target;
        EXPECT_TRUE((*next)->credentials_dropped) << target;
        const auto& headers = (*next)->request.headers();
        for (const auto* name :
             {"authorization", "cookie", "x-api-key", "x-other", "x-access-token"}) {
            EXPECT_FALSE(headers.contains(name)) << target << name;
        }
        EXPECT_TRUE(headers.contains("accept"));
    }
    const auto same = follow(sent, to(302, "http://a.test:8080/two"));
    EXPECT_FALSE((*same)->credentials_dropped);
    EXPECT_TRUE((*same)->request.headers().contains("authorization"));
}

TEST(Redirect, what_was_dropped_stays_dropped_on_the_way_back) {
    const auto first = request("GET", "https://a.test/");
    RedirectPolicy policy({}, first);
    const auto away = policy.next(first, to(302, "https://b.test/"), {});
    const auto back = policy.next((*away)->request, to(302, "https://a.test/again"), {});
    ASSERT_TRUE(back && *back);
    EXPECT_TRUE((*back)->credentials_dropped);
}

TEST(Redirect, circles_and_long_ways_end) {
    const auto first = request("GET", "https://a.test/0");
    RedirectPolicy circle({}, first);
    const auto one = circle.next(first, to(302, "/1"), {});
    const auto round = circle.next((*one)->request, to(302, "/0"), {});
    ASSERT_FALSE(round);
    EXPECT_THAT(round.error().to_string(), HasSubstr("circle"));
    EXPECT_EQ(round.error().outcome(), Outcome::answered);
    EXPECT_EQ(round.error().ending(), Ending::redirect);

    RedirectPolicy far({.hops_max = 3}, first);
    Request at = first;
    for (int i = 1; i <= 3; ++i) {
        at = (*far.next(at, to(302, "/" + std::to_string(i)), {}))->request;
    }
    EXPECT_THAT(far.next(at, to(302, "/4"), {}).error().to_string(), HasSubstr("one more than 3"));
}

TEST(Redirect, a_post_that_becomes_a_get_of_the_same_url_is_no_circle) {
    const auto first = request("POST", "https://a.test/0", "x");
    EXPECT_TRUE(*follow(first, to(303, "/0")));
}

TEST(Redirect, a_parameter_that_is_hidden_stays_hidden) {
    for (const int status : {303, 307}) {
        auto first = request("POST", "https://a.test/?appid=k", "x");
        first.hide_parameter("appid");
        EXPECT_EQ((*follow(first, to(status, "/2?appid=k")))->request.hidden_parameters(),
                  std::vector<std::string>{"appid"});
    }
}

TEST(Redirect, a_header_that_is_hidden_stays_behind_whatever_its_name) {
    for (const int status : {301, 302, 303, 307, 308}) {
        auto first = request("POST", "https://a.test/", "x");
        first.header("shop", "k").hide_header("shop");
        const auto away = *follow(first, to(status, "https://b.test/"));
        EXPECT_FALSE(away->request.headers().contains("shop")) << status;
        EXPECT_TRUE((*follow(first, to(status, "/2")))->request.headers().contains("shop"));
    }
}

TEST(Redirect, a_body_with_credentials_goes_to_no_other_origin) {
    for (const int status : {301, 302, 303, 307, 308}) {
        auto first = request("POST", "https://a.test/token", "client_secret=s");
        first.hide_body();
        EXPECT_TRUE(*follow(first, to(status, "/v2/token"))) << status;
        for (const auto* elsewhere : {"https://b.test/token", "https://a.test:8443/token"}) {
            const auto away = follow(first, to(status, elsewhere));
            ASSERT_FALSE(away) << status;
            EXPECT_THAT(away.error().to_string(), HasSubstr("https://a.test alone"));
        }
    }
}

TEST(Redirect, never_from_https_to_http_nor_into_a_private_network) {
    const auto secure = request("GET", "https://a.test/");
    EXPECT_THAT(follow(secure, to(302, "http://a.test/")).error().to_string(),
                HasSubstr("https to http"));
    const auto open = request("GET", "http://a.test/");
    for (const auto* target :
         {"http://127.0.0.1/", "http://localhost/", "http://10.1.2.3/", "http://172.31.0.1/",
          "http://192.168.1.1/", "http://169.254.169.254/latest/meta-data/", "http://100.64.0.1/",
          "http://0.0.0.0/", "http://[::1]/", "http://[fe80::1]/", "http://[fd00::1]/",
          "http://[::ffff:127.0.0.1]/"}) {
        const auto refused = follow(open, to(302, target));
        ASSERT_FALSE(refused) << target;
        EXPECT_THAT(refused.error().to_string(), HasSubstr("private network")) << target;
        EXPECT_TRUE(follow(open, to(302, target), {.private_from_public = true})) << target;
    }
    for (const auto* target : {"http://172.32.0.1/", "http://11.0.0.1/", "http://[2001:db8::1]/"}) {
        EXPECT_TRUE(follow(open, to(302, target))) << target;
    }
    const auto inside = request("GET", "http://127.0.0.1:1/");
    EXPECT_TRUE(follow(inside, to(302, "http://127.0.0.1:2/"))) << "from there it is no escape";
}

TEST(Redirect, a_location_that_is_no_url_is_an_error) {
    const auto sent = request("GET", "https://a.test/");
    for (const auto* target : {"ftp://a.test/", "https://u:p@a.test/", "https://"}) {
        EXPECT_FALSE(follow(sent, to(302, target))) << target;
    }
    EXPECT_EQ((*follow(sent, to(302, "/x#part")))->request.url().to_string(), "https://a.test/x");
}

TEST(RedirectOptions, out_of_range_are_refused_by_name) {
    EXPECT_THAT(RedirectOptions{.hops_max = 0}.validate().error().to_string(),
                HasSubstr("redirects.hops_max is 0"));
    EXPECT_TRUE(RedirectOptions{}.validate());
}

}  // namespace
}  // namespace apilab::policy
