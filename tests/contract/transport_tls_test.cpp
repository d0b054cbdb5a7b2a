// AsioTransport over TLS: what it accepts, what it refuses, and that a refusal sends nothing.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/server/certificates.hpp"
#include "apilab/server/server.hpp"
#include "apilab/transport/asio_transport.hpp"
#include "apilab/transport/internal/raw_peer.hpp"
#include "apilab/transport/send.hpp"
#include "behaving_service.hpp"

namespace apilab::contract {
namespace {

using namespace std::chrono_literals;
using http::Request;
using http::Response;
using server::CertificateAndKey;
using server::CertificateOptions;
using transport::internal::RawPeer;

class TransportTls : public testing::Test {
protected:
    TransportTls()
        : now_(scheduler_.system_now()),
          authority_(server::CertificateAuthority::create(now_).value()) {
        options_.system_roots = false;
        options_.ca_pem = authority_.certificate();
        options_.hosts = {{"api.test", {"127.0.0.1"}}};
    }

    void serve(CertificateAndKey certificate) {
        server_.emplace(
            scheduler_, service_,
            server::ServerOptions{.tls = server::TlsServerOptions{
                                      .certificate_chain = std::move(certificate.certificate),
                                      .private_key = std::move(certificate.key)}});
        const auto listening = server_->listen();
        ASSERT_TRUE(listening);
    }
    void serve_issued(const CertificateOptions& certificate) {
        serve(authority_.issue(now_, certificate).value());
    }
    Result<Response> get(std::string_view host, std::uint16_t port,
                         transport::SendOptions send_options = {}) {
        attempt_ = {};
        send_options.attempt = &attempt_;
        transport::AsioTransport transport(scheduler_, options_);
        const auto url = *http::Url::parse(fmt::format("https://{}:{}/", host, port));
        return runtime::run(scheduler_,
                            transport::send(transport, Request::get(url), send_options));
    }
    Result<Response> get(std::string_view host) { return get(host, server_->port()); }
    void expect_refused(std::string_view host, std::string_view detail) {
        const auto answer = get(host);
        ASSERT_FALSE(answer) << detail;
        EXPECT_EQ(answer.error().kind(), ErrorKind::tls) << answer.error().to_string();
        EXPECT_EQ(answer.error().detail(), detail);
        EXPECT_EQ(answer.error().outcome(), Outcome::not_sent);
        EXPECT_FALSE(answer.error().retryable());
        EXPECT_EQ(attempt_.bytes_sent, 0U);
        EXPECT_TRUE(service_.seen().empty());
    }

    runtime::RealScheduler scheduler_;
    SystemTime now_;
    server::CertificateAuthority authority_;
    BehavingService service_{{Behaviour{Response(200, "secret")}}};
    std::optional<server::Server> server_;
    transport::AsioTransportOptions options_;
    http::AttemptRecord attempt_;
};

TEST_F(TransportTls, a_certificate_for_the_name_from_a_trusted_authority_is_accepted) {
    serve_issued({.dns_names = {"api.test"}});
    const auto answer = get("api.test");
    ASSERT_TRUE(answer) << answer.error().to_string();
    EXPECT_EQ(answer->body(), "secret");
    EXPECT_GT(attempt_.phases.tls, 0ns);
}

TEST_F(TransportTls, a_wildcard_covers_one_label) {
    options_.hosts = {{"a.api.test", {"127.0.0.1"}}, {"a.b.api.test", {"127.0.0.1"}}};
    serve_issued({.dns_names = {"*.api.test"}});
    EXPECT_TRUE(get("a.api.test"));
    const auto deeper = get("a.b.api.test");
    ASSERT_FALSE(deeper);
    EXPECT_EQ(deeper.error().detail(), "wrong_host");
}

TEST_F(TransportTls, an_address_is_matched_against_the_certificates_addresses) {
    serve_issued({.dns_names = {"api.test"}, .addresses = {"127.0.0.1"}});
    EXPECT_TRUE(get("127.0.0.1"));
}

TEST_F(TransportTls, an_address_that_the_certificate_does_not_name_is_refused) {
    serve_issued({.dns_names = {"api.test", "127.0.0.1.test"}, .addresses = {"127.0.0.2"}});
    expect_refused("127.0.0.1", "wrong_host");
}

TEST_F(TransportTls, an_expired_certificate_is_refused) {
    serve_issued({.dns_names = {"api.test"}, .valid_from = -48h, .valid_until = -1h});
    expect_refused("api.test", "expired");
}

TEST_F(TransportTls, a_certificate_from_tomorrow_is_refused) {
    serve_issued({.dns_names = {"api.test"}, .valid_from = 24h, .valid_until = 48h});
    expect_refused("api.test", "not_yet_valid");
}

TEST_F(TransportTls, a_certificate_for_another_name_is_refused) {
    serve_issued({.common_name = "api.test", .dns_names = {"other.test"}});
    expect_refused("api.test", "wrong_host");
}

TEST_F(TransportTls, a_self_signed_certificate_is_refused) {
    serve(server::self_signed_certificate(now_, {.dns_names = {"api.test"}}).value());
    expect_refused("api.test", "self_signed");
}

TEST_F(TransportTls, an_authority_that_nobody_trusts_is_refused) {
    serve_issued({.dns_names = {"api.test"}});
    options_.ca_pem = server::CertificateAuthority::create(now_)->certificate();
    expect_refused("api.test", "unknown_ca");
}

TEST_F(TransportTls, the_systems_roots_do_not_know_our_authority) {
    serve_issued({.dns_names = {"api.test"}});
    options_.ca_pem.clear();
    options_.system_roots = true;
    expect_refused("api.test", "unknown_ca");
}

TEST_F(TransportTls, a_ca_may_come_from_a_file) {
    serve_issued({.dns_names = {"api.test"}});
    const auto path = std::filesystem::path(testing::TempDir()) / "apilab-transport-tls-ca.pem";
    std::ofstream(path) << authority_.certificate();
    options_.ca_pem.clear();
    options_.ca_file = path;
    EXPECT_TRUE(get("api.test"));
    std::filesystem::remove(path);
}

TEST_F(TransportTls, a_ca_option_without_a_certificate_is_named) {
    serve_issued({.dns_names = {"api.test"}});
    options_.ca_pem = "-----BEGIN nothing";
    const auto answer = get("api.test");
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind(), ErrorKind::invalid_argument);
    EXPECT_EQ(answer.error().detail(), "ca_pem");
    options_.ca_pem.clear();
    options_.ca_file = "/nonexistent/ca.pem";
    EXPECT_EQ(get("api.test").error().kind(), ErrorKind::invalid_argument);
}

TEST_F(TransportTls, a_server_that_speaks_plain_text_is_a_tls_error_and_no_downgrade) {
    RawPeer peer(scheduler_, {{"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", RawPeer::Then::hang,
                               RawPeer::When::accepted}});
    const auto answer = get("api.test", peer.port());
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind(), ErrorKind::tls);
    EXPECT_EQ(answer.error().detail(), "handshake");
    EXPECT_EQ(answer.error().outcome(), Outcome::not_sent);
    EXPECT_EQ(peer.accepted(), 1U);
    EXPECT_TRUE(peer.seen().empty());
}

TEST_F(TransportTls, a_peer_that_closes_during_the_handshake_may_be_tried_again) {
    for (const auto then : {RawPeer::Then::fin, RawPeer::Then::reset}) {
        RawPeer peer(scheduler_, {{"", then, RawPeer::When::accepted}});
        const auto answer = get("api.test", peer.port());
        ASSERT_FALSE(answer);
        EXPECT_EQ(answer.error().kind(), ErrorKind::connect) << answer.error().to_string();
        EXPECT_EQ(answer.error().outcome(), Outcome::not_sent);
        EXPECT_TRUE(answer.error().retryable());
    }
}

TEST_F(TransportTls, a_handshake_that_hangs_ends_at_the_connect_timeout) {
    RawPeer peer(scheduler_, {{"", RawPeer::Then::hang, RawPeer::When::accepted}});
    const auto answer = get("api.test", peer.port(), {.timeouts = {.connect = 10ms}});
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind(), ErrorKind::timeout);
    EXPECT_EQ(answer.error().detail(), "connect");
    EXPECT_EQ(answer.error().outcome(), Outcome::not_sent);
}

}  // namespace
}  // namespace apilab::contract
