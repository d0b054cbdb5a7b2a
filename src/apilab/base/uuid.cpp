#include "apilab/base/uuid.hpp"

#include <fmt/format.h>

#include <cstdint>

namespace apilab {

std::string uuid_v4(Rng& rng) {
    constexpr std::uint64_t version_mask = 0xF000;
    constexpr std::uint64_t version = 0x4000;
    constexpr std::uint64_t variant_mask = std::uint64_t{3} << 62U;
    constexpr std::uint64_t variant = std::uint64_t{2} << 62U;
    const std::uint64_t high = (rng.next() & ~version_mask) | version;
    const std::uint64_t low = (rng.next() & ~variant_mask) | variant;
    return fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", high >> 32U, (high >> 16U) & 0xFFFF,
                       high & 0xFFFF, low >> 48U, low & 0xFFFF'FFFF'FFFF);
}

}  // namespace apilab
