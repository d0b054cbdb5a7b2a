#include "apilab/auth/device_login.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <vector>

#include "apilab/runtime/task_group.hpp"
#include "apilab/runtime/virtual_scheduler.hpp"

namespace apilab::auth {
namespace {

using namespace std::chrono_literals;
using runtime::Task;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

Result<http::Response> said(std::string_view error, int status = 400) {
    return http::Response::json(status, R"({"error":")" + std::string(error) + "\"}");
}

// Pending for as long as there is no other answer; each takes a second.
class Server final : public runtime::Service {
public:
    explicit Server(runtime::Scheduler& scheduler) : scheduler_(scheduler) {}

    Task<Result<http::Response>> call(http::Request request,
                                      runtime::CallContext context) override {
        if (request.url().path() == "/device") {
            ++codes;
            co_return code;
        }
        polled.push_back(scheduler_.now());
        deadlines.push_back(context.deadline);
        EXPECT_THAT(request.body(), HasSubstr("device_code=d0"));
        auto answer = said("authorization_pending");
        if (!answers.empty()) {
            answer = std::move(answers.front());
            answers.pop_front();
        }
        if (auto slept = co_await scheduler_.sleep_for(1s); !slept) {
            co_return fail(std::move(slept).error());
        }
        co_return answer;
    }

    Result<http::Response> code = http::Response::json(
        200,
        R"({"device_code":"d0","user_code":"AB","verification_uri":"https://id.test/go","expires_in":60})");
    std::deque<Result<http::Response>> answers;
    std::vector<SteadyTime> polled;
    std::vector<SteadyTime> deadlines;
    int codes = 0;

private:
    runtime::Scheduler& scheduler_;
};

class DeviceLogin : public ::testing::Test {
protected:
    runtime::VirtualScheduler scheduler;
    Server server{scheduler};
    SteadyTime start = scheduler.now();
    std::vector<std::string> shown;
    std::optional<Result<TokenSet>> got;
    DeviceLoginOptions options{
        .device_authorization_url = *http::Url::parse("https://id.test/device"),
        .token_url = *http::Url::parse("https://id.test/token"),
        .client = {.method = ClientAuthentication::Method::none, .client_id = "desk"},
        .show = [this](const DeviceCode& code) { shown.push_back(code.user_code); }};

    static Task<void> log_in(DeviceLogin* self) {
        self->got = co_await device_login(self->scheduler, self->server, self->options);
    }
    static Task<void> cancelled_after(DeviceLogin* self, Duration time) {
        runtime::TaskGroup group(self->scheduler);
        group.spawn(log_in(self));
        (void)co_await self->scheduler.sleep_for(time);
        group.cancel();
        co_await group.join();
    }
    Result<TokenSet> log_in() {
        runtime::run(scheduler, log_in(this));
        return *got;
    }
    std::vector<std::int64_t> seconds_of_polls() {
        std::vector<std::int64_t> seconds;
        for (const auto at : server.polled) {
            seconds.push_back(std::chrono::floor<std::chrono::seconds>(at - start).count());
        }
        return seconds;
    }
};

TEST_F(DeviceLogin, shows_the_code_and_polls_until_somebody_consents) {
    server.answers = {said("authorization_pending"), said("slow_down"),
                      said("authorization_pending", 428),
                      http::Response::json(200, R"({"access_token":"a","token_type":"bearer"})")};
    const auto tokens = log_in();
    ASSERT_TRUE(tokens) << tokens.error().to_string();
    EXPECT_EQ(tokens->access_token.reveal(), "a");
    EXPECT_THAT(shown, ElementsAre("AB"));
    // An answer takes 1 s; 5 s between, 10 s after slow_down.
    EXPECT_THAT(seconds_of_polls(), ElementsAre(5, 11, 22, 33));
}

TEST_F(DeviceLogin, a_lost_answer_slows_it_down_and_it_goes_on) {
    server.answers = {fail(ErrorKind::timeout, "no first byte"),
                      http::Response::json(200, R"({"access_token":"a"})")};
    ASSERT_TRUE(log_in());
    EXPECT_THAT(seconds_of_polls(), ElementsAre(5, 16));
}

TEST_F(DeviceLogin, a_refusal_ends_it_at_once) {
    server.answers = {said("authorization_pending"), said("access_denied", 403)};
    const auto tokens = log_in();
    ASSERT_FALSE(tokens);
    EXPECT_EQ(tokens.error().provider_code(), "access_denied");
    EXPECT_EQ(tokens.error().ending(), Ending::permanent);
    EXPECT_EQ(server.polled.size(), 2U);
}

TEST_F(DeviceLogin, nobody_is_asked_after_the_end_of_the_code) {
    const auto tokens = log_in();
    ASSERT_FALSE(tokens);
    EXPECT_EQ(tokens.error().detail(), "expired_token");
    EXPECT_EQ(tokens.error().ending(), Ending::permanent);
    EXPECT_THAT(seconds_of_polls(), ElementsAre(5, 11, 17, 23, 29, 35, 41, 47, 53, 59));
    EXPECT_EQ(server.deadlines.back(), start + 60s) << "nor is a request under way then";
    EXPECT_EQ(server.deadlines.front(), start + 35s);
}

TEST_F(DeviceLogin, without_a_code_nobody_polls) {
    server.code = said("invalid_scope");
    const auto tokens = log_in();
    ASSERT_FALSE(tokens);
    EXPECT_EQ(tokens.error().provider_code(), "invalid_scope");
    EXPECT_TRUE(shown.empty());
    EXPECT_TRUE(server.polled.empty());
}

TEST_F(DeviceLogin, a_cancellation_ends_it_between_two_polls_and_within_one) {
    runtime::run(scheduler, cancelled_after(this, 3s));
    EXPECT_EQ(got->error().kind(), ErrorKind::cancelled);
    EXPECT_TRUE(server.polled.empty());
    runtime::run(scheduler, cancelled_after(this, 5500ms));
    EXPECT_EQ(got->error().kind(), ErrorKind::cancelled);
    EXPECT_EQ(server.polled.size(), 1U);
}

TEST_F(DeviceLogin, needs_somebody_to_show_the_code) {
    options.show = nullptr;
    EXPECT_EQ(log_in().error().detail(), "show");
    EXPECT_EQ(server.codes, 0);
}

}  // namespace
}  // namespace apilab::auth
