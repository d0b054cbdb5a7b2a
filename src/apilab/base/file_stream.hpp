#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "apilab/base/result.hpp"

namespace apilab {

/// A regular file read piece by piece, for what is too large to hold. A resource: move only. Blocks
/// the thread while it reads.
class FileReader {
public:
    /// Errors: `invalid_argument` where it is missing or no file, `io`; the message names the path.
    [[nodiscard]] static Result<FileReader> open(const std::filesystem::path& path);
    FileReader(FileReader&& other) noexcept;
    FileReader& operator=(FileReader&& other) noexcept;
    ~FileReader();

    /// When it was opened.
    [[nodiscard]] std::uint64_t size() const { return size_; }
    /// The next bytes, `max` at most; empty at the end. Error: `io`.
    [[nodiscard]] Result<std::string> read(std::size_t max);
    /// Reads from the first byte again. Error: `io`.
    [[nodiscard]] Result<void> rewind();

private:
    FileReader(std::filesystem::path path, int descriptor, std::uint64_t size);
    std::filesystem::path path_;
    int descriptor_;
    std::uint64_t size_;
};

/// A file written piece by piece beside its target (mode 0600) and renamed at the end: readers see
/// the old or the new file, never half of one. A link at the target is replaced, not followed; a
/// device or a pipe there, also behind a link, is written to as it is and stays. A resource: move
/// only. What is not committed is removed when it goes. Blocks the thread.
class AtomicFile {
public:
    /// Error: `io`.
    [[nodiscard]] static Result<AtomicFile> create(const std::filesystem::path& path);
    AtomicFile(AtomicFile&& other) noexcept;
    AtomicFile& operator=(AtomicFile&& other) noexcept;
    ~AtomicFile();

    /// Appends. Error: `io`.
    [[nodiscard]] Result<void> write(std::string_view bytes);
    /// Syncs, and renames to the target. Nothing is written after it. Error: `io`.
    [[nodiscard]] Result<void> commit();

private:
    AtomicFile(std::filesystem::path path, std::string temporary, int descriptor);
    [[nodiscard]] std::unexpected<Error> wrong(std::string_view what, int code) const;
    std::filesystem::path path_;
    std::string temporary_;
    int descriptor_;
};

}  // namespace apilab
