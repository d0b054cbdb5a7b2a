#include "apilab/base/private_file.hpp"

#include <fmt/format.h>

#include <string>
#include <system_error>

#include "apilab/base/file_lock.hpp"
#include "apilab/base/try.hpp"

namespace apilab {

namespace fs = std::filesystem;

Result<void> make_private(const fs::path& file, std::string_view what, std::string_view remedy) {
    constexpr auto others = fs::perms::group_all | fs::perms::others_all;
    std::error_code code;
    if (!fs::exists(file, code)) {
        // Made empty and private by the same call.
        APILAB_TRY([[maybe_unused]] const auto made, FileLock::try_lock(file));
    }
    const auto status = fs::status(file, code);
    if (status.type() != fs::file_type::regular) {
        return fail(ErrorKind::invalid_argument,
                    fmt::format("{}: not a file for {}", file.string(), what));
    }
    if ((status.permissions() & others) != fs::perms::none) {
        return fail(Error(ErrorKind::invalid_argument,
                          fmt::format("{}: others may read it (mode {:04o})", file.string(),
                                      static_cast<unsigned>(status.permissions())))
                        .with_remedy(std::string(remedy)));
    }
    return {};
}

}  // namespace apilab
