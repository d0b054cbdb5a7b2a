#pragma once

#include <filesystem>
#include <string_view>

#include "apilab/base/result.hpp"

namespace apilab {

/// A new folder of mode 0700, gone with the object together with all that is in it; what cannot be
/// removed then is left without a word. Owned by one object, which can be moved. Blocks the thread.
///
///     APILAB_TRY(const auto folder, TemporaryFolder::make("apilab-run-"));
///     APILAB_CHECK(write_file_atomically(folder.path() / "run.json", text));
class TemporaryFolder {
public:
    /// Below the system's folder for such (`TMPDIR`, or /tmp); its name is `prefix` and six
    /// characters. Error: `io`, with the name that was tried and the system's reason.
    [[nodiscard]] static Result<TemporaryFolder> make(std::string_view prefix);
    /// The same below a folder that exists.
    [[nodiscard]] static Result<TemporaryFolder> make_in(const std::filesystem::path& below,
                                                         std::string_view prefix);

    TemporaryFolder(TemporaryFolder&& other) noexcept;
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(TemporaryFolder&&) = delete;
    ~TemporaryFolder();

    /// Absolute where the folder it is below is; empty in what was moved from.
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

private:
    explicit TemporaryFolder(std::filesystem::path path) : path_(std::move(path)) {}

    std::filesystem::path path_;
};

}  // namespace apilab
