// The standard input as a body.

#include <fmt/core.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <system_error>

#include "call/call.hpp"

namespace apilab::cli {
namespace {

constexpr std::size_t body_max = std::size_t{64} << 20U;
/// Who waits longer without a word looks as if it hung.
constexpr int patience_ms = 1000;

bool holds_data() {
    struct stat state{};
    return ::fstat(STDIN_FILENO, &state) == 0 &&
           (S_ISFIFO(state.st_mode) || S_ISREG(state.st_mode) || S_ISSOCK(state.st_mode));
}

void say_when_it_takes_long() {
    pollfd input{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
    if (::poll(&input, 1, patience_ms) == 0) {
        fmt::print(stderr,
                   "reading the body from the standard input (--ignore-stdin: there is none)\n");
    }
}

}  // namespace

Result<std::optional<std::string>> read_standard_input(bool wanted, bool quiet) {
    if (!wanted && !holds_data()) {
        return std::nullopt;
    }
    if (!quiet) {
        say_when_it_takes_long();
    }
    constexpr std::size_t piece = std::size_t{64} << 10U;
    std::array<char, piece> buffer{};
    std::string body;
    while (true) {
        const auto count = ::read(STDIN_FILENO, buffer.data(), buffer.size());
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0) {
            return fail(ErrorKind::io, fmt::format("the standard input cannot be read: {}",
                                                   std::system_category().message(errno)));
        }
        if (count == 0) {
            break;
        }
        body.append(buffer.data(), static_cast<std::size_t>(count));
        if (body.size() > body_max) {
            return fail(Error(ErrorKind::too_large, "the standard input has more than 64 MiB")
                            .with_remedy("send it as a file: @FILE"));
        }
    }
    if (body.empty() && !wanted) {
        return std::nullopt;
    }
    return body;
}

}  // namespace apilab::cli
