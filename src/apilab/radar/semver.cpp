#include "apilab/radar/semver.hpp"

#include <algorithm>
#include <utility>

#include "apilab/radar/internal/semver_text.hpp"

namespace apilab::radar {
namespace internal {

std::string_view trim(std::string_view text) {
    while (!text.empty() && is_blank(text.front())) {
        text.remove_prefix(1);
    }
    while (!text.empty() && is_blank(text.back())) {
        text.remove_suffix(1);
    }
    return text;
}

std::optional<std::uint64_t> take_number(std::string_view& text, SemVerMode mode) {
    std::size_t length = 0;
    std::uint64_t value = 0;
    for (; length < text.size() && is_digit(text[length]); ++length) {
        value = value * 10 + static_cast<std::uint64_t>(text[length] - '0');
        if (value > SemVer::number_max) {
            return std::nullopt;
        }
    }
    const bool leading_zero = length > 1 && text.front() == '0';
    if (length == 0 || (leading_zero && mode == SemVerMode::strict)) {
        return std::nullopt;
    }
    text.remove_prefix(length);
    return value;
}

std::optional<std::string> read_prerelease(std::string_view text, SemVerMode mode) {
    std::string out;
    while (true) {
        const std::size_t dot = std::min(text.find('.'), text.size());
        std::string_view identifier = text.substr(0, dot);
        if (identifier.empty() || !std::ranges::all_of(identifier, is_identifier_char)) {
            return std::nullopt;
        }
        if (std::ranges::all_of(identifier, is_digit)) {
            const std::size_t zeros =
                std::min(identifier.find_first_not_of('0'), identifier.size() - 1);
            if (zeros > 0 && mode == SemVerMode::strict) {
                return std::nullopt;
            }
            identifier.remove_prefix(zeros);
        }
        out += identifier;
        if (dot == text.size()) {
            return out;
        }
        out += '.';
        text.remove_prefix(dot + 1);
    }
}

std::optional<std::string> read_suffix(std::string_view text, SemVerMode mode) {
    if (text.empty()) {
        return std::string();
    }
    if (text.front() == '-') {
        if (auto prerelease = read_prerelease(text.substr(1), mode)) {
            return prerelease;
        }
    }
    if (mode == SemVerMode::loose) {
        return read_prerelease(text, mode);
    }
    return std::nullopt;
}

bool is_build(std::string_view text) {
    char before = '.';
    for (const char c : text) {
        if (!is_identifier_char(c) && !(c == '.' && before != '.')) {
            return false;
        }
        before = c;
    }
    return before != '.';
}

}  // namespace internal

namespace {

std::string_view take_identifier(std::string_view& text) {
    const std::size_t dot = std::min(text.find('.'), text.size());
    const std::string_view identifier = text.substr(0, dot);
    text.remove_prefix(std::min(dot + 1, text.size()));
    return identifier;
}

std::strong_ordering compare_identifiers(std::string_view a, std::string_view b) {
    const bool a_numeric = std::ranges::all_of(a, internal::is_digit);
    const bool b_numeric = std::ranges::all_of(b, internal::is_digit);
    if (a_numeric != b_numeric) {
        return a_numeric ? std::strong_ordering::less : std::strong_ordering::greater;
    }
    // Without leading zeros the longer number is the larger, however long both are.
    if (a_numeric && a.size() != b.size()) {
        return a.size() <=> b.size();
    }
    return a <=> b;
}

std::strong_ordering compare_prereleases(std::string_view a, std::string_view b) {
    if (a.empty() || b.empty()) {
        return a.empty() <=> b.empty();  // a release is above its prereleases
    }
    while (!a.empty() && !b.empty()) {
        const auto order = compare_identifiers(take_identifier(a), take_identifier(b));
        if (order != 0) {
            return order;
        }
    }
    return b.empty() <=> a.empty();
}

}  // namespace

SemVer::SemVer(std::uint64_t major, std::uint64_t minor, std::uint64_t patch,
               std::string prerelease)
    : major_(major), minor_(minor), patch_(patch), prerelease_(std::move(prerelease)) {}

std::optional<SemVer> SemVer::parse(std::string_view text, SemVerMode mode) {
    if (text.size() > length_max) {
        return std::nullopt;
    }
    text = internal::trim(text);
    if (mode == SemVerMode::loose) {
        text.remove_prefix(std::min(text.find_first_not_of("v= \t\n\v\f\r"), text.size()));
    } else if (text.starts_with('v')) {
        text.remove_prefix(1);
    }
    SemVer version;
    for (std::uint64_t* const number : {&version.major_, &version.minor_, &version.patch_}) {
        if (number != &version.major_) {
            if (!text.starts_with('.')) {
                return std::nullopt;
            }
            text.remove_prefix(1);
        }
        const auto value = internal::take_number(text, mode);
        if (!value) {
            return std::nullopt;
        }
        *number = *value;
    }
    const std::size_t plus = std::min(text.find('+'), text.size());
    if (plus < text.size()) {
        version.build_ = text.substr(plus + 1);
        if (!internal::is_build(version.build_)) {
            return std::nullopt;
        }
    }
    auto prerelease = internal::read_suffix(text.substr(0, plus), mode);
    if (!prerelease) {
        return std::nullopt;
    }
    version.prerelease_ = *std::move(prerelease);
    return version;
}

bool SemVer::same_core(const SemVer& other) const {
    return major_ == other.major_ && minor_ == other.minor_ && patch_ == other.patch_;
}

std::string SemVer::to_string() const {
    std::string text =
        std::to_string(major_) + '.' + std::to_string(minor_) + '.' + std::to_string(patch_);
    if (!prerelease_.empty()) {
        text += '-' + prerelease_;
    }
    return text;
}

std::strong_ordering operator<=>(const SemVer& a, const SemVer& b) {
    if (const auto order = a.major_ <=> b.major_; order != 0) {
        return order;
    }
    if (const auto order = a.minor_ <=> b.minor_; order != 0) {
        return order;
    }
    if (const auto order = a.patch_ <=> b.patch_; order != 0) {
        return order;
    }
    return compare_prereleases(a.prerelease_, b.prerelease_);
}

}  // namespace apilab::radar
