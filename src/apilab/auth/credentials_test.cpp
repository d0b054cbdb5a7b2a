#include "apilab/auth/credentials.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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

}  // namespace
}  // namespace apilab::auth
