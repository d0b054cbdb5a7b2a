#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "apilab/base/clock.hpp"
#include "apilab/base/result.hpp"

namespace apilab::cli {

/// An editor that saves does several things in a row. Pure: says when they are over.
class Debounce {
public:
    struct Options {
        /// So long nothing more has to happen. Default 50 ms.
        Duration quiet = std::chrono::milliseconds(50);
        /// After so long it is acted on although it goes on. Default 1 s.
        Duration wait_max = std::chrono::seconds(1);
    };
    Debounce() = default;
    explicit Debounce(Options options) : options_(options) {}

    void changed(SteadyTime now);
    /// When to act; nothing while nothing has changed.
    [[nodiscard]] std::optional<SteadyTime> due() const;
    /// When what is due began to change, where it is due now; from then on nothing has changed.
    [[nodiscard]] std::optional<SteadyTime> take(SteadyTime now);

private:
    Options options_;
    std::optional<SteadyTime> first_;
    SteadyTime last_;
};

/// Notices that a file is written to or replaced by another (editors do either); it may be missing
/// for a while. Its folder must be there. (inotify.)
class FileWatch {
public:
    /// Error: `io` where the folder cannot be watched.
    [[nodiscard]] static Result<FileWatch> open(const std::filesystem::path& file);
    FileWatch(FileWatch&& other) noexcept;
    FileWatch& operator=(FileWatch&&) = delete;
    ~FileWatch();

    /// Can be read when something has happened in its folder.
    [[nodiscard]] int handle() const { return handle_; }
    /// Was it the file? Takes all that has happened so far. Error: `io` where its folder is gone.
    [[nodiscard]] Result<bool> changed();

private:
    FileWatch(int handle, std::filesystem::path file) : handle_(handle), file_(std::move(file)) {}
    int handle_ = -1;
    std::filesystem::path file_;
};

}  // namespace apilab::cli
