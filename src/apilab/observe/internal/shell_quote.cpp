#include "apilab/observe/internal/shell_quote.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "apilab/base/ascii.hpp"
#include "apilab/base/utf8.hpp"

namespace apilab::observe::internal {
namespace {

bool is_control(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\n') || byte == 0x7F;
}

// The controls of ISO 8859, and what turns the direction of writing: text that reads otherwise than
// it works.
bool has_hidden_marks(std::string_view utf8) {
    static constexpr std::array marks{
        std::string_view("\u200E"), std::string_view("\u200F"), std::string_view("\u2028"),
        std::string_view("\u2029"), std::string_view("\u202A"), std::string_view("\u202B"),
        std::string_view("\u202C"), std::string_view("\u202D"), std::string_view("\u202E"),
        std::string_view("\u2066"), std::string_view("\u2067"), std::string_view("\u2068"),
        std::string_view("\u2069")};
    for (std::size_t i = utf8.find('\xC2'); i < utf8.size(); i = utf8.find('\xC2', i + 1)) {
        if (i + 1 < utf8.size() && static_cast<unsigned char>(utf8[i + 1]) < 0xA0) {
            return true;
        }
    }
    return std::ranges::any_of(marks, [&](std::string_view mark) { return utf8.contains(mark); });
}

std::string in_single_quotes(std::string_view text) {
    std::string word = "'";
    for (const char c : text) {
        word += c == '\'' ? std::string_view("'\\''") : std::string_view(&c, 1);
    }
    return word + "'";
}

}  // namespace

bool may_be_pasted(std::string_view text) {
    return std::ranges::none_of(text, is_control) && valid_utf8(text) && !has_hidden_marks(text);
}

std::string printf_word(std::string_view bytes) {
    // Whatever could mean something to printf, or to a shell that looks for its history, is octal.
    static constexpr std::string_view plain = " /:.,=&?_{}[]()<>\"@#;+";
    std::string word = "'";
    for (const char c : bytes) {
        if (c == '%') {
            word += "%%";
        } else if (c == '\n') {
            word += "\\n";
        } else if (ascii_alnum(c) || plain.contains(c)) {
            word += c;
        } else {
            word += fmt::format("\\{:03o}", static_cast<unsigned char>(c));
        }
    }
    return word + "'";
}

std::string shell_word(std::string_view text) {
    if (may_be_pasted(text)) {
        return in_single_quotes(text);
    }
    // The shell drops line ends at the end of what a command prints.
    const auto last = text.find_last_not_of('\n');
    const auto end = last == std::string_view::npos ? 0 : last + 1;
    auto word = fmt::format("\"$(printf {})\"", printf_word(text.substr(0, end)));
    if (end < text.size()) {
        word += in_single_quotes(text.substr(end));
    }
    return word;
}

std::string shell_word_with(std::string_view text, std::string_view variable) {
    const bool simple = std::ranges::all_of(
        text, [](char c) { return ascii_alnum(c) || std::string_view(" :-_").contains(c); });
    return simple ? fmt::format("\"{}${}\"", text, variable)
                  : fmt::format("{}\"${}\"", shell_word(text), variable);
}

}  // namespace apilab::observe::internal
