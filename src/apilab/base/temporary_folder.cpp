#include "apilab/base/temporary_folder.hpp"

#include <fmt/format.h>
#include <stdlib.h>  // NOLINT(modernize-deprecated-headers): mkdtemp is POSIX's

#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

namespace apilab {

namespace fs = std::filesystem;

Result<TemporaryFolder> TemporaryFolder::make(std::string_view prefix) {
    std::error_code failed;
    const auto below = fs::temp_directory_path(failed);
    if (failed) {
        return fail(ErrorKind::io,
                    fmt::format("no folder for temporary files: {}", failed.message()));
    }
    return make_in(below, prefix);
}

Result<TemporaryFolder> TemporaryFolder::make_in(const fs::path& below, std::string_view prefix) {
    auto name = (below / prefix).string() + "XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) {
        return fail(ErrorKind::io, fmt::format("cannot make a folder like {}: {}", name,
                                               std::generic_category().message(errno)));
    }
    return TemporaryFolder(std::move(name));
}

TemporaryFolder::TemporaryFolder(TemporaryFolder&& other) noexcept
    : path_(std::exchange(other.path_, {})) {}

TemporaryFolder::~TemporaryFolder() {
    if (!path_.empty()) {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }
}

}  // namespace apilab
