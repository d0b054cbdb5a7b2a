#include "apilab/base/file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "apilab/base/file_stream.hpp"
#include "apilab/base/try.hpp"

namespace apilab {
namespace {

std::string reason(int code) {
    return std::generic_category().message(code);
}

class Descriptor {
public:
    explicit Descriptor(int number) : number_(number) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (number_ >= 0) {
            ::close(number_);
        }
    }
    [[nodiscard]] int number() const { return number_; }
    [[nodiscard]] bool ok() const { return number_ >= 0; }

private:
    int number_;
};

Error cannot_open(const std::filesystem::path& path, int code) {
    if (code == ENOENT || code == ENOTDIR) {
        return Error(ErrorKind::invalid_argument, fmt::format("{}: no such file", path.string()))
            .with_remedy("check the path");
    }
    if (code == ENXIO) {  // a socket
        return {ErrorKind::invalid_argument, fmt::format("{}: not a file", path.string())};
    }
    return {ErrorKind::io, fmt::format("{}: {}", path.string(), reason(code))};
}

/// Reads to the end of the file, whatever its size was a moment ago.
Result<std::string> read_all(int descriptor, std::size_t size, std::size_t size_max) {
    std::string content(size + 1, '\0');  // the byte too many tells: that was all
    std::size_t got = 0;
    while (got <= size_max) {
        if (got == content.size()) {
            content.resize(got + 65536);
        }
        const auto count = ::read(descriptor, content.data() + got, content.size() - got);
        if (count == 0) {
            content.resize(got);
            return content;
        }
        if (count > 0) {
            got += static_cast<std::size_t>(count);
        } else if (errno != EINTR) {
            return fail(ErrorKind::io, "cannot be read: " + reason(errno));
        }
    }
    return fail(ErrorKind::too_large, fmt::format("more bytes than the limit of {}", size_max));
}

}  // namespace

Result<std::string> read_file(const std::filesystem::path& path, std::size_t size_max) {
    // Without O_NONBLOCK, opening a pipe that nobody writes to would hang.
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    struct stat status{};
    if (!file.ok() || ::fstat(file.number(), &status) != 0) {
        return fail(cannot_open(path, errno));
    }
    if (!S_ISREG(status.st_mode)) {
        return fail(ErrorKind::invalid_argument, fmt::format("{}: not a file", path.string()));
    }
    const auto size = static_cast<std::size_t>(status.st_size);
    if (size > size_max) {
        return fail(ErrorKind::too_large, fmt::format("{}: {} bytes is more than the limit of {}",
                                                      path.string(), size, size_max));
    }
    auto content = read_all(file.number(), size, size_max);
    if (!content) {
        return fail(std::move(content).error().in(path.string()));
    }
    return content;
}

Result<void> write_file_atomically(const std::filesystem::path& path, std::string_view content) {
    APILAB_TRY(auto file, AtomicFile::create(path));
    APILAB_CHECK(file.write(content));
    return file.commit();
}

}  // namespace apilab
