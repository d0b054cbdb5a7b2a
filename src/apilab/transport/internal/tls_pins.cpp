#include "apilab/transport/internal/tls_pins.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/x509_vfy.h>

#include <algorithm>

#include "apilab/base/base64.hpp"

namespace apilab::transport::internal {
namespace {

bool is_pinned(X509* certificate, const PinnedKeys& pinned) {
    unsigned char* bytes = nullptr;
    const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &bytes);
    if (size <= 0) {
        return false;
    }
    std::array<unsigned char, 32> digest{};
    const int hashed = EVP_Digest(bytes, static_cast<std::size_t>(size), digest.data(), nullptr,
                                  EVP_sha256(), nullptr);
    OPENSSL_free(bytes);
    return hashed == 1 && pinned.contains(digest);
}

}  // namespace

Result<PinnedKeys> parse_pinned_keys(const std::vector<std::string>& texts) {
    PinnedKeys pinned;
    for (std::size_t i = 0; i < texts.size(); ++i) {
        const auto bytes = base64_decode(texts[i]);
        std::array<unsigned char, 32> digest{};
        if (!bytes || bytes->size() != digest.size()) {
            return fail(Error(ErrorKind::invalid_argument,
                              fmt::format("pinned_keys[{}] is not the base64 of a SHA-256", i))
                            .with_detail("pinned_keys")
                            .with_remedy("44 characters that end in =, of the DER of the key"));
        }
        std::ranges::copy(*bytes, digest.begin());
        pinned.insert(digest);
    }
    return pinned;
}

int verify_with_pins(X509_STORE_CTX* store, void* pinned) {
    if (X509_verify_cert(store) != 1) {
        return 0;
    }
    const auto& keys = *static_cast<const PinnedKeys*>(pinned);
    const STACK_OF(X509)* chain = X509_STORE_CTX_get0_chain(store);
    for (int i = 0; i < sk_X509_num(chain); ++i) {
        if (is_pinned(sk_X509_value(chain, i), keys)) {
            return 1;
        }
    }
    X509_STORE_CTX_set_error(store, X509_V_ERR_APPLICATION_VERIFICATION);
    return 0;
}

}  // namespace apilab::transport::internal
