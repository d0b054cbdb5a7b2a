#pragma once

#include <filesystem>
#include <string_view>

#include "apilab/base/result.hpp"

namespace apilab {

/// Makes the file empty with mode 0600 where there is none, before a database opens it: that would
/// make it with the mode that the process's umask leaves, and gives that mode to the files beside
/// it. `what` it is for (`tokens`) and the `remedy` where others may read it go into the errors.
///
/// Errors: `invalid_argument` for what is no regular file, or may be read, written or run by
/// others; `io`.
[[nodiscard]] Result<void> make_private(const std::filesystem::path& file, std::string_view what,
                                        std::string_view remedy);

}  // namespace apilab
