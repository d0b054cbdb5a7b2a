#include "apilab/base/internal/secret_forms.hpp"

#include <openssl/crypto.h>

#include <algorithm>
#include <string>

#include "apilab/base/base64.hpp"

namespace apilab::internal {
namespace {

constexpr std::size_t pem_line_min = 16;

// Both alphabets of RFC 4648 (sections 4 and 5).
void add_base64(PatternTree& tree, std::string text, std::uint32_t owner) {
    tree.add(text, owner);
    std::ranges::replace(text, '+', '-');
    std::ranges::replace(text, '/', '_');
    tree.add(text, owner);
    OPENSSL_cleanse(text.data(), text.size());
}

// A digit of base64 is 6 bits, so that the value looks different after 0, 1 or 2 bytes (modulo 3)
// of something else. Digits that it shares with its neighbours are no part of it, unless it is the
// end of the text: then the rest of the last digit is zero, and padding may follow.
void add_base64_forms(PatternTree& tree, std::string_view value, std::uint32_t owner) {
    for (std::size_t before = 0; before < 3; ++before) {
        auto bytes = std::string(before, '\0').append(value);
        auto encoded = base64_encode(bytes);
        const std::size_t first = (8 * before + 5) / 6;
        const std::size_t own = 8 * bytes.size() / 6;
        add_base64(tree, encoded.substr(first, own - first), owner);
        if (bytes.size() % 3 != 0) {
            add_base64(tree, encoded.substr(first, own + 1 - first), owner);
            add_base64(tree, encoded.substr(first), owner);
        }
        OPENSSL_cleanse(bytes.data(), bytes.size());
        OPENSSL_cleanse(encoded.data(), encoded.size());
    }
}

void add_hex(PatternTree& tree, std::string_view value, std::string_view digits,
             std::uint32_t owner) {
    std::string text;
    text.reserve(2 * value.size());
    for (const char c : value) {
        const auto byte = static_cast<unsigned char>(c);
        text += digits[byte >> 4U];
        text += digits[byte & 15U];
    }
    tree.add(text, owner);
    OPENSSL_cleanse(text.data(), text.size());
}

void add_piece(PatternTree& tree, std::string_view piece, std::uint32_t owner) {
    tree.add(piece, owner);
    add_base64_forms(tree, piece, owner);
    add_hex(tree, piece, "0123456789abcdef", owner);
    add_hex(tree, piece, "0123456789ABCDEF", owner);
}

// Its lines end with line ends, or with `\n` as two characters where it stands in JSON.
void add_pem_lines(PatternTree& tree, std::string_view value, std::uint32_t owner) {
    constexpr std::string_view begin = "PRIVATE KEY-----";
    const auto at = value.find(begin);
    if (at == std::string_view::npos) {
        return;
    }
    value.remove_prefix(at + begin.size());
    value = value.substr(0, value.find("-----END"));
    while (!value.empty()) {
        const auto end = std::min(value.find_first_of("\r\n\\"), value.size());
        if (end >= pem_line_min && end <= secret_piece_max) {
            add_piece(tree, value.substr(0, end), owner);
        }
        const bool escape = end < value.size() && value[end] == '\\';
        value.remove_prefix(std::min(end + (escape ? 2 : 1), value.size()));
    }
}

}  // namespace

void add_secret_forms(PatternTree& tree, std::string_view value, std::uint32_t owner) {
    constexpr std::size_t step = secret_piece_max - 4;  // overlap: no digit falls between two
    std::size_t at = 0;
    while (at + secret_piece_max < value.size()) {
        add_piece(tree, value.substr(at, secret_piece_max), owner);
        at += step;
    }
    const auto last = value.size() - std::min(value.size(), secret_piece_max);
    add_piece(tree, value.substr(last), owner);
    add_pem_lines(tree, value, owner);
}

}  // namespace apilab::internal
