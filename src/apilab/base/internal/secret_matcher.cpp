#include "apilab/base/internal/secret_matcher.hpp"

#include <algorithm>
#include <bit>
#include <optional>

namespace apilab::internal {
namespace {

bool begins_escape(Escapes escapes, char c) {
    switch (escapes) {
        case Escapes::percent:
            return c == '%';
        case Escapes::form:
            return c == '%' || c == '+';
        case Escapes::backslash:
            return c == '\\';
    }
    return false;
}

// The number that the digits are; nothing where one of them is none.
std::optional<unsigned> hex_number(std::string_view digits) {
    unsigned number = 0;
    for (const char c : digits) {
        unsigned digit = 0;
        if (c >= '0' && c <= '9') {
            digit = static_cast<unsigned>(c - '0');
        } else if (c >= 'a' && c <= 'f') {
            digit = static_cast<unsigned>(c - 'a') + 10;
        } else if (c >= 'A' && c <= 'F') {
            digit = static_cast<unsigned>(c - 'A') + 10;
        } else {
            return std::nullopt;
        }
        number = number * 16 + digit;
    }
    return number;
}

// What stands at the beginning of a text: so many bytes mean these. `used` is 0 where it takes more
// of the text to tell.
struct Meaning {
    std::size_t used = 1;
    std::string bytes;
};

Meaning literal(std::string_view text) {
    return {.used = 1, .bytes = std::string(text.substr(0, 1))};
}

// `prefix` characters, then `count` digits.
Meaning hex_byte(std::string_view text, std::size_t prefix) {
    const auto digits = text.substr(prefix, 2);
    const auto number = hex_number(digits);
    if (!number) {
        return literal(text);
    }
    return digits.size() < 2
               ? Meaning{.used = 0, .bytes = {}}
               : Meaning{.used = prefix + 2, .bytes = std::string(1, static_cast<char>(*number))};
}

std::string utf8_of(unsigned code) {
    const auto tail = [](unsigned bits) { return static_cast<char>(0x80U | (bits & 0x3FU)); };
    if (code < 0x80) {
        return {static_cast<char>(code)};
    }
    if (code < 0x800) {
        return {static_cast<char>(0xC0U | (code >> 6U)), tail(code)};
    }
    if (code < 0x10000) {
        return {static_cast<char>(0xE0U | (code >> 12U)), tail(code >> 6U), tail(code)};
    }
    return {static_cast<char>(0xF0U | (code >> 18U)), tail(code >> 12U), tail(code >> 6U),
            tail(code)};
}

// `\uXXXX`, and two of them where the first is half of a character beyond U+FFFF.
Meaning unicode(std::string_view text) {
    constexpr std::size_t one = 6;
    const auto first = hex_number(text.substr(2, 4));
    if (!first) {
        return literal(text);
    }
    if (text.size() < one) {
        return {.used = 0, .bytes = {}};
    }
    if (*first < 0xD800 || *first > 0xDBFF) {
        return {.used = one, .bytes = utf8_of(*first)};
    }
    const auto rest = text.substr(one);
    const auto low = rest.size() > 2 ? hex_number(rest.substr(2, 4)) : 0;
    if (!std::string_view("\\u").starts_with(rest.substr(0, 2)) || !low ||
        (rest.size() >= one && (*low < 0xDC00 || *low > 0xDFFF))) {
        return literal(text);
    }
    if (rest.size() < one) {
        return {.used = 0, .bytes = {}};
    }
    return {.used = 2 * one,
            .bytes = utf8_of(0x10000 + ((*first - 0xD800) << 10U) + (*low - 0xDC00))};
}

Meaning backslash(std::string_view text) {
    constexpr std::string_view names = "\"\\/bfnrt";
    constexpr std::string_view meant = "\"\\/\b\f\n\r\t";
    if (text.size() < 2) {
        return {.used = 0, .bytes = {}};
    }
    if (const auto at = names.find(text[1]); at != std::string_view::npos) {
        return {.used = 2, .bytes = std::string(1, meant[at])};
    }
    if (text[1] == 'u') {
        return unicode(text);
    }
    return text[1] == 'x' ? hex_byte(text, 2) : literal(text);
}

Meaning meaning_of(Escapes escapes, std::string_view text) {
    if (!begins_escape(escapes, text.front())) {
        return literal(text);
    }
    if (text.front() == '+') {
        return {.used = 1, .bytes = " "};
    }
    return escapes == Escapes::backslash ? backslash(text) : hex_byte(text, 1);
}

}  // namespace

SecretMatcher::SecretMatcher(const PatternTree& tree, std::uint64_t begin)
    : tree_(tree),
      offset_(begin),
      readings_{{{.escapes = Escapes::percent},
                 {.escapes = Escapes::form},
                 {.escapes = Escapes::backslash}}},
      ring_(std::bit_ceil(tree.longest() + 1)) {}

void SecretMatcher::read(std::string_view text) {
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '%' || c == '+' || c == '\\') {
            leave_for(c);
        }
        state_ = tree_.next(state_, byte);
        ++offset_;
        if (const auto length = tree_.match(state_); length != 0) {
            places_.push_back({offset_ - length, offset_, tree_.owner_at(state_)});
        }
        if (any_apart_) {
            any_apart_ = false;
            for (Reading& reading : readings_) {
                if (reading.apart) {
                    read(reading, byte);
                    any_apart_ |= reading.apart;
                }
            }
        }
    }
}

void SecretMatcher::leave_for(char c) {
    for (Reading& reading : readings_) {
        if (!reading.apart && begins_escape(reading.escapes, c)) {
            leave(reading);
            any_apart_ = true;
        }
    }
}

// From here on it is something of its own; so far it was the same.
void SecretMatcher::leave(Reading& reading) {
    reading.apart = true;
    reading.state = state_;
    reading.starts.resize(ring_);
    const auto depth = tree_.depth(state_);
    for (std::size_t i = 0; i < depth; ++i) {
        reading.starts[(reading.count + i) & (ring_ - 1)] = offset_ - depth + i;
    }
    reading.count += depth;
}

// `offset_` is behind the byte.
void SecretMatcher::read(Reading& reading, unsigned char byte) {
    const char c = static_cast<char>(byte);
    if (reading.pending.empty() && !begins_escape(reading.escapes, c)) {
        take(reading, byte, offset_ - 1, offset_);
    } else {
        reading.pending += c;
        drain(reading, false);
    }
    join(reading);
}

void SecretMatcher::drain(Reading& reading, bool at_end) {
    while (!reading.pending.empty()) {
        auto meaning = meaning_of(reading.escapes, reading.pending);
        if (meaning.used == 0) {
            if (!at_end) {
                return;
            }
            meaning = literal(reading.pending);
        }
        const auto from = offset_ - reading.pending.size();
        for (const char c : meaning.bytes) {
            take(reading, static_cast<unsigned char>(c), from, from + meaning.used);
        }
        reading.pending.erase(0, meaning.used);
    }
}

void SecretMatcher::take(Reading& reading, unsigned char byte, std::uint64_t from,
                         std::uint64_t to) {
    reading.state = tree_.next(reading.state, byte);
    reading.starts[reading.count++ & (ring_ - 1)] = from;
    if (const auto length = tree_.match(reading.state); length != 0) {
        places_.push_back({reading.starts[(reading.count - length) & (ring_ - 1)], to,
                           tree_.owner_at(reading.state)});
    }
}

std::uint64_t SecretMatcher::start_of(const Reading& reading) const {
    const auto depth = tree_.depth(reading.state);
    return depth == 0 ? offset_ - reading.pending.size()
                      : reading.starts[(reading.count - depth) & (ring_ - 1)];
}

// What it is in the middle of stands there as it is: the same as without it again.
void SecretMatcher::join(Reading& reading) const {
    reading.apart = !reading.pending.empty() || reading.state != state_ ||
                    start_of(reading) != offset_ - tree_.depth(state_);
}

void SecretMatcher::finish() {
    for (Reading& reading : readings_) {
        drain(reading, true);
    }
}

std::uint64_t SecretMatcher::undecided() const {
    auto first = offset_ - tree_.depth(state_);
    for (const Reading& reading : readings_) {
        if (reading.apart) {
            first = std::min(first, start_of(reading));
        }
    }
    return first;
}

}  // namespace apilab::internal
