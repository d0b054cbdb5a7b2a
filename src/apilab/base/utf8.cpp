#include "apilab/base/utf8.hpp"

#include <algorithm>
#include <cstddef>

namespace apilab {
namespace {

/// How many bytes the sequence at the front has, 0 where it is none that RFC 3629 allows.
std::size_t utf8_sequence(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const auto continued = [&](std::size_t count) {
        if (text.size() <= count) {
            return false;
        }
        return std::ranges::all_of(text.substr(1, count), [](char c) {
            return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
        });
    };
    const unsigned first = byte(0);
    if (first < 0x80U) {
        return 1;
    }
    if (first >= 0xC2U && first <= 0xDFU && continued(1)) {
        return 2;
    }
    if ((first & 0xF0U) == 0xE0U && continued(2)) {
        const bool overlong = first == 0xE0U && byte(1) < 0xA0U;
        const bool surrogate = first == 0xEDU && byte(1) >= 0xA0U;
        return overlong || surrogate ? 0 : 3;
    }
    if (first >= 0xF0U && first <= 0xF4U && continued(3)) {
        const bool overlong = first == 0xF0U && byte(1) < 0x90U;
        const bool beyond = first == 0xF4U && byte(1) >= 0x90U;
        return overlong || beyond ? 0 : 4;
    }
    return 0;
}

}  // namespace

bool valid_utf8(std::string_view text) {
    while (!text.empty()) {
        const auto size = utf8_sequence(text);
        if (size == 0) {
            return false;
        }
        text.remove_prefix(size);
    }
    return true;
}

}  // namespace apilab
