#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace apilab::cli {

enum class ColorChoice : unsigned char { automatic, always, never };

/// What may be printed on a stream. Colour only on a terminal, unless asked for; none with
/// `NO_COLOR` or `TERM=dumb`.
struct Terminal {
    bool is_terminal = false;
    bool color = false;
    /// In columns; 100 where it is no terminal.
    std::size_t width = 100;

    /// Looks at a file descriptor (1 or 2) and the environment.
    [[nodiscard]] static Terminal of(int descriptor, ColorChoice choice);

    [[nodiscard]] std::string bold(std::string_view text) const { return paint("1", text); }
    [[nodiscard]] std::string dim(std::string_view text) const { return paint("2", text); }
    [[nodiscard]] std::string red(std::string_view text) const { return paint("31", text); }
    [[nodiscard]] std::string green(std::string_view text) const { return paint("32", text); }
    [[nodiscard]] std::string yellow(std::string_view text) const { return paint("33", text); }
    [[nodiscard]] std::string cyan(std::string_view text) const { return paint("36", text); }

private:
    [[nodiscard]] std::string paint(std::string_view code, std::string_view text) const;
};

}  // namespace apilab::cli
