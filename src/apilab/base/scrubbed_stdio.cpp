// glibc: `stdout` is a variable, and a stream may be made of functions (fopencookie). Nobody who
// prints has to know about it then, not even the library that says why the program was ended.

#include "apilab/base/scrubbed_stdio.hpp"

#include <unistd.h>
#include <ext/stdio_sync_filebuf.h>

#include <cerrno>
#include <cstdio>
#include <iostream>
#include <stdexcept>

namespace apilab {
namespace {

bool write_all(int descriptor, std::string_view text) {
    while (!text.empty()) {
        const auto count = ::write(descriptor, text.data(), text.size());
        if (count < 0 && errno != EINTR) {
            return false;  // nobody reads any more: what is left is dropped
        }
        text.remove_prefix(count < 0 ? 0 : static_cast<std::size_t>(count));
    }
    return true;
}

}  // namespace

struct ScrubbedStdio::Stream {
    Stream(const Scrubber& scrubber, int number, std::FILE*& place, std::ostream& twin, int mode)
        : descriptor(number),
          stream(scrubber,
                 [this](std::string_view text) { failed = !write_all(descriptor, text); }),
          variable(place),
          real(place),
          ostream(twin) {
        std::fflush(real);
        ostream.flush();
        made = ::fopencookie(this, "w",
                             cookie_io_functions_t{
                                 .read = nullptr, .write = put, .seek = nullptr, .close = nullptr});
        if (made == nullptr) {
            throw std::runtime_error("the standard streams cannot be replaced");
        }
        std::setvbuf(made, nullptr, mode, BUFSIZ);
        buffer = std::make_unique<__gnu_cxx::stdio_sync_filebuf<char>>(made);
        real_buffer = ostream.rdbuf(buffer.get());
        variable = made;
    }
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;
    ~Stream() {
        ostream.rdbuf(real_buffer);
        variable = real;
        std::fclose(made);  // flushes
        stream.flush();
    }

    // Called under the stream's lock: one at a time.
    static ssize_t put(void* self, const char* text, std::size_t size) {
        auto& mine = *static_cast<Stream*>(self);
        mine.failed = false;
        mine.stream.write({text, size});
        return mine.failed ? 0 : static_cast<ssize_t>(size);
    }

    int descriptor;
    bool failed = false;
    ScrubbedStream stream;
    std::FILE*& variable;
    std::FILE* real;
    std::FILE* made = nullptr;
    std::ostream& ostream;
    std::unique_ptr<__gnu_cxx::stdio_sync_filebuf<char>> buffer;
    std::streambuf* real_buffer = nullptr;
};

ScrubbedStdio::ScrubbedStdio(const Scrubber& scrubber)
    : out_(std::make_unique<Stream>(scrubber, STDOUT_FILENO, stdout, std::cout,
                                    ::isatty(STDOUT_FILENO) == 1 ? _IOLBF : _IOFBF)),
      err_(std::make_unique<Stream>(scrubber, STDERR_FILENO, stderr, std::cerr, _IONBF)) {}

ScrubbedStdio::~ScrubbedStdio() = default;

bool print_unscrubbed(std::string_view text) {
    std::fflush(stdout);
    return write_all(STDOUT_FILENO, text);
}

}  // namespace apilab
