#pragma once

// Test support: a blocking TLS client.

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <memory>
#include <string>
#include <string_view>

#include "apilab/server/internal/server_test_peer.hpp"

namespace apilab::server::internal {

/// A blocking TLS client over a TestPeer's socket that trusts one root and asks for localhost.
class TlsPeer {
public:
    enum class End : std::uint8_t { open, close_notify, fin, reset, other };

    TlsPeer(std::uint16_t port, const std::string& root)
        : peer_(port), context_(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free) {
        std::unique_ptr<BIO, decltype(&BIO_free)> text(
            BIO_new_mem_buf(root.data(), static_cast<int>(root.size())), &BIO_free);
        X509* certificate = PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr);
        X509_STORE_add_cert(SSL_CTX_get_cert_store(context_.get()), certificate);
        X509_free(certificate);
        SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
        ssl_.reset(SSL_new(context_.get()));
        SSL_set_fd(ssl_.get(), peer_.descriptor());
        SSL_set1_host(ssl_.get(), "localhost");
    }
    TestPeer& raw() { return peer_; }
    SSL* ssl() { return ssl_.get(); }
    bool handshake() { return SSL_connect(ssl_.get()) == 1; }
    bool send(std::string_view bytes) {
        return SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size())) ==
               static_cast<int>(bytes.size());
    }
    std::string read_until(std::string_view mark) {
        std::string seen;
        while (!seen.contains(mark) && receive(seen)) {
        }
        return seen;
    }
    std::string read_exactly(std::size_t count) {
        std::string seen;
        while (seen.size() < count && receive(seen)) {
        }
        return seen;
    }
    std::string read_all() {
        std::string seen;
        while (receive(seen)) {
        }
        return seen;
    }
    End end() const { return end_; }

private:
    bool receive(std::string& into) {
        char bytes[16 * 1024];
        ERR_clear_error();
        errno = 0;
        const int got = SSL_read(ssl_.get(), bytes, sizeof(bytes));
        if (got > 0) {
            into.append(bytes, static_cast<std::size_t>(got));
            return true;
        }
        const int error = SSL_get_error(ssl_.get(), got);
        if (error == SSL_ERROR_ZERO_RETURN) {
            end_ = End::close_notify;
        } else if (error == SSL_ERROR_SYSCALL) {
            end_ = errno == ECONNRESET ? End::reset : End::other;
        } else {
            end_ = ERR_GET_REASON(ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING
                       ? End::fin
                       : End::other;
        }
        return false;
    }

    TestPeer peer_;
    std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
    std::unique_ptr<SSL, decltype(&SSL_free)> ssl_{nullptr, &SSL_free};
    End end_ = End::open;
};

}  // namespace apilab::server::internal
