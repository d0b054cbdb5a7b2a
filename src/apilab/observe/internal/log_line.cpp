#include "apilab/observe/internal/log_line.hpp"

#include <algorithm>
#include <charconv>

#include "apilab/http/json.hpp"

namespace apilab::observe::internal {
namespace {

template <class Number>
void append_number(std::string& out, Number value) {
    std::array<char, 24> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    out.append(digits.data(), end);
}

void append_hex(std::string& out, std::uint64_t value) {
    constexpr std::string_view digits = "0123456789abcdef";
    for (int shift = 60; shift >= 0; shift -= 4) {
        out += digits[(value >> static_cast<unsigned>(shift)) & 15U];
    }
}

bool plain_in_json(std::string_view text) {
    return std::ranges::all_of(text, [](char c) {
        return static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\';
    });
}

// What moves a cursor or rings a bell is no text: control characters, DEL, and (as UTF-8) C1.
bool plain_on_terminal(std::string_view text) {
    return text.find('\xC2') == std::string_view::npos && std::ranges::none_of(text, [](char c) {
               return static_cast<unsigned char>(c) < 0x20 || c == '\x7F';
           });
}

void append_escaped(std::string& out, std::string_view text) {
    constexpr std::string_view digits = "0123456789abcdef";
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        const bool c1 =
            byte == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0;
        if (byte >= 0x20 && byte != 0x7F && !c1) {
            out += text[i];
            continue;
        }
        const unsigned shown = c1 ? static_cast<unsigned char>(text[++i]) : byte;
        out += "\\x";
        out += digits[shown >> 4U];
        out += digits[shown & 15U];
    }
}

}  // namespace

void append_milliseconds(std::string& out, Duration duration) {
    auto micros = std::max(duration / std::chrono::microseconds(1), std::int64_t{0});
    append_number(out, micros / 1000);
    micros %= 1000;
    if (micros != 0) {
        std::array<char, 4> rest{'.', static_cast<char>('0' + (micros / 100)),
                                 static_cast<char>('0' + (micros / 10 % 10)),
                                 static_cast<char>('0' + (micros % 10))};
        std::size_t size = rest.size();
        while (rest.at(size - 1) == '0') {
            --size;
        }
        out.append(rest.data(), size);
    }
}

LogLine::LogLine(Parts parts)
    : parts_(parts), scrubs_(!parts.own.empty() || !Scrubber::of_process().empty()) {
    parts_.out.clear();
}

void LogLine::key(LogField field) {
    parts_.out += parts_.out.empty() ? "{\"" : ",\"";
    parts_.out += log_field_names.at(static_cast<std::size_t>(field));
    parts_.out += "\":";
}

std::string_view LogLine::scrubbed(std::string_view value) {
    if (!scrubs_) {
        return value;
    }
    parts_.scratch = value;
    parts_.own.scrub(parts_.scratch);
    Scrubber::of_process().scrub(parts_.scratch);
    return parts_.scratch;
}

void LogLine::word(LogField field, std::string_view value) {
    if (allows(field)) {
        key(field);
        parts_.out += '"';
        parts_.out += value;
        parts_.out += '"';
    }
}

void LogLine::text(LogField field, std::string_view value) {
    if (!allows(field)) {
        return;
    }
    value = scrubbed(value);
    if (plain_in_json(value)) {
        word(field, value);
    } else {
        key(field);
        http::append_json_quoted(parts_.out, value);
    }
}

void LogLine::number(LogField field, std::uint64_t value) {
    if (allows(field)) {
        key(field);
        append_number(parts_.out, value);
    }
}

void LogLine::milliseconds(LogField field, Duration duration) {
    if (allows(field)) {
        key(field);
        append_milliseconds(parts_.out, duration);
    }
}

void LogLine::flag(LogField field) {
    if (allows(field)) {
        key(field);
        parts_.out += "true";
    }
}

void LogLine::null(LogField field) {
    if (allows(field)) {
        key(field);
        parts_.out += "null";
    }
}

void LogLine::hex(LogField field, std::uint64_t value) {
    if (allows(field)) {
        key(field);
        parts_.out += '"';
        append_hex(parts_.out, value);
        parts_.out += '"';
    }
}

void LogLine::hex(LogField field, std::uint64_t high, std::uint64_t low) {
    if (allows(field)) {
        key(field);
        parts_.out += '"';
        append_hex(parts_.out, high);
        append_hex(parts_.out, low);
        parts_.out += '"';
    }
}

void LogLine::column(std::string_view value, std::size_t width, bool right) {
    const std::size_t pad = width > value.size() ? width - value.size() : 0;
    parts_.out.append(right ? pad : 0, ' ');
    parts_.out += value;
    parts_.out.append((right ? 0 : pad) + 1, ' ');
}

void LogLine::foreign_column(std::string_view value, std::size_t width) {
    value = scrubbed(value);
    if (plain_on_terminal(value)) {
        column(value, width);
    } else {
        std::string escaped;
        append_escaped(escaped, value);
        column(escaped, width);
    }
}

void LogLine::paint(std::string_view sgr) {
    if (parts_.color && !sgr.empty()) {
        ((parts_.out += "\x1b[") += sgr) += 'm';
    }
}

void LogLine::plain() {
    if (parts_.color) {
        parts_.out += "\x1b[0m";
    }
}

std::string_view LogLine::done() {
    if (parts_.json) {
        parts_.out += parts_.out.empty() ? "{}" : "}";
    } else {
        while (parts_.out.ends_with(' ')) {
            parts_.out.pop_back();
        }
    }
    return parts_.out;
}

}  // namespace apilab::observe::internal
