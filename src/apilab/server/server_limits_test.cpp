// Malformed requests, limits and timeouts.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apilab/server/internal/server_test_peer.hpp"
#include "apilab/server/server.hpp"

namespace apilab::server {
namespace {

using internal::answer_with;
using internal::TestPeer;
using internal::TestServer;
using runtime::CallContext;
using runtime::Task;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using End = TestPeer::End;
using namespace std::chrono_literals;

constexpr std::string_view get = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

Task<Result<http::Response>> hello(const http::Request& /*request*/,
                                   const CallContext& /*context*/) {
    return answer_with(http::Response(200, "hello"));
}

// The request gets `status`, the connection ends with FIN, the service was not asked.
void expect_refused(ServerOptions options, std::string_view request, int status) {
    TestServer server(hello, std::move(options));
    auto peer = server.connect();
    peer.send(request);
    const std::string answer = peer.read_all();
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 " + std::to_string(status) + " ")) << request;
    EXPECT_THAT(answer, HasSubstr("\r\nconnection: close\r\n"));
    EXPECT_EQ(peer.end(), End::fin) << request;
    EXPECT_EQ(server.stats().requests, 0u) << request;
    EXPECT_EQ(server.stats().refused, 1u) << request;
}

TEST(ServerLimits, a_malformed_request_gets_400_and_the_connection_ends) {
    expect_refused({}, "nonsense\r\n\r\n", 400);
    expect_refused({}, "GET / HTTP/1.1\r\n\r\n", 400);
    expect_refused({}, "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400);
}

TEST(ServerLimits, what_follows_a_malformed_request_is_not_served) {
    expect_refused({}, "GET / HTTP/1.1\r\nno colon\r\n\r\n" + std::string(get), 400);
}

TEST(ServerLimits, a_head_beyond_the_limit_gets_431) {
    const std::string large(1000, 'x');
    expect_refused({.header_bytes_max = 500},
                   "GET / HTTP/1.1\r\nHost: h\r\nx: " + large + "\r\n\r\n", 431);
    expect_refused({.header_count_max = 2}, "GET / HTTP/1.1\r\nHost: h\r\na: 1\r\nb: 2\r\n\r\n",
                   431);
}

TEST(ServerLimits, an_announced_body_beyond_the_limit_gets_413_before_it_is_sent) {
    expect_refused({.body_bytes_max = 10},
                   "POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n"
                   "Content-Length: 11\r\n\r\n",
                   413);
}

TEST(ServerLimits, a_chunked_body_beyond_the_limit_gets_413) {
    expect_refused({.body_bytes_max = 10},
                   "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
                   "6\r\nabcdef\r\n6\r\nabcdef\r\n0\r\n\r\n",
                   413);
}

TEST(ServerLimits, the_refusal_of_a_large_upload_arrives_although_the_upload_goes_on) {
    TestServer server(hello, {.body_bytes_max = 10});
    auto peer = server.connect();
    peer.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 500000\r\n\r\n");
    peer.send(std::string(500'000, 'x'));
    EXPECT_THAT(peer.read_all(), StartsWith("HTTP/1.1 413 "));
    EXPECT_EQ(peer.end(), End::fin);
}

TEST(ServerLimits, a_slow_head_gets_408) {
    expect_refused({.header_timeout = 5ms}, "GET / HTTP/1.1\r\nHos", 408);
}

TEST(ServerLimits, a_body_that_stops_coming_gets_408) {
    expect_refused({.body_idle_timeout = 5ms},
                   "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nabc", 408);
}

TEST(ServerLimits, a_body_that_drips_without_end_gets_408) {
    TestServer server(hello, {.body_timeout = 20ms});
    auto dripping = server.connect();
    ASSERT_TRUE(dripping.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 16000000\r\n\r\n"));
    while (server.stats().refused == 0 && dripping.send("x")) {
    }
    EXPECT_THAT(dripping.read_until("\r\n"), StartsWith("HTTP/1.1 408 "));
}

TEST(ServerLimits, a_silent_connection_is_closed_without_a_word) {
    TestServer server(hello, {.keep_alive_timeout = 5ms});
    auto fresh = server.connect();
    EXPECT_EQ(fresh.read_all(), "");
    EXPECT_EQ(fresh.end(), End::fin);
    auto used = server.connect();
    used.ask(get);
    EXPECT_EQ(used.read_all(), "");
    EXPECT_EQ(used.end(), End::fin);
    EXPECT_EQ(server.stats().refused, 0u);
}

TEST(ServerLimits, the_last_request_of_a_connection_is_announced) {
    TestServer server(hello, {.requests_per_connection_max = 2});
    auto peer = server.connect();
    EXPECT_THAT(peer.ask(get), ::testing::Not(HasSubstr("connection: close")));
    EXPECT_THAT(peer.ask(get), HasSubstr("connection: close"));
    EXPECT_EQ(peer.read_all(), "");
    EXPECT_EQ(peer.end(), End::fin);
}

TEST(ServerLimits, a_full_server_lets_new_connections_wait_until_one_ends) {
    TestServer server(hello, {.connections_max = 2});
    auto first = server.connect();
    auto second = server.connect();
    first.ask(get);
    second.ask(get);
    auto third = server.connect();
    ASSERT_TRUE(third.send(get));
    first.ask(get);  // a round trip later it has not been accepted
    EXPECT_EQ(server.stats().connections_accepted, 2u);
    first.close();
    EXPECT_THAT(third.read_answer(), StartsWith("HTTP/1.1 200"));
    EXPECT_EQ(server.stats().connections_open, 2u);
}

TEST(ServerLimits, a_crowd_that_comes_at_once_is_not_let_in_beyond_the_limit) {
    runtime::RealScheduler scheduler;
    internal::TestService service(hello);
    Server server(scheduler, service, {.connections_max = 2});
    ASSERT_TRUE(server.listen());
    std::vector<TestPeer> crowd;
    crowd.reserve(10);
    for (int i = 0; i < 10; ++i) {
        crowd.emplace_back(server.port());
    }
    for (int i = 0; i < 100; ++i) {
        scheduler.poll();
    }
    EXPECT_EQ(server.stats().connections_accepted, 2u);
    runtime::run(scheduler, server.stop({}));
}

TEST(ServerLimits, a_full_server_stops_like_any_other) {
    TestServer server(hello, {.connections_max = 1});
    auto peer = server.connect();
    peer.ask(get);
    server.stop(1h);
    EXPECT_EQ(peer.read_all(), "");
    EXPECT_EQ(peer.end(), End::fin);
}

}  // namespace
}  // namespace apilab::server
