// AsioTransport over TLS: client certificates, pinned keys, sessions that are gone on from, and
// servers that are too old.

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <optional>
#include <string>

#include "apilab/base/base64.hpp"
#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/server/certificates.hpp"
#include "apilab/server/server.hpp"
#include "apilab/transport/asio_transport.hpp"
#include "apilab/transport/curl_transport.hpp"
#include "apilab/transport/internal/raw_peer.hpp"
#include "apilab/transport/send.hpp"
#include "behaving_service.hpp"

namespace apilab::contract {
namespace {

using namespace std::chrono_literals;
using http::Request;
using http::Response;
using server::CertificateAuthority;
using transport::internal::RawPeer;

// Computed here with other calls than those of the code under test.
std::string pin_of(const std::string& pem) {
    BIO* text = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
    X509* certificate = PEM_read_bio_X509(text, nullptr, nullptr, nullptr);
    unsigned char* der = nullptr;
    const int size = i2d_PUBKEY(X509_get0_pubkey(certificate), &der);
    std::string digest(32, '\0');
    EVP_Digest(der, static_cast<std::size_t>(size), reinterpret_cast<unsigned char*>(digest.data()),
               nullptr, EVP_sha256(), nullptr);
    OPENSSL_free(der);
    X509_free(certificate);
    BIO_free(text);
    return base64_encode(digest);
}

class TransportTlsIdentity : public testing::Test {
protected:
    TransportTlsIdentity()
        : now_(scheduler_.system_now()),
          authority_(CertificateAuthority::create(now_).value()),
          issued_(authority_.issue(now_, {.dns_names = {"api.test", "other.test"}}).value()) {
        options_.system_roots = false;
        options_.ca_pem = authority_.certificate();
        options_.hosts = {{"api.test", {"127.0.0.1"}}, {"other.test", {"127.0.0.1"}}};
    }
    void serve(std::string client_ca = {}) {
        server_.emplace(scheduler_, service_,
                        server::ServerOptions{.tls = server::TlsServerOptions{
                                                  .certificate_chain = issued_.certificate,
                                                  .private_key = issued_.key,
                                                  .client_ca = std::move(client_ca)}});
        ASSERT_TRUE(server_->listen());
    }
    Result<Response> get(std::string_view host = "api.test") { return get(host, server_->port()); }
    Result<Response> get(std::string_view host, std::uint16_t port) {
        if (!transport_) {
            transport_.emplace(scheduler_, options_);
        }
        attempt_ = {};
        // A connection for each request: it is the handshakes that are looked at.
        auto request = Request::get(*http::Url::parse(fmt::format("https://{}:{}/", host, port)));
        return runtime::run(scheduler_,
                            transport::send(*transport_, request.header("connection", "close"),
                                            {.attempt = &attempt_}));
    }
    Result<Response> get_with_curl(const transport::CurlTransportOptions& options) {
        transport::CurlTransport curl(scheduler_, options);
        const auto url = fmt::format("https://api.test:{}/", server_->port());
        return runtime::run(scheduler_,
                            transport::send(curl, Request::get(*http::Url::parse(url))));
    }
    void expect_refused(ErrorKind kind, std::string_view detail) {
        const auto answer = get();
        ASSERT_FALSE(answer) << detail;
        EXPECT_EQ(answer.error().kind(), kind) << answer.error().to_string();
        EXPECT_EQ(answer.error().detail(), detail) << answer.error().to_string();
        EXPECT_FALSE(answer.error().retryable());
        EXPECT_TRUE(service_.seen().empty());
        EXPECT_EQ(transport_->stats().connections, 0U);
        transport_.reset();
    }

    runtime::RealScheduler scheduler_;
    SystemTime now_;
    CertificateAuthority authority_;
    server::CertificateAndKey issued_;
    BehavingService service_{{Behaviour{Response(200, "secret")}}};
    std::optional<server::Server> server_;
    transport::AsioTransportOptions options_;
    std::optional<transport::AsioTransport> transport_;
    http::AttemptRecord attempt_;
};

TEST_F(TransportTlsIdentity, a_client_certificate_is_shown_to_a_server_that_asks) {
    const auto clients = CertificateAuthority::create(now_).value();
    serve(clients.certificate());
    const auto mine = clients.issue(now_, {.common_name = "me", .for_client = true}).value();
    options_.client_certificate = mine.certificate;
    options_.client_key = mine.key;
    const auto answer = get();
    ASSERT_TRUE(answer) << answer.error().to_string();
    EXPECT_EQ(answer->body(), "secret");
    ASSERT_TRUE(get());
    EXPECT_TRUE(attempt_.tls_resumed);
}

TEST_F(TransportTlsIdentity, a_server_that_misses_or_rejects_the_client_certificate_says_so) {
    const auto clients = CertificateAuthority::create(now_).value();
    serve(clients.certificate());
    expect_refused(ErrorKind::tls, "client_certificate");
    const auto foreign = authority_.issue(now_, {.common_name = "me", .for_client = true}).value();
    options_.client_certificate = foreign.certificate;
    options_.client_key = foreign.key;
    expect_refused(ErrorKind::tls, "client_certificate");
}

TEST_F(TransportTlsIdentity, libcurl_shows_a_client_certificate_and_says_when_it_is_not_taken) {
    const auto clients = CertificateAuthority::create(now_).value();
    serve(clients.certificate());
    const auto mine = clients.issue(now_, {.common_name = "me", .for_client = true}).value();
    const auto foreign = authority_.issue(now_, {.common_name = "me", .for_client = true}).value();
    transport::CurlTransportOptions options;
    options.system_roots = false;
    options.ca_pem = authority_.certificate();
    options.hosts = options_.hosts;
    for (const auto& shown : {server::CertificateAndKey(), foreign}) {
        options.client_certificate = shown.certificate;
        options.client_key = shown.key;
        const auto refused = get_with_curl(options);
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().kind(), ErrorKind::tls) << refused.error().to_string();
        EXPECT_EQ(refused.error().detail(), "client_certificate");
    }
    options.client_certificate = mine.certificate;
    options.client_key = mine.key;
    const auto answer = get_with_curl(options);
    ASSERT_TRUE(answer) << answer.error().to_string();
    options.client_key = foreign.key;
    EXPECT_EQ(get_with_curl(options).error().detail(), "client_certificate");
    options.client_key = mine.key;
    options.ca_pem = "no certificate";
    EXPECT_EQ(get_with_curl(options).error().detail(), "ca_pem");
    options.ca_pem.clear();
    EXPECT_EQ(get_with_curl(options).error().detail(), "unknown_ca");
}

TEST_F(TransportTlsIdentity, a_client_certificate_that_cannot_be_used_is_named) {
    serve();
    const auto mine = authority_.issue(now_, {.for_client = true}).value();
    options_.client_certificate = mine.certificate;
    expect_refused(ErrorKind::invalid_argument, "client_certificate");
    options_.client_key = Secret("-----BEGIN nothing");
    expect_refused(ErrorKind::invalid_argument, "client_key");
    options_.client_key = issued_.key;  // of another certificate
    expect_refused(ErrorKind::invalid_argument, "client_key");
    options_.client_certificate = "nothing";
    expect_refused(ErrorKind::invalid_argument, "client_certificate");
}

TEST_F(TransportTlsIdentity, a_pinned_key_of_the_server_or_of_its_authority_is_enough) {
    serve();
    const std::string other = pin_of(CertificateAuthority::create(now_)->certificate());
    for (const auto& pin : {pin_of(issued_.certificate), pin_of(authority_.certificate())}) {
        options_.pinned_keys = {other, pin};
        transport_.reset();
        const auto answer = get();
        ASSERT_TRUE(answer) << answer.error().to_string();
    }
}

TEST_F(TransportTlsIdentity, a_good_certificate_with_another_key_is_refused_before_a_byte) {
    serve();
    options_.pinned_keys = {pin_of(CertificateAuthority::create(now_)->certificate())};
    const auto answer = get();
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().outcome(), Outcome::not_sent);
    EXPECT_EQ(attempt_.bytes_sent, 0U);
    expect_refused(ErrorKind::tls, "pinned_key");
}

TEST_F(TransportTlsIdentity, a_pinned_key_does_not_replace_the_other_checks) {
    serve();
    options_.pinned_keys = {pin_of(issued_.certificate)};
    options_.ca_pem = CertificateAuthority::create(now_)->certificate();
    expect_refused(ErrorKind::tls, "unknown_ca");
    options_.ca_pem = authority_.certificate();
    options_.hosts["wrong.test"] = {"127.0.0.1"};
    EXPECT_EQ(get("wrong.test").error().detail(), "wrong_host");
}

TEST_F(TransportTlsIdentity, a_pin_that_is_no_hash_is_refused) {
    serve();
    for (const char* text : {"", "abc", "sha256//AAAA", "QUJD"}) {
        options_.pinned_keys = {text};
        expect_refused(ErrorKind::invalid_argument, "pinned_keys");
    }
}

TEST_F(TransportTlsIdentity, the_second_connection_goes_on_from_the_session_of_the_first) {
    serve();
    ASSERT_TRUE(get());
    EXPECT_FALSE(attempt_.tls_resumed);
    ASSERT_TRUE(get());
    EXPECT_TRUE(attempt_.tls_resumed);
    EXPECT_FALSE(attempt_.reused_connection);
    ASSERT_TRUE(get("other.test"));
    EXPECT_FALSE(attempt_.tls_resumed) << "a session is for one host";
}

TEST_F(TransportTlsIdentity, sessions_can_be_turned_off_and_are_kept_up_to_a_number) {
    serve();
    options_.tls_sessions_max = 0;
    ASSERT_TRUE(get());
    ASSERT_TRUE(get());
    EXPECT_FALSE(attempt_.tls_resumed);
    options_.tls_sessions_max = 1;
    transport_.reset();
    ASSERT_TRUE(get());
    ASSERT_TRUE(get("other.test"));
    ASSERT_TRUE(get());
    EXPECT_FALSE(attempt_.tls_resumed) << "that of the other host took its place";
}

TEST_F(TransportTlsIdentity, a_session_that_the_server_has_forgotten_costs_a_whole_handshake) {
    serve();
    ASSERT_TRUE(get());
    const auto port = server_->port();
    server_.reset();
    server_.emplace(scheduler_, service_,
                    server::ServerOptions{
                        .port = port,
                        .tls = server::TlsServerOptions{.certificate_chain = issued_.certificate,
                                                        .private_key = issued_.key}});
    ASSERT_TRUE(server_->listen());
    const auto answer = get();
    ASSERT_TRUE(answer) << answer.error().to_string();
    EXPECT_FALSE(attempt_.tls_resumed);
}

TEST_F(TransportTlsIdentity, a_server_that_speaks_only_an_older_tls_is_refused) {
    // A ServerHello of TLS 1.1 with AES128-SHA, written by hand.
    std::string hello("\x16\x03\x02\x00\x2a\x02\x00\x00\x26\x03\x02", 11);
    hello += std::string(32, 'r') + std::string("\x00\x00\x2f\x00", 4);
    // What a server of TLS 1.3 alone, or of TLS 1.1 alone, says to others: protocol_version.
    const std::string alert("\x15\x03\x01\x00\x02\x02\x46", 7);
    for (const auto& bytes : {hello, alert}) {
        RawPeer peer(scheduler_, {{bytes, RawPeer::Then::hang, RawPeer::When::accepted}});
        const auto answer = get("api.test", peer.port());
        ASSERT_FALSE(answer);
        EXPECT_EQ(answer.error().kind(), ErrorKind::tls) << answer.error().to_string();
        EXPECT_EQ(answer.error().detail(), "too_old") << answer.error().to_string();
        EXPECT_EQ(answer.error().outcome(), Outcome::not_sent);
        EXPECT_EQ(attempt_.bytes_sent, 0U);
    }
}

}  // namespace
}  // namespace apilab::contract
