#include "apilab/auth/discovery.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <vector>

#include "apilab/runtime/virtual_scheduler.hpp"

namespace apilab::auth {
namespace {

using runtime::Task;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::string_view issuer = "https://id.test/tenant";

std::string document(std::string_view rest = "", std::string_view named = issuer) {
    return R"({"issuer":")" + std::string(named) + R"(","token_endpoint":"https://id.test/token")" +
           std::string(rest) + "}";
}

std::string place(std::string_view of, WellKnown which) {
    const auto url = well_known_url(of, which);
    return url ? url->to_string() : url.error().detail();
}

TEST(WellKnown, stands_before_the_path_for_oauth_and_behind_it_for_openid) {
    EXPECT_EQ(place(issuer, WellKnown::oauth),
              "https://id.test/.well-known/oauth-authorization-server/tenant");
    EXPECT_EQ(place(issuer, WellKnown::openid),
              "https://id.test/tenant/.well-known/openid-configuration");
}

TEST(WellKnown, a_slash_at_the_end_is_left_out) {
    for (const auto* of : {"https://id.test", "https://id.test/"}) {
        EXPECT_EQ(place(of, WellKnown::oauth),
                  "https://id.test/.well-known/oauth-authorization-server");
        EXPECT_EQ(place(of, WellKnown::openid), "https://id.test/.well-known/openid-configuration");
    }
    EXPECT_EQ(place("https://id.test/a/b/", WellKnown::oauth),
              "https://id.test/.well-known/oauth-authorization-server/a/b");
}

TEST(WellKnown, an_issuer_is_https_or_on_this_machine_without_query_and_fragment) {
    for (const auto* of : {"http://id.test", "https://id.test?x=1", "https://id.test/#a", "id.test",
                           "", "https://user@id.test"}) {
        EXPECT_EQ(place(of, WellKnown::oauth), "issuer") << of;
    }
    EXPECT_EQ(place("http://127.0.0.1:3000", WellKnown::openid),
              "http://127.0.0.1:3000/.well-known/openid-configuration");
}

TEST(WellKnown, is_on_the_issuers_own_host_whatever_its_path) {
    EXPECT_EQ(place("https://id.test//evil.test/a", WellKnown::openid),
              "https://id.test//evil.test/a/.well-known/openid-configuration");
    EXPECT_EQ(place("https://id.test//evil.test", WellKnown::oauth),
              "https://id.test/.well-known/oauth-authorization-server//evil.test");
}

TEST(ServerMetadata, are_read_as_the_server_has_them) {
    const auto metadata = read_server_metadata(
        document(R"(,"authorization_endpoint":"https://id.test/auth","jwks_uri":null,)"
                 R"("revocation_endpoint":"https://other.test/revoke","unknown":[{"x":1}],)"
                 R"("code_challenge_methods_supported":["S256","plain",7],)"
                 R"("authorization_response_iss_parameter_supported":true)"),
        issuer);
    ASSERT_TRUE(metadata) << metadata.error().to_string();
    EXPECT_EQ(metadata->issuer, issuer);
    EXPECT_EQ(metadata->token_endpoint.to_string(), "https://id.test/token");
    EXPECT_EQ(metadata->authorization_endpoint->to_string(), "https://id.test/auth");
    EXPECT_EQ(metadata->revocation_endpoint->host(), "other.test");
    EXPECT_FALSE(metadata->jwks_uri);
    EXPECT_FALSE(metadata->device_authorization_endpoint);
    EXPECT_THAT(metadata->code_challenge_methods_supported, ElementsAre("S256", "plain"));
    EXPECT_THAT(metadata->grant_types_supported, IsEmpty());
    EXPECT_TRUE(metadata->authorization_response_iss_parameter_supported);
    EXPECT_FALSE(
        read_server_metadata(document(), issuer)->authorization_response_iss_parameter_supported);
}

TEST(ServerMetadata, of_another_issuer_are_refused) {
    for (const auto* named :
         {"https://id.test/tenant/", "https://id.test", "https://ID.test/tenant",
          "http://id.test/tenant", "https://evil.test/tenant"}) {
        const auto metadata = read_server_metadata(document("", named), issuer);
        ASSERT_FALSE(metadata) << named;
        EXPECT_EQ(metadata.error().kind(), ErrorKind::auth);
        EXPECT_EQ(metadata.error().ending(), Ending::permanent);
        EXPECT_EQ(metadata.error().detail(), "/issuer");
    }
}

TEST(ServerMetadata, send_no_secret_over_plain_http) {
    for (const auto* member :
         {"authorization_endpoint", "device_authorization_endpoint", "revocation_endpoint",
          "introspection_endpoint", "userinfo_endpoint", "jwks_uri"}) {
        for (const auto* bad : {"\"http://id.test/x\"", "\"/x\"", "\"\"", "7", "[]"}) {
            const auto metadata =
                read_server_metadata(document(",\"" + std::string(member) + "\":" + bad), issuer);
            ASSERT_FALSE(metadata) << member << bad;
            EXPECT_EQ(metadata.error().kind(), ErrorKind::decode);
            EXPECT_EQ(metadata.error().detail(), "/" + std::string(member));
        }
        EXPECT_TRUE(read_server_metadata(
            document(",\"" + std::string(member) + "\":\"http://127.0.0.1:80/x\""), issuer));
    }
    const auto metadata = read_server_metadata(
        R"({"issuer":"https://id.test/tenant","token_endpoint":"http://id.test/token"})", issuer);
    EXPECT_EQ(metadata.error().detail(), "/token_endpoint");
}

TEST(ServerMetadata, what_is_missing_is_named) {
    EXPECT_EQ(read_server_metadata("{}", issuer).error().detail(), "/issuer");
    EXPECT_EQ(read_server_metadata("[]", issuer).error().detail(), "/issuer");
    EXPECT_EQ(read_server_metadata(R"({"issuer":7})", issuer).error().detail(), "/issuer");
    EXPECT_EQ(
        read_server_metadata(R"({"issuer":"https://id.test/tenant"})", issuer).error().detail(),
        "/token_endpoint");
    EXPECT_EQ(read_server_metadata("<html>", issuer).error().kind(), ErrorKind::decode);
}

TEST(ServerMetadata, are_bounded) {
    EXPECT_EQ(read_server_metadata(document() + std::string(300'000, ' '), issuer).error().kind(),
              ErrorKind::too_large);
    std::string many = R"(,"grant_types_supported":["a")";
    for (int i = 0; i < 500; ++i) {
        many += ",\"a\"";
    }
    EXPECT_EQ(read_server_metadata(document(many + "]"), issuer)->grant_types_supported.size(),
              100U);
}

class Places final : public runtime::Service {
public:
    Task<Result<http::Response>> call(http::Request request,
                                      runtime::CallContext /*context*/) override {
        asked.push_back(request.url().path());
        auto answer = answers.front();
        answers.pop_front();
        co_return answer;
    }
    std::deque<Result<http::Response>> answers;
    std::vector<std::string> asked;
};

class Discovery : public ::testing::Test {
protected:
    runtime::VirtualScheduler scheduler;
    Places places;
    Result<ServerMetadata> ask(std::deque<Result<http::Response>> answers) {
        places.answers = std::move(answers);
        places.asked.clear();
        return runtime::run(scheduler, discover(places, std::string(issuer)));
    }
};

TEST_F(Discovery, asks_at_oauths_place_first) {
    EXPECT_TRUE(ask({http::Response::json(200, document())}));
    EXPECT_THAT(places.asked, ElementsAre("/.well-known/oauth-authorization-server/tenant"));
}

TEST_F(Discovery, asks_at_openids_place_where_the_first_has_nothing) {
    for (const auto& nothing : {http::Response(404), http::Response(403), http::Response(405),
                                http::Response(200, "<!doctype html>")}) {
        const auto metadata = ask({nothing, http::Response::json(200, document())});
        EXPECT_TRUE(metadata) << nothing.status();
        EXPECT_THAT(places.asked, ElementsAre("/.well-known/oauth-authorization-server/tenant",
                                              "/tenant/.well-known/openid-configuration"));
    }
}

TEST_F(Discovery, a_server_in_trouble_is_no_server_without_metadata) {
    EXPECT_EQ(ask({http::Response(503)}).error().kind(), ErrorKind::status);
    EXPECT_EQ(ask({http::Response(429)}).error().kind(), ErrorKind::rate_limited);
    EXPECT_EQ(ask({fail(ErrorKind::timeout, "late")}).error().kind(), ErrorKind::timeout);
    EXPECT_EQ(places.asked.size(), 1U);
}

TEST_F(Discovery, the_documents_of_somebody_else_are_not_believed) {
    const auto metadata = ask({http::Response::json(200, document("", "https://evil.test"))});
    EXPECT_EQ(metadata.error().detail(), "/issuer");
}

TEST_F(Discovery, nothing_at_either_place_is_said) {
    const auto metadata = ask({http::Response(404), http::Response(404)});
    ASSERT_FALSE(metadata);
    EXPECT_EQ(metadata.error().kind(), ErrorKind::status);
    EXPECT_EQ(metadata.error().ending(), Ending::permanent);
}

}  // namespace
}  // namespace apilab::auth
