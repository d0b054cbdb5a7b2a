#pragma once

#include <filesystem>
#include <optional>
#include <utility>

#include "apilab/base/result.hpp"

namespace apilab {

/// An exclusive lock on a file, among processes and within one. Held as long as this lives; where
/// the process dies the system lets it go. Advisory: only those who ask for it are kept out. The
/// file stays and is empty; it is not the file that is protected, since that one is replaced by a
/// rename. Movable, not copyable.
class FileLock {
public:
    /// Without waiting: nothing where somebody else has it. Makes the file (mode 0600), not its
    /// folder. Error: `io`.
    [[nodiscard]] static Result<std::optional<FileLock>> try_lock(
        const std::filesystem::path& path);

    FileLock(FileLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
    FileLock& operator=(FileLock&& other) noexcept {
        std::swap(descriptor_, other.descriptor_);
        return *this;
    }
    FileLock(const FileLock&) = delete;
    FileLock& operator=(const FileLock&) = delete;
    ~FileLock();

private:
    explicit FileLock(int descriptor) : descriptor_(descriptor) {}
    int descriptor_;
};

}  // namespace apilab
