#include "apilab/server/certificates.hpp"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <utility>

#include "apilab/base/release.hpp"
#include "apilab/base/try.hpp"

namespace apilab::server {
namespace {

using BioPtr = std::unique_ptr<BIO, Release<&BIO_free_all>>;
using BigPtr = std::unique_ptr<BIGNUM, Release<&BN_free>>;
using ExtensionPtr = std::unique_ptr<X509_EXTENSION, Release<&X509_EXTENSION_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, Release<&EVP_PKEY_free>>;
using X509Ptr = std::unique_ptr<X509, Release<&X509_free>>;

enum class Role { authority, server, client };

struct Issued {
    X509Ptr certificate;
    KeyPtr key;
};

std::unexpected<Error> openssl_failed(std::string_view doing) {
    ERR_clear_error();
    return fail(ErrorKind::internal, fmt::format("OpenSSL failed at {}", doing));
}

bool dns_name(std::string_view name) {
    const auto sound = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               c == '-' || c == '.' || c == '*';
    };
    return !name.empty() && name.size() <= 253 && std::ranges::all_of(name, sound);
}

// OpenSSL's configuration syntax, so what goes in is checked first.
Result<std::string> alternative_names(const CertificateOptions& options) {
    std::string names;
    for (const auto& name : options.dns_names) {
        if (!dns_name(name)) {
            return fail(ErrorKind::invalid_argument,
                        fmt::format("certificate option 'dns_names': '{}' is no host name", name));
        }
        names += fmt::format("{}DNS:{}", names.empty() ? "" : ",", name);
    }
    for (const auto& text : options.addresses) {
        boost::system::error_code error;
        const auto address = boost::asio::ip::make_address(text, error);
        if (error) {
            return fail(
                ErrorKind::invalid_argument,
                fmt::format("certificate option 'addresses': '{}' is no numeric address", text));
        }
        names += fmt::format("{}IP:{}", names.empty() ? "" : ",", address.to_string());
    }
    return names;
}

bool add_extension(X509* certificate, X509* issuer, int id, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    const ExtensionPtr extension(X509V3_EXT_conf_nid(nullptr, &context, id, value.c_str()));
    return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

bool add_extensions(X509* certificate, X509* issuer, Role role, const std::string& names) {
    const bool authority = role == Role::authority;
    return add_extension(certificate, issuer, NID_basic_constraints,
                         authority ? "critical,CA:TRUE,pathlen:0" : "critical,CA:FALSE") &&
           add_extension(
               certificate, issuer, NID_key_usage,
               authority ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature") &&
           add_extension(certificate, issuer, NID_subject_key_identifier, "hash") &&
           (issuer == certificate ||
            add_extension(certificate, issuer, NID_authority_key_identifier, "keyid:always")) &&
           (authority || add_extension(certificate, issuer, NID_ext_key_usage,
                                       role == Role::client ? "clientAuth" : "serverAuth")) &&
           (names.empty() || add_extension(certificate, issuer, NID_subject_alt_name, names));
}

// Random, as two authorities of one name must not issue one serial number twice.
bool set_serial(X509* certificate) {
    const BigPtr number(BN_new());
    return number && BN_rand(number.get(), 127, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1 &&
           BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr;
}

bool set_time(ASN1_TIME* field, SystemTime time) {
    return ASN1_TIME_set(
               field,
               std::chrono::system_clock::to_time_t(
                   std::chrono::time_point_cast<std::chrono::system_clock::duration>(time))) !=
           nullptr;
}

// `issuer` null: signed by its own key.
Result<Issued> make(SystemTime now, const CertificateOptions& options, Role role,
                    const Issued* issuer) {
    if (options.common_name.empty() || options.common_name.size() > 64) {
        return fail(ErrorKind::invalid_argument,
                    "certificate option 'common_name' is not 1 to 64 bytes long");
    }
    APILAB_TRY(const std::string names, alternative_names(options));
    Issued made{X509Ptr(X509_new()), KeyPtr(EVP_EC_gen("P-256"))};
    if (!made.certificate || !made.key) {
        return openssl_failed("making a key");
    }
    X509* certificate = made.certificate.get();
    X509* signer = issuer == nullptr ? certificate : issuer->certificate.get();
    EVP_PKEY* signing_key = issuer == nullptr ? made.key.get() : issuer->key.get();
    X509_NAME* subject = X509_get_subject_name(certificate);
    const auto* common_name = reinterpret_cast<const unsigned char*>(options.common_name.data());
    const bool filled =
        X509_set_version(certificate, X509_VERSION_3) == 1 && set_serial(certificate) &&
        set_time(X509_getm_notBefore(certificate), now + options.valid_from) &&
        set_time(X509_getm_notAfter(certificate), now + options.valid_until) &&
        X509_set_pubkey(certificate, made.key.get()) == 1 &&
        X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, common_name,
                                   static_cast<int>(options.common_name.size()), -1, 0) == 1 &&
        X509_set_issuer_name(certificate, X509_get_subject_name(signer)) == 1 &&
        add_extensions(certificate, signer, role, names);
    if (!filled || X509_sign(certificate, signing_key, EVP_sha256()) == 0) {
        return openssl_failed("signing a certificate");
    }
    return made;
}

Result<std::string> text_of(const BioPtr& bio, int written) {
    char* bytes = nullptr;
    const long size = bio ? BIO_get_mem_data(bio.get(), &bytes) : 0;
    if (written != 1 || size <= 0) {
        return openssl_failed("writing PEM");
    }
    return std::string(bytes, static_cast<std::size_t>(size));
}

Result<std::string> certificate_text(X509* certificate) {
    const BioPtr bio(BIO_new(BIO_s_mem()));
    return text_of(bio, bio ? PEM_write_bio_X509(bio.get(), certificate) : 0);
}

Result<CertificateAndKey> to_pem(const Issued& issued) {
    APILAB_TRY(std::string certificate, certificate_text(issued.certificate.get()));
    const BioPtr bio(BIO_new(BIO_s_secmem()));
    const int written = bio ? PEM_write_bio_PKCS8PrivateKey(bio.get(), issued.key.get(), nullptr,
                                                            nullptr, 0, nullptr, nullptr)
                            : 0;
    APILAB_TRY(std::string key, text_of(bio, written));
    return CertificateAndKey{std::move(certificate), Secret(std::move(key))};
}

}  // namespace

struct CertificateAuthority::Impl {
    Issued own;
    std::string certificate;
};

CertificateAuthority::CertificateAuthority(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
CertificateAuthority::CertificateAuthority(CertificateAuthority&&) noexcept = default;
CertificateAuthority& CertificateAuthority::operator=(CertificateAuthority&&) noexcept = default;
CertificateAuthority::~CertificateAuthority() = default;

Result<CertificateAuthority> CertificateAuthority::create(SystemTime now) {
    const CertificateOptions options{.common_name = "apilab sandbox CA",
                                     .dns_names = {},
                                     .addresses = {},
                                     .valid_until = std::chrono::hours(24 * 3650)};
    APILAB_TRY(Issued own, make(now, options, Role::authority, nullptr));
    APILAB_TRY(std::string certificate, certificate_text(own.certificate.get()));
    return CertificateAuthority(
        std::make_unique<Impl>(Impl{std::move(own), std::move(certificate)}));
}

const std::string& CertificateAuthority::certificate() const {
    return impl_->certificate;
}

Result<CertificateAndKey> CertificateAuthority::issue(SystemTime now,
                                                      const CertificateOptions& options) const {
    APILAB_TRY(const Issued issued,
               make(now, options, options.for_client ? Role::client : Role::server, &impl_->own));
    return to_pem(issued);
}

Result<CertificateAndKey> self_signed_certificate(SystemTime now,
                                                  const CertificateOptions& options) {
    APILAB_TRY(const Issued issued, make(now, options, Role::server, nullptr));
    return to_pem(issued);
}

}  // namespace apilab::server
