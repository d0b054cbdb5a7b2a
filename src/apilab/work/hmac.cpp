#include "apilab/work/hmac.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <cassert>

namespace apilab::work {

std::string hmac_sha256_hex(const Secret& key, std::string_view message) {
    const auto bytes = key.reveal();
    std::array<unsigned char, EVP_MAX_MD_SIZE> mac{};
    unsigned int size = 0;
    [[maybe_unused]] const auto* made = HMAC(
        EVP_sha256(), bytes.data(), static_cast<int>(bytes.size()),
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

bool equal_in_constant_time(std::string_view a, std::string_view b) {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace apilab::work
