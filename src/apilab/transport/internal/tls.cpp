#include "apilab/transport/internal/tls.hpp"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <array>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "apilab/base/file.hpp"
#include "apilab/base/release.hpp"
#include "apilab/base/try.hpp"
#include "apilab/transport/internal/certificate_reason.hpp"
#include "apilab/transport/internal/tls_bio.hpp"
#include "apilab/transport/internal/tls_pins.hpp"
#include "apilab/transport/internal/tls_sessions.hpp"

namespace apilab::transport::internal {
namespace {

using Status = IoResult::Status;

using SslPtr = std::unique_ptr<SSL, Release<SSL_free>>;
using SslContextPtr = std::unique_ptr<SSL_CTX, Release<SSL_CTX_free>>;
using BioPtr = std::unique_ptr<BIO, Release<BIO_free>>;
using CertificatePtr = std::unique_ptr<X509, Release<X509_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, Release<EVP_PKEY_free>>;

constexpr std::size_t ca_file_max = std::size_t{16} * 1024 * 1024;
constexpr std::array<unsigned char, 9> alpn_http11 = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};

bool is_ip_address(const std::string& host) {
    ASN1_OCTET_STRING* address = a2i_IPADDRESS(host.c_str());
    ASN1_OCTET_STRING_free(address);
    return address != nullptr;
}

// Does the peer complain about our certificate, or about having none?
bool about_client_certificate(unsigned long error) {
    switch (ERR_GET_LIB(error) == ERR_LIB_SSL ? ERR_GET_REASON(error) : 0) {
        case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
        case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
        case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE:
        case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED:
        case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
        case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
        case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
        case SSL_R_TLSV1_ALERT_ACCESS_DENIED:
            return true;
        default:
            return false;
    }
}

bool about_protocol_version(unsigned long error) {
    switch (ERR_GET_LIB(error) == ERR_LIB_SSL ? ERR_GET_REASON(error) : 0) {
        case SSL_R_UNSUPPORTED_PROTOCOL:
        case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
            return true;
        default:
            return false;
    }
}

std::string peer_of(const std::string& host, std::uint16_t port) {
    return fmt::format("{}:{}", host, port);
}

class Tls final : public TlsChannel {
public:
    Tls(SslPtr ssl, std::string host, std::string peer, std::shared_ptr<TlsSessions> sessions,
        int socket)
        : sessions_(std::move(sessions)),
          ssl_(std::move(ssl)),
          host_(std::move(host)),
          peer_(std::move(peer)) {
        state_.socket = socket;
    }

    // Called by OpenSSL when a session can be gone on from, for TLS 1.3 long after the handshake.
    // 1: the session is ours now.
    static int on_session(SSL* ssl, SSL_SESSION* session) {
        auto& self = *static_cast<Tls*>(SSL_get_ex_data(ssl, 0));
        self.sessions_->keep(self.peer_, session);
        return 1;
    }

    // False where OpenSSL is out of memory.
    [[nodiscard]] bool prepare() {
        BIO* bio = make_socket_bio(state_);
        if (bio == nullptr) {
            return false;
        }
        SSL_set_bio(ssl_.get(), bio, bio);
        if (SSL_set_ex_data(ssl_.get(), 0, this) != 1) {
            return false;
        }
        sessions_->offer(peer_, ssl_.get());
        X509_VERIFY_PARAM* verify = SSL_get0_param(ssl_.get());
        X509_VERIFY_PARAM_set_hostflags(verify, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
        if (is_ip_address(host_)) {
            return X509_VERIFY_PARAM_set1_ip_asc(verify, host_.c_str()) == 1;
        }
        // SSL_set_tlsext_host_name() is this call behind a C cast.
        std::string name = host_;
        return X509_VERIFY_PARAM_set1_host(verify, host_.c_str(), host_.size()) == 1 &&
               SSL_ctrl(ssl_.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                        name.data()) == 1;
    }

    IoResult handshake() override {
        ERR_clear_error();
        return outcome(SSL_connect(ssl_.get()), 0);
    }
    [[nodiscard]] Error handshake_error() const override;
    [[nodiscard]] bool resumed() const override { return SSL_session_reused(ssl_.get()) == 1; }
    [[nodiscard]] std::optional<Error> complaint() const override {
        if (!about_client_certificate(queued_error_)) {
            return std::nullopt;
        }
        const bool shown = SSL_get_certificate(ssl_.get()) != nullptr;
        return Error(ErrorKind::tls, fmt::format("{} {}", host_,
                                                 shown ? "does not accept our client certificate"
                                                       : "asks for a client certificate"))
            .with_detail("client_certificate");
    }

    IoResult read(std::span<char> into) override {
        ERR_clear_error();
        std::size_t got = 0;
        const int ok = SSL_read_ex(ssl_.get(), into.data(), into.size(), &got);
        return outcome(ok, got);
    }
    IoResult write(std::string_view first, std::string_view second) override {
        ERR_clear_error();
        const std::string_view bytes = first.empty() ? second : first;
        std::size_t sent = 0;
        const int ok = SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &sent);
        return outcome(ok, sent);
    }
    [[nodiscard]] std::uint64_t bytes_to_kernel() const override { return state_.bytes_sent; }
    [[nodiscard]] bool may_have_more() const override { return SSL_has_pending(ssl_.get()) == 1; }
    void finish() override {
        if (SSL_is_init_finished(ssl_.get()) == 1 && !state_.failed) {
            ERR_clear_error();
            SSL_shutdown(ssl_.get());
        }
    }

private:
    [[nodiscard]] IoResult outcome(int ok, std::size_t bytes) {
        if (ok == 1) {
            return {Status::done, bytes};
        }
        switch (SSL_get_error(ssl_.get(), ok)) {
            case SSL_ERROR_WANT_READ:
                return {Status::want_read, 0};
            case SSL_ERROR_WANT_WRITE:
                return {Status::want_write, 0};
            case SSL_ERROR_ZERO_RETURN:
                return {Status::end, 0};
            default:
                queued_error_ = ERR_peek_error();
                return {state_.ended && !state_.failed ? Status::cut : Status::failed, 0};
        }
    }

    std::shared_ptr<TlsSessions> sessions_;
    SocketState state_;  // outlives ssl_, whose BIO points to it
    SslPtr ssl_;
    std::string host_;
    std::string peer_;
    unsigned long queued_error_ = 0;
};

Error Tls::handshake_error() const {
    const long verified = SSL_get_verify_result(ssl_.get());
    if (verified != X509_V_OK) {
        return Error(ErrorKind::tls, fmt::format("the certificate of {} is not accepted: {}", host_,
                                                 X509_verify_cert_error_string(verified)))
            .with_detail(std::string(certificate_reason(verified)));
    }
    if (auto said = complaint()) {
        return *std::move(said);
    }
    if (about_protocol_version(queued_error_)) {
        return Error(ErrorKind::tls, fmt::format("{} speaks no version of TLS from 1.2 on", host_))
            .with_detail("too_old");
    }
    if (state_.ended || state_.failed) {
        return Error(ErrorKind::connect,
                     fmt::format("{} closed the connection during the TLS handshake", host_))
            .with_detail("handshake");
    }
    const char* reason = ERR_reason_error_string(queued_error_);
    return Error(ErrorKind::tls, fmt::format("the TLS handshake with {} failed: {}", host_,
                                             reason == nullptr ? "no reason given" : reason))
        .with_detail("handshake");
}

class Context final : public TlsContext {
public:
    Context(SslContextPtr context, PinnedKeys pinned, std::size_t sessions_max)
        : pinned_(std::move(pinned)),
          sessions_(std::make_shared<TlsSessions>(sessions_max)),
          context_(std::move(context)) {
        if (!pinned_.empty()) {
            SSL_CTX_set_cert_verify_callback(context_.get(), &verify_with_pins, &pinned_);
        }
        if (sessions_max > 0) {
            SSL_CTX_set_session_cache_mode(context_.get(),
                                           SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
            SSL_CTX_sess_set_new_cb(context_.get(), &Tls::on_session);
        }
    }

    std::unique_ptr<TlsChannel> channel(int socket, const std::string& host,
                                        std::uint16_t port) override {
        SslPtr ssl(SSL_new(context_.get()));
        if (ssl == nullptr) {
            return nullptr;
        }
        auto made =
            std::make_unique<Tls>(std::move(ssl), host, peer_of(host, port), sessions_, socket);
        if (!made->prepare()) {
            return nullptr;
        }
        return made;
    }

private:
    PinnedKeys pinned_;  // outlives context_, which points to it
    std::shared_ptr<TlsSessions> sessions_;
    SslContextPtr context_;
};

std::unexpected<Error> unusable(std::string_view option, std::string_view what) {
    ERR_clear_error();
    return fail(Error(ErrorKind::invalid_argument, fmt::format("{} {}", option, what))
                    .with_detail(std::string(option)));
}

Result<void> use_client_certificate(SSL_CTX* context, const TlsOptions& options) {
    const std::string_view chain = options.client_certificate;
    const BioPtr text(BIO_new_mem_buf(chain.data(), static_cast<int>(chain.size())));
    const CertificatePtr leaf(PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr));
    if (leaf == nullptr || SSL_CTX_use_certificate(context, leaf.get()) != 1) {
        return unusable("client_certificate", "holds no usable PEM certificate");
    }
    while (X509* next = PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr)) {
        if (SSL_CTX_add0_chain_cert(context, next) != 1) {
            X509_free(next);
            return unusable("client_certificate", "holds an unusable PEM certificate");
        }
    }
    const std::string_view key_text = options.client_key.reveal();
    const BioPtr key_bio(BIO_new_mem_buf(key_text.data(), static_cast<int>(key_text.size())));
    // An empty passphrase instead of OpenSSL's default, which asks on the terminal.
    char none[] = "";
    const KeyPtr key(PEM_read_bio_PrivateKey(key_bio.get(), nullptr, nullptr, none));
    if (key == nullptr || SSL_CTX_use_PrivateKey(context, key.get()) != 1 ||
        SSL_CTX_check_private_key(context) != 1) {
        return unusable("client_key",
                        "is no PEM key without a passphrase, or not that of client_certificate");
    }
    ERR_clear_error();  // the end of the text is an error to OpenSSL
    return {};
}

Result<void> trust(SSL_CTX* context, std::string_view pem, std::string_view option) {
    const BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    X509_STORE* store = SSL_CTX_get_cert_store(context);
    int found = 0;
    while (CertificatePtr certificate{PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)}) {
        X509_STORE_add_cert(store, certificate.get());
        ++found;
    }
    ERR_clear_error();  // the end of the text is an error to OpenSSL
    if (found == 0) {
        return fail(
            Error(ErrorKind::invalid_argument, fmt::format("{} holds no PEM certificate", option))
                .with_detail(std::string(option)));
    }
    return {};
}

}  // namespace

Result<std::shared_ptr<TlsContext>> TlsContext::create(const TlsOptions& options) {
    SslContextPtr context(SSL_CTX_new(TLS_client_method()));
    if (context == nullptr || SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION) != 1) {
        return fail(ErrorKind::internal, "OpenSSL cannot make a TLS 1.2 context");
    }
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_mode(context.get(),
                     SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_options(context.get(), SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_alpn_protos(context.get(), alpn_http11.data(), alpn_http11.size());
    if (options.system_roots && SSL_CTX_set_default_verify_paths(context.get()) != 1) {
        return fail(ErrorKind::io, "the system's trusted certificates cannot be loaded");
    }
    if (!options.ca_pem.empty()) {
        APILAB_CHECK(trust(context.get(), options.ca_pem, "ca_pem"));
    }
    if (!options.ca_file.empty()) {
        APILAB_TRY(const std::string pem, read_file(options.ca_file, ca_file_max));
        APILAB_CHECK(trust(context.get(), pem, "ca_file"));
    }
    if (!options.client_certificate.empty() || !options.client_key.empty()) {
        APILAB_CHECK(use_client_certificate(context.get(), options));
    }
    APILAB_TRY(PinnedKeys pinned, parse_pinned_keys(options.pinned_keys));
    return std::make_shared<Context>(std::move(context), std::move(pinned), options.sessions_max);
}

}  // namespace apilab::transport::internal
