#include "apilab/transport/internal/tls.hpp"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <array>
#include <limits>
#include <string_view>
#include <utility>

#include "apilab/base/file.hpp"
#include "apilab/base/try.hpp"
#include "apilab/transport/internal/tls_bio.hpp"

namespace apilab::transport::internal {
namespace {

using Status = IoResult::Status;

template <auto Free>
struct Deleter {
    template <class T>
    void operator()(T* pointer) const {
        Free(pointer);
    }
};
using SslPtr = std::unique_ptr<SSL, Deleter<SSL_free>>;
using SslContextPtr = std::unique_ptr<SSL_CTX, Deleter<SSL_CTX_free>>;
using BioPtr = std::unique_ptr<BIO, Deleter<BIO_free>>;
using CertificatePtr = std::unique_ptr<X509, Deleter<X509_free>>;

constexpr std::size_t ca_file_max = std::size_t{16} * 1024 * 1024;
constexpr std::array<unsigned char, 9> alpn_http11 = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};

bool is_ip_address(const std::string& host) {
    ASN1_OCTET_STRING* address = a2i_IPADDRESS(host.c_str());
    ASN1_OCTET_STRING_free(address);
    return address != nullptr;
}

// The reason as a word of ours; a caller branches on it.
std::string_view reason_of(long verify_result) {
    switch (verify_result) {
        case X509_V_ERR_CERT_HAS_EXPIRED:
            return "expired";
        case X509_V_ERR_CERT_NOT_YET_VALID:
            return "not_yet_valid";
        case X509_V_ERR_HOSTNAME_MISMATCH:
        case X509_V_ERR_IP_ADDRESS_MISMATCH:
            return "wrong_host";
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
            return "self_signed";
        case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
        case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
            return "unknown_ca";
        case X509_V_ERR_CERT_REVOKED:
            return "revoked";
        default:
            return "certificate";
    }
}

class Tls final : public TlsChannel {
public:
    Tls(SslPtr ssl, std::string host, int socket) : ssl_(std::move(ssl)), host_(std::move(host)) {
        state_.socket = socket;
    }

    // False where OpenSSL is out of memory.
    [[nodiscard]] bool prepare() {
        BIO* bio = make_socket_bio(state_);
        if (bio == nullptr) {
            return false;
        }
        SSL_set_bio(ssl_.get(), bio, bio);
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
        const int ok = SSL_connect(ssl_.get());
        IoResult result = outcome(ok, 0);
        if (result.status == Status::failed) {
            queued_error_ = ERR_peek_error();
        }
        return result;
    }
    [[nodiscard]] Error handshake_error() const override;

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
                return {state_.ended && !state_.failed ? Status::cut : Status::failed, 0};
        }
    }

    SocketState state_;  // outlives ssl_, whose BIO points to it
    SslPtr ssl_;
    std::string host_;
    unsigned long queued_error_ = 0;
};

Error Tls::handshake_error() const {
    const long verified = SSL_get_verify_result(ssl_.get());
    if (verified != X509_V_OK) {
        return Error(ErrorKind::tls, fmt::format("the certificate of {} is not accepted: {}", host_,
                                                 X509_verify_cert_error_string(verified)))
            .with_detail(std::string(reason_of(verified)));
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
    explicit Context(SslContextPtr context) : context_(std::move(context)) {}

    std::unique_ptr<TlsChannel> channel(int socket, const std::string& host) override {
        SslPtr ssl(SSL_new(context_.get()));
        if (ssl == nullptr) {
            return nullptr;
        }
        auto made = std::make_unique<Tls>(std::move(ssl), host, socket);
        if (!made->prepare()) {
            return nullptr;
        }
        return made;
    }

private:
    SslContextPtr context_;
};

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
    return std::make_shared<Context>(std::move(context));
}

}  // namespace apilab::transport::internal
