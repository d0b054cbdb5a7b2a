#include "apilab/base/rng.hpp"

#include <openssl/rand.h>

#include <array>
#include <bit>
#include <cstdlib>

namespace apilab {

double Rng::uniform() {
    constexpr double unit = 1.0 / 9007199254740992.0;  // 2^-53: every double of the grid, none is 1
    return static_cast<double>(next() >> 11U) * unit;
}

std::int64_t Rng::between(std::int64_t low, std::int64_t high) {
    if (high <= low) {
        return low;
    }
    const auto span = static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low) + 1;
    if (span == 0) {  // the whole 64-bit range
        return static_cast<std::int64_t>(next());
    }
    // Rejection keeps it unbiased; the loop ends with probability 1 and, on average, in < 2 draws.
    const std::uint64_t limit = UINT64_MAX - (UINT64_MAX % span);
    std::uint64_t bits = next();
    while (bits >= limit) {
        bits = next();
    }
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(low) + bits % span);
}

std::uint64_t SystemRng::next() {
    std::array<unsigned char, sizeof(std::uint64_t)> bytes{};
    if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) {
        std::abort();  // a secret that can be guessed is worse than no program
    }
    return std::bit_cast<std::uint64_t>(bytes);
}

std::uint64_t fresh_seed() {
    std::random_device device;
    return device();
}

}  // namespace apilab
