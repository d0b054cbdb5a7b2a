#include "apilab/auth/oauth2.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <vector>

#include "apilab/auth/bearer_auth.hpp"
#include "apilab/runtime/body.hpp"
#include "apilab/runtime/virtual_scheduler.hpp"

namespace apilab::auth {
namespace {

using namespace std::chrono_literals;
using runtime::Task;
using ::testing::HasSubstr;

std::string token_json(int number, std::string_view rest = R"(,"expires_in":3600)") {
    return R"({"access_token":"a)" + std::to_string(number) +
           R"(","token_type":"bearer","refresh_token":"r)" + std::to_string(number) + "\"" +
           std::string(rest) + "}";
}

// A token endpoint that needs 100 ms, and a resource that takes only the tokens in `good`.
class Server final : public runtime::Service {
public:
    explicit Server(runtime::Scheduler& scheduler) : scheduler_(scheduler) {}

    Task<Result<http::Response>> call(http::Request request,
                                      runtime::CallContext /*context*/) override {
        if (request.url().path() != "/token") {
            seen.emplace_back(request.headers().value("authorization"));
            co_return http::Response(seen.back() == "Bearer " + good ? 200 : 401);
        }
        forms.push_back(request.body());
        basic.emplace_back(request.headers().value("authorization"));
        if (auto slept = co_await scheduler_.sleep_for(100ms); !slept) {
            co_return fail(std::move(slept).error());
        }
        if (!answers.empty()) {
            auto answer = std::move(answers.front());
            answers.pop_front();
            co_return answer;
        }
        co_return http::Response::json(200, token_json(static_cast<int>(forms.size())));
    }

    std::string good = "a1";
    std::deque<Result<http::Response>> answers;
    std::vector<std::string> forms;
    std::vector<std::string> basic;
    std::vector<std::string> seen;

private:
    runtime::Scheduler& scheduler_;
};

class OAuth2 : public ::testing::Test {
protected:
    runtime::VirtualScheduler scheduler;
    Server server{scheduler};
    SeededRng rng{1};
    OAuth2Options options{.token_url = *http::Url::parse("http://id.test/token"),
                          .client_id = "c:id",
                          .client_secret = Secret("s+c"),
                          .refresh_token = Secret("r0"),
                          .renewal = {.life = {.jitter = 0}}};
    std::vector<std::string> results;

    static Task<void> ask(OAuth2* self, OAuth2TokenSource* source) {
        const auto token = co_await source->token();
        self->results.push_back(token ? std::string(token->reveal()) : token.error().to_string());
    }
    Result<Secret> token(OAuth2TokenSource& source) {
        return runtime::run(scheduler, source.token());
    }
    static Task<void> crowd(OAuth2* self, OAuth2TokenSource* source, int count) {
        runtime::TaskGroup group(self->scheduler);
        for (int i = 0; i < count; ++i) {
            group.spawn(ask(self, source));
        }
        co_await group.join();
    }
    static Task<void> one_leaves(OAuth2* self, OAuth2TokenSource* source) {
        runtime::TaskGroup leaving(self->scheduler);
        runtime::TaskGroup staying(self->scheduler);
        leaving.spawn(ask(self, source));
        staying.spawn(ask(self, source));
        (void)co_await self->scheduler.sleep_for(50ms);
        leaving.cancel();
        co_await leaving.join();
        co_await staying.join();
    }
};

TEST_F(OAuth2, twenty_callers_cost_one_request) {
    OAuth2TokenSource source(scheduler, server, rng, options);
    runtime::run(scheduler, crowd(this, &source, 20));
    EXPECT_EQ(results, std::vector<std::string>(20, "a1"));
    EXPECT_THAT(server.forms, ::testing::ElementsAre("grant_type=refresh_token&refresh_token=r0"));
    EXPECT_EQ(server.basic.front(), "Basic YyUzQWlkOnMlMkJj") << "form-encoded, then base64";
}

TEST_F(OAuth2, a_token_that_is_over_is_replaced_by_the_newest_refresh_token) {
    OAuth2TokenSource source(scheduler, server, rng, options);
    EXPECT_EQ(token(source)->reveal(), "a1");
    scheduler.advance(3590s - 101ms);  // measured from when it was asked for
    EXPECT_EQ(token(source)->reveal(), "a1");
    runtime::run(scheduler, source.close());
    EXPECT_EQ(token(source)->reveal(), "a2");
    EXPECT_THAT(server.forms.back(), HasSubstr("refresh_token=r1"));
}

TEST_F(OAuth2, a_caller_who_leaves_does_not_take_the_request_away) {
    OAuth2TokenSource source(scheduler, server, rng, options);
    runtime::run(scheduler, one_leaves(this, &source));
    ASSERT_EQ(results.size(), 2U);
    EXPECT_THAT(results[0], HasSubstr("cancelled"));
    EXPECT_EQ(results[1], "a1");
    EXPECT_EQ(server.forms.size(), 1U);
}

TEST_F(OAuth2, who_has_no_time_is_told_and_the_token_still_comes) {
    OAuth2TokenSource source(scheduler, server, rng, options);
    const auto late = runtime::run(scheduler, source.token(scheduler.now() + 10ms));
    EXPECT_EQ(late.error().kind(), ErrorKind::deadline);
    EXPECT_EQ(token(source)->reveal(), "a1");
    EXPECT_EQ(server.forms.size(), 1U);
    runtime::run(scheduler, source.close());
}

TEST_F(OAuth2, after_invalid_grant_nobody_asks_again) {
    server.answers.emplace_back(http::Response::json(400, R"({"error":"invalid_grant"})"));
    OAuth2TokenSource source(scheduler, server, rng, options);
    runtime::run(scheduler, crowd(this, &source, 3));
    const auto again = token(source);
    EXPECT_EQ(again.error().provider_code(), "invalid_grant");
    EXPECT_EQ(again.error().ending(), Ending::permanent);
    EXPECT_FALSE(again.error().remedy().empty());
    EXPECT_EQ(server.forms.size(), 1U);
}

TEST_F(OAuth2, a_busy_token_endpoint_is_asked_again_with_the_same_refresh_token) {
    server.answers.emplace_back(
        http::Response::json(503, R"({"error":"temporarily_unavailable"})"));
    server.answers.emplace_back(fail(ErrorKind::timeout, "no answer"));
    server.answers.emplace_back(http::Response(502, "<html>"));
    OAuth2TokenSource source(scheduler, server, rng, options);
    for (int i = 0; i < 3; ++i) {
        EXPECT_FALSE(token(source));
        EXPECT_FALSE(token(source)) << "not yet: within a second nobody asks";
        scheduler.advance(1s);
    }
    EXPECT_TRUE(token(source));
    EXPECT_EQ(server.forms,
              std::vector<std::string>(4, "grant_type=refresh_token&refresh_token=r0"));
}

TEST_F(OAuth2, what_did_not_arrive_ends_nothing_however_final_it_looks) {
    server.answers.emplace_back(
        fail(Error(ErrorKind::tls, "the certificate is not ours").with_ending(Ending::permanent)));
    OAuth2TokenSource source(scheduler, server, rng, options);
    EXPECT_EQ(token(source).error().kind(), ErrorKind::tls);
    scheduler.advance(1s);
    EXPECT_EQ(token(source)->reveal(), "a2");
}

TEST(ReadTokenAnswer, hands_on_the_error_of_a_request_without_an_answer) {
    const Result<http::Response> lost = fail(ErrorKind::connection_lost, "reset");
    EXPECT_EQ(read_token_answer(lost).error().kind(), ErrorKind::connection_lost);
    EXPECT_TRUE(read_token_answer(http::Response::json(200, token_json(1))).has_value());
}

TEST_F(OAuth2, odd_answers_are_read_or_refused) {
    server.answers.emplace_back(http::Response::json(200, R"({"error":"bad_verification_code"})"));
    server.answers.emplace_back(http::Response::json(200, R"({"token_type":"bearer"})"));
    server.answers.emplace_back(
        http::Response::json(200, R"({"access_token":"x","token_type":"mac"})"));
    server.answers.emplace_back(http::Response(200, "access_token=x&token_type=bearer"));
    server.answers.emplace_back(
        http::Response::json(200, R"({"access_token":"x","expires_in":"60"})"));
    OAuth2TokenSource source(scheduler, server, rng, options);
    const auto next = [&] {
        scheduler.advance(1s);
        return token(source);
    };
    EXPECT_EQ(next().error().provider_code(), "bad_verification_code");
    EXPECT_EQ(next().error().detail(), "/access_token");
    EXPECT_EQ(next().error().detail(), "/token_type");
    EXPECT_EQ(next().error().kind(), ErrorKind::decode);
    EXPECT_EQ(next()->reveal(), "x");
    scheduler.advance(60s);
    EXPECT_EQ(next()->reveal(), "a6");
    EXPECT_THAT(server.forms.back(), HasSubstr("refresh_token=r0")) << "no new one: the old stays";
}

TEST_F(OAuth2, without_a_refresh_token_the_client_asks_in_its_own_name) {
    options.refresh_token = {};
    options.scope = "documents.read";
    options.client_auth = OAuth2Options::ClientAuth::post;
    server.answers.emplace_back(http::Response::json(200, R"({"access_token":"x"})"));
    OAuth2TokenSource source(scheduler, server, rng, options);
    EXPECT_TRUE(token(source));
    EXPECT_EQ(server.forms.front(),
              "grant_type=client_credentials&scope=documents.read&client_id=c%3Aid&client_secret="
              "s%2Bc");
    EXPECT_EQ(server.basic.front(), "");
    scheduler.advance(24h * 365);
    EXPECT_TRUE(token(source));
    EXPECT_EQ(server.forms.size(), 1U) << "no lifetime was named: a 401 has to tell";
}

class Bearer : public OAuth2 {
protected:
    Result<http::Response> get(OAuth2TokenSource& source, std::string_view url,
                               const http::Headers& headers = {}) {
        BearerAuth service(server, source, "http://api.test");
        auto request = http::Request::get(*http::Url::parse(url));
        request.headers() = headers;
        return runtime::run(scheduler, service.call(std::move(request), {}));
    }
};

TEST_F(Bearer, a_401_costs_one_refresh_and_one_replay) {
    OAuth2TokenSource source(scheduler, server, rng, options);
    EXPECT_EQ(get(source, "http://api.test/x")->status(), 200);
    server.good = "a2";  // the first one was revoked
    EXPECT_EQ(get(source, "http://api.test/x")->status(), 200);
    EXPECT_THAT(server.seen, ::testing::ElementsAre("Bearer a1", "Bearer a1", "Bearer a2"));
    EXPECT_EQ(server.forms.size(), 2U);
}

class Once final : public runtime::BodySource {
public:
    [[nodiscard]] std::optional<std::uint64_t> length() const override { return 0; }
    [[nodiscard]] bool replayable() const override { return false; }
    Task<Result<void>> start() override { co_return Result<void>(); }
    Task<Result<std::string>> read(std::size_t /*max*/) override { co_return std::string(); }
};

TEST_F(Bearer, a_body_that_can_be_read_only_once_is_not_sent_again) {
    OAuth2TokenSource source(scheduler, server, rng, options);
    server.good = "none";
    BearerAuth service(server, source, "http://api.test");
    runtime::CallContext context;
    context.upload = std::make_shared<Once>();
    auto request = http::Request::post(*http::Url::parse("http://api.test/x"), "", "text/plain");
    const auto answer = runtime::run(scheduler, service.call(std::move(request), context));
    EXPECT_EQ(answer->status(), 401);
    EXPECT_EQ(server.seen.size(), 1U);
    EXPECT_EQ(server.forms.size(), 1U);
}

TEST_F(Bearer, a_fresh_token_that_is_refused_too_ends_it) {
    server.good = "none";
    OAuth2TokenSource source(scheduler, server, rng, options);
    EXPECT_EQ(get(source, "http://api.test/x")->status(), 401);
    EXPECT_EQ(server.seen.size(), 2U);
    EXPECT_EQ(server.forms.size(), 2U);
}

TEST_F(Bearer, the_token_goes_to_its_origin_and_nowhere_else) {
    OAuth2TokenSource source(scheduler, server, rng, options);
    EXPECT_EQ(get(source, "http://api.test.evil/x")->status(), 401);
    EXPECT_EQ(get(source, "https://api.test/x")->status(), 401);
    EXPECT_EQ(get(source, "http://api.test/x", {{"authorization", "Basic abc"}})->status(), 401);
    EXPECT_THAT(server.seen, ::testing::ElementsAre("", "", "Basic abc"));
    EXPECT_TRUE(server.forms.empty());
}

TEST_F(Bearer, without_a_token_nothing_is_sent_and_after_a_401_the_error_says_so) {
    server.answers.emplace_back(http::Response::json(400, R"({"error":"invalid_grant"})"));
    OAuth2TokenSource dead(scheduler, server, rng, options);
    const auto unsent = get(dead, "http://api.test/x");
    EXPECT_EQ(unsent.error().provider_code(), "invalid_grant");
    EXPECT_TRUE(server.seen.empty());

    OAuth2TokenSource dying(scheduler, server, rng, options);
    server.good = "a2";
    EXPECT_EQ(get(dying, "http://api.test/x")->status(), 200);
    server.good = "none";
    server.answers.emplace_back(http::Response::json(400, R"({"error":"invalid_grant"})"));
    const auto after = get(dying, "http://api.test/x");
    EXPECT_EQ(after.error().outcome(), Outcome::answered);
    EXPECT_THAT(after.error().to_string(), HasSubstr("after a 401"));
}

}  // namespace
}  // namespace apilab::auth
