#pragma once

#include <memory>
#include <string_view>

#include "apilab/base/scrubber.hpp"

namespace apilab {

/// While it lives, everything that this process writes to `stdout`, `stderr`, `std::cout` or
/// `std::cerr` passes `scrubber` first, whoever writes it: the text of an exception that ends the
/// program, too. The first thing in `main`, before any thread; one at a time. What is written
/// straight to the file descriptors does not pass it, and neither does what a child writes.
///
/// Buffering stays as it was: `stdout` by lines on a terminal, `stderr` at once.
///
///     int main() {
///         const apilab::ScrubbedStdio scrubbed(apilab::Scrubber::of_process());
class ScrubbedStdio {
public:
    explicit ScrubbedStdio(const Scrubber& scrubber);
    ScrubbedStdio(const ScrubbedStdio&) = delete;
    ScrubbedStdio& operator=(const ScrubbedStdio&) = delete;
    /// Writes what was held back, and puts the streams back.
    ~ScrubbedStdio();

private:
    struct Stream;
    std::unique_ptr<Stream> out_;
    std::unique_ptr<Stream> err_;
};

/// Writes to the standard output as it is, after what was printed before: for a command that
/// somebody calls for the secret (`eval "$(apilab sandbox env)"`). False where it cannot be
/// written.
[[nodiscard]] bool print_unscrubbed(std::string_view text);

}  // namespace apilab
