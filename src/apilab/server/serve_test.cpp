#include "apilab/server/serve.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <future>

#include "apilab/server/internal/server_test_peer.hpp"

namespace apilab::server {
namespace {

using internal::TestPeer;
using internal::TestService;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr std::string_view get =
    "GET / HTTP/1.1\r\nHost: example.test\r\nConnection: close\r\n\r\n";

TestService::Handler says_ok() {
    return [](const http::Request&, const runtime::CallContext&) {
        return internal::answer_with(http::Response(200, "ok"));
    };
}

TEST(ServeUntilTold, still_answers_who_comes_after_the_signal_and_ends_at_the_second_one) {
    std::promise<std::uint16_t> listening;
    std::promise<void> told;
    auto over = std::async(std::launch::async, [&] {
        runtime::RealScheduler scheduler;
        TestService service(says_ok());
        return serve_until_told(scheduler, service, {},
                                {.linger = std::chrono::minutes(1),
                                 .on_listening = [&](auto port) { listening.set_value(port); },
                                 .on_told = [&] { told.set_value(); }});
    });
    const auto port = listening.get_future().get();
    EXPECT_THAT(TestPeer(port).ask(get), StartsWith("HTTP/1.1 200"));
    (void)::raise(SIGTERM);
    told.get_future().get();
    EXPECT_THAT(TestPeer(port).ask(get), StartsWith("HTTP/1.1 200"));
    (void)::raise(SIGINT);
    EXPECT_TRUE(over.get());
}

TEST(ServeUntilTold, ends_by_itself_once_the_routers_had_their_time) {
    std::promise<std::uint16_t> listening;
    auto over = std::async(std::launch::async, [&] {
        runtime::RealScheduler scheduler;
        TestService service(says_ok());
        return serve_until_told(scheduler, service, {},
                                {.linger = std::chrono::milliseconds(1),
                                 .on_listening = [&](auto port) { listening.set_value(port); }});
    });
    (void)listening.get_future().get();
    (void)::raise(SIGINT);
    EXPECT_TRUE(over.get());
}

TEST(ServeUntilTold, refuses_to_linger_for_longer_than_anybody_waits) {
    runtime::RealScheduler scheduler;
    TestService service(says_ok());
    const auto refused =
        serve_until_told(scheduler, service, {}, {.linger = std::chrono::hours(1)});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind(), ErrorKind::invalid_argument);
    EXPECT_THAT(refused.error().message(), HasSubstr("linger"));
}

}  // namespace
}  // namespace apilab::server
