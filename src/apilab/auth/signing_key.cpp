#include "apilab/auth/signing_key.hpp"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "apilab/auth/internal/key_material.hpp"
#include "apilab/auth/internal/openssl_pointers.hpp"
#include "apilab/base/try.hpp"

namespace apilab::auth {
namespace {

using internal::KeyMaterial;

constexpr std::size_t pem_size_max = std::size_t{64} * 1024;

// OpenSSL would ask on the terminal.
int no_passphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*data*/) {
    return -1;
}

Result<internal::BioPtr> reader_of(std::string_view pem) {
    if (pem.size() > pem_size_max) {
        return internal::unusable("a PEM text of more than 64 KiB");
    }
    internal::BioPtr reader(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    if (!reader) {
        return fail(ErrorKind::internal, "OpenSSL is out of memory");
    }
    return reader;
}

std::shared_ptr<const KeyMaterial> shared(KeyMaterial material) {
    return std::make_shared<const KeyMaterial>(std::move(material));
}

// Why no private key was found, as far as the labels of the text tell.
std::string_view reason(std::string_view pem) {
    if (pem.contains("ENCRYPTED")) {
        return "the private key has a passphrase (expected one without)";
    }
    if (pem.contains("-----BEGIN PUBLIC KEY") || pem.contains("-----BEGIN CERTIFICATE")) {
        return "a public key or certificate (expected a private key)";
    }
    return "no private key in PEM (expected BEGIN PRIVATE KEY, RSA PRIVATE KEY or EC PRIVATE KEY)";
}

}  // namespace

std::string_view to_string(JwsAlgorithm algorithm) {
    switch (algorithm) {
        case JwsAlgorithm::rs256:
            return "RS256";
        case JwsAlgorithm::es256:
            return "ES256";
        case JwsAlgorithm::hs256:
            break;
    }
    return "HS256";
}

Result<VerificationKey> VerificationKey::from_jwk(const Secret& json) {
    auto read = internal::read_jwk(json.reveal(), false);
    if (!read) {
        return fail(std::move(read).error().in("reading a JWK"));
    }
    return VerificationKey(shared(std::move(read->material)), std::move(read->key_id));
}

Result<VerificationKey> VerificationKey::from_pem(std::string_view pem, std::string key_id) {
    APILAB_TRY(const auto reader, reader_of(pem));
    EVP_PKEY* key = PEM_read_bio_PUBKEY(reader.get(), nullptr, &no_passphrase, nullptr);
    if (key == nullptr) {
        return internal::unusable("no public key in PEM (expected BEGIN PUBLIC KEY)");
    }
    APILAB_TRY(auto material, internal::asymmetric_material(key, false));
    return VerificationKey(shared(std::move(material)), std::move(key_id));
}

JwsAlgorithm VerificationKey::algorithm() const {
    return material_->algorithm;
}

const std::string& VerificationKey::fingerprint() const {
    return material_->fingerprint;
}

Result<SigningKey> SigningKey::from_pem(const Secret& pem, std::string key_id) {
    APILAB_TRY(const auto reader, reader_of(pem.reveal()));
    EVP_PKEY* key = PEM_read_bio_PrivateKey(reader.get(), nullptr, &no_passphrase, nullptr);
    if (key == nullptr) {
        return internal::unusable(std::string(reason(pem.reveal())));
    }
    APILAB_TRY(auto material, internal::asymmetric_material(key, true));
    return SigningKey(shared(std::move(material)), std::move(key_id));
}

Result<SigningKey> SigningKey::from_jwk(const Secret& json) {
    auto read = internal::read_jwk(json.reveal(), true);
    if (!read) {
        return fail(std::move(read).error().in("reading a JWK"));
    }
    return SigningKey(shared(std::move(read->material)), std::move(read->key_id));
}

Result<SigningKey> SigningKey::symmetric(const Secret& key, std::string key_id) {
    APILAB_TRY(auto material, internal::symmetric_material(key));
    return SigningKey(shared(std::move(material)), std::move(key_id));
}

SigningKey SigningKey::with_key_id(std::string key_id) const {
    return {material_, std::move(key_id)};
}

JwsAlgorithm SigningKey::algorithm() const {
    return material_->algorithm;
}

const std::string& SigningKey::fingerprint() const {
    return material_->fingerprint;
}

std::string SigningKey::describe() const {
    return fmt::format("{} key of {} bits{}{}", to_string(algorithm()), material_->bits,
                       key_id_.empty() ? "" : ", kid ", key_id_);
}

}  // namespace apilab::auth
