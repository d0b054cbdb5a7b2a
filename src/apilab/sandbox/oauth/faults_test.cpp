// What a token endpoint may do to its clients, in the vocabulary of faults.

#include <gtest/gtest.h>

#include <string>

#include "apilab/sandbox/internal/test_tokens.hpp"

namespace apilab::sandbox {
namespace {

using internal::TokenWorld;

// The answer to a refresh under such a fault.
http::Response refreshed_under(const std::string& what) {
    TokenWorld world("[[fault]]\nwhere = \"oauth:token\"\nwhat = { " + what + " }\n");
    auto reply = runtime::run(world.scheduler,
                              world.sandbox->call(TokenWorld::token("seed-refresh-token"), {}));
    return *std::move(reply);
}

TEST(TokenFaults, a_token_reply_can_be_garbage) {
    const auto html = refreshed_under(
        R"(status = 200, headers = { content-type = "text/html" }, body = "<html>Hello</html>")");
    EXPECT_EQ(html.headers().value("content-type"), "text/html");
    EXPECT_EQ(html.body(), "<html>Hello</html>");
    const auto inside = refreshed_under(R"(status = 200, body = { error = "bad_refresh_token" })");
    EXPECT_EQ(inside.status(), 200);
    EXPECT_TRUE(inside.body().contains("bad_refresh_token"));
    const auto created =
        refreshed_under(R"(status = 201, body = { access_token = "x", token_type = "bearer" })");
    EXPECT_EQ(created.status(), 201);
    EXPECT_EQ(refreshed_under(R"(status = 400, body = { error = "invalid_grant" })").status(), 400);
}

TEST(TokenFaults, members_of_a_good_reply_can_be_odd_or_missing) {
    const auto with = [](const std::string& drift) {
        return refreshed_under("drift = [{ " + drift + " }]").body();
    };
    EXPECT_TRUE(
        with(R"(op = "retype", pointer = "/expires_in")").contains(R"("expires_in":"3600")"));
    EXPECT_TRUE(
        with(R"(op = "retype", pointer = "/expires_in", to = -1)").contains(R"("expires_in":-1)"));
    EXPECT_TRUE(with(R"(op = "retype", pointer = "/expires_in", to = 9000000000000000000)")
                    .contains("9000000000000000000"));
    EXPECT_FALSE(with(R"(op = "remove", pointer = "/expires_in")").contains("expires_in"));
    EXPECT_FALSE(with(R"(op = "remove", pointer = "/token_type")").contains("token_type"));
    EXPECT_FALSE(with(R"(op = "remove", pointer = "/refresh_token")").contains("refresh_token"));
    EXPECT_TRUE(with(R"(op = "null", pointer = "/scope")").contains(R"("scope":null)"));
}

TEST(TokenFaults, a_refresh_can_be_done_and_its_answer_lost) {
    TokenWorld world(
        "[[fault]]\nwhere = \"oauth:token\"\nwhat = { reset = \"after_commit\" }\n"
        "when = { nth = 1 }\n");
    EXPECT_EQ(world.send(TokenWorld::token("seed-refresh-token")).status, 0);
    EXPECT_EQ(world.send(TokenWorld::token("seed-refresh-token")).status, 400) << "it was used";
}

TEST(TokenFaults, metadata_lies_before_the_path_of_the_issuer_too) {
    TokenWorld world;
    auto reply =
        runtime::run(world.scheduler,
                     world.sandbox->call(
                         http::Request::get(*http::Url::parse(
                             "http://sandbox.test/.well-known/oauth-authorization-server/oauth")),
                         {}));
    EXPECT_EQ(reply->status(), 200);
    EXPECT_TRUE(reply->body().contains(R"("issuer":"http://sandbox.test/oauth")"));
}

}  // namespace
}  // namespace apilab::sandbox
