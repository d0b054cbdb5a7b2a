#include "apilab/base/base64.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <cstddef>

namespace apilab {

namespace {

constexpr std::size_t chunk = std::size_t{3} << 20U;  // EVP counts in int
constexpr std::size_t text_max = std::size_t{16} << 20U;
constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

const unsigned char* raw(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

std::string base64_encode(std::string_view bytes) {
    std::string text;
    while (!bytes.empty()) {
        const auto part = bytes.substr(0, chunk);
        std::string piece(((part.size() + 2) / 3 * 4) + 1, '\0');  // EVP ends it with a zero
        EVP_EncodeBlock(reinterpret_cast<unsigned char*>(piece.data()), raw(part),
                        static_cast<int>(part.size()));
        piece.pop_back();
        text += piece;
        bytes.remove_prefix(part.size());
    }
    return text;
}

std::optional<std::string> base64_decode(std::string_view text) {
    if (text.size() % 4 != 0 || text.size() > text_max) {
        return std::nullopt;
    }
    if (text.empty()) {
        return std::string();
    }
    // EVP_DecodeBlock skips white space and takes padding anywhere; we do not.
    const auto last = text.find_last_not_of('=');
    const std::size_t padding = text.size() - (last == std::string_view::npos ? 0 : last + 1);
    if (padding > 2 ||
        text.substr(0, text.size() - padding).find_first_not_of(alphabet) != text.npos) {
        return std::nullopt;
    }
    std::string bytes(text.size() / 4 * 3, '\0');
    const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()), raw(text),
                                     static_cast<int>(text.size()));
    if (size < 0) {
        return std::nullopt;
    }
    bytes.resize(static_cast<std::size_t>(size) - padding);
    return bytes;
}

std::string base64url_encode(std::string_view bytes) {
    std::string text = base64_encode(bytes);
    std::ranges::replace(text, '+', '-');
    std::ranges::replace(text, '/', '_');
    text.resize(text.find_last_not_of('=') + 1);
    return text;
}

std::optional<std::string> base64url_decode(std::string_view text) {
    if (text.size() > text_max || text.find_first_of("+/=") != text.npos) {
        return std::nullopt;
    }
    std::string standard(text);
    std::ranges::replace(standard, '-', '+');
    std::ranges::replace(standard, '_', '/');
    standard.append((4 - standard.size() % 4) % 4, '=');
    auto bytes = base64_decode(standard);
    // Two texts for the same bytes would be two signatures for one message.
    return bytes && base64url_encode(*bytes) == text ? bytes : std::nullopt;
}

}  // namespace apilab
