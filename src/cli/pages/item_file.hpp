#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "apilab/base/result.hpp"
#include "apilab/data/checkpoint.hpp"

namespace apilab::cli {

/// Where items go, one a line: the standard output, or a file that is appended to.
class ItemSink {
public:
    /// Empty: the standard output. `bytes`: a file is cut to so many first, which undoes what was
    /// written behind the last checkpoint. Errors: `io`; `invalid_argument` where the file is
    /// shorter than that.
    [[nodiscard]] static Result<std::unique_ptr<ItemSink>> open(const std::string& file,
                                                                std::optional<std::uint64_t> bytes);
    ItemSink(const ItemSink&) = delete;
    ItemSink& operator=(const ItemSink&) = delete;
    ~ItemSink();

    /// To the standard output it goes at once: somebody may be waiting for it.
    [[nodiscard]] Result<void> write(std::string_view item);
    /// To the disk, where it is a file.
    [[nodiscard]] Result<void> flush();
    /// Nobody reads the standard output any more.
    [[nodiscard]] bool reader_gone() const { return reader_gone_; }
    /// The file's length once everything is flushed.
    [[nodiscard]] std::uint64_t bytes() const { return bytes_; }

private:
    explicit ItemSink(int descriptor, std::uint64_t bytes)
        : descriptor_(descriptor), bytes_(bytes) {}
    int descriptor_ = -1;
    std::uint64_t bytes_ = 0;
    std::string buffer_;
    bool reader_gone_ = false;
};

/// Where a walk stands, together with how much of the output belongs to it.
struct KeptWalk {
    data::Checkpoint checkpoint;
    /// The output's path and length; empty: it went to the standard output.
    std::string output;
    std::uint64_t bytes = 0;
};
/// One JSON file, replaced as a whole. Nothing: there is none yet. Errors: `decode`, `io`,
/// `too_large`, naming the file.
[[nodiscard]] Result<std::optional<KeptWalk>> load_walk(const std::filesystem::path& file);
[[nodiscard]] Result<void> keep_walk(const std::filesystem::path& file, const KeptWalk& walk);

}  // namespace apilab::cli
