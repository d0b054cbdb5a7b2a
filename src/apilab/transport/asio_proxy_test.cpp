// AsioTransport behind proxies that answer by script; tests/contract has one that forwards.

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/transport/asio_transport.hpp"
#include "apilab/transport/internal/raw_peer.hpp"
#include "apilab/transport/send.hpp"

namespace apilab::transport {
namespace {

using namespace std::chrono_literals;
using http::Request;
using http::Response;
using internal::RawPeer;
using Then = RawPeer::Then;
using When = RawPeer::When;

const std::string ok = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

class AsioProxy : public testing::Test {
protected:
    // The replies of the proxy; requests go to hosts that nothing here could resolve.
    RawPeer& proxy_answers(std::vector<RawPeer::Reply> replies, const std::string& user = {}) {
        transport_.reset();
        peer_.emplace(scheduler_, std::move(replies));
        const auto proxy =
            Proxy::parse("http://" + user + "127.0.0.1:" + std::to_string(peer_->port()));
        options_.proxy.http = *proxy;
        options_.proxy.https = *proxy;
        options_.name_servers = "127.0.0.1:1";
        return *peer_;
    }
    Result<Response> get(std::string_view url, const SendOptions& options = {}) {
        return send_one(Request::get(*http::Url::parse(url)), options);
    }
    Result<Response> send_one(Request request, SendOptions options = {}) {
        if (!transport_) {
            transport_.emplace(scheduler_, options_);
        }
        attempt_ = {};
        options.attempt = &attempt_;
        return runtime::run(scheduler_, send(*transport_, std::move(request), std::move(options)));
    }
    void expect_no_tunnel(ErrorKind kind, std::string_view detail, int status = 0) {
        const auto answer = get("https://api.test/", {.timeouts = {.connect = 50ms}});
        ASSERT_FALSE(answer);
        EXPECT_EQ(answer.error().kind(), kind) << answer.error().to_string();
        EXPECT_EQ(answer.error().detail(), detail) << answer.error().to_string();
        EXPECT_EQ(answer.error().status(), status);
        EXPECT_EQ(answer.error().outcome(), Outcome::not_sent);
        EXPECT_EQ(attempt_.bytes_sent, 0U);
        EXPECT_EQ(transport_->stats().connections, 0U);
    }

    runtime::RealScheduler scheduler_;
    AsioTransportOptions options_;
    std::optional<RawPeer> peer_;
    std::optional<AsioTransport> transport_;
    http::AttemptRecord attempt_;
};

TEST_F(AsioProxy, a_request_for_http_names_the_whole_url_and_bears_the_proxys_credentials) {
    const auto& proxy = proxy_answers({{ok}}, "ann:secret@");
    const auto answer = get("http://api.test:8080/a?b=c");
    ASSERT_TRUE(answer) << answer.error().to_string();
    const auto& head = proxy.seen().at(0).head;
    EXPECT_TRUE(head.starts_with("GET http://api.test:8080/a?b=c HTTP/1.1\r\n")) << head;
    EXPECT_TRUE(head.contains("\r\nhost: api.test:8080\r\n"));
    EXPECT_TRUE(head.contains("\r\nproxy-authorization: Basic YW5uOnNlY3JldA==\r\n"));
}

TEST_F(AsioProxy, connections_to_it_serve_every_http_origin) {
    const auto& proxy = proxy_answers({{ok}});
    ASSERT_TRUE(get("http://one.test/"));
    ASSERT_TRUE(get("http://two.test/"));
    EXPECT_TRUE(attempt_.reused_connection);
    EXPECT_EQ(proxy.accepted(), 1U);
}

TEST_F(AsioProxy, its_own_answer_to_a_request_for_http_is_an_answer) {
    proxy_answers({{"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n"}});
    const auto answer = get("http://api.test/");
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status(), 407);
}

TEST_F(AsioProxy, what_no_proxy_lists_is_reached_straight_and_without_its_credentials) {
    auto& proxy = proxy_answers({{ok}}, "ann:secret@");
    RawPeer host(scheduler_, {{ok}});
    options_.proxy.no_proxy = *NoProxy::parse("127.0.0.0/8");
    const auto request = Request::get(*http::Url::parse(host.url("/x")))
                             .header("Proxy-Authorization", "Basic of-the-caller");
    ASSERT_TRUE(send_one(request));
    EXPECT_EQ(proxy.seen().size(), 0U);
    EXPECT_TRUE(host.seen().at(0).head.starts_with("GET /x HTTP/1.1\r\n"));
    EXPECT_FALSE(host.seen().at(0).head.contains("uthorization"));
}

TEST_F(AsioProxy, a_connection_to_the_proxy_is_not_one_to_a_host_of_the_same_address) {
    auto& proxy = proxy_answers({{ok}});
    ASSERT_TRUE(get("http://api.test/"));
    options_.proxy.no_proxy = {};
    options_.proxy.http.reset();
    const auto url = *http::Url::parse(proxy.url());
    AsioTransport straight(scheduler_, options_);
    ASSERT_TRUE(runtime::run(scheduler_, send(straight, Request::get(url))));
    EXPECT_EQ(proxy.seen().back().connection, 2U);
}

TEST_F(AsioProxy, a_tunnel_is_asked_for_with_the_port_and_the_credentials) {
    const auto& proxy = proxy_answers({{"HTTP/1.1 502 Bad Gateway\r\n\r\n"}}, "ann:secret@");
    (void)get("https://api.test/path?token=x");
    EXPECT_EQ(proxy.seen().at(0).head,
              "CONNECT api.test:443 HTTP/1.1\r\nhost: api.test:443\r\nuser-agent: apilab/0.1.0\r\n"
              "proxy-authorization: Basic YW5uOnNlY3JldA==\r\n\r\n");
    (void)get("https://[::1]:8443/");
    EXPECT_TRUE(proxy.seen().at(1).head.starts_with("CONNECT [::1]:8443 HTTP/1.1\r\n"));
}

TEST_F(AsioProxy, a_proxy_that_refuses_a_tunnel_is_an_error_with_its_status) {
    struct Row {
        const char* status;
        ErrorKind kind;
        int number;
    };
    for (const auto& row :
         {Row{"407 Proxy Authentication Required", ErrorKind::auth, 407},
          Row{"401 Unauthorized", ErrorKind::auth, 401}, Row{"403 Forbidden", ErrorKind::auth, 403},
          Row{"502 Bad Gateway", ErrorKind::connect, 502},
          Row{"504 Gateway Timeout", ErrorKind::connect, 504},
          Row{"302 Found", ErrorKind::connect, 302}}) {
        proxy_answers(
            {{std::string("HTTP/1.1 ") + row.status + "\r\ncontent-length: 6\r\n\r\nno way"}});
        expect_no_tunnel(row.kind, "proxy", row.number);
    }
}

TEST_F(AsioProxy, a_proxy_that_hangs_closes_or_talks_nonsense_is_told_apart) {
    for (const When when : {When::accepted, When::head}) {
        proxy_answers({{"", Then::hang, when}});
        expect_no_tunnel(ErrorKind::timeout, "connect");
        proxy_answers({{"", Then::fin, when}});
        expect_no_tunnel(ErrorKind::connect, "proxy");
        proxy_answers({{"", Then::reset, when}});
        expect_no_tunnel(ErrorKind::connect, "proxy");
    }
    proxy_answers({{"HTTP/1.1 200 O", Then::fin, When::head}});
    expect_no_tunnel(ErrorKind::connect, "proxy");
    proxy_answers({{"HTTP/1.1 200 OK\r\nx: y", Then::hang, When::head}});
    expect_no_tunnel(ErrorKind::timeout, "connect");
    proxy_answers({{"SSH-2.0-OpenSSH_9.2\r\n", Then::hang, When::head}});
    expect_no_tunnel(ErrorKind::protocol, "proxy");
    proxy_answers({{"HTTP/1.1 200 OK\r\n\r\n220 ready\r\n", Then::hang, When::head}});
    expect_no_tunnel(ErrorKind::protocol, "proxy");
    proxy_answers({{"HTTP/1.1 200 OK\r\nx: " + std::string(70'000, 'y'), Then::hang, When::head}});
    expect_no_tunnel(ErrorKind::protocol, "proxy");
}

TEST_F(AsioProxy, a_proxy_that_is_not_there_is_a_connect_error) {
    auto& proxy = proxy_answers({{ok}});
    proxy.stop();
    expect_no_tunnel(ErrorKind::connect, "refused");
    const auto answer = get("http://api.test/");
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind(), ErrorKind::connect);
    EXPECT_EQ(answer.error().outcome(), Outcome::not_sent);
}

}  // namespace
}  // namespace apilab::transport
