#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace apilab::cli {

/// Where a compiler stopped: `my/day01_retries.cpp:31: use of undeclared identifier 'retry'`.
struct CompileError {
    /// As the compiler names it; empty where the linker complains.
    std::string file;
    int line = 0;
    std::string message;
};

/// What a compiler said, without the commands that ninja repeats before it.
[[nodiscard]] std::string without_commands(std::string_view said);
/// The first error of what clang, GCC or a linker said; nothing where there is none.
[[nodiscard]] std::optional<CompileError> first_error(std::string_view said);

/// `FILE:LINE: MESSAGE`, the file below `folder` without it.
[[nodiscard]] std::string to_string(const CompileError& error, std::string_view folder);

}  // namespace apilab::cli
