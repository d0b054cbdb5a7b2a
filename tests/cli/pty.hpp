#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>

#include "program.hpp"

namespace apilab::cli_test {

/// Which streams of a program are on its terminal; the others go to files.
enum class OnTerminal : unsigned char { both, only_err };

struct PtyOptions {
    unsigned short columns = 80;
    unsigned short rows = 24;
    OnTerminal streams = OnTerminal::both;
};

/// A program of ours on a terminal of its own (forkpty), as a person has it: what it prints there
/// is read while it runs, bounded in time and size, and what is typed reaches it.
class PtyProgram {
public:
    PtyProgram(const Words& words, Variables variables, const PtyOptions& options = {},
               const std::filesystem::path& folder = {});
    PtyProgram(const PtyProgram&) = delete;
    PtyProgram& operator=(const PtyProgram&) = delete;
    /// Kills it where it still runs.
    ~PtyProgram();

    /// Types: "\x03" is Ctrl-C, which the terminal turns into a SIGINT.
    void type(std::string_view keys) const;
    /// Reads until the terminal shows `text`; false where that does not happen in time.
    [[nodiscard]] bool shows(std::string_view text,
                             std::chrono::seconds patience = std::chrono::seconds(20));
    /// Reads to its end: `err` is what the terminal showed (line ends as `\n`), `out` what went to
    /// the file, where standard output is one. Killed where it does not end in time (code -1).
    [[nodiscard]] Finished wait(std::chrono::seconds patience = std::chrono::seconds(30));

private:
    // One piece, or the end; false where nothing came within that time.
    bool read_some(std::chrono::milliseconds patience);

    TempDir streams_;
    std::string shown_;
    int terminal_ = -1;
    int pid_ = -1;
    bool at_end_ = false;
    bool reaped_ = false;
};

/// `apilab WORDS...` on a terminal, from start to end: what it showed.
[[nodiscard]] std::string on_terminal(Words words, const Variables& variables,
                                      const PtyOptions& options = {},
                                      const std::filesystem::path& folder = {});

}  // namespace apilab::cli_test
