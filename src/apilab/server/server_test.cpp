#include "apilab/server/server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>

#include "apilab/http/date.hpp"
#include "apilab/server/internal/server_test_peer.hpp"

namespace apilab::server {
namespace {

using internal::answer_with;
using internal::TestPeer;
using internal::TestServer;
using runtime::CallContext;
using runtime::Task;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

// Answers with what it was asked.
Task<Result<http::Response>> echo(const http::Request& request, const CallContext& /*context*/) {
    return answer_with(http::Response(
        200, request.method() + " " + request.url().to_string() + "\n" + request.body()));
}

internal::TestService::Handler always(const http::Response& response) {
    return [response](const http::Request&, const CallContext&) { return answer_with(response); };
}

constexpr std::string_view get_a = "GET /a?x=1 HTTP/1.1\r\nHost: example.test:81\r\n\r\n";

std::string field(const std::string& answer, std::string_view name) {
    const std::string mark = "\r\n" + std::string(name) + ": ";
    const auto at = answer.find(mark);
    if (at == std::string::npos) {
        return {};
    }
    const auto begin = at + mark.size();
    return answer.substr(begin, answer.find("\r\n", begin) - begin);
}

TEST(Server, answers_with_the_url_of_host_and_target_in_hand) {
    TestServer server(echo);
    auto peer = server.connect();
    const std::string answer = peer.ask(get_a);
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_THAT(answer, EndsWith("\r\n\r\nGET http://example.test:81/a?x=1\n"));
    EXPECT_EQ(field(answer, "content-length"), "33");
    EXPECT_EQ(field(answer, "server"), "apilab");
    EXPECT_EQ(field(answer, "connection"), "");
    EXPECT_TRUE(http::parse_http_date(field(answer, "date")));
}

TEST(Server, keeps_a_connection_open_for_further_requests) {
    TestServer server(echo);
    auto peer = server.connect();
    for (int i = 0; i < 5; ++i) {
        EXPECT_THAT(peer.ask(get_a), StartsWith("HTTP/1.1 200"));
    }
    EXPECT_EQ(server.stats().connections_accepted, 1u);
    EXPECT_EQ(server.stats().requests, 5u);
}

TEST(Server, closes_when_the_request_asks_for_it_and_says_so) {
    TestServer server(echo);
    auto peer = server.connect();
    const std::string answer = peer.ask("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    EXPECT_EQ(field(answer, "connection"), "close");
    EXPECT_EQ(peer.read_all(), "");
    EXPECT_EQ(peer.end(), TestPeer::End::fin);
}

TEST(Server, closes_when_the_service_asks_for_it) {
    TestServer server(always(http::Response(200, "x", {{"Connection", "close"}})));
    auto peer = server.connect();
    EXPECT_EQ(field(peer.ask(get_a), "connection"), "close");
    EXPECT_EQ(peer.read_all(), "");
    EXPECT_EQ(peer.end(), TestPeer::End::fin);
}

TEST(Server, closes_after_an_http_1_0_request) {
    TestServer server(echo);
    auto peer = server.connect();
    const std::string answer = peer.ask("GET /old HTTP/1.0\r\n\r\n");
    EXPECT_THAT(answer,
                HasSubstr("GET http://127.0.0.1:" + std::to_string(server.port()) + "/old\n"));
    EXPECT_EQ(field(answer, "connection"), "close");
    peer.read_all();
    EXPECT_EQ(peer.end(), TestPeer::End::fin);
}

TEST(Server, keeps_an_http_1_0_connection_that_asks_for_it_and_says_so) {
    TestServer server(echo);
    auto peer = server.connect();
    constexpr std::string_view request =
        "GET /old HTTP/1.0\r\nHost: h\r\nConnection: keep-alive\r\n\r\n";
    EXPECT_EQ(field(peer.ask(request), "connection"), "keep-alive");
    EXPECT_EQ(field(peer.ask(request), "connection"), "keep-alive");
}

TEST(Server, answers_pipelined_requests_in_order) {
    TestServer server(echo);
    auto peer = server.connect();
    std::string all;
    for (int i = 0; i < 50; ++i) {
        all += "GET /" + std::to_string(i) + " HTTP/1.1\r\nHost: h\r\n\r\n";
    }
    ASSERT_TRUE(peer.send(all));
    for (int i = 0; i < 50; ++i) {
        EXPECT_THAT(peer.read_answer(), EndsWith("GET http://h/" + std::to_string(i) + "\n"));
    }
}

TEST(Server, serves_requests_that_come_byte_by_byte) {
    TestServer server(echo);
    auto peer = server.connect();
    for (const char c : std::string(get_a) + std::string(get_a)) {
        ASSERT_TRUE(peer.send({&c, 1}));
    }
    EXPECT_THAT(peer.read_answer(), EndsWith("/a?x=1\n"));
    EXPECT_THAT(peer.read_answer(), EndsWith("/a?x=1\n"));
}

TEST(Server, reads_a_body_by_content_length) {
    TestServer server(echo);
    auto peer = server.connect();
    EXPECT_THAT(peer.ask("POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\n\r\nhello world"),
                EndsWith("POST http://h/p\nhello world"));
}

TEST(Server, reads_a_chunked_body_with_extensions_and_trailers) {
    TestServer server(echo);
    auto peer = server.connect();
    EXPECT_THAT(peer.ask("POST /p HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
                         "5;a=b\r\nhello\r\n6\r\n world\r\n0\r\nx-check: 1\r\n\r\n"),
                EndsWith("POST http://h/p\nhello world"));
    EXPECT_THAT(peer.ask(get_a), EndsWith("/a?x=1\n"));
}

TEST(Server, carries_a_large_body_both_ways) {
    TestServer server(echo);
    auto peer = server.connect();
    std::string body(5'000'000, 'x');
    body[4'999'999] = 'y';
    std::thread sender(
        [&] { peer.send("PUT /p HTTP/1.1\r\nHost: h\r\nContent-Length: 5000000\r\n\r\n" + body); });
    const std::string answer = peer.read_answer();
    sender.join();
    EXPECT_THAT(answer, EndsWith(body.substr(body.size() - 100)));
    EXPECT_EQ(field(answer, "content-length"), std::to_string(body.size() + 15));
}

TEST(Server, carries_a_large_chunked_upload) {
    TestServer server(echo);
    auto peer = server.connect();
    std::string bytes = "PUT /p HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
    std::string body;
    for (int i = 0; i < 2000; ++i) {
        const std::string chunk(256, static_cast<char>('a' + i % 26));
        bytes += "100\r\n" + chunk + "\r\n";
        body += chunk;
    }
    std::thread sender([&] { peer.send(bytes + "0\r\n\r\n"); });
    const std::string answer = peer.read_answer();
    sender.join();
    EXPECT_EQ(answer.substr(answer.find("\r\n\r\n") + 4), "PUT http://h/p\n" + body);
}

TEST(Server, tells_a_client_that_asks_first_to_go_on) {
    TestServer server(echo);
    auto peer = server.connect();
    ASSERT_TRUE(peer.send(
        "POST /p HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"));
    EXPECT_EQ(peer.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
    ASSERT_TRUE(peer.send("ok"));
    EXPECT_THAT(peer.read_answer(), EndsWith("POST http://h/p\nok"));
}

TEST(Server, does_not_say_continue_to_a_client_that_already_went_on) {
    TestServer server(echo);
    auto peer = server.connect();
    ASSERT_TRUE(peer.send(
        "POST /p HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nok"));
    EXPECT_THAT(peer.read_answer(), StartsWith("HTTP/1.1 200 OK\r\n"));
}

TEST(Server, answers_head_with_the_head_of_a_get) {
    TestServer server(always(http::Response(200, "twelve bytes")));
    auto peer = server.connect();
    ASSERT_TRUE(peer.send("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n"));
    EXPECT_EQ(field(peer.read_answer(true), "content-length"), "12");
    EXPECT_THAT(peer.ask(get_a), StartsWith("HTTP/1.1 200"));  // no body came in between
}

TEST(Server, keeps_the_length_that_a_service_gives_for_a_bodiless_head_answer) {
    TestServer server(always(http::Response(200, "", {{"Content-Length", "77"}})));
    auto peer = server.connect();
    ASSERT_TRUE(peer.send("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n"));
    EXPECT_EQ(field(peer.read_answer(true), "content-length"), "77");
    EXPECT_EQ(field(peer.ask(get_a), "content-length"), "0");  // not for a GET
}

TEST(Server, sends_no_body_with_204_and_304) {
    for (const int status : {204, 304}) {
        TestServer server(always(http::Response(status, "must not be seen")));
        auto peer = server.connect();
        for (int i = 0; i < 2; ++i) {
            const std::string answer = peer.ask(get_a);
            EXPECT_THAT(answer, StartsWith("HTTP/1.1 " + std::to_string(status)));
            EXPECT_THAT(answer, EndsWith("\r\n\r\n"));
            EXPECT_THAT(answer, Not(HasSubstr("content-length")));
        }
    }
}

TEST(Server, owns_the_framing_whatever_the_service_says) {
    TestServer server(always(
        http::Response(200, "abc", {{"Content-Length", "99"}, {"Transfer-Encoding", "chunked"}})));
    auto peer = server.connect();
    const std::string answer = peer.ask(get_a);
    EXPECT_EQ(field(answer, "content-length"), "3");
    EXPECT_THAT(answer, Not(HasSubstr("chunked")));
    EXPECT_THAT(answer, EndsWith("\r\n\r\nabc"));
}

TEST(Server, leaves_date_and_server_to_a_service_that_sets_them) {
    TestServer server(always(http::Response(
        200, "", {{"Date", "Thu, 01 Jan 2026 00:00:00 GMT"}, {"Server", "GitHub.com"}})));
    auto peer = server.connect();
    const std::string answer = peer.ask(get_a);
    EXPECT_THAT(answer, HasSubstr("Date: Thu, 01 Jan 2026 00:00:00 GMT\r\n"));
    EXPECT_THAT(answer, HasSubstr("Server: GitHub.com\r\n"));
    EXPECT_EQ(field(answer, "date"), "");
    EXPECT_EQ(field(answer, "server"), "");
}

TEST(Server, answers_500_instead_of_letting_a_header_smuggle_another) {
    http::Response bad_reason(200, "secret");
    bad_reason.reason("OK\r\nset-cookie: b=2");
    const http::Response bad[] = {
        http::Response(200, "secret", {{"x-a", "1\r\nset-cookie: b=2"}}),
        http::Response(200, "secret", {{"x a", "1"}}),
        http::Response(200, "secret", {{"x-a", std::string("1\0", 2)}}),
        bad_reason,
        http::Response(100, "secret"),
        http::Response(1000, "secret"),
    };
    for (const auto& response : bad) {
        TestServer server(always(response));
        auto peer = server.connect();
        const std::string answer = peer.ask(get_a);
        EXPECT_THAT(answer, StartsWith("HTTP/1.1 500 Internal Server Error\r\n"));
        EXPECT_THAT(answer, Not(HasSubstr("set-cookie")));
        EXPECT_THAT(answer, Not(HasSubstr("secret")));
    }
}

TEST(Server, answers_500_without_details_when_the_service_fails) {
    TestServer server([](const http::Request&, const CallContext&) -> Task<Result<http::Response>> {
        co_return fail(ErrorKind::io, "database password is 1234");
    });
    auto peer = server.connect();
    const std::string answer = peer.ask(get_a);
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 500 "));
    EXPECT_THAT(answer, EndsWith("\r\n\r\ninternal server error\n"));
    EXPECT_THAT(peer.ask(get_a), StartsWith("HTTP/1.1 500 "));  // the connection lives on
}

Task<Result<http::Response>> throwing(http::Request /*request*/, CallContext /*context*/) {
    throw std::runtime_error("secret");
    co_return http::Response();
}

TEST(Server, answers_500_when_the_service_throws) {
    TestServer server(throwing);
    auto peer = server.connect();
    EXPECT_THAT(peer.ask(get_a), EndsWith("\r\n\r\ninternal server error\n"));
    EXPECT_THAT(peer.ask(get_a), StartsWith("HTTP/1.1 500 "));
}

TEST(Server, tells_the_service_where_a_request_came_in) {
    std::mutex mutex;
    std::vector<runtime::Inbound> seen;
    TestServer server([&](const http::Request&, const CallContext& context) {
        const std::lock_guard lock(mutex);
        seen.push_back(context.inbound.value());
        return answer_with(http::Response(200));
    });
    auto first = server.connect();
    first.ask(get_a);
    first.ask(get_a);
    auto second = server.connect();
    second.ask(get_a);
    const std::lock_guard lock(mutex);
    ASSERT_EQ(seen.size(), 3u);
    EXPECT_EQ(seen[0].connection, 1u);
    EXPECT_EQ(seen[0].request_on_connection, 1u);
    EXPECT_EQ(seen[1].connection, 1u);
    EXPECT_EQ(seen[1].request_on_connection, 2u);
    EXPECT_EQ(seen[2].connection, 2u);
    for (const auto& inbound : seen) {
        EXPECT_EQ(inbound.peer_address, "127.0.0.1");
        EXPECT_EQ(inbound.local_port, server.port());
        EXPECT_FALSE(inbound.tls);
        EXPECT_LE(inbound.first_byte, inbound.complete);
        EXPECT_NE(inbound.first_byte, SteadyTime());
    }
    EXPECT_LE(seen[0].complete, seen[1].first_byte);
}

TEST(Server, numbers_connections_over_servers_that_share_a_counter) {
    const auto counter = std::make_shared<std::uint64_t>(41);
    std::atomic<std::uint64_t> seen = 0;
    const auto handler = [&](const http::Request&, const CallContext& context) {
        seen = context.inbound->connection;
        return answer_with(http::Response(200));
    };
    TestServer one(handler, {.connection_counter = counter});
    one.connect().ask(get_a);
    EXPECT_EQ(seen, 42u);
    one.stop({});
    TestServer two(handler, {.connection_counter = counter});
    two.connect().ask(get_a);
    EXPECT_EQ(seen, 43u);
}

TEST(Server, answers_a_client_that_has_shut_its_sending_side) {
    TestServer server(echo);
    auto peer = server.connect();
    ASSERT_TRUE(peer.send(get_a));
    peer.fin();
    EXPECT_THAT(peer.read_all(), EndsWith("/a?x=1\n"));
    EXPECT_EQ(peer.end(), TestPeer::End::fin);
}

TEST(Server, serves_many_connections_at_once) {
    TestServer server(echo);
    std::vector<TestPeer> peers;
    peers.reserve(100);
    for (int i = 0; i < 100; ++i) {
        peers.push_back(server.connect());
    }
    for (int round = 0; round < 20; ++round) {
        for (const auto& peer : peers) {
            ASSERT_TRUE(peer.send(get_a));
        }
        for (auto& peer : peers) {
            ASSERT_THAT(peer.read_answer(), EndsWith("/a?x=1\n"));
        }
    }
    EXPECT_EQ(server.stats().requests, 2000u);
    EXPECT_EQ(server.stats().connections_open, 100u);
}

TEST(Server, survives_clients_that_come_and_go_in_every_state) {
    TestServer server(echo);
    constexpr std::string_view pieces[] = {
        "", "G", "GET / HTTP/1.1\r\n", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nab",
        get_a};
    for (int round = 0; round < 20; ++round) {
        for (const auto piece : pieces) {
            auto orderly = server.connect();
            orderly.send(piece);
            auto rude = server.connect();
            rude.send(piece);
            rude.reset();
        }
    }
    EXPECT_TRUE(server.eventually([](const ServerStats& s) { return s.connections_open == 0; }));
    EXPECT_THAT(server.connect().ask(get_a), StartsWith("HTTP/1.1 200"));
}

TEST(Server, says_what_is_wrong_when_it_cannot_listen) {
    runtime::RealScheduler scheduler;
    internal::TestService service(echo);
    Server first(scheduler, service);
    ASSERT_TRUE(first.listen());
    EXPECT_NE(first.port(), 0);
    Server second(scheduler, service, {.port = first.port()});
    const auto taken = second.listen();
    ASSERT_FALSE(taken);
    EXPECT_EQ(taken.error().kind(), ErrorKind::io);
    EXPECT_THAT(taken.error().to_string(), HasSubstr(std::to_string(first.port())));
    Server third(scheduler, service, {.address = "localhost"});
    const auto no_address = third.listen();
    ASSERT_FALSE(no_address);
    EXPECT_EQ(no_address.error().kind(), ErrorKind::invalid_argument);
    EXPECT_THAT(no_address.error().to_string(), HasSubstr("'address'"));
}

TEST(Server, refuses_options_out_of_range_and_names_them) {
    const std::pair<ServerOptions, std::string> table[] = {
        {{.header_bytes_max = 255}, "header_bytes_max"},
        {{.header_bytes_max = 17 * 1024 * 1024}, "header_bytes_max"},
        {{.header_count_max = 0}, "header_count_max"},
        {{.header_timeout = Duration(0)}, "header_timeout"},
        {{.body_idle_timeout = std::chrono::hours(25)}, "body_idle_timeout"},
        {{.body_timeout = Duration(-1)}, "body_timeout"},
        {{.keep_alive_timeout = Duration(0)}, "keep_alive_timeout"},
        {{.write_idle_timeout = Duration(0)}, "write_idle_timeout"},
        {{.linger_timeout = Duration(0)}, "linger_timeout"},
        {{.connections_max = 0}, "connections_max"},
        {{.server_header = "a\r\nb: c"}, "server_header"},
    };
    EXPECT_TRUE(ServerOptions().validate());
    for (const auto& [options, name] : table) {
        const auto checked = options.validate();
        ASSERT_FALSE(checked) << name;
        EXPECT_THAT(checked.error().to_string(), HasSubstr("'" + name + "'"));
    }
}

}  // namespace
}  // namespace apilab::server
