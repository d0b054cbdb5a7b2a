#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/base/result.hpp"

namespace apilab {

/// The words of a command, for a program that is started without a shell: blanks separate words,
/// `'single'` quotes hold anything but a single quote, in `"double"` quotes and outside of quotes
/// a backslash takes the next character as it is (in double quotes only before `"` and `\`).
/// Nothing else has a meaning: no `$NAME`, `$(...)`, `*`, `~`, `|` or `;`. Errors
/// (`invalid_argument`, without the text, which may hold a secret): an open quote, a backslash at
/// the end, NUL, no word at all.
[[nodiscard]] Result<std::vector<std::string>> split_command(std::string_view line);

struct CommandLimits {
    /// Bytes of the output; with more the command is ended. Default 64 KiB.
    std::size_t output_max = std::size_t{64} << 10U;
    /// From its start to its end; then it is ended. Default 10 s.
    Duration patience = std::chrono::seconds(10);
};

struct CommandOutput {
    /// What it wrote to its standard output.
    std::string text;
    /// There was more than `output_max`; the code then says nothing.
    bool truncated = false;
    /// As a shell has it: 128 and the number where a signal ended it.
    int exit_code = 0;
};

/// Runs a program and waits for its end; the first word is looked up in PATH. Its input is empty,
/// its standard error is nowhere (it may show what the program was given). It has a process group
/// of its own, which is ended with it. `environment` are its lines `NAME=value`
/// (`environment_lines`). Errors: `invalid_argument` where it cannot be started, `timeout`. Blocks
/// the thread.
[[nodiscard]] Result<CommandOutput> run_command(std::vector<std::string> words,
                                                std::vector<std::string> environment,
                                                const CommandLimits& limits = {});

}  // namespace apilab
