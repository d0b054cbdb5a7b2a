#include "apilab/observe/file_log.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "apilab/base/private_file.hpp"
#include "apilab/base/try.hpp"

namespace apilab::observe {
namespace {

Error io_error(const std::filesystem::path& path, std::string_view what) {
    return {ErrorKind::io, fmt::format("the log {} cannot be {}: {}", path.string(), what,
                                       std::generic_category().message(errno))};
}

std::filesystem::path rotated(const std::filesystem::path& path) {
    return path.string() + ".1";
}

}  // namespace

Result<std::unique_ptr<FileLog>> FileLog::open(std::filesystem::path path, FileLogOptions options) {
    std::unique_ptr<FileLog> log(new FileLog(std::move(path), options));
    APILAB_CHECK(log->reopen());
    return log;
}

FileLog::FileLog(std::filesystem::path path, FileLogOptions options)
    : path_(std::move(path)), options_(options) {}

FileLog::~FileLog() {
    flush();
    if (descriptor_ >= 0) {
        ::close(descriptor_);
    }
}

Result<void> FileLog::reopen() {
    APILAB_CHECK(make_private(path_, "log", "make it private: chmod 600"));
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg): that is how the system has it
    const int opened = ::open(path_.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW);
    if (opened < 0) {
        return fail(io_error(path_, "opened"));
    }
    if (descriptor_ >= 0) {
        ::close(descriptor_);
    }
    descriptor_ = opened;
    return {};
}

Result<void> FileLog::make_room(std::size_t bytes) {
    struct stat mine{};
    struct stat named{};
    const auto is_mine = [&] {
        return ::stat(path_.c_str(), &named) == 0 && named.st_ino == mine.st_ino &&
               named.st_dev == mine.st_dev;
    };
    const auto is_full = [&] {
        return options_.size_max > 0 && mine.st_size > 0 &&
               static_cast<std::size_t>(mine.st_size) + bytes > options_.size_max;
    };
    if (::fstat(descriptor_, &mine) != 0) {
        return fail(io_error(path_, "looked at"));
    }
    if (!is_mine()) {
        return reopen();
    }
    if (!is_full()) {
        return {};
    }
    // Two that find it full at once: the lock belongs to this very file, so whoever gets it second
    // sees that it has another name by now, and does not move the new one away.
    if (::flock(descriptor_, LOCK_EX) != 0) {
        return fail(io_error(path_, "locked"));
    }
    if (is_mine() && ::rename(path_.c_str(), rotated(path_).c_str()) != 0) {
        const auto error = io_error(path_, "moved");
        (void)::flock(descriptor_, LOCK_UN);
        return fail(error);
    }
    (void)::flock(descriptor_, LOCK_UN);
    return reopen();
}

void FileLog::write(std::string_view line, bool now) {
    if (buffered_ > 0 && buffer_.size() + line.size() + 1 > options_.buffer_max) {
        flush();
    }
    (buffer_ += line) += '\n';
    ++buffered_;
    if (now || buffer_.size() > options_.buffer_max) {
        flush();
    }
}

void FileLog::flush() {
    if (buffered_ == 0) {
        return;
    }
    write_out(buffer_, std::exchange(buffered_, 0));
    buffer_.clear();
}

void FileLog::write_out(std::string_view lines, std::uint64_t count) {
    std::string after_torn;
    if (auto room = make_room(lines.size()); !room) {
        lost_ += count;
        last_error_ = room.error().message();
        return;
    }
    if (torn_) {
        (after_torn += '\n') += lines;  // what was cut ends here, and is no part of the next line
        lines = after_torn;
    }
    ssize_t written = -1;
    do {
        written = ::write(descriptor_, lines.data(), lines.size());
    } while (written < 0 && errno == EINTR);
    if (written == static_cast<ssize_t>(lines.size())) {
        torn_ = false;
        return;
    }
    last_error_ = written < 0 ? io_error(path_, "written").message()
                              : fmt::format("the log {} took only a part", path_.string());
    if (written <= 0) {
        lost_ += count;
        return;
    }
    const auto kept = lines.substr(0, static_cast<std::size_t>(written));
    const auto ended = static_cast<std::uint64_t>(std::ranges::count(kept, '\n'));
    lost_ += count - std::min(count, ended - (torn_ ? 1 : 0));
    torn_ = !kept.ends_with('\n');
}

}  // namespace apilab::observe
