#include "apilab/work/internal/netstrings.hpp"

#include <charconv>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace apilab::work::internal {
namespace {

void pack(std::string& text, std::string_view part) {
    text += std::to_string(part.size());
    text += ':';
    text += part;
    text += ',';
}

std::optional<std::string> unpack(std::string_view& text) {
    std::size_t size = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size);
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (error != std::errc() || !text.starts_with(':') || size >= text.size() - 1 ||
        text[size + 1] != ',') {
        return std::nullopt;
    }
    std::string part(text.substr(1, size));
    text.remove_prefix(size + 2);
    return part;
}

}  // namespace

std::string pack_headers(const Headers& headers) {
    std::string text;
    for (const auto& [name, value] : headers) {
        pack(text, name);
        pack(text, value);
    }
    return text;
}

std::optional<Headers> unpack_headers(std::string_view text) {
    Headers headers;
    while (!text.empty()) {
        auto name = unpack(text);
        auto value = name ? unpack(text) : std::nullopt;
        if (!value) {
            return std::nullopt;
        }
        headers.emplace_back(*std::move(name), *std::move(value));
    }
    return headers;
}

}  // namespace apilab::work::internal
