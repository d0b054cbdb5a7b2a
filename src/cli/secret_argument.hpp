#pragma once

#include <string>

#include "apilab/base/result.hpp"
#include "apilab/base/secret.hpp"

namespace apilab::cli {

/// A secret as a command line may name it, since what stands there is in every process list:
/// `env:NAME`, `@file` (without one line end) or `cmd:...` (`split_command`, what it prints without
/// one line end). What is found is added to the process's scrubber. Errors (`invalid_argument`): it
/// is none of these, the name is not set, or there is nothing in it; those of `read_file` and
/// `run_command`. The message repeats no more than the kind of place.
[[nodiscard]] Result<Secret> secret_argument(const std::string& text);

}  // namespace apilab::cli
