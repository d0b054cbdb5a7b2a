#include "apilab/auth/revocation.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "apilab/runtime/virtual_scheduler.hpp"

namespace apilab::auth {
namespace {

using namespace std::chrono_literals;
using runtime::Task;
using ::testing::ElementsAre;

Result<void> gone(int status, std::string body = {}) {
    return read_revocation_answer(http::Response::json(status, std::move(body)));
}
Result<TokenState> state(std::string body, int status = 200) {
    return read_introspection_answer(http::Response::json(status, std::move(body)));
}

TEST(Revocation, is_done_where_the_token_is_unknown_too) {
    EXPECT_TRUE(gone(200));
    EXPECT_TRUE(gone(204));
    EXPECT_TRUE(gone(400, R"({"error":"invalid_token","error_description":"Token revoked"})"))
        << "Google";
}

TEST(Revocation, is_not_done_where_the_server_says_no) {
    const auto refused = gone(401, R"({"error":"invalid_client"})");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind(), ErrorKind::auth);
    EXPECT_EQ(refused.error().provider_code(), "invalid_client");
    EXPECT_EQ(refused.error().ending(), Ending::permanent);
    EXPECT_EQ(gone(400, R"({"error":"unsupported_token_type"})").error().ending(),
              Ending::permanent);
    EXPECT_EQ(gone(503).error().status(), 503);
    EXPECT_EQ(gone(429).error().kind(), ErrorKind::rate_limited);
    EXPECT_EQ(gone(400, "<html>").error().kind(), ErrorKind::status);
    EXPECT_EQ(read_revocation_answer(fail(ErrorKind::timeout, "late")).error().kind(),
              ErrorKind::timeout);
}

TEST(Introspection, tells_what_the_server_knows) {
    const auto good = state(
        R"({"active":true,"scope":"a b","client_id":"desk","sub":"mara","exp":1795341600,"x":1})");
    ASSERT_TRUE(good) << good.error().to_string();
    EXPECT_TRUE(good->active);
    EXPECT_EQ(good->scope, "a b");
    EXPECT_EQ(good->client_id, "desk");
    EXPECT_EQ(good->subject, "mara");
    EXPECT_EQ(good->expires, SystemTime(1795341600s));
    EXPECT_FALSE(state(R"({"active":true})")->expires);
    EXPECT_GT(*state(R"({"active":true,"exp":9223372036854775807})")->expires, SystemTime(1h));
}

TEST(Introspection, of_a_token_that_is_over_says_nothing_else) {
    const auto over = state(R"({"active":false,"scope":"a"})");
    ASSERT_TRUE(over);
    EXPECT_FALSE(over->active);
    EXPECT_EQ(over->scope, "");
}

TEST(Introspection, an_answer_that_does_not_say_is_none) {
    for (const auto* body : {"{}", R"({"active":"true"})", "[]", "<html>", ""}) {
        const auto unclear = state(body);
        ASSERT_FALSE(unclear) << body;
        EXPECT_EQ(unclear.error().kind(), ErrorKind::decode);
        EXPECT_EQ(unclear.error().detail(), "/active");
    }
    EXPECT_EQ(state(R"({"error":"invalid_client"})", 401).error().provider_code(),
              "invalid_client");
    EXPECT_EQ(state("", 401).error().kind(), ErrorKind::auth);
    EXPECT_EQ(state("", 500).error().kind(), ErrorKind::status);
}

class Endpoint final : public runtime::Service {
public:
    Task<Result<http::Response>> call(http::Request request,
                                      runtime::CallContext context) override {
        forms.push_back(request.body());
        effects.push_back(*context.operation.effect);
        co_return http::Response::json(200, R"({"active":true})");
    }
    std::vector<std::string> forms;
    std::vector<http::Effect> effects;
};

TEST(TokenQuestion, says_which_token_by_whom_and_may_be_asked_again) {
    runtime::VirtualScheduler scheduler;
    Endpoint endpoint;
    TokenQuestion question{
        .endpoint = *http::Url::parse("https://id.test/revoke"),
        .client = {.method = ClientAuthentication::Method::none, .client_id = "desk"},
        .token = Secret("r/1"),
        .hint = TokenQuestion::Hint::refresh_token};
    EXPECT_TRUE(runtime::run(scheduler, revoke(scheduler, endpoint, question)));
    question.hint = TokenQuestion::Hint::none;
    EXPECT_TRUE(runtime::run(scheduler, introspect(scheduler, endpoint, question))->active);
    EXPECT_THAT(endpoint.forms,
                ElementsAre("token=r%2F1&token_type_hint=refresh_token&client_id=desk",
                            "token=r%2F1&client_id=desk"));
    EXPECT_THAT(endpoint.effects, ElementsAre(http::Effect::idempotent, http::Effect::read));
    question.token = Secret();
    EXPECT_EQ(runtime::run(scheduler, revoke(scheduler, endpoint, question)).error().detail(),
              "token");
    EXPECT_EQ(endpoint.forms.size(), 2U);
}

}  // namespace
}  // namespace apilab::auth
