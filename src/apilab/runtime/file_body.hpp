#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <utility>

#include "apilab/base/file_stream.hpp"
#include "apilab/runtime/body.hpp"

namespace apilab::runtime {

/// A file as a request's body: of known length, replayable. Reads block the thread for as long as
/// the disk takes. A file that grows or shrinks meanwhile fails the call (`io`, detail
/// `upload_length`).
class FileSource final : public BodySource {
public:
    /// Errors: `invalid_argument` where it is missing or no file, `io`.
    [[nodiscard]] static Result<std::shared_ptr<FileSource>> open(
        const std::filesystem::path& path);
    explicit FileSource(FileReader reader) : reader_(std::move(reader)) {}

    [[nodiscard]] std::optional<std::uint64_t> length() const override { return reader_.size(); }
    [[nodiscard]] bool replayable() const override { return true; }
    [[nodiscard]] Task<Result<void>> start() override;
    [[nodiscard]] Task<Result<std::string>> read(std::size_t max) override;

private:
    FileReader reader_;
};

/// An answer's body into a file, which appears (mode 0600) or is replaced when the answer is
/// complete, and not before. Nothing is left behind otherwise. Writes block the thread.
class FileSink final : public BodySink {
public:
    explicit FileSink(std::filesystem::path path) : path_(std::move(path)) {}

    [[nodiscard]] Task<Result<void>> begin(http::Response head) override;
    [[nodiscard]] Task<Result<void>> write(std::string bytes) override;
    [[nodiscard]] Task<Result<void>> finish() override;

private:
    std::filesystem::path path_;
    std::optional<AtomicFile> file_;
};

}  // namespace apilab::runtime
