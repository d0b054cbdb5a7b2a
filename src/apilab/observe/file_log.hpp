#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "apilab/base/result.hpp"

namespace apilab::observe {

struct FileLogOptions {
    /// Beyond so many bytes the file becomes `NAME.1`, in place of an older one of that name, and a
    /// new one is begun: twice this much is kept. Default 64 MiB; 0: no limit.
    std::size_t size_max = std::size_t{64} << 20U;
    /// Whole lines are gathered up to so many bytes and then written at once. Default 0: each line
    /// by itself, at once. What is gathered is lost where the process dies.
    std::size_t buffer_max = 0;
};

/// A file to which lines are appended, by several processes at a time if it must be. Each write is
/// one call of the system with whole lines at the file's end (`O_APPEND`), so lines of different
/// writers are never mixed (on a local file system). Whichever writer comes to the limit renames
/// the file; the others notice before their next write.
///
/// Errors do not stop the program that logs: they are counted. Blocks the thread for as long as the
/// write takes. Not for several threads at once.
///
///     auto file = FileLog::open("/var/log/app/client.log", {.buffer_max = 64 * 1024});
///     (*file)->write(R"({"event":"attempt"})");
class FileLog {
public:
    /// Makes the file with mode 0600 where there is none; not its folder. Errors:
    /// `invalid_argument` for a file that others may read or that is no file, `io`.
    [[nodiscard]] static Result<std::unique_ptr<FileLog>> open(std::filesystem::path path,
                                                               FileLogOptions options = {});
    FileLog(const FileLog&) = delete;
    FileLog& operator=(const FileLog&) = delete;
    /// Flushes.
    ~FileLog();

    /// Appends the line and its end. `now`: it and all that is gathered is written at once.
    void write(std::string_view line, bool now = false);
    /// Writes what is gathered.
    void flush();

    /// Lines that could not be written, and are lost.
    [[nodiscard]] std::uint64_t lines_lost() const { return lost_; }
    /// Of the last failure; empty: there was none.
    [[nodiscard]] const std::string& last_error() const { return last_error_; }

private:
    FileLog(std::filesystem::path path, FileLogOptions options);
    [[nodiscard]] Result<void> reopen();
    /// Moves the file out of the way where it is full, follows where another process has.
    [[nodiscard]] Result<void> make_room(std::size_t bytes);
    void write_out(std::string_view lines, std::uint64_t count);

    std::filesystem::path path_;
    FileLogOptions options_;
    int descriptor_ = -1;
    std::string buffer_;
    std::uint64_t buffered_ = 0;
    std::uint64_t lost_ = 0;
    /// A write ended within a line.
    bool torn_ = false;
    std::string last_error_;
};

}  // namespace apilab::observe
