#include "wrap.hpp"

#include <algorithm>

namespace apilab::cli {
namespace {

// The bytes of the code point or colour code that begins the text.
struct Piece {
    std::size_t bytes = 1;
    std::size_t columns = 1;
};

Piece first_of(std::string_view text) {
    if (text.starts_with("\033[")) {
        const auto end = text.find('m');
        return {.bytes = end == std::string_view::npos ? text.size() : end + 1, .columns = 0};
    }
    std::size_t bytes = 1;
    while (bytes < text.size() && (static_cast<unsigned char>(text[bytes]) & 0xC0U) == 0x80U) {
        ++bytes;
    }
    return {.bytes = bytes};
}

class Lines {
public:
    explicit Lines(std::size_t width) : width_(width) {}

    void add(std::string_view word) {
        const auto columns = columns_of(word);
        const bool fits = width_ == 0 || used_ + (line_.empty() ? 0 : 1) + columns <= width_;
        if (!line_.empty() && !fits) {
            end();
        }
        if (!line_.empty()) {
            line_ += ' ';
            ++used_;
        }
        if (width_ != 0 && columns > width_) {
            cut(word);
            return;
        }
        line_ += word;
        used_ += columns;
    }
    void end() {
        lines_.push_back(std::move(line_));
        line_.clear();
        used_ = 0;
    }
    [[nodiscard]] std::vector<std::string> take() && { return std::move(lines_); }

private:
    void cut(std::string_view word) {
        while (!word.empty()) {
            const auto piece = first_of(word);
            if (used_ + piece.columns > width_) {
                end();
            }
            line_ += word.substr(0, piece.bytes);
            used_ += piece.columns;
            word.remove_prefix(piece.bytes);
        }
    }

    std::size_t width_;
    std::string line_;
    std::size_t used_ = 0;
    std::vector<std::string> lines_;
};

}  // namespace

std::size_t columns_of(std::string_view text) {
    std::size_t columns = 0;
    while (!text.empty()) {
        const auto piece = first_of(text);
        columns += piece.columns;
        text.remove_prefix(piece.bytes);
    }
    return columns;
}

std::vector<std::string> wrapped(std::string_view text, std::size_t width) {
    Lines lines(width);
    while (true) {
        const auto end = std::min(text.find('\n'), text.size());
        for (auto rest = text.substr(0, end); !rest.empty();) {
            const auto blank = std::min(rest.find(' '), rest.size());
            if (blank > 0) {
                lines.add(rest.substr(0, blank));
            }
            rest.remove_prefix(std::min(blank + 1, rest.size()));
        }
        lines.end();
        if (end == text.size()) {
            break;
        }
        text.remove_prefix(end + 1);
    }
    return std::move(lines).take();
}

std::string paragraph(std::string_view text, std::size_t width, std::size_t indent,
                      std::string_view first) {
    constexpr std::size_t text_min = 10;
    const auto room = width == 0 ? 0 : std::max(text_min, width - std::min(width, indent));
    std::string out;
    bool begun = false;
    for (const auto& line : wrapped(text, room)) {
        const auto margin = begun || first.empty() ? std::string(indent, ' ') : std::string(first);
        out += line.empty() ? "\n" : margin + line + "\n";
        begun = true;
    }
    return out;
}

}  // namespace apilab::cli
