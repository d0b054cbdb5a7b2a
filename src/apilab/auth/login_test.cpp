#include "apilab/auth/login.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "apilab/auth/internal/form.hpp"
#include "apilab/auth/pkce.hpp"
#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/runtime/task_group.hpp"
#include "apilab/transport/asio_transport.hpp"

namespace apilab::auth {
namespace {

using namespace std::chrono_literals;
using runtime::Task;
using ::testing::HasSubstr;
using ::testing::Not;

std::map<std::string, std::string> fields_of(std::string_view form) {
    const auto fields = internal::read_form(form);
    return fields ? std::map<std::string, std::string>(fields->begin(), fields->end())
                  : std::map<std::string, std::string>();
}

class TokenEndpoint final : public runtime::Service {
public:
    Task<Result<http::Response>> call(http::Request request,
                                      runtime::CallContext context) override {
        forms.push_back(fields_of(request.body()));
        effect = context.operation.effect;
        co_return answer;
    }
    Result<http::Response> answer =
        http::Response::json(200, R"({"access_token":"a1","refresh_token":"r1"})");
    std::vector<std::map<std::string, std::string>> forms;
    std::optional<http::Effect> effect;
};

// A person whose browser calls back with `queries`, in which STATE stands for the right one.
class Login : public ::testing::Test {
protected:
    runtime::RealScheduler scheduler;
    transport::AsioTransport transport{scheduler, {.system_roots = false}};
    LoopbackListener listener{scheduler};
    TokenEndpoint endpoint;
    SystemRng chance;
    runtime::TaskGroup browser{scheduler};
    std::vector<std::string> queries{"code=c0de&state=STATE"};
    std::vector<std::map<std::string, std::string>> shown;
    std::optional<Result<TokenSet>> got;
    LoginOptions options{
        .authorization_url = *http::Url::parse("https://id.test/authorize"),
        .token_url = *http::Url::parse("https://id.test/token"),
        .client = {.method = ClientAuthentication::Method::none, .client_id = "desk"},
        .scope = "mail",
        .extra = {{"access_type", "offline"}},
        .show = [this](const http::Url& url) {
            shown.push_back(fields_of(url.query()));
            browser.spawn(browse(this));
        }};

    static Task<void> browse(Login* self) {
        for (auto query : self->queries) {
            if (const auto at = query.find("STATE"); at != std::string::npos) {
                query.replace(at, 5, self->shown.back()["state"]);
            }
            (void)co_await self->transport.call(
                http::Request::get(
                    *http::Url::parse(self->shown.back()["redirect_uri"] + "?" + query)),
                {});
        }
    }
    static Task<void> log_in(Login* self) {
        self->got = co_await login(self->scheduler, self->listener, self->endpoint, self->chance,
                                   self->options);
        co_await self->browser.join();
    }
    static Task<void> log_in_and_cancel(Login* self) {
        runtime::TaskGroup group(self->scheduler);
        group.spawn(log_in(self));
        (void)co_await self->scheduler.sleep_for(1ms);
        group.cancel();
        co_await group.join();
    }
    Result<TokenSet> log_in() {
        runtime::run(scheduler, log_in(this));
        return *got;
    }
    void expect_closed() {
        const auto answer = runtime::run(
            scheduler,
            transport.call(http::Request::get(*http::Url::parse(shown.back()["redirect_uri"])),
                           {}));
        EXPECT_FALSE(answer) << "it still listens";
    }
};

TEST_F(Login, gives_the_tokens_for_the_code_of_the_browser) {
    const auto tokens = log_in();
    ASSERT_TRUE(tokens) << tokens.error().to_string();
    EXPECT_EQ(tokens->access_token.reveal(), "a1");
    EXPECT_EQ(tokens->refresh_token.reveal(), "r1");
    ASSERT_EQ(shown.size(), 1U);
    EXPECT_EQ(shown[0]["access_type"], "offline");
    EXPECT_EQ(shown[0]["scope"], "mail");
    ASSERT_EQ(endpoint.forms.size(), 1U);
    EXPECT_EQ(endpoint.forms[0]["code"], "c0de");
    EXPECT_EQ(endpoint.forms[0]["redirect_uri"], shown[0]["redirect_uri"]);
    EXPECT_EQ(endpoint.effect, http::Effect::write) << "a code works once";
    expect_closed();
}

TEST_F(Login, the_verifier_is_that_of_the_challenge_and_never_in_the_url) {
    ASSERT_TRUE(log_in());
    const auto verifier = Pkce::with(Secret(endpoint.forms[0]["code_verifier"]));
    ASSERT_TRUE(verifier);
    EXPECT_EQ(verifier->challenge(), shown[0]["code_challenge"]);
    EXPECT_EQ(shown[0]["code_challenge_method"], "S256");
    for (const auto& [name, value] : shown[0]) {
        EXPECT_NE(value, verifier->verifier().reveal()) << name;
    }
}

TEST_F(Login, state_and_verifier_are_fresh_every_time) {
    ASSERT_TRUE(log_in());
    ASSERT_TRUE(log_in());
    EXPECT_GE(shown[0]["state"].size(), 43U);
    EXPECT_NE(shown[0]["state"], shown[1]["state"]);
    EXPECT_NE(shown[0]["code_challenge"], shown[1]["code_challenge"]);
    EXPECT_NE(shown[0]["state"], endpoint.forms[0]["code_verifier"]);
}

TEST_F(Login, goes_on_after_somebody_elses_answer) {
    queries = {"code=evil&state=guessed", "code=c0de&state=STATE"};
    ASSERT_TRUE(log_in());
    ASSERT_EQ(endpoint.forms.size(), 1U);
    EXPECT_EQ(endpoint.forms[0]["code"], "c0de");
}

TEST_F(Login, a_refusal_costs_no_token_request) {
    queries = {"error=access_denied&state=STATE"};
    const auto tokens = log_in();
    ASSERT_FALSE(tokens);
    EXPECT_EQ(tokens.error().provider_code(), "access_denied");
    EXPECT_EQ(tokens.error().ending(), Ending::permanent);
    EXPECT_TRUE(endpoint.forms.empty());
    expect_closed();
}

TEST_F(Login, an_answer_of_another_server_costs_no_token_request) {
    options.issuer = "https://id.test";
    queries = {"code=c0de&state=STATE&iss=https://evil.test"};
    const auto tokens = log_in();
    ASSERT_FALSE(tokens);
    EXPECT_EQ(tokens.error().detail(), "iss");
    EXPECT_TRUE(endpoint.forms.empty());
}

TEST_F(Login, a_refused_code_is_asked_for_once_and_shows_in_no_error) {
    endpoint.answer = http::Response::json(400, R"({"error":"invalid_grant"})");
    const auto tokens = log_in();
    ASSERT_FALSE(tokens);
    EXPECT_EQ(tokens.error().ending(), Ending::permanent);
    EXPECT_THAT(tokens.error().to_string(), Not(HasSubstr("c0de")));
    EXPECT_EQ(endpoint.forms.size(), 1U);
}

TEST_F(Login, a_lost_answer_is_not_asked_for_again) {
    endpoint.answer = fail(
        Error(ErrorKind::connection_lost, "closed by the peer").with_outcome(Outcome::unknown));
    const auto tokens = log_in();
    ASSERT_FALSE(tokens);
    EXPECT_EQ(tokens.error().kind(), ErrorKind::connection_lost);
    EXPECT_EQ(tokens.error().outcome(), Outcome::unknown);
    EXPECT_EQ(endpoint.forms.size(), 1U);
}

TEST_F(Login, waits_as_long_as_it_is_told) {
    queries.clear();
    options.patience = 1ms;
    const auto tokens = log_in();
    ASSERT_FALSE(tokens);
    EXPECT_EQ(tokens.error().kind(), ErrorKind::deadline);
    expect_closed();
}

TEST_F(Login, a_cancellation_closes_the_port) {
    queries.clear();
    runtime::run(scheduler, log_in_and_cancel(this));
    ASSERT_TRUE(got && !*got);
    EXPECT_EQ(got->error().kind(), ErrorKind::cancelled);
    EXPECT_TRUE(endpoint.forms.empty());
    expect_closed();
}

TEST_F(Login, a_second_one_beside_it_is_refused_and_disturbs_nothing) {
    ASSERT_TRUE(listener.open({.state = Secret("xyz"), .issuer = {}}));
    EXPECT_EQ(log_in().error().kind(), ErrorKind::invalid_argument);
    EXPECT_TRUE(shown.empty());
    EXPECT_FALSE(listener.open({.state = Secret("xyz"), .issuer = {}})) << "the first was closed";
    runtime::run(scheduler, listener.close());
    EXPECT_TRUE(log_in());
}

TEST_F(Login, a_request_that_cannot_be_made_opens_nothing_for_long) {
    options.extra = {{"scope", "twice"}};
    EXPECT_EQ(log_in().error().detail(), "scope");
    EXPECT_TRUE(shown.empty());
    options.extra.clear();
    EXPECT_TRUE(log_in()) << "the listener is free again";
}

TEST_F(Login, needs_somebody_to_show_the_url) {
    options.show = nullptr;
    EXPECT_EQ(log_in().error().detail(), "show");
}

}  // namespace
}  // namespace apilab::auth
