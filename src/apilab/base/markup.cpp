#include "apilab/base/markup.hpp"

namespace apilab {

std::string escape_markup(std::string_view text) {
    constexpr unsigned char first_printable = 0x20;
    std::string out;
    out.reserve(text.size());
    for (const char c : text) {
        switch (c) {
            case '&':
                out += "&amp;";
                break;
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            case '"':
                out += "&quot;";
                break;
            case '\'':
                out += "&#39;";
                break;
            default:
                out += static_cast<unsigned char>(c) < first_printable && c != '\n' ? ' ' : c;
        }
    }
    return out;
}

}  // namespace apilab
