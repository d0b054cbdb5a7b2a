// AsioTransport through a proxy that forwards: TLS is spoken with the host, not with the proxy.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/runtime/task_group.hpp"
#include "apilab/server/certificates.hpp"
#include "apilab/server/server.hpp"
#include "apilab/transport/asio_transport.hpp"
#include "apilab/transport/curl_transport.hpp"
#include "apilab/transport/send.hpp"
#include "behaving_service.hpp"

namespace apilab::contract {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using http::Request;
using http::Response;
using runtime::Task;

// Answers every CONNECT with 200 and connects to one port, whatever host was asked for.
class ForwardingProxy {
public:
    ForwardingProxy(runtime::RealScheduler& scheduler, std::uint16_t target)
        : scheduler_(scheduler),
          target_(asio::ip::address_v4::loopback(), target),
          acceptor_(scheduler.io_context(), {asio::ip::address_v4::loopback(), 0}),
          tasks_(scheduler) {
        tasks_.spawn(accept_all());
    }
    ForwardingProxy(const ForwardingProxy&) = delete;
    ForwardingProxy& operator=(const ForwardingProxy&) = delete;
    ~ForwardingProxy() {
        acceptor_.close();
        tasks_.cancel();
        runtime::run(scheduler_, tasks_.join());
    }
    [[nodiscard]] std::string address() const {
        return fmt::format("127.0.0.1:{}", acceptor_.local_endpoint().port());
    }
    [[nodiscard]] const std::vector<std::string>& heads() const { return heads_; }

private:
    using Socket = std::shared_ptr<tcp::socket>;
    Task<void> accept_all() {
        for (;;) {
            auto [error, socket] =
                co_await acceptor_.async_accept(asio::as_tuple(asio::use_awaitable));
            if (error) {
                co_return;
            }
            tasks_.spawn(serve(std::make_shared<tcp::socket>(std::move(socket))));
        }
    }
    Task<void> serve(Socket client) {
        std::string head;
        std::array<char, 1> byte{};
        while (!head.ends_with("\r\n\r\n")) {
            const auto [error, got] = co_await client->async_read_some(
                asio::buffer(byte), asio::as_tuple(asio::use_awaitable));
            if (error) {
                co_return;
            }
            head.append(byte.data(), got);
        }
        heads_.push_back(head);
        const auto host = std::make_shared<tcp::socket>(scheduler_.io_context());
        const auto [error] =
            co_await host->async_connect(target_, asio::as_tuple(asio::use_awaitable));
        const std::string answer = error ? "HTTP/1.0 502 Bad Gateway\r\n\r\n"
                                         : "HTTP/1.0 200 Connection established\r\n\r\n";
        co_await asio::async_write(*client, asio::buffer(answer),
                                   asio::as_tuple(asio::use_awaitable));
        tasks_.spawn(pump(client, host));
        tasks_.spawn(pump(host, client));
    }
    static Task<void> pump(Socket from, Socket to) {
        std::vector<char> buffer(16 * 1024);
        for (;;) {
            const auto [error, got] = co_await from->async_read_some(
                asio::buffer(buffer), asio::as_tuple(asio::use_awaitable));
            boost::system::error_code ignored;
            if (error) {
                to->close(ignored);
                co_return;
            }
            const auto [failed, put] = co_await asio::async_write(
                *to, asio::buffer(buffer.data(), got), asio::as_tuple(asio::use_awaitable));
            if (failed) {
                co_return;
            }
        }
    }

    runtime::RealScheduler& scheduler_;
    tcp::endpoint target_;
    tcp::acceptor acceptor_;
    std::vector<std::string> heads_;
    runtime::TaskGroup tasks_;
};

class TransportProxy : public testing::Test {
protected:
    TransportProxy() {
        const auto now = scheduler_.system_now();
        const auto authority = server::CertificateAuthority::create(now).value();
        auto issued = authority.issue(now, {.dns_names = {"one.test", "two.test"}}).value();
        server_.emplace(
            scheduler_, service_,
            server::ServerOptions{
                .tls = server::TlsServerOptions{.certificate_chain = std::move(issued.certificate),
                                                .private_key = std::move(issued.key)}});
        EXPECT_TRUE(server_->listen());
        proxy_.emplace(scheduler_, server_->port());
        options_.system_roots = false;
        options_.ca_pem = authority.certificate();
        options_.proxy.https = *transport::Proxy::parse("ann:secret@" + proxy_->address());
    }
    Result<Response> get(std::string_view url) {
        if (!transport_) {
            transport_.emplace(scheduler_, options_);
        }
        attempt_ = {};
        return runtime::run(scheduler_,
                            transport::send(*transport_, Request::get(*http::Url::parse(url)),
                                            {.attempt = &attempt_}));
    }

    runtime::RealScheduler scheduler_;
    BehavingService service_{{Behaviour{Response(200, "secret")}}};
    std::optional<server::Server> server_;
    std::optional<ForwardingProxy> proxy_;
    transport::AsioTransportOptions options_;
    std::optional<transport::AsioTransport> transport_;
    http::AttemptRecord attempt_;
};

TEST_F(TransportProxy, a_request_passes_the_tunnel_and_the_proxys_credentials_stay_outside) {
    const auto answer = get("https://one.test/path");
    ASSERT_TRUE(answer) << answer.error().to_string();
    EXPECT_EQ(answer->body(), "secret");
    EXPECT_TRUE(proxy_->heads().at(0).starts_with("CONNECT one.test:443 HTTP/1.1\r\n"));
    EXPECT_TRUE(proxy_->heads().at(0).contains("proxy-authorization: Basic "));
    const auto& seen = service_.seen().at(0);
    EXPECT_FALSE(seen.headers().contains("proxy-authorization"));
    EXPECT_EQ(seen.url().path(), "/path");
    EXPECT_EQ(seen.headers().value("host"), "one.test");
}

TEST_F(TransportProxy, libcurl_passes_the_same_tunnel_with_the_same_care) {
    transport::CurlTransportOptions options;
    options.system_roots = false;
    options.ca_pem = options_.ca_pem;
    options.proxy = options_.proxy;
    transport::CurlTransport curl(scheduler_, options);
    auto request = Request::get(*http::Url::parse("https://one.test/path"));
    request.header("proxy-authorization", "Basic of-the-caller");
    const auto answer = runtime::run(scheduler_, transport::send(curl, request));
    ASSERT_TRUE(answer) << answer.error().to_string();
    EXPECT_EQ(answer->body(), "secret");
    EXPECT_TRUE(proxy_->heads().at(0).starts_with("CONNECT one.test:443 HTTP/1.1\r\n"));
    EXPECT_TRUE(proxy_->heads().at(0).contains("Proxy-Authorization: Basic YW5uOnNlY3JldA=="));
    EXPECT_FALSE(proxy_->heads().at(0).contains("accept-encoding"));
    EXPECT_FALSE(service_.seen().at(0).headers().contains("proxy-authorization"));
}

TEST_F(TransportProxy, a_tunnel_is_kept_for_its_own_origin) {
    ASSERT_TRUE(get("https://one.test/"));
    ASSERT_TRUE(get("https://one.test/"));
    EXPECT_TRUE(attempt_.reused_connection);
    ASSERT_TRUE(get("https://two.test/"));
    EXPECT_FALSE(attempt_.reused_connection);
    EXPECT_EQ(proxy_->heads().size(), 2U);
}

TEST_F(TransportProxy, the_certificate_has_to_be_the_hosts) {
    const auto answer = get("https://other.test/");
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind(), ErrorKind::tls);
    EXPECT_EQ(answer.error().detail(), "wrong_host");
    EXPECT_TRUE(service_.seen().empty());
}

}  // namespace
}  // namespace apilab::contract
