#include "apilab/sandbox/internal/jose.hpp"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <utility>

#include "apilab/base/base64.hpp"
#include "apilab/base/try.hpp"

namespace apilab::sandbox::internal {
namespace {

constexpr std::size_t jwt_max = std::size_t{16} << 10U;
constexpr int rsa_bits_min = 2048;
constexpr int p256_half = 32;

const unsigned char* bytes_of(std::string_view text) {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes are bytes
    return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes_of(std::string& text) {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes are bytes
    return reinterpret_cast<unsigned char*>(text.data());
}

struct Free {
    void operator()(BIO* bio) const { BIO_free(bio); }
    void operator()(BIGNUM* number) const { BN_free(number); }
    void operator()(ECDSA_SIG* signature) const { ECDSA_SIG_free(signature); }
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

// A JWS has both numbers in full length one behind the other (RFC 7518 section 3.4); OpenSSL wants
// DER. Empty: not 64 bytes.
std::string der_of(std::string_view raw) {
    if (raw.size() != std::size_t{2} * p256_half) {
        return {};
    }
    const Owned<ECDSA_SIG> signature(ECDSA_SIG_new());
    BIGNUM* r = BN_bin2bn(bytes_of(raw), p256_half, nullptr);
    BIGNUM* s = BN_bin2bn(bytes_of(raw.substr(p256_half)), p256_half, nullptr);
    ECDSA_SIG_set0(signature.get(), r, s);  // takes both
    unsigned char* out = nullptr;
    const int size = i2d_ECDSA_SIG(signature.get(), &out);
    std::string der;
    if (size > 0) {
        der.assign(out, out + size);
    }
    OPENSSL_free(out);
    return der;
}

std::string raw_of(std::string_view der) {
    const auto* at = bytes_of(der);
    const Owned<ECDSA_SIG> signature(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())));
    std::string raw(std::size_t{2} * p256_half, '\0');
    BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), bytes_of(raw), p256_half);
    BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), bytes_of(raw) + p256_half, p256_half);
    return raw;
}

std::string number_of(const EVP_PKEY* key, const char* name) {
    BIGNUM* found = nullptr;
    if (EVP_PKEY_get_bn_param(key, name, &found) != 1) {
        return {};
    }
    const Owned<BIGNUM> number(found);
    std::string bytes(static_cast<std::size_t>(BN_num_bytes(number.get())), '\0');
    BN_bn2bin(number.get(), bytes_of(bytes));
    return bytes;
}

EVP_PKEY* read_pem(std::string_view pem, bool secret) {
    const Owned<BIO> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    return secret ? PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr)
                  : PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr);
}

Result<http::JsonDocument> object_in(std::string_view part, std::string_view name) {
    const auto text = base64url_bytes(part);
    auto document = text ? http::JsonDocument::parse(*text, {.depth_max = 16})
                         : Result<http::JsonDocument>(fail(ErrorKind::decode, "no base64url"));
    if (!document || !document->root().is_object()) {
        return fail(ErrorKind::decode, fmt::format("the JWT's {} is no JSON object", name));
    }
    return document;
}

}  // namespace

std::string base64url(std::string_view bytes) {
    auto text = base64_encode(bytes);
    text.resize(std::min(text.find('='), text.size()));
    std::ranges::replace(text, '+', '-');
    std::ranges::replace(text, '/', '_');
    return text;
}

std::optional<std::string> base64url_bytes(std::string_view text) {
    if (text.find_first_of("+/=") != std::string_view::npos) {
        return std::nullopt;
    }
    constexpr std::size_t group = 4;
    std::string padded(text);
    std::ranges::replace(padded, '-', '+');
    std::ranges::replace(padded, '_', '/');
    padded.append((group - padded.size() % group) % group, '=');
    return base64_decode(padded);
}

std::string s256(std::string_view text) {
    std::string digest(SHA256_DIGEST_LENGTH, '\0');
    SHA256(bytes_of(text), text.size(), bytes_of(digest));
    return base64url(digest);
}

bool same_secret(std::string_view a, std::string_view b) {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

Result<Jwt> read_jwt(std::string_view text) {
    const auto first = text.find('.');
    const auto second = first == std::string_view::npos ? first : text.find('.', first + 1);
    if (text.size() > jwt_max || second == std::string_view::npos ||
        text.find('.', second + 1) != std::string_view::npos) {
        return fail(ErrorKind::decode, "no JWT: three parts and at most 16 KiB are expected");
    }
    APILAB_TRY(const auto header, object_in(text.substr(0, first), "header"));
    APILAB_TRY(auto claims, object_in(text.substr(first + 1, second - first - 1), "payload"));
    auto signature = base64url_bytes(text.substr(second + 1));
    const auto algorithm = header.root()["alg"].string();
    if (!signature || !algorithm || !header.root()["crit"].missing()) {
        return fail(ErrorKind::decode, "the JWT's header or signature cannot be read");
    }
    return Jwt{.algorithm = std::string(*algorithm),
               .key_id = std::string(header.root()["kid"].string_or("")),
               .claims = std::move(claims),
               .signed_text = std::string(text.substr(0, second)),
               .signature = *std::move(signature)};
}

Result<Key> Key::from_pem(std::string_view pem) {
    const bool secret = pem.contains("PRIVATE KEY");
    std::shared_ptr<evp_pkey_st> key(read_pem(pem, secret), EVP_PKEY_free);
    if (!key) {
        return fail(ErrorKind::invalid_argument, "no key in PEM");
    }
    const bool rsa = EVP_PKEY_is_a(key.get(), "RSA") == 1;
    std::array<char, 32> curve{};
    const bool p256 =
        EVP_PKEY_is_a(key.get(), "EC") == 1 &&
        EVP_PKEY_get_group_name(key.get(), curve.data(), curve.size(), nullptr) == 1 &&
        std::string_view(curve.data()) == "prime256v1";
    if (!p256 && (!rsa || EVP_PKEY_get_bits(key.get()) < rsa_bits_min)) {
        return fail(ErrorKind::invalid_argument, "a key is RSA of 2048 bits and more, or P-256");
    }
    return Key(std::move(key), rsa);
}

bool Key::verify(const Jwt& token) const {
    if (token.algorithm != algorithm()) {
        return false;
    }
    const auto signature = rsa_ ? token.signature : der_of(token.signature);
    const Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
    return !signature.empty() &&
           EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get()) == 1 &&
           EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(),
                            bytes_of(token.signed_text), token.signed_text.size()) == 1;
}

Result<std::string> Key::sign(std::string_view claims, std::string_view key_id) const {
    auto text = base64url(fmt::format(R"({{"alg":"{}","typ":"JWT","kid":{}}})", algorithm(),
                                      http::json_quote(key_id))) +
                "." + base64url(claims);
    const Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
    std::size_t size = static_cast<std::size_t>(EVP_PKEY_get_size(key_.get()));
    std::string signature(size, '\0');
    if (EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get()) != 1 ||
        EVP_DigestSign(context.get(), bytes_of(signature), &size, bytes_of(text), text.size()) !=
            1) {
        return fail(ErrorKind::internal, "this key cannot sign");
    }
    signature.resize(size);
    text += "." + base64url(rsa_ ? signature : raw_of(signature));
    return text;
}

std::string Key::jwk(std::string_view key_id) const {
    if (!rsa_) {
        return {};
    }
    return fmt::format(R"({{"kty":"RSA","use":"sig","alg":"RS256","kid":{},"n":"{}","e":"{}"}})",
                       http::json_quote(key_id),
                       base64url(number_of(key_.get(), OSSL_PKEY_PARAM_RSA_N)),
                       base64url(number_of(key_.get(), OSSL_PKEY_PARAM_RSA_E)));
}

std::string Key::public_pem() const {
    const Owned<BIO> bio(BIO_new(BIO_s_mem()));
    if (PEM_write_bio_PUBKEY(bio.get(), key_.get()) != 1) {
        return {};
    }
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &data);
    return {data, static_cast<std::size_t>(size)};
}

}  // namespace apilab::sandbox::internal
