#include "pager.hpp"

#include <fmt/core.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "environment.hpp"

namespace apilab::cli {
namespace {

bool fits(std::string_view text) {
    winsize size{};
    const bool known = ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0;
    return !known || std::ranges::count(text, '\n') < size.ws_row;
}

}  // namespace

void show_paged(std::string_view text, const Globals& globals) {
    const auto pager = environment("PAGER");
    if (!pager || globals.quiet || !globals.out().is_terminal || fits(text)) {
        fmt::print("{}", text);
        return;
    }
    std::fflush(stdout);
    std::FILE* pipe = ::popen(pager->c_str(), "w");  // NOLINT(cert-env33-c): the user's own words
    if (pipe == nullptr) {
        fmt::print("{}", text);
        return;
    }
    // Whoever leaves the pager has read enough.
    (void)std::fwrite(text.data(), 1, text.size(), pipe);
    (void)::pclose(pipe);
}

}  // namespace apilab::cli
