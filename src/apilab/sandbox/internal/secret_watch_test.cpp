#include "apilab/sandbox/internal/secret_watch.hpp"

#include <gtest/gtest.h>

#include "apilab/sandbox/credentials.hpp"
#include "apilab/sandbox/internal/digest.hpp"

namespace apilab::sandbox::internal {
namespace {

class Watch : public ::testing::Test {
protected:
    SecretWatch watch{1};
    const std::string key = seed_secret(1, "api key", "ak_");
    const std::string password = seed_secret(1, "api password", "pw:");

    [[nodiscard]] std::string places(const std::string& target, const std::string& body = {},
                                     const std::string& operation = "create_order") const {
        http::Request request("POST", http::Url::parse("http://shop.test" + target).value());
        request.header("x-api-key", key).body(body);
        return watch.places_in(request, operation);
    }
};

TEST_F(Watch, the_header_for_it_is_the_one_place_where_a_credential_may_be) {
    EXPECT_EQ(places("/orders?page=1", "{}"), "");
    EXPECT_EQ(places("/orders?api_key=" + key), "url");
    EXPECT_EQ(places("/keys/" + key + "/orders"), "url");
    EXPECT_EQ(places("/orders?p=" + http::percent_encode(password)), "url");
    EXPECT_EQ(places("/orders", "{\"key\":\"" + key + "\"}"), "body");
    EXPECT_EQ(places("/orders?api_key=" + key, key), "url,body");
}

TEST_F(Watch, a_login_and_a_token_request_have_their_credentials_in_the_body) {
    EXPECT_EQ(places("/session", password, "log_in"), "");
    EXPECT_EQ(places("/token", password, "create_token"), "");
    EXPECT_EQ(places("/revoke", password, "revoke"), "");
    EXPECT_EQ(places("/device_authorization", password, "device_authorization"), "");
    EXPECT_EQ(places("/session?p=" + key, password, "log_in"), "url");
}

TEST_F(Watch, a_referer_counts) {
    auto request = http::Request::get(http::Url::parse("http://shop.test/").value());
    request.header("referer", "http://shop.test/?api_key=" + key);
    EXPECT_EQ(watch.places_in(request, ""), "referer");
}

TEST_F(Watch, a_text_shows_a_secret_as_it_is_or_as_basic_writes_it) {
    EXPECT_TRUE(watch.in_text("x-api-key: " + key));
    EXPECT_TRUE(watch.in_text("Basic " + base64("ada:" + password)));
    EXPECT_TRUE(watch.in_text(seed_secret(1, "api key 2", "ak_"))) << "the key after a rotation";
    EXPECT_FALSE(watch.in_text("ada " + seed_secret(2, "api key", "ak_") + " ***"));
}

}  // namespace
}  // namespace apilab::sandbox::internal
