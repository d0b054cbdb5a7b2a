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
    std::uint32_t bits = 0;  // those of the last digits that are no byte yet
    unsigned count = 0;
    std::size_t at = 0;
    int all = 0;
    for (const char c : text) {
        const int digit = value(base64_values, c);
        all |= digit;
        bits = ((bits << 6U) | (static_cast<std::uint32_t>(digit) & 0x3FU)) & 0xFFFU;
        count += 6;
        if (count >= 8) {
            count -= 8;
            bytes[at++] = static_cast<char>((bits >> count) & 0xFFU);
        }
    }
    return all >= 0 && (bits & ((1U << count) - 1)) == 0;
}

}  // namespace apilab::work::internal
