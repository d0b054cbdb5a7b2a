#pragma once

#include <string>

#include "exercise.hpp"
#include "internal/flags.hpp"

namespace exercise::internal {

/// Runs every variant of a program on each of its seeds, one after the other in this process:
/// production, library and naive where there are, production without faults, and each protection
/// taken away. Prints a line for each, what it is, its verdict and which deciding checks are red;
/// all that matrix.sh and the pages of the days need goes into `flags.matrix_file` as JSON. Errors
/// as of `perform`, and of the file.
[[nodiscard]] Result<void> play_matrix(const Program& program, const Flags& flags);

}  // namespace exercise::internal
