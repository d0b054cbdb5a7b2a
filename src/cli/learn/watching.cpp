#include "learn/watching.hpp"

#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

namespace apilab::cli {

void Debounce::changed(SteadyTime now) {
    first_ = first_.value_or(now);
    last_ = now;
}

std::optional<SteadyTime> Debounce::due() const {
    if (!first_) {
        return std::nullopt;
    }
    return std::min(last_ + options_.quiet, *first_ + options_.wait_max);
}

std::optional<SteadyTime> Debounce::take(SteadyTime now) {
    if (!first_ || now < *due()) {
        return std::nullopt;
    }
    return std::exchange(first_, std::nullopt);
}

Result<FileWatch> FileWatch::open(const std::filesystem::path& file) {
    const int handle = ::inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    FileWatch watch(handle, file);
    const auto folder = file.parent_path();
    if (handle < 0 || ::inotify_add_watch(handle, folder.c_str(),
                                          IN_CLOSE_WRITE | IN_MOVED_TO | IN_DELETE_SELF |
                                              IN_MOVE_SELF | IN_ONLYDIR) < 0) {
        return fail(Error(ErrorKind::io, "cannot watch " + folder.string() + ": " +
                                             std::generic_category().message(errno))
                        .with_remedy("is fs.inotify.max_user_watches used up?"));
    }
    return watch;
}

FileWatch::FileWatch(FileWatch&& other) noexcept
    : handle_(std::exchange(other.handle_, -1)), file_(std::move(other.file_)) {}

FileWatch::~FileWatch() {
    if (handle_ >= 0) {
        ::close(handle_);
    }
}

Result<bool> FileWatch::changed() {
    const auto name = file_.filename().string();
    bool found = false;
    // Room for a name of the longest length, many times.
    alignas(inotify_event) std::array<char, 16384> buffer{};
    for (ssize_t got = 0; (got = ::read(handle_, buffer.data(), buffer.size())) > 0;) {
        for (ssize_t at = 0; at < got;) {
            inotify_event event{};
            std::memcpy(&event, buffer.data() + at, sizeof(event));
            if ((event.mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED)) != 0) {
                return fail(ErrorKind::io, file_.parent_path().string() + " is gone");
            }
            const char* const told = buffer.data() + at + sizeof(event);
            found = found || (event.mask & IN_Q_OVERFLOW) != 0 || (event.len > 0 && name == told);
            at += static_cast<ssize_t>(sizeof(event) + event.len);
        }
    }
    return found;
}

}  // namespace apilab::cli
