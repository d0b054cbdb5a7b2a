#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace apilab::http::internal {

/// One content coding being undone, whatever library does it. A resource; holds no I/O.
class StreamDecoder {
public:
    enum class State : std::uint8_t {
        /// More bytes are needed, or more room.
        going_on,
        /// Between two members (gzip) or frames (zstd), or at the end: the stream may end here.
        at_end,
        /// The bytes are not of this coding.
        garbage,
        /// zstd wants more memory for its window than RFC 9659 allows.
        window_too_large,
    };
    struct Step {
        State state = State::going_on;
        std::size_t consumed = 0;
        std::size_t produced = 0;
    };

    StreamDecoder() = default;
    StreamDecoder(const StreamDecoder&) = delete;
    StreamDecoder& operator=(const StreamDecoder&) = delete;
    virtual ~StreamDecoder() = default;

    /// Uses bytes from the front of `in` and writes to the front of `out`. A step that neither
    /// consumes nor produces means that `in` is used up for now.
    [[nodiscard]] virtual Step step(std::string_view in, std::span<char> out) = 0;
};

/// Null where the library is out of memory.
[[nodiscard]] std::unique_ptr<StreamDecoder> make_gzip_decoder();
[[nodiscard]] std::unique_ptr<StreamDecoder> make_brotli_decoder();
[[nodiscard]] std::unique_ptr<StreamDecoder> make_zstd_decoder();

}  // namespace apilab::http::internal
