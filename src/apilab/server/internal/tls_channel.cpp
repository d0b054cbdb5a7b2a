#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <string>

#include "apilab/base/release.hpp"
#include "apilab/base/secret.hpp"
#include "apilab/server/internal/channel.hpp"

namespace apilab::server::internal {
namespace {

using BioPtr = std::unique_ptr<BIO, Release<&BIO_free_all>>;
using CtxPtr = std::unique_ptr<SSL_CTX, Release<&SSL_CTX_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, Release<&EVP_PKEY_free>>;
using MethodPtr = std::unique_ptr<BIO_METHOD, Release<&BIO_meth_free>>;
using SslPtr = std::unique_ptr<SSL, Release<&SSL_free>>;
using X509Ptr = std::unique_ptr<X509, Release<&X509_free>>;

// OpenSSL's own socket BIO writes without MSG_NOSIGNAL: a peer that went away would end the whole
// process with SIGPIPE. The descriptor travels as the BIO's data.
int descriptor(BIO* bio) {
    return static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(bio)));
}

bool would_block() {
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

int bio_write(BIO* bio, const char* bytes, int size) {
    BIO_clear_retry_flags(bio);
    const auto put =
        ::send(descriptor(bio), bytes, static_cast<std::size_t>(size), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (put < 0 && would_block()) {
        BIO_set_retry_write(bio);
    }
    return static_cast<int>(put);
}

int bio_read(BIO* bio, char* bytes, int size) {
    BIO_clear_retry_flags(bio);
    const auto got = ::recv(descriptor(bio), bytes, static_cast<std::size_t>(size), MSG_DONTWAIT);
    if (got < 0 && would_block()) {
        BIO_set_retry_read(bio);
    }
    if (got == 0) {
        BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
    }
    return static_cast<int>(got);
}

long bio_control(BIO* bio, int command, long /*number*/, void* /*pointer*/) {
    switch (command) {
        case BIO_CTRL_FLUSH:
            return 1;
        case BIO_CTRL_EOF:
            return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0 ? 1 : 0;
        default:
            return 0;
    }
}

MethodPtr make_bio_method() {
    MethodPtr method(BIO_meth_new(BIO_TYPE_SOURCE_SINK, "apilab socket"));
    if (method) {
        BIO_meth_set_write(method.get(), bio_write);
        BIO_meth_set_read(method.get(), bio_read);
        BIO_meth_set_ctrl(method.get(), bio_control);
    }
    return method;
}

class TlsChannel final : public Channel {
public:
    explicit TlsChannel(SslPtr ssl) : ssl_(std::move(ssl)) {
        SSL_set_msg_callback(ssl_.get(), note_alert);
        SSL_set_msg_callback_arg(ssl_.get(), this);
    }

    IoResult handshake() override {
        ERR_clear_error();
        const IoResult result = outcome(SSL_accept(ssl_.get()), 0);
        if (result.status == IoResult::Status::failed) {
            facts_.plain_http = ERR_GET_REASON(ERR_peek_error()) == SSL_R_HTTP_REQUEST;
        }
        return result;
    }

    IoResult read(std::span<char> into) override {
        ERR_clear_error();
        std::size_t got = 0;
        const int ok = SSL_read_ex(ssl_.get(), into.data(), into.size(), &got);
        const IoResult result = outcome(ok, got);
        may_have_more_ = result.status == IoResult::Status::done;
        return result;
    }

    IoResult write(std::string_view first, std::string_view second) override {
        // One record carries both where they fit: two would be two segments and two wake-ups.
        if (!first.empty() && !second.empty() && first.size() < record_max) {
            joined_.assign(first);
            joined_.append(second.substr(0, record_max - first.size()));
            return put(joined_);
        }
        return put(first.empty() ? second : first);
    }

    void finish() override {
        ERR_clear_error();
        SSL_shutdown(ssl_.get());
    }
    bool may_have_more() const override { return may_have_more_; }
    TlsFacts tls() const override {
        TlsFacts facts = facts_;
        if (SSL_is_init_finished(ssl_.get()) != 0) {
            facts.version = SSL_get_version(ssl_.get());
        }
        const char* name = SSL_get_servername(ssl_.get(), TLSEXT_NAMETYPE_host_name);
        facts.server_name = name == nullptr ? "" : name;
        return facts;
    }

private:
    static constexpr std::size_t record_max = 16 * 1024;

    // OpenSSL shows every message here; an alert is two bytes, its level and what it says.
    static void note_alert(int written, int /*version*/, int type, const void* bytes,
                           std::size_t size, SSL* /*ssl*/, void* self) {
        if (type != SSL3_RT_ALERT || size != 2) {
            return;
        }
        const int code = static_cast<const unsigned char*>(bytes)[1];
        if (code == SSL_AD_CLOSE_NOTIFY) {
            return;
        }
        auto& facts = static_cast<TlsChannel*>(self)->facts_;
        facts.alert = SSL_alert_desc_string_long(code);
        facts.alert_by_peer = written == 0;
    }

    IoResult put(std::string_view bytes) {
        ERR_clear_error();
        std::size_t done = 0;
        const int ok = SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &done);
        return outcome(ok, done);
    }

    IoResult outcome(int ok, std::size_t bytes) {
        using Status = IoResult::Status;
        if (ok == 1) {
            return {.status = Status::done, .bytes = bytes};
        }
        switch (SSL_get_error(ssl_.get(), ok)) {
            case SSL_ERROR_WANT_READ:
                return {.status = Status::want_read};
            case SSL_ERROR_WANT_WRITE:
                return {.status = Status::want_write};
            case SSL_ERROR_ZERO_RETURN:
                return {.status = Status::end};
            default:
                return {.status = Status::failed};
        }
    }

    SslPtr ssl_;
    TlsFacts facts_;
    std::string joined_;
    bool may_have_more_ = false;
};

class OpenSslContext final : public TlsContext {
public:
    OpenSslContext(CtxPtr context, MethodPtr method)
        : method_(std::move(method)), context_(std::move(context)) {}

    std::unique_ptr<Channel> channel(int socket) override {
        SslPtr ssl(SSL_new(context_.get()));
        BIO* bio = BIO_new(method_.get());
        if (!ssl || bio == nullptr) {
            BIO_free(bio);
            return nullptr;
        }
        // OpenSSL has no place for a number.
        // NOLINTNEXTLINE(performance-no-int-to-ptr): never used as a pointer
        BIO_set_data(bio, reinterpret_cast<void*>(static_cast<std::intptr_t>(socket)));
        BIO_set_init(bio, 1);
        SSL_set_bio(ssl.get(), bio, bio);
        return std::make_unique<TlsChannel>(std::move(ssl));
    }

private:
    MethodPtr method_;  // outlives every BIO made of it
    CtxPtr context_;
};

BioPtr memory_bio(std::string_view text) {
    const auto size = static_cast<int>(std::min<std::size_t>(text.size(), INT_MAX));
    return BioPtr(BIO_new_mem_buf(text.data(), size));
}

std::unexpected<Error> unusable(std::string_view what) {
    ERR_clear_error();
    return fail(Error(ErrorKind::invalid_argument, std::string(what))
                    .with_remedy("give PEM text: the server's certificate first, and its own key"));
}

Result<void> use_certificates(SSL_CTX* context, std::string_view chain) {
    const BioPtr text = memory_bio(chain);
    const X509Ptr leaf(PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr));
    if (!leaf || SSL_CTX_use_certificate(context, leaf.get()) != 1) {
        return unusable("tls.certificate_chain holds no usable certificate");
    }
    while (X509* next = PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr)) {
        if (SSL_CTX_add0_chain_cert(context, next) != 1) {
            X509_free(next);
            return unusable("tls.certificate_chain holds an unusable certificate");
        }
    }
    ERR_clear_error();  // the end of the text counts as an error there
    return {};
}

Result<void> use_key(SSL_CTX* context, const Secret& key_text) {
    const BioPtr text = memory_bio(key_text.reveal());
    // An empty passphrase instead of OpenSSL's default, which asks on the terminal.
    char none[] = "";
    const KeyPtr key(PEM_read_bio_PrivateKey(text.get(), nullptr, nullptr, none));
    if (!key || SSL_CTX_use_PrivateKey(context, key.get()) != 1 ||
        SSL_CTX_check_private_key(context) != 1) {
        return unusable("tls.private_key is unusable or not the key of the certificate");
    }
    return {};
}

Result<void> ask_clients(SSL_CTX* context, std::string_view authorities) {
    const BioPtr text = memory_bio(authorities);
    int found = 0;
    while (const X509Ptr authority{PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr)}) {
        X509_STORE_add_cert(SSL_CTX_get_cert_store(context), authority.get());
        SSL_CTX_add_client_CA(context, authority.get());
        ++found;
    }
    ERR_clear_error();
    if (found == 0) {
        return unusable("tls.client_ca holds no certificate");
    }
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    return {};
}

int choose_http11(SSL* /*ssl*/, const unsigned char** out, unsigned char* out_size,
                  const unsigned char* offered, unsigned offered_size, void* /*data*/) {
    static constexpr unsigned char http11[] = "\x08http/1.1";
    unsigned char* chosen = nullptr;
    if (SSL_select_next_proto(&chosen, out_size, http11, sizeof(http11) - 1, offered,
                              offered_size) != OPENSSL_NPN_NEGOTIATED) {
        return SSL_TLSEXT_ERR_NOACK;
    }
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

}  // namespace

Result<std::shared_ptr<TlsContext>> TlsContext::create(std::string_view certificate_chain,
                                                       const Secret& private_key,
                                                       std::string_view client_ca,
                                                       bool only_tls_1_0) {
    CtxPtr context(SSL_CTX_new(TLS_server_method()));
    MethodPtr method = make_bio_method();
    if (!context || !method) {
        return fail(ErrorKind::internal, "OpenSSL gives no context");
    }
    SSL_CTX_set_min_proto_version(context.get(), only_tls_1_0 ? TLS1_VERSION : TLS1_2_VERSION);
    if (only_tls_1_0) {
        SSL_CTX_set_max_proto_version(context.get(), TLS1_VERSION);
        // Its signatures are SHA-1, which OpenSSL refuses above level 0.
        SSL_CTX_set_security_level(context.get(), 0);
    }
    SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE |
                                        SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                        SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_alpn_select_cb(context.get(), choose_http11, nullptr);
    if (auto used = use_certificates(context.get(), certificate_chain); !used) {
        return fail(std::move(used).error());
    }
    if (auto used = use_key(context.get(), private_key); !used) {
        return fail(std::move(used).error());
    }
    // Names the sessions that may be gone on from: OpenSSL refuses all of them without, as soon as
    // clients have certificates.
    static constexpr unsigned char session_context[] = "apilab";
    SSL_CTX_set_session_id_context(context.get(), session_context, sizeof(session_context) - 1);
    if (!client_ca.empty()) {
        if (auto asked = ask_clients(context.get(), client_ca); !asked) {
            return fail(std::move(asked).error());
        }
    }
    return std::make_shared<OpenSslContext>(std::move(context), std::move(method));
}

}  // namespace apilab::server::internal
