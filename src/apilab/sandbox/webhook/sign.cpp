#include "apilab/sandbox/webhook/sign.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <cassert>

namespace apilab::sandbox::webhook {
namespace {

std::string hmac_hex(const EVP_MD* digest, std::string_view key, std::string_view message) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> mac{};
    unsigned int size = 0;
    [[maybe_unused]] const auto* made = HMAC(
        digest, key.data(), static_cast<int>(key.size()),
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes are bytes
        reinterpret_cast<const unsigned char*>(message.data()), message.size(), mac.data(), &size);
    assert(made != nullptr);
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (unsigned int i = 0; i < size; ++i) {
        text += digits[mac[i] >> 4U];
        text += digits[mac[i] & 0xFU];
    }
    return text;
}

}  // namespace

std::string hmac_sha256_hex(std::string_view key, std::string_view message) {
    return hmac_hex(EVP_sha256(), key, message);
}

std::string hmac_sha1_hex(std::string_view key, std::string_view message) {
    return hmac_hex(EVP_sha1(), key, message);
}

std::string github_signature(std::string_view secret, std::string_view body) {
    return "sha256=" + hmac_sha256_hex(secret, body);
}

std::string slack_signature(std::string_view secret, std::string_view timestamp,
                            std::string_view body) {
    std::string signed_bytes = "v0:";
    signed_bytes.append(timestamp).append(":").append(body);
    return "v0=" + hmac_sha256_hex(secret, signed_bytes);
}

}  // namespace apilab::sandbox::webhook
