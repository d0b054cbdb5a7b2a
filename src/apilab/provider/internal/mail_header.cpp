#include "apilab/provider/internal/mail_header.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "apilab/base/ascii.hpp"
#include "apilab/base/base64.hpp"

namespace apilab::provider::internal {
namespace {

// RFC 5322 section 2.1.1, and RFC 2047 section 2 for lines with encoded words.
constexpr std::size_t line_max = 78;
constexpr std::size_t encoded_line_max = 76;
constexpr std::size_t encoded_word_max = 75;
constexpr std::string_view word_begin = "=?UTF-8?B?";
constexpr std::string_view word_end = "?=";

bool plain(std::string_view text) {
    return std::ranges::all_of(text, [](unsigned char c) { return c >= 0x20 && c < 0x7F; });
}

// Would the text, split at its blanks, be read back as it is?
bool stands_as_it_is(std::string_view text) {
    if (!plain(text) || text.contains("=?") || text.contains("  ") || text.starts_with(' ') ||
        text.ends_with(' ')) {
        return false;
    }
    std::size_t longest = 0;
    for (std::size_t at = 0; at < text.size();) {
        const auto end = std::min(text.find(' ', at), text.size());
        longest = std::max(longest, end - at);
        at = end + 1;
    }
    return longest < line_max - 1;
}

bool atom_character(char c) {
    return ascii_alnum(c) || std::string_view("!#$%&'*+-/=?^_`{|}~ ").contains(c);
}

std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        out += c == '"' || c == '\\' ? "\\" : "";
        out += c;
    }
    return out + '"';
}

// How many bytes of the text fit, never a part of a character.
std::size_t fitting(std::string_view utf8, std::size_t bytes_max) {
    if (utf8.size() <= bytes_max) {
        return utf8.size();
    }
    std::size_t end = bytes_max;
    while (end > 0 && (static_cast<unsigned char>(utf8[end]) & 0xC0U) == 0x80U) {
        --end;
    }
    return end;
}

}  // namespace

MailHeader::MailHeader(std::string_view name) : out_(fmt::format("{}:", name)) {
    column_ = out_.size();
}

void MailHeader::word(std::string_view text) {
    // The first one stays beside the name: a line of nothing but the name is read by few.
    if (!first_ && column_ + 1 + text.size() > line_max) {
        out_ += "\r\n";
        column_ = 0;
    }
    out_ += ' ';
    out_ += text;
    column_ += 1 + text.size();
    first_ = false;
}

void MailHeader::encoded(std::string_view utf8) {
    constexpr std::size_t overhead = word_begin.size() + word_end.size();
    constexpr std::size_t least = 4 * 2;  // one character of any kind
    while (!utf8.empty()) {
        std::size_t room = encoded_line_max - std::min(column_ + 1, encoded_line_max);
        if (!first_ && room < overhead + least) {
            out_ += "\r\n";
            column_ = 0;
            room = encoded_line_max - 1;
        }
        room = std::max(std::min(room, encoded_word_max), overhead + least);
        const auto bytes = fitting(utf8, (room - overhead) / 4 * 3);
        const auto one =
            fmt::format("{}{}{}", word_begin, base64_encode(utf8.substr(0, bytes)), word_end);
        word(one);
        utf8.remove_prefix(bytes);
    }
}

void MailHeader::text(std::string_view utf8) {
    if (!stands_as_it_is(utf8)) {
        encoded(utf8);
        return;
    }
    while (!utf8.empty()) {
        const auto one = utf8.substr(0, utf8.find(' '));
        word(one);
        utf8.remove_prefix(std::min(one.size() + 1, utf8.size()));
    }
}

void MailHeader::address(const MailAddress& address, bool more) {
    if (!address.name.empty()) {
        const bool atoms = std::ranges::all_of(address.name, atom_character);
        const auto written = atoms ? address.name : quoted(address.name);
        if (!stands_as_it_is(address.name) || !stands_as_it_is(written)) {
            encoded(address.name);
        } else {
            text(written);  // a quoted one may be folded at its blanks, too
        }
    }
    word(fmt::format("{}{}{}{}", address.name.empty() ? "" : "<", address.address,
                     address.name.empty() ? "" : ">", more ? "," : ""));
}

std::string MailHeader::take() && {
    out_ += "\r\n";
    return std::move(out_);
}

}  // namespace apilab::provider::internal
