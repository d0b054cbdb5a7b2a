#include "apilab/base/file_stream.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>
#include <utility>

namespace apilab {
namespace {

std::string reason(int code) {
    return std::generic_category().message(code);
}

void close_if_open(int& descriptor) {
    if (descriptor >= 0) {
        ::close(std::exchange(descriptor, -1));
    }
}

}  // namespace

FileReader::FileReader(std::filesystem::path path, int descriptor, std::uint64_t size)
    : path_(std::move(path)), descriptor_(descriptor), size_(size) {}

FileReader::FileReader(FileReader&& other) noexcept
    : path_(std::move(other.path_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      size_(other.size_) {}

FileReader& FileReader::operator=(FileReader&& other) noexcept {
    std::swap(path_, other.path_);
    std::swap(descriptor_, other.descriptor_);
    std::swap(size_, other.size_);
    return *this;
}

FileReader::~FileReader() {
    close_if_open(descriptor_);
}

Result<FileReader> FileReader::open(const std::filesystem::path& path) {
    // Without O_NONBLOCK, opening a pipe that nobody writes to would hang.
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (descriptor < 0) {
        const bool missing = errno == ENOENT || errno == ENOTDIR;
        return fail(missing ? ErrorKind::invalid_argument : ErrorKind::io,
                    fmt::format("{}: {}", path.string(), missing ? "no such file" : reason(errno)));
    }
    FileReader reader(path, descriptor, 0);
    struct stat status{};
    if (::fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) {
        return fail(ErrorKind::invalid_argument, fmt::format("{}: not a file", path.string()));
    }
    reader.size_ = static_cast<std::uint64_t>(status.st_size);
    return reader;
}

Result<std::string> FileReader::read(std::size_t max) {
    std::string bytes(max, '\0');
    ssize_t got = 0;
    do {
        got = ::read(descriptor_, bytes.data(), bytes.size());
    } while (got < 0 && errno == EINTR);
    if (got < 0) {
        return fail(ErrorKind::io,
                    fmt::format("{}: cannot be read: {}", path_.string(), reason(errno)));
    }
    bytes.resize(static_cast<std::size_t>(got));
    return bytes;
}

Result<void> FileReader::rewind() {
    if (::lseek(descriptor_, 0, SEEK_SET) != 0) {
        return fail(ErrorKind::io,
                    fmt::format("{}: cannot be read again: {}", path_.string(), reason(errno)));
    }
    return {};
}

AtomicFile::AtomicFile(std::filesystem::path path, std::string temporary, int descriptor)
    : path_(std::move(path)), temporary_(std::move(temporary)), descriptor_(descriptor) {}

AtomicFile::AtomicFile(AtomicFile&& other) noexcept
    : path_(std::move(other.path_)),
      temporary_(std::exchange(other.temporary_, {})),
      descriptor_(std::exchange(other.descriptor_, -1)) {}

AtomicFile& AtomicFile::operator=(AtomicFile&& other) noexcept {
    std::swap(path_, other.path_);
    std::swap(temporary_, other.temporary_);
    std::swap(descriptor_, other.descriptor_);
    return *this;
}

AtomicFile::~AtomicFile() {
    close_if_open(descriptor_);
    if (!temporary_.empty()) {
        ::unlink(temporary_.c_str());
    }
}

std::unexpected<Error> AtomicFile::wrong(std::string_view what, int code) const {
    return fail(ErrorKind::io, fmt::format("{}: {}: {}", path_.string(), what, reason(code)));
}

Result<AtomicFile> AtomicFile::create(const std::filesystem::path& path) {
    struct stat there{};
    if (::stat(path.c_str(), &there) == 0 &&
        (S_ISCHR(there.st_mode) || S_ISFIFO(there.st_mode) || S_ISBLK(there.st_mode))) {
        // `/dev/null`, `/dev/stdout`, a pipe: renamed over, it would be gone for everybody.
        const int descriptor = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
        if (descriptor < 0) {
            return fail(ErrorKind::io,
                        fmt::format("{}: cannot open: {}", path.string(), reason(errno)));
        }
        return AtomicFile(path, {}, descriptor);
    }
    // A fresh name with mode 0600: never a file, or a link, that someone left there.
    std::string temporary = path.string() + ".XXXXXX";
    const int descriptor = ::mkostemp(temporary.data(), O_CLOEXEC);
    if (descriptor < 0) {
        return fail(ErrorKind::io, fmt::format("{}: cannot create a file beside it: {}",
                                               path.string(), reason(errno)));
    }
    return AtomicFile(path, std::move(temporary), descriptor);
}

Result<void> AtomicFile::write(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto written = ::write(descriptor_, bytes.data(), bytes.size());
        if (written < 0 && errno != EINTR) {
            return wrong("cannot write", errno);
        }
        bytes.remove_prefix(written < 0 ? 0 : static_cast<std::size_t>(written));
    }
    return {};
}

Result<void> AtomicFile::commit() {
    if (temporary_.empty()) {
        close_if_open(descriptor_);
        return {};
    }
    if (::fsync(descriptor_) != 0) {
        return wrong("cannot sync", errno);
    }
    close_if_open(descriptor_);
    if (::rename(temporary_.c_str(), path_.c_str()) != 0) {
        return wrong("cannot rename", errno);
    }
    temporary_.clear();
    // The new name is on disk only when its directory is.
    const auto parent = path_.has_parent_path() ? path_.parent_path() : std::filesystem::path(".");
    int directory = ::open(parent.c_str(), O_RDONLY | O_CLOEXEC | O_DIRECTORY);
    if (directory >= 0) {
        ::fsync(directory);  // not every file system can; the file itself is complete
    }
    close_if_open(directory);
    return {};
}

}  // namespace apilab
