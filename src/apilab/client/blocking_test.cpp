#include "apilab/client/blocking.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <string>
#include <thread>

#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/server/server.hpp"
#include "apilab/testing/matchers.hpp"

namespace apilab::client::blocking {
namespace {

using apilab::testing::IsError;
using apilab::testing::IsOk;

// Answers every other request with 503, on a thread of its own.
class FlakyServer final : public runtime::Service {
public:
    FlakyServer() : server_(scheduler_, *this) {
        EXPECT_TRUE(server_.listen());
        url_ = "http://127.0.0.1:" + std::to_string(server_.port()) + "/";
        thread_ = std::thread([this] { scheduler_.run(); });
    }
    ~FlakyServer() override {
        scheduler_.stop();
        thread_.join();
        runtime::run(scheduler_, server_.stop(Duration::zero()));
    }

    runtime::Task<Result<http::Response>> call(http::Request request,
                                               runtime::CallContext) override {
        const int number = ++requests;
        co_return http::Response(number % 2 == 1 ? 503 : 200, request.method() + request.body());
    }
    [[nodiscard]] const std::string& url() const { return url_; }

    std::atomic<int> requests = 0;

private:
    runtime::RealScheduler scheduler_;
    server::Server server_;
    std::string url_;
    std::thread thread_;
};

// Sets a variable of the environment for as long as it lives.
class Variable {
public:
    Variable(std::string name, const std::string& value) : name_(std::move(name)) {
        ::setenv(name_.c_str(), value.c_str(), 1);
    }
    Variable(const Variable&) = delete;
    Variable& operator=(const Variable&) = delete;
    ~Variable() { ::unsetenv(name_.c_str()); }

private:
    std::string name_;
};

TEST(BlockingClient, goes_through_the_proxy_of_the_environment_only_where_it_is_asked_to) {
    FlakyServer proxy;
    FlakyServer origin;
    const Variable variable("http_proxy", proxy.url());
    const Variable none("no_proxy", "");
    auto straight = Client::create({.seed = 1});
    ASSERT_THAT(straight, IsOk());
    EXPECT_THAT(straight->get(origin.url()), IsOk());
    EXPECT_EQ(proxy.requests, 0);
    auto asked = Client::from_environment({.seed = 1});
    ASSERT_THAT(asked, IsOk());
    EXPECT_THAT(asked->get(origin.url()), IsOk());
    EXPECT_EQ(proxy.requests, 2);
    EXPECT_EQ(origin.requests, 2);
}

TEST(BlockingClient, a_proxy_that_is_none_is_an_error_that_names_the_variable) {
    const Variable variable("http_proxy", "socks5://127.0.0.1:1");
    const auto client = Client::from_environment();
    ASSERT_THAT(client, IsError(ErrorKind::invalid_argument));
    EXPECT_THAT(client.error().to_string(), ::testing::HasSubstr("http_proxy"));
}

TEST(BlockingClient, retries_over_real_sockets_and_tells_the_story) {
    FlakyServer server;
    auto client = Client::create({.seed = 1});
    ASSERT_THAT(client, IsOk());
    const auto reply = client->get(server.url());
    ASSERT_THAT(reply, IsOk());
    EXPECT_EQ(reply->status(), 200);
    EXPECT_EQ(reply->body(), "GET");
    EXPECT_EQ(reply->record()->attempts.size(), 2U);
    EXPECT_EQ(server.requests, 2);
}

TEST(BlockingClient, a_post_that_was_refused_with_503_is_not_sent_again) {
    FlakyServer server;
    auto client = Client::create();
    ASSERT_THAT(client, IsOk());
    const auto reply = client->post(server.url(), "{}");
    ASSERT_THAT(reply, IsOk());
    EXPECT_EQ(reply->status(), 503);
    EXPECT_EQ(server.requests, 1);
}

TEST(BlockingClient, calls_from_several_threads_run_side_by_side) {
    FlakyServer server;
    // Every other answer is a 503: a breaker would call that an origin in trouble.
    auto client = Client::create({.client = {.breaker = std::nullopt}});
    ASSERT_THAT(client, IsOk());
    std::atomic<int> ok = 0;
    std::vector<std::thread> threads;
    threads.reserve(4);
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
            for (int n = 0; n < 5; ++n) {
                ok += client->get(server.url()) ? 1 : 0;
            }
        });
    }
    for (auto& thread : threads) {
        thread.join();
    }
    EXPECT_EQ(ok, 20);
}

TEST(BlockingClient, nobody_there_is_an_error_that_says_nothing_was_sent) {
    std::string url;
    {
        const FlakyServer gone;
        url = gone.url();
    }
    auto client = Client::create({.client = {.retry = {.max_attempts = 1}}});
    ASSERT_THAT(client, IsOk());
    const auto reply = client->get(url);
    ASSERT_THAT(reply, IsError(ErrorKind::connect));
    EXPECT_EQ(reply.error().outcome(), Outcome::not_sent);
}

TEST(BlockingClient, options_are_checked_when_it_is_made) {
    EXPECT_THAT(Client::create({.client = {.origins_max = 0}}),
                IsError(ErrorKind::invalid_argument));
}

}  // namespace
}  // namespace apilab::client::blocking
