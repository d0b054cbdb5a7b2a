#include "apilab/work/internal/signature_text.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace apilab::work::internal {
namespace {

using Values = std::array<std::int8_t, 256>;

constexpr Values values_of(std::string_view digits) {
    Values values{};
    values.fill(-1);
    for (std::size_t i = 0; i < digits.size(); ++i) {
        values.at(static_cast<unsigned char>(digits[i])) = static_cast<std::int8_t>(i);
    }
    return values;
}

constexpr Values base64_values =
    values_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");

constexpr Values hex_values = [] {
    auto values = values_of("0123456789abcdef");
    for (std::size_t i = 0; i < 6; ++i) {
        values.at('A' + i) = static_cast<std::int8_t>(10 + i);
    }
    return values;
}();

// Negative: it is no digit.
int value(const Values& values, char digit) {
    return values[static_cast<unsigned char>(digit)];
}

}  // namespace

bool read_hex(std::string_view text, std::span<char> bytes) {
    if (text.size() != 2 * bytes.size()) {
        return false;
    }
    int all = 0;
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        const int high = value(hex_values, text[2 * at]);
        const int low = value(hex_values, text[(2 * at) + 1]);
        all |= high | low;
        bytes[at] = static_cast<char>((high * 16) + low);
    }
    return all >= 0;
}

bool read_base64(std::string_view text, std::span<char> bytes) {
    const std::size_t padding = (3 - bytes.size() % 3) % 3;
    if (text.size() != (bytes.size() + 2) / 3 * 4 ||
        text.substr(text.size() - padding) != std::string_view("==").substr(0, padding)) {
        return false;
    }
    text.remove_suffix(padding);
    int all = 0;
    std::size_t at = 0;
    const auto digit = [&](char c) {
        const int found = value(base64_values, c);
        all |= found;
        return static_cast<std::uint32_t>(found) & 0x3FU;
    };
    while (text.size() >= 4) {
        const std::uint32_t bits = (digit(text[0]) << 18U) | (digit(text[1]) << 12U) |
                                   (digit(text[2]) << 6U) | digit(text[3]);
        bytes[at++] = static_cast<char>(bits >> 16U);
        bytes[at++] = static_cast<char>((bits >> 8U) & 0xFFU);
        bytes[at++] = static_cast<char>(bits & 0xFFU);
        text.remove_prefix(4);
    }
    std::uint32_t rest = 0;  // bits of the last digits that are no byte
    if (text.size() == 2) {
        const std::uint32_t bits = (digit(text[0]) << 6U) | digit(text[1]);
        bytes[at] = static_cast<char>(bits >> 4U);
        rest = bits & 0xFU;
    } else if (text.size() == 3) {
        const std::uint32_t bits =
            (digit(text[0]) << 12U) | (digit(text[1]) << 6U) | digit(text[2]);
        bytes[at++] = static_cast<char>(bits >> 10U);
        bytes[at] = static_cast<char>((bits >> 2U) & 0xFFU);
        rest = bits & 0x3U;
    }
    return all >= 0 && rest == 0;
}

}  // namespace apilab::work::internal
