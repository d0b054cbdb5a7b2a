#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include "apilab/server/certificates.hpp"
#include "apilab/server/internal/server_test_peer.hpp"
#include "apilab/server/internal/server_test_tls.hpp"
#include "apilab/server/server.hpp"

namespace apilab::server {
namespace {

using internal::answer_with;
using internal::TestPeer;
using internal::TestReports;
using internal::TestServer;
using internal::TlsPeer;
using runtime::CallContext;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::StartsWith;
using namespace std::chrono_literals;

constexpr std::string_view get = "GET /t HTTP/1.1\r\nHost: localhost\r\n\r\n";
const std::string body_text(1000, 'b');

class ServerTls : public ::testing::Test {
protected:
    static void SetUpTestSuite() {
        const SystemTime now = RealClock().system_now();
        ca_ = std::make_unique<CertificateAuthority>(CertificateAuthority::create(now).value());
        leaf_ = std::make_unique<CertificateAndKey>(ca_->issue(now).value());
    }
    static void TearDownTestSuite() {
        leaf_.reset();
        ca_.reset();
    }
    static ServerOptions options() {
        return {.tls = TlsServerOptions{.certificate_chain = leaf_->certificate,
                                        .private_key = leaf_->key}};
    }
    void serve(http::WirePlan plan = {}, ServerOptions with = options()) {
        plan.on_finished = reports_.hook();
        const auto shared = std::make_shared<const http::WirePlan>(std::move(plan));
        server_ = std::make_unique<TestServer>(
            [shared](const http::Request& request, const CallContext& context) {
                http::Response response(200, body_text);
                response.header("x-url", request.url().to_string());
                response.header("x-tls", context.inbound->tls ? "yes" : "no");
                response.header("x-size", std::to_string(request.body().size()));
                response.wire(shared);
                return answer_with(response);
            },
            std::move(with));
    }
    TlsPeer connect() { return {server_->port(), ca_->certificate()}; }

    static std::unique_ptr<CertificateAuthority> ca_;
    static std::unique_ptr<CertificateAndKey> leaf_;
    TestReports reports_;
    std::unique_ptr<TestServer> server_;
};
std::unique_ptr<CertificateAuthority> ServerTls::ca_;
std::unique_ptr<CertificateAndKey> ServerTls::leaf_;

TEST_F(ServerTls, serves_a_client_that_trusts_the_authority) {
    serve();
    auto peer = connect();
    ASSERT_TRUE(peer.handshake());
    for (int i = 0; i < 3; ++i) {
        ASSERT_TRUE(peer.send(get));
        const std::string answer = peer.read_until(body_text);
        EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
        EXPECT_THAT(answer, HasSubstr("\r\nx-url: https://localhost/t\r\n"));
        EXPECT_THAT(answer, HasSubstr("\r\nx-tls: yes\r\n"));
    }
    EXPECT_EQ(server_->stats().connections_accepted, 1u);
}

TEST_F(ServerTls, says_goodbye_with_close_notify) {
    serve();
    auto peer = connect();
    ASSERT_TRUE(peer.handshake());
    ASSERT_TRUE(peer.send("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"));
    EXPECT_THAT(peer.read_all(), EndsWith(body_text));
    EXPECT_EQ(peer.end(), TlsPeer::End::close_notify);
}

TEST_F(ServerTls, speaks_http_1_1_by_alpn) {
    serve();
    auto peer = connect();
    constexpr unsigned char offered[] = "\x02h2\x08http/1.1";
    SSL_set_alpn_protos(peer.ssl(), offered, sizeof(offered) - 1);
    ASSERT_TRUE(peer.handshake());
    const unsigned char* chosen = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(peer.ssl(), &chosen, &size);
    EXPECT_EQ(std::string(reinterpret_cast<const char*>(chosen), size), "http/1.1");
}

TEST_F(ServerTls, reads_and_writes_large_bodies) {
    serve();
    auto peer = connect();
    ASSERT_TRUE(peer.handshake());
    const std::string body(3'000'000, 'x');
    ASSERT_TRUE(peer.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 3000000\r\n\r\n"));
    ASSERT_TRUE(peer.send(body));
    EXPECT_THAT(peer.read_until(body_text), HasSubstr("\r\nx-size: 3000000\r\n"));
}

TEST_F(ServerTls, writes_a_large_answer_whole_to_a_reader_that_takes_its_time) {
    std::string large(9'000'000, 'x');
    for (std::size_t i = 0; i < large.size(); i += 1000) {
        large[i] = static_cast<char>('a' + i / 1000 % 26);
    }
    TestServer server(
        [&large](const http::Request&, const CallContext&) {
            return answer_with(http::Response(200, large));
        },
        options());
    TlsPeer peer(server.port(), ca_->certificate());
    ASSERT_TRUE(peer.handshake());
    ASSERT_TRUE(peer.send("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"));
    ASSERT_TRUE(server.eventually([](const ServerStats& s) { return s.requests == 1; }));
    const std::string seen = peer.read_all();
    EXPECT_EQ(seen.substr(seen.find("\r\n\r\n") + 4), large);
}

TEST_F(ServerTls, refuses_tls_1_1) {
    serve();
    auto peer = connect();
    SSL_set_security_level(peer.ssl(), 0);
    SSL_set_min_proto_version(peer.ssl(), TLS1_VERSION);
    SSL_set_max_proto_version(peer.ssl(), TLS1_1_VERSION);
    EXPECT_FALSE(peer.handshake());
}

TEST_F(ServerTls, ends_a_connection_that_speaks_no_tls) {
    serve();
    auto peer = server_->connect();
    ASSERT_TRUE(peer.send(get));
    EXPECT_THAT(peer.read_all(), ::testing::Not(HasSubstr("HTTP")));
    EXPECT_EQ(server_->stats().requests, 0u);
}

TEST_F(ServerTls, ends_a_handshake_that_takes_too_long) {
    auto with = options();
    with.header_timeout = 5ms;
    serve({}, with);
    auto peer = server_->connect();
    EXPECT_EQ(peer.read_all(), "");
    EXPECT_EQ(peer.end(), TestPeer::End::fin);
}

TEST_F(ServerTls, resets_without_a_word) {
    serve({.reset = http::WirePlan::Reset::before_response});
    auto peer = connect();
    ASSERT_TRUE(peer.handshake());
    ASSERT_TRUE(peer.send(get));
    EXPECT_EQ(peer.read_all(), "");
    EXPECT_EQ(peer.end(), TlsPeer::End::reset);
    const auto told = reports_.wait_for(1);
    ASSERT_THAT(told, SizeIs(1));
    EXPECT_EQ(told[0].bytes_sent, 0u);
    EXPECT_TRUE(told[0].cut_by_plan);
}

TEST_F(ServerTls, truncates_without_close_notify) {
    serve({.truncate_body_at = 10});
    auto peer = connect();
    ASSERT_TRUE(peer.handshake());
    ASSERT_TRUE(peer.send(get));
    const std::string seen = peer.read_all();
    EXPECT_THAT(seen, EndsWith("\r\n\r\nbbbbbbbbbb"));
    EXPECT_EQ(peer.end(), TlsPeer::End::fin);
    const auto told = reports_.wait_for(1);
    ASSERT_THAT(told, SizeIs(1));
    EXPECT_EQ(told[0].bytes_sent, seen.size());
}

TEST_F(ServerTls, stalls_until_the_peer_closes) {
    serve({.stall_at = 40});
    auto peer = connect();
    ASSERT_TRUE(peer.handshake());
    ASSERT_TRUE(peer.send(get));
    EXPECT_THAT(peer.read_exactly(40), SizeIs(40));
    peer.raw().close();
    const auto told = reports_.wait_for(1);
    ASSERT_THAT(told, SizeIs(1));
    EXPECT_EQ(told[0].bytes_sent, 40u);
    EXPECT_TRUE(told[0].peer_closed);
}

// A FIN, then a RST: the second write to such a peer raises SIGPIPE unless told not to. TLS 1.2,
// because the unread session tickets of 1.3 would turn the FIN into a RST.
TEST_F(ServerTls, survives_a_peer_that_closes_before_a_large_answer) {
    const auto plan = std::make_shared<http::WirePlan>();
    plan->on_finished = reports_.hook();
    http::Response large(200, std::string(20'000'000, 'x'));
    large.wire(plan);
    TestServer server(
        [large](const http::Request&, const CallContext&) { return answer_with(large); },
        options());
    TlsPeer peer(server.port(), ca_->certificate());
    SSL_set_max_proto_version(peer.ssl(), TLS1_2_VERSION);
    ASSERT_TRUE(peer.handshake());
    ASSERT_TRUE(peer.send(get));
    peer.raw().close();
    const auto told = reports_.wait_for(1);
    ASSERT_THAT(told, SizeIs(1));
    EXPECT_TRUE(told[0].peer_closed);
}

TEST_F(ServerTls, survives_a_peer_that_goes_in_the_middle_of_a_large_answer) {
    const auto plan = std::make_shared<http::WirePlan>();
    plan->on_finished = reports_.hook();
    http::Response large(200, std::string(20'000'000, 'x'));
    large.wire(plan);
    TestServer server(
        [large](const http::Request&, const CallContext&) { return answer_with(large); },
        options());
    TlsPeer peer(server.port(), ca_->certificate());
    ASSERT_TRUE(peer.handshake());
    ASSERT_TRUE(peer.send(get));
    EXPECT_GE(peer.read_exactly(1000).size(), 1000u);
    peer.raw().reset();
    const auto told = reports_.wait_for(1);
    ASSERT_THAT(told, SizeIs(1));
    EXPECT_TRUE(told[0].peer_closed);
    EXPECT_LT(told[0].bytes_sent, 20'000'000u);
}

std::string ed25519_key() {
    std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
        EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"), &EVP_PKEY_free);
    std::unique_ptr<BIO, decltype(&BIO_free)> text(BIO_new(BIO_s_mem()), &BIO_free);
    PEM_write_bio_PrivateKey(text.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(text.get(), &bytes);
    return {bytes, static_cast<std::size_t>(size)};
}

TEST_F(ServerTls, names_the_certificate_text_that_it_cannot_use) {
    runtime::RealScheduler scheduler;
    internal::TestService service(
        [](const http::Request&, const CallContext&) { return answer_with(http::Response()); });
    const auto other = self_signed_certificate(RealClock().system_now()).value();
    const Secret other_kind(ed25519_key());
    const std::pair<TlsServerOptions, std::string> table[] = {
        {{.certificate_chain = "nonsense", .private_key = leaf_->key}, "tls.certificate_chain"},
        {{.certificate_chain = leaf_->certificate, .private_key = Secret("nonsense")},
         "tls.private_key"},
        {{.certificate_chain = leaf_->certificate, .private_key = other.key}, "tls.private_key"},
        {{.certificate_chain = leaf_->certificate,
          .private_key = leaf_->key,
          .client_ca = "nonsense"},
         "tls.client_ca"},
        {{.certificate_chain = leaf_->certificate, .private_key = other_kind}, "tls.private_key"},
    };
    for (const auto& [tls, name] : table) {
        Server server(scheduler, service, {.tls = tls});
        const auto listening = server.listen();
        ASSERT_FALSE(listening);
        EXPECT_EQ(listening.error().kind(), ErrorKind::invalid_argument);
        EXPECT_THAT(listening.error().to_string(), HasSubstr(name));
    }
}

}  // namespace
}  // namespace apilab::server
