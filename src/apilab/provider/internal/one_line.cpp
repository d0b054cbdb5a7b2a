#include "apilab/provider/internal/one_line.hpp"

#include "apilab/base/utf8.hpp"

namespace apilab::provider::internal {

std::string one_line(std::string_view text, std::size_t bytes) {
    std::string words(text.substr(0, bytes));
    while (!words.empty() && !valid_utf8(words)) {
        words.pop_back();
    }
    for (char& c : words) {
        c = static_cast<unsigned char>(c) < 0x20U || c == '\x7f' ? ' ' : c;
    }
    return words;
}

}  // namespace apilab::provider::internal
