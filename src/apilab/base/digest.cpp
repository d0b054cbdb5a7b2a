#include "apilab/base/digest.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <cassert>
#include <memory>

namespace apilab {
namespace {

constexpr std::size_t sha256_size = 32;

const unsigned char* raw(std::string_view bytes) {
    return reinterpret_cast<const unsigned char*>(bytes.data());
}

struct Free {
    void operator()(EVP_MD* kind) const { EVP_MD_free(kind); }
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

std::string text_of(const std::array<unsigned char, EVP_MAX_MD_SIZE>& digest) {
    return {reinterpret_cast<const char*>(digest.data()), sha256_size};
}

}  // namespace

std::string sha256(std::string_view bytes) {
    // Looked up by name for each use otherwise, and that takes longer than a small digest.
    static const std::unique_ptr<EVP_MD, Free> kind(EVP_MD_fetch(nullptr, "SHA256", nullptr));
    thread_local const std::unique_ptr<EVP_MD_CTX, Free> context(EVP_MD_CTX_new());
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    [[maybe_unused]] const bool made =
        EVP_DigestInit_ex2(context.get(), kind.get(), nullptr) == 1 &&
        EVP_DigestUpdate(context.get(), bytes.data(), bytes.size()) == 1 &&
        EVP_DigestFinal_ex(context.get(), digest.data(), &size) == 1;
    assert(made && size == sha256_size);
    return text_of(digest);
}

std::string hmac_sha256(const Secret& key, std::string_view message) {
    const auto bytes = key.reveal();
    std::array<unsigned char, EVP_MAX_MD_SIZE> mac{};
    unsigned int size = 0;
    [[maybe_unused]] const auto* made =
        HMAC(EVP_sha256(), bytes.data(), static_cast<int>(bytes.size()), raw(message),
             message.size(), mac.data(), &size);
    assert(made != nullptr && size == sha256_size);
    return text_of(mac);
}

std::string to_hex(std::string_view bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    text.reserve(bytes.size() * 2);
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        text += digits[byte >> 4U];
        text += digits[byte & 0xFU];
    }
    return text;
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace apilab
