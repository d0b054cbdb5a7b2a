#include "terminal.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>

#include "environment.hpp"

namespace apilab::cli {

Terminal Terminal::of(int descriptor, ColorChoice choice) {
    Terminal terminal;
    terminal.is_terminal = ::isatty(descriptor) == 1;
    winsize size{};
    if (terminal.is_terminal && ::ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
        terminal.width = std::clamp<std::size_t>(size.ws_col, 40, 200);
    }
    const bool refused = environment("NO_COLOR").has_value() || environment("TERM") == "dumb";
    const auto force = environment("CLICOLOR_FORCE");
    const bool forced = force.has_value() && *force != "0";
    terminal.color =
        choice == ColorChoice::always ||
        (choice == ColorChoice::automatic && (terminal.is_terminal || forced) && !refused);
    return terminal;
}

std::string Terminal::paint(std::string_view code, std::string_view text) const {
    if (!color) {
        return std::string(text);
    }
    return "\033[" + std::string(code) + "m" + std::string(text) + "\033[0m";
}

}  // namespace apilab::cli
