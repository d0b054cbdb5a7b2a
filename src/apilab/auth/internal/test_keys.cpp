#include "apilab/auth/internal/test_keys.hpp"

#include <openssl/encoder.h>
#include <openssl/rsa.h>

#include <array>
#include <memory>
#include <utility>

#include "apilab/auth/internal/openssl_pointers.hpp"

namespace apilab::auth::test {
namespace {

using KeyPtr = std::unique_ptr<EVP_PKEY, Release<&EVP_PKEY_free>>;
using EncoderPtr = std::unique_ptr<OSSL_ENCODER_CTX, Release<&OSSL_ENCODER_CTX_free>>;

std::string encoded(EVP_PKEY* key, int selection, const char* structure, bool encrypt = false) {
    const EncoderPtr context(
        OSSL_ENCODER_CTX_new_for_pkey(key, selection, "PEM", structure, nullptr));
    constexpr std::array<unsigned char, 3> passphrase{'a', 'b', 'c'};
    if (encrypt) {
        OSSL_ENCODER_CTX_set_cipher(context.get(), "AES-256-CBC", nullptr);
        OSSL_ENCODER_CTX_set_passphrase(context.get(), passphrase.data(), passphrase.size());
    }
    unsigned char* data = nullptr;
    std::size_t size = 0;
    if (OSSL_ENCODER_to_data(context.get(), &data, &size) != 1) {
        return {};
    }
    std::string text(reinterpret_cast<const char*>(data), size);
    OPENSSL_free(data);
    return text;
}

PemKey pem_of(const KeyPtr& key) {
    return {.pkcs8 = encoded(key.get(), EVP_PKEY_KEYPAIR, "PrivateKeyInfo"),
            .traditional = encoded(key.get(), EVP_PKEY_KEYPAIR, "type-specific"),
            .public_key = encoded(key.get(), EVP_PKEY_PUBLIC_KEY, "SubjectPublicKeyInfo"),
            .encrypted = encoded(key.get(), EVP_PKEY_KEYPAIR, "EncryptedPrivateKeyInfo", true)};
}

}  // namespace

const PemKey& rsa_pem() {
    static const PemKey made = new_rsa_pem(2048);
    return made;
}

const PemKey& ec_pem() {
    static const PemKey made = new_ec_pem("P-256");
    return made;
}

PemKey new_ec_pem(const char* curve) {
    return pem_of(KeyPtr(EVP_EC_gen(curve)));
}

PemKey new_rsa_pem(unsigned bits) {
    return pem_of(KeyPtr(EVP_RSA_gen(bits)));
}

PemKey new_ed25519_pem() {
    return pem_of(KeyPtr(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")));
}

SigningKey rsa_key(std::string key_id) {
    return SigningKey::from_pem(Secret(rsa_pem().pkcs8), std::move(key_id)).value();
}

SigningKey ec_key(std::string key_id) {
    return SigningKey::from_pem(Secret(ec_pem().pkcs8), std::move(key_id)).value();
}

SigningKey hmac_key(std::string key_id) {
    return SigningKey::symmetric(Secret(std::string(32, 'k')), std::move(key_id)).value();
}

}  // namespace apilab::auth::test
