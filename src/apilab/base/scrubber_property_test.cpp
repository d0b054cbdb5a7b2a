// For any value, in any surroundings, cut anywhere: it is never seen, and nothing else changes.

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>

#include "apilab/base/base64.hpp"
#include "apilab/base/scrubber.hpp"

namespace apilab {
namespace {

// Few letters, so that beginnings of values turn up everywhere.
std::string word(int size_min, int size_max, const std::string& letters) {
    const auto size = *rc::gen::inRange(size_min, size_max + 1);
    std::string text;
    for (int i = 0; i < size; ++i) {
        text += letters[static_cast<std::size_t>(
            *rc::gen::inRange<int>(0, static_cast<int>(letters.size())))];
    }
    return text;
}

std::string digits_of(unsigned char byte, bool upper) {
    const std::string_view digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
    return {digits[byte >> 4U], digits[byte & 15U]};
}

// Each byte as it stands, or as one of the escapes has it.
std::string escaped(const std::string& value, int kind) {
    std::string text;
    for (const char c : value) {
        const bool as_it_is = *rc::gen::inRange(0, 2) == 0 && c != '%' && c != '\\' && c != '+';
        const auto byte = digits_of(static_cast<unsigned char>(c), *rc::gen::inRange(0, 2) == 0);
        if (as_it_is) {
            text += c;
        } else {
            text += kind == 0 ? "%" + byte : (kind == 1 ? "\\u00" + byte : "\\x" + byte);
        }
    }
    return text;
}

std::string hex_of(const std::string& value) {
    std::string text;
    for (const char c : value) {
        text += digits_of(static_cast<unsigned char>(c), false);
    }
    return text;
}

std::string written(const std::string& value) {
    switch (*rc::gen::inRange(0, 6)) {
        case 0:
            return value;
        case 1:
            return hex_of(value);
        case 2:
            return base64_encode(value);
        default:
            return escaped(value, *rc::gen::inRange(0, 3));
    }
}

std::string streamed(const Scrubber& scrubber, const std::string& text) {
    std::string out;
    ScrubbedStream stream(scrubber, [&](std::string_view piece) { out += piece; });
    std::size_t at = 0;
    while (at < text.size()) {
        const auto size = static_cast<std::size_t>(*rc::gen::inRange(1, 12));
        stream.write(std::string_view(text).substr(at, size));
        at += size;
    }
    stream.flush();
    return out;
}

RC_GTEST_PROP(ScrubberProperty, a_value_is_never_seen_wherever_it_is_cut, ()) {
    const std::string letters = "ab%\\u0+/1";
    Scrubber scrubber;
    const auto value = word(6, 20, letters);
    scrubber.add(Secret(value));
    scrubber.add(Secret(word(6, 12, letters)));
    const auto before = word(0, 10, letters);
    const auto shown = written(value);
    const auto text = before + "<" + shown + ">" + word(0, 10, letters);
    const auto out = streamed(scrubber, text);
    RC_ASSERT(out == scrubber.scrubbed(text));
    RC_ASSERT(!out.contains("<" + shown + ">"));
    RC_ASSERT(!out.contains(value));
    RC_ASSERT(scrubber.scrubbed("<" + shown + ">") == "<***>");
}

RC_GTEST_PROP(ScrubberProperty, a_text_without_a_value_is_unchanged, ()) {
    Scrubber scrubber;
    scrubber.add(Secret(word(6, 20, "xyz")));
    scrubber.add(Secret(word(6, 20, "xyz&")));
    // None of their bytes, as they stand or in hexadecimal; of base64 too few digits.
    const auto plain = word(0, 60, "ab%\\u0+/ ");
    RC_ASSERT(scrubber.scrubbed(plain) == plain);
    RC_ASSERT(streamed(scrubber, plain) == plain);
}

}  // namespace
}  // namespace apilab
