#include "apilab/sandbox/semver.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>

namespace apilab::sandbox {
namespace {

constexpr std::size_t length_max = 256;
constexpr std::uint64_t number_max = (std::uint64_t{1} << 53U) - 1;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_word(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc() || end != text.data() + text.size() ||
        value > number_max) {
        return std::nullopt;
    }
    return value;
}

std::optional<std::vector<Semver::Identifier>> parse_prerelease(std::string_view text) {
    std::vector<Semver::Identifier> identifiers;
    while (true) {
        const auto dot = text.find('.');
        const auto part = text.substr(0, dot);
        if (part.empty() || !std::ranges::all_of(part, is_word)) {
            return std::nullopt;
        }
        if (std::ranges::all_of(part, is_digit)) {
            const auto number = parse_number(part);
            if (!number) {
                return std::nullopt;
            }
            identifiers.emplace_back(*number);
        } else {
            identifiers.emplace_back(std::string(part));
        }
        if (dot == std::string_view::npos) {
            return identifiers;
        }
        text.remove_prefix(dot + 1);
    }
}

/// The three numbers; those left out stay zero.
bool parse_core(std::string_view text, Semver& version) {
    const std::array<std::uint64_t*, 3> places{&version.major, &version.minor, &version.patch};
    for (auto* place : places) {
        const auto dot = text.find('.');
        const auto number = parse_number(text.substr(0, dot));
        if (!number) {
            return false;
        }
        *place = *number;
        if (dot == std::string_view::npos) {
            return true;
        }
        text.remove_prefix(dot + 1);
    }
    return false;
}

}  // namespace

std::strong_ordering operator<=>(const Semver& a, const Semver& b) {
    if (const auto order = a.major <=> b.major; order != 0) {
        return order;
    }
    if (const auto order = a.minor <=> b.minor; order != 0) {
        return order;
    }
    if (const auto order = a.patch <=> b.patch; order != 0) {
        return order;
    }
    // A release is above all its pre-releases.
    if (a.prerelease.empty() || b.prerelease.empty()) {
        return a.prerelease.empty() <=> b.prerelease.empty();
    }
    // The variant compares its index first: numbers below words, as section 11.4.3 wants.
    return std::lexicographical_compare_three_way(a.prerelease.begin(), a.prerelease.end(),
                                                  b.prerelease.begin(), b.prerelease.end());
}

std::optional<Semver> parse_semver(std::string_view text) {
    if (text.size() > length_max) {
        return std::nullopt;
    }
    if (text.starts_with('v') || text.starts_with('=')) {
        text.remove_prefix(1);
    }
    text = text.substr(0, text.find('+'));
    Semver version;
    const auto dash = text.find('-');
    if (!parse_core(text.substr(0, dash), version)) {
        return std::nullopt;
    }
    if (dash != std::string_view::npos) {
        auto prerelease = parse_prerelease(text.substr(dash + 1));
        if (!prerelease) {
            return std::nullopt;
        }
        version.prerelease = *std::move(prerelease);
    }
    return version;
}

}  // namespace apilab::sandbox
