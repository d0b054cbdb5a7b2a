#include "apilab/data/values.hpp"

#include <algorithm>
#include <charconv>

#include "apilab/base/ascii.hpp"

namespace apilab::data {
namespace {

constexpr std::size_t decimal_max = 64;

/// Digits at the front are taken; how many there were.
std::size_t take_digits(std::string_view& text) {
    const auto count = static_cast<std::size_t>(
        std::ranges::find_if_not(text, [](char c) { return ascii_digit(c); }) - text.begin());
    text.remove_prefix(count);
    return count;
}

/// RFC 8259 section 6.
bool is_json_number(std::string_view text) {
    if (text.starts_with('-')) {
        text.remove_prefix(1);
    }
    const bool zero = text.starts_with('0');
    const auto whole = take_digits(text);
    if (whole == 0 || (zero && whole > 1)) {
        return false;
    }
    if (text.starts_with('.')) {
        text.remove_prefix(1);
        if (take_digits(text) == 0) {
            return false;
        }
    }
    if (text.starts_with('e') || text.starts_with('E')) {
        text.remove_prefix(1);
        if (text.starts_with('+') || text.starts_with('-')) {
            text.remove_prefix(1);
        }
        if (take_digits(text) == 0) {
            return false;
        }
    }
    return text.empty();
}

/// The digits of a number without point, zeros at the end taken off, and the power of ten that they
/// are multiplied with.
struct Scientific {
    std::string digits;
    std::int64_t exponent = 0;
};

Scientific scientific(std::string_view text) {
    Scientific out;
    const auto mark = std::min(text.find_first_of("eE"), text.size());
    for (const char c : text.substr(0, mark)) {
        if (c != '.') {
            out.digits += c;
        }
    }
    const auto point = text.find('.');
    if (point != std::string_view::npos) {
        out.exponent -= static_cast<std::int64_t>(mark - point - 1);
    }
    auto power = text.substr(std::min(mark + 1, text.size()));
    power.remove_prefix(power.starts_with('+') ? 1 : 0);
    std::int64_t given = 0;
    // Too large for 64 bits is too large for any result; what is left of it is far out too.
    constexpr std::int64_t far = 1'000'000;
    if (std::from_chars(power.data(), power.data() + power.size(), given).ec != std::errc() &&
        !power.empty()) {
        given = power.starts_with('-') ? -far : far;
    }
    out.exponent += std::clamp(given, -far, far);
    while (out.digits.size() > 1 && out.digits.back() == '0') {
        out.digits.pop_back();
        ++out.exponent;
    }
    return out;
}

}  // namespace

std::optional<Decimal> Decimal::parse(std::string_view text, bool quoted) {
    if (text.size() > decimal_max || !is_json_number(text)) {
        return std::nullopt;
    }
    Decimal decimal;
    decimal.text_ = text;
    decimal.quoted_ = quoted;
    return decimal;
}

std::optional<std::int64_t> Decimal::scaled(int places) const {
    auto [digits, exponent] = scientific(text_);
    if (digits.find_first_of("123456789") == std::string::npos) {
        return 0;
    }
    exponent += places;
    constexpr std::int64_t int64_digits = 20;
    if (exponent < 0 || exponent > int64_digits) {
        return std::nullopt;
    }
    digits.append(static_cast<std::size_t>(exponent), '0');
    std::int64_t value = 0;
    const char* const end = digits.data() + digits.size();
    const auto [at, error] = std::from_chars(digits.data(), end, value);
    return error == std::errc() && at == end ? std::optional(value) : std::nullopt;
}

const RawJson* UnknownFields::find(std::string_view name) const {
    const auto found = std::ranges::find(entries_, name, &Entry::name);
    return found == entries_.end() ? nullptr : &found->value;
}

void UnknownFields::remove(std::string_view name) {
    std::erase_if(entries_, [&](const Entry& entry) { return entry.name == name; });
}

}  // namespace apilab::data
