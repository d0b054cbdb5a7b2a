#include "progress.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cstdio>

namespace apilab::cli {

void Progress::update(std::size_t done, std::size_t known) {
    if (!shown_) {
        return;
    }
    if (known == 0) {  // nobody knows how many there are
        fmt::print(stderr, "\r\033[K{} {}", what_, done);
        std::fflush(stderr);
        return;
    }
    constexpr std::size_t width = 30;
    const std::size_t filled = std::min(width, done * width / known);
    fmt::print(stderr, "\r\033[K{} [{:#<{}}{:.<{}}] {}/{}", what_, "", filled, "", width - filled,
               done, known);
    std::fflush(stderr);
}

Progress::~Progress() {
    if (shown_) {
        fmt::print(stderr, "\r\033[K");
    }
}

}  // namespace apilab::cli
