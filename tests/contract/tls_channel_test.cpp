// The client's TLS channel alone, against OpenSSL's server side over a pair of sockets.

#include "apilab/transport/internal/tls.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <string>

#include "apilab/base/clock.hpp"
#include "apilab/server/certificates.hpp"

namespace apilab::contract {
namespace {

using transport::internal::IoResult;
using transport::internal::TlsContext;
using Status = IoResult::Status;

// Both ends are non-blocking and driven in turns, so nothing can hang.
class TlsChannelTest : public testing::Test {
protected:
    void SetUp() override {
        ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, sockets_.data()), 0);
        const SystemTime now = RealClock().system_now();
        const auto authority = server::CertificateAuthority::create(now).value();
        const auto issued = authority.issue(now, {.dns_names = {"api.test"}}).value();
        server_context_.reset(SSL_CTX_new(TLS_server_method()));
        use_certificate(issued);
        client_context_ =
            TlsContext::create({.system_roots = false, .ca_pem = authority.certificate()}).value();
        client_ = client_context_->channel(sockets_[0], "api.test", 443);
        ASSERT_NE(client_, nullptr);
    }
    void TearDown() override {
        client_.reset();
        server_.reset();
        ::close(sockets_[0]);
        close_server();
    }

    void use_certificate(const server::CertificateAndKey& issued) {
        const std::string key(issued.key.reveal());
        const std::unique_ptr<BIO, decltype(&BIO_free)> certificate_text(
            BIO_new_mem_buf(issued.certificate.data(), -1), &BIO_free);
        const std::unique_ptr<BIO, decltype(&BIO_free)> key_text(
            BIO_new_mem_buf(key.data(), static_cast<int>(key.size())), &BIO_free);
        X509* certificate = PEM_read_bio_X509(certificate_text.get(), nullptr, nullptr, nullptr);
        EVP_PKEY* private_key = PEM_read_bio_PrivateKey(key_text.get(), nullptr, nullptr, nullptr);
        EXPECT_EQ(SSL_CTX_use_certificate(server_context_.get(), certificate), 1);
        EXPECT_EQ(SSL_CTX_use_PrivateKey(server_context_.get(), private_key), 1);
        X509_free(certificate);
        EVP_PKEY_free(private_key);
    }
    // What the client's last handshake step said.
    Status shake_hands() {
        server_.reset(SSL_new(server_context_.get()));
        SSL_set_fd(server_.get(), sockets_[1]);
        Status status = Status::want_read;
        for (int i = 0; i < 20 && (status == Status::want_read || status == Status::want_write);
             ++i) {
            status = client_->handshake().status;
            ERR_clear_error();
            SSL_accept(server_.get());
        }
        return status;
    }
    IoResult read() { return client_->read(buffer_); }
    void close_server() {
        if (sockets_[1] >= 0) {
            ::close(sockets_[1]);
            sockets_[1] = -1;
        }
    }

    struct Free {
        void operator()(SSL* ssl) const { SSL_free(ssl); }
        void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
    };
    std::array<int, 2> sockets_{-1, -1};
    std::array<char, 1024> buffer_{};
    std::unique_ptr<SSL_CTX, Free> server_context_;
    std::unique_ptr<SSL, Free> server_;
    std::shared_ptr<TlsContext> client_context_;
    std::unique_ptr<transport::internal::TlsChannel> client_;
};

TEST_F(TlsChannelTest, bytes_pass_and_the_kernels_share_is_counted) {
    ASSERT_EQ(shake_hands(), Status::done);
    const auto before = client_->bytes_to_kernel();
    EXPECT_GT(before, 0U);
    const IoResult written = client_->write("", "hello");
    EXPECT_EQ(written.status, Status::done);
    EXPECT_EQ(written.bytes, 5U);
    EXPECT_GT(client_->bytes_to_kernel(), before + 5);
    EXPECT_EQ(SSL_read(server_.get(), buffer_.data(), 100), 5);
    EXPECT_EQ(read().status, Status::want_read);
}

TEST_F(TlsChannelTest, http_1_1_is_offered_and_the_name_sent) {
    ASSERT_EQ(shake_hands(), Status::done);
    EXPECT_STREQ(SSL_get_servername(server_.get(), TLSEXT_NAMETYPE_host_name), "api.test");
    EXPECT_GE(SSL_version(server_.get()), TLS1_2_VERSION);
}

TEST_F(TlsChannelTest, a_goodbye_is_an_end) {
    ASSERT_EQ(shake_hands(), Status::done);
    SSL_write(server_.get(), "bye", 3);
    SSL_shutdown(server_.get());
    close_server();
    EXPECT_EQ(read().bytes, 3U);
    EXPECT_EQ(read().status, Status::end);
}

TEST_F(TlsChannelTest, an_end_without_goodbye_is_a_cut) {
    ASSERT_EQ(shake_hands(), Status::done);
    SSL_write(server_.get(), "by", 2);
    ::shutdown(sockets_[1], SHUT_WR);
    EXPECT_EQ(read().bytes, 2U);
    EXPECT_EQ(read().status, Status::cut);
}

TEST_F(TlsChannelTest, writing_to_a_peer_that_is_gone_fails_without_a_signal) {
    ASSERT_EQ(shake_hands(), Status::done);
    close_server();
    EXPECT_EQ(client_->write("x", "").status, Status::failed);
    client_->finish();
}

TEST_F(TlsChannelTest, nothing_older_than_tls_1_2_is_spoken) {
    SSL_CTX_set_security_level(server_context_.get(), 0);
    SSL_CTX_set_min_proto_version(server_context_.get(), TLS1_VERSION);
    SSL_CTX_set_max_proto_version(server_context_.get(), TLS1_1_VERSION);
    EXPECT_EQ(shake_hands(), Status::failed);
    EXPECT_EQ(client_->handshake_error().kind(), ErrorKind::tls);
    EXPECT_EQ(client_->handshake_error().outcome(), Outcome::not_sent);
}

}  // namespace
}  // namespace apilab::contract
