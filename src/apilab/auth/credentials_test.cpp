#include "apilab/auth/credentials.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "apilab/auth/credentials_auth.hpp"
#include "apilab/http/redact.hpp"
#include "apilab/observe/har.hpp"
#include "apilab/runtime/virtual_scheduler.hpp"

namespace apilab::auth {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

http::Request request(const std::string& url = "https://api.test/v1") {
    return http::Request::get(http::Url::parse(url).value());
}

std::string sent(const Credentials& credentials, std::string_view header) {
    auto made = request();
    EXPECT_TRUE(credentials.put_on(made));
    return std::string(made.headers().value(header));
}

TEST(Credentials, each_scheme_has_its_header) {
    EXPECT_EQ(sent(Credentials::api_key(Secret("k")), "x-api-key"), "k");
    EXPECT_EQ(sent(Credentials::api_key(Secret("k"), "private-token"), "private-token"), "k");
    EXPECT_EQ(sent(Credentials::bearer(Secret("t")), "authorization"), "Bearer t");
    // RFC 7617 section 2.
    EXPECT_EQ(sent(Credentials::basic("Aladdin", Secret("open sesame")), "authorization"),
              "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    EXPECT_EQ(sent(Credentials::basic("test", Secret("123\xC2\xA3")), "authorization"),
              "Basic dGVzdDoxMjPCow==");
    EXPECT_EQ(sent(Credentials::basic("", Secret("")), "authorization"), "Basic Og==");
}

TEST(Credentials, they_take_the_place_of_what_was_there) {
    auto made = request().header("authorization", "old");
    ASSERT_TRUE(Credentials::bearer(Secret("t")).put_on(made));
    EXPECT_EQ(made.headers().get_all("authorization").size(), 1U);
}

TEST(Credentials, bound_to_an_origin_they_go_nowhere_else) {
    const auto bound =
        Credentials::bearer(Secret("t")).only_for(http::Url::parse("https://api.test/x").value());
    for (const char* elsewhere : {"http://api.test/v1", "https://api.test:8443/v1",
                                  "https://evil.test/v1", "https://api.test.evil.test/"}) {
        auto made = request(elsewhere);
        const auto refused = bound.put_on(made);
        ASSERT_FALSE(refused) << elsewhere;
        EXPECT_THAT(refused.error().message(), HasSubstr("https://api.test,"));
        EXPECT_TRUE(made.headers().empty()) << elsewhere;
    }
    auto home = request("https://api.test:443/v2");
    EXPECT_TRUE(bound.put_on(home));
}

TEST(Credentials, what_may_not_be_sent_is_refused_without_being_shown) {
    for (const auto& credentials :
         {Credentials::api_key(Secret("")), Credentials::api_key(Secret("hunter2\r\nx: y")),
          Credentials::bearer(Secret("")), Credentials::bearer(Secret("hunter2\n")),
          Credentials::basic("a:b", Secret("hunter2")),
          Credentials::basic("a", Secret("hunter2\n"))}) {
        auto made = request();
        const auto refused = credentials.put_on(made);
        ASSERT_FALSE(refused) << credentials.describe();
        EXPECT_EQ(refused.error().kind(), ErrorKind::invalid_argument);
        EXPECT_THAT(refused.error().to_string(), Not(HasSubstr("hunter2")));
        EXPECT_TRUE(made.headers().empty());
    }
}

TEST(Credentials, say_what_they_are_and_not_what_they_hold) {
    EXPECT_EQ(Credentials::basic("ada", Secret("hunter2")).describe(), "Basic in authorization");
}

TEST(Credentials, in_the_query_only_by_a_name_that_says_so_and_hidden_from_records) {
    const auto unsafe = Credentials::api_key_in_query_unsafe(Secret("hunter 2&"), "appid");
    auto made = request("https://api.test/v1?q=x&appid=old&%61ppid=older&n=1");
    EXPECT_TRUE(unsafe.are_on(made));
    ASSERT_TRUE(unsafe.put_on(made));
    EXPECT_EQ(made.url().query(), "q=x&n=1&appid=hunter%202%26");
    EXPECT_TRUE(made.headers().empty());
    EXPECT_EQ(http::shown_url(made.url(), made.hidden_parameters()),
              "https://api.test/v1?q=x&n=1&appid=***");
    observe::Har har;
    har.add({.started = {}, .request = made, .response = http::Response(200), .attempt = {}});
    EXPECT_THAT(har.text(), Not(HasSubstr("hunter")));
    EXPECT_THAT(har.text(), HasSubstr("appid"));
    EXPECT_EQ(unsafe.describe(), "API key in the query (unsafe), parameter appid");
}

TEST(Credentials, in_the_query_they_are_held_to_the_same_rules) {
    auto made = request();
    EXPECT_FALSE(Credentials::api_key_in_query_unsafe(Secret("")).put_on(made));
    EXPECT_FALSE(Credentials::api_key_in_query_unsafe(Secret("k"), "").put_on(made));
    const auto bound =
        Credentials::api_key_in_query_unsafe(Secret("k")).only_for(request("http://b.test").url());
    EXPECT_FALSE(bound.put_on(made));
    EXPECT_EQ(made.url().query(), "");
    EXPECT_FALSE(bound.are_on(made));
    ASSERT_TRUE(Credentials::api_key_in_query_unsafe(Secret("k")).put_on(made));
    EXPECT_EQ(made.url().query(), "api_key=k");
}

// Remembers what it was sent.
class Recorder final : public runtime::Service {
public:
    runtime::Task<Result<http::Response>> call(http::Request made,
                                               runtime::CallContext /*context*/) override {
        seen.push_back(std::move(made));
        co_return http::Response(200);
    }
    std::vector<http::Request> seen;
};

class SentByCredentialsAuth : public ::testing::Test {
protected:
    runtime::VirtualScheduler scheduler;
    Recorder inner;

    http::Request sent(const Credentials& credentials, http::Request made) {
        CredentialsAuth service(inner, credentials, request("https://api.test/base").url());
        EXPECT_TRUE(runtime::run(scheduler, service.call(std::move(made), {})));
        return inner.seen.back();
    }
};

TEST_F(SentByCredentialsAuth, every_request_to_its_origin_bears_them) {
    const auto made = sent(Credentials::api_key(Secret("k")), request("https://api.test:443/v2"));
    EXPECT_EQ(made.headers().value("x-api-key"), "k");
    const auto by_query = sent(Credentials::api_key_in_query_unsafe(Secret("k")), request());
    EXPECT_EQ(by_query.url().query(), "api_key=k");
}

TEST_F(SentByCredentialsAuth, no_other_origin_ever_sees_them) {
    for (const char* elsewhere : {"http://api.test/v1", "https://api.test:8443/v1",
                                  "https://evil.test/v1", "https://api.test.evil.test/"}) {
        for (const auto& credentials : {Credentials::bearer(Secret("t")),
                                        Credentials::api_key_in_query_unsafe(Secret("t"))}) {
            const auto made = sent(credentials, request(elsewhere));
            EXPECT_TRUE(made.headers().empty()) << elsewhere;
            EXPECT_EQ(made.url().query(), "") << elsewhere;
        }
    }
}

TEST_F(SentByCredentialsAuth, what_a_request_brings_itself_stays) {
    const auto made =
        sent(Credentials::bearer(Secret("t")), request().header("authorization", "Basic abc"));
    EXPECT_EQ(made.headers().value("authorization"), "Basic abc");
    const auto by_query = sent(Credentials::api_key_in_query_unsafe(Secret("t")),
                               request("https://api.test/v1?api_key=mine"));
    EXPECT_EQ(by_query.url().query(), "api_key=mine");
}

TEST_F(SentByCredentialsAuth, what_may_not_be_sent_is_not) {
    CredentialsAuth service(inner, Credentials::bearer(Secret()), request().url());
    EXPECT_EQ(runtime::run(scheduler, service.call(request(), {})).error().kind(),
              ErrorKind::invalid_argument);
    EXPECT_TRUE(inner.seen.empty());
}

}  // namespace
}  // namespace apilab::auth
