#pragma once

#include <string>

#include "apilab/base/rng.hpp"
#include "apilab/base/secret.hpp"

namespace apilab::cache::internal {

inline constexpr std::size_t digest_key_size = 32;

/// 32 bytes that nobody can guess.
[[nodiscard]] inline Secret fresh_digest_key() {
    SystemRng rng;
    std::string bytes;
    while (bytes.size() < digest_key_size) {
        auto word = rng.next();
        for (int i = 0; i < 8; ++i, word >>= 8U) {
            bytes += static_cast<char>(word & 0xFFU);
        }
    }
    return Secret(std::move(bytes));
}

}  // namespace apilab::cache::internal
