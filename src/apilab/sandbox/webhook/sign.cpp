#include "apilab/sandbox/webhook/sign.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <cassert>
#include <cstdint>
#include <memory>

#include "apilab/sandbox/internal/digest.hpp"

namespace apilab::sandbox::webhook {
namespace {

constexpr std::string_view hmac_prefix = "whsec_";
constexpr std::string_view private_prefix = "whsk_";
constexpr std::string_view public_prefix = "whpk_";
constexpr std::size_t seed_size = 32;

const unsigned char* bytes_of(std::string_view text) {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes are bytes
    return reinterpret_cast<const unsigned char*>(text.data());
}

unsigned char* bytes_of(std::string& text) {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes are bytes
    return reinterpret_cast<unsigned char*>(text.data());
}

std::string hmac(const EVP_MD* digest, std::string_view key, std::string_view message) {
    std::string mac(EVP_MAX_MD_SIZE, '\0');
    unsigned int size = 0;
    [[maybe_unused]] const auto* made =
        HMAC(digest, key.data(), static_cast<int>(key.size()), bytes_of(message), message.size(),
             bytes_of(mac), &size);
    assert(made != nullptr);
    mac.resize(size);
    return mac;
}

std::string hex(std::string_view bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        text += digits[byte >> 4U];
        text += digits[byte & 0xFU];
    }
    return text;
}

// The value of a digit; 64 for what is none.
std::uint32_t digit(char c) {
    constexpr std::string_view digits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const auto place = digits.find(c);
    return static_cast<std::uint32_t>(place == std::string_view::npos ? digits.size() : place);
}

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

Key ed25519_key(std::string_view private_key) {
    Key key(nullptr, &EVP_PKEY_free);
    if (!private_key.starts_with(private_prefix)) {
        return key;
    }
    const auto bytes = from_base64(private_key.substr(private_prefix.size()));
    if (bytes && (bytes->size() == seed_size || bytes->size() == 2 * seed_size)) {
        key.reset(
            EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, bytes_of(*bytes), seed_size));
    }
    return key;
}

std::string sign_ed25519(EVP_PKEY* key, std::string_view message) {
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                          &EVP_MD_CTX_free);
    std::string signature(2 * seed_size, '\0');
    std::size_t size = signature.size();
    [[maybe_unused]] const bool made =
        EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key) == 1 &&
        EVP_DigestSign(context.get(), bytes_of(signature), &size, bytes_of(message),
                       message.size()) == 1;
    assert(made);
    return signature;
}

}  // namespace

std::optional<std::string> from_base64(std::string_view text) {
    if (text.size() % 4 != 0) {
        return std::nullopt;
    }
    std::size_t padding = 0;
    while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') {
        ++padding;
    }
    std::string bytes;
    for (std::size_t i = 0; i < text.size(); i += 4) {
        std::uint32_t group = 0;
        for (std::size_t j = 0; j < 4; ++j) {
            const bool padded = i + j >= text.size() - padding;
            const auto value = padded ? 0 : digit(text[i + j]);
            if (value > 63) {
                return std::nullopt;
            }
            group = (group << 6U) | value;
        }
        for (const unsigned shift : {16U, 8U, 0U}) {
            bytes += static_cast<char>((group >> shift) & 0xFFU);
        }
    }
    bytes.resize(bytes.size() - padding);
    return bytes;
}

std::string hmac_sha256_hex(std::string_view key, std::string_view message) {
    return hex(hmac(EVP_sha256(), key, message));
}

std::string hmac_sha1_hex(std::string_view key, std::string_view message) {
    return hex(hmac(EVP_sha1(), key, message));
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

std::string stripe_signature(std::string_view secret, std::string_view timestamp,
                             std::string_view body) {
    return hmac_sha256_hex(secret, std::string(timestamp).append(".").append(body));
}

std::string notion_signature(std::string_view token, std::string_view body) {
    return "sha256=" + hmac_sha256_hex(token, body);
}

std::optional<std::string> standard_signature(std::string_view secret, std::string_view id,
                                              std::string_view timestamp, std::string_view body) {
    std::string message(id);
    message.append(".").append(timestamp).append(".").append(body);
    if (secret.starts_with(private_prefix)) {
        const auto key = ed25519_key(secret);
        return key ? std::optional("v1a," + internal::base64(sign_ed25519(key.get(), message)))
                   : std::nullopt;
    }
    secret.remove_prefix(secret.starts_with(hmac_prefix) ? hmac_prefix.size() : 0);
    const auto key = from_base64(secret);
    if (!key || key->empty()) {
        return std::nullopt;
    }
    return "v1," + internal::base64(hmac(EVP_sha256(), *key, message));
}

std::string standard_private_key(std::string_view seed) {
    const std::string alone = std::string(private_prefix) + internal::base64(seed);
    const auto open = standard_public_key(alone);
    const auto point = open.empty()
                           ? std::nullopt
                           : from_base64(std::string_view(open).substr(public_prefix.size()));
    return point ? std::string(private_prefix) + internal::base64(std::string(seed) + *point) : "";
}

std::string standard_public_key(std::string_view private_key) {
    const auto key = ed25519_key(private_key);
    std::string point(seed_size, '\0');
    std::size_t size = point.size();
    if (!key || EVP_PKEY_get_raw_public_key(key.get(), bytes_of(point), &size) != 1) {
        return {};
    }
    return std::string(public_prefix) + internal::base64(point);
}

}  // namespace apilab::sandbox::webhook
