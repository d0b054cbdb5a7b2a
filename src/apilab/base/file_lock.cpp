#include "apilab/base/file_lock.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace apilab {

Result<std::optional<FileLock>> FileLock::try_lock(const std::filesystem::path& path) {
    constexpr mode_t owner_only = S_IRUSR | S_IWUSR;
    const auto wrong = [&](int code) {
        return fail(ErrorKind::io,
                    fmt::format("{}: {}", path.string(), std::generic_category().message(code)));
    };
    const int descriptor =
        ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, owner_only);
    if (descriptor < 0) {
        return wrong(errno);
    }
    // flock(2) and not fcntl(2): it belongs to what was opened here, so that two objects of one
    // process keep each other out as well.
    FileLock lock(descriptor);
    while (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
        if (errno == EWOULDBLOCK) {
            return std::nullopt;
        }
        if (errno != EINTR) {
            return wrong(errno);
        }
    }
    return std::optional<FileLock>(std::move(lock));
}

FileLock::~FileLock() {
    if (descriptor_ >= 0) {
        ::close(descriptor_);
    }
}

}  // namespace apilab
