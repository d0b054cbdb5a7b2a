#include <zstd.h>
#include <zstd_errors.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "apilab/http/internal/stream_decoder.hpp"

namespace apilab::http::internal {
namespace {

// What a frame says of its content's size must be so. libzstd checks it where it has the whole
// frame at once, but in pieces it takes an empty last block for the end, whatever is missing before
// it.
class FrameSize {
public:
    void take(std::string_view bytes, std::size_t produced) {
        const auto count = std::min(bytes.size(), head_.size() - head_size_);
        std::copy_n(bytes.begin(), count, head_.begin() + static_cast<std::ptrdiff_t>(head_size_));
        head_size_ += count;
        produced_ += produced;
    }
    /// Of a frame that is over; a skippable one has no content.
    [[nodiscard]] bool holds() const {
        const auto declared = ZSTD_getFrameContentSize(head_.data(), head_size_);
        return declared == ZSTD_CONTENTSIZE_UNKNOWN || declared == produced_;
    }

private:
    static constexpr std::size_t head_max = 18;  // RFC 8878 section 3.1.1
    std::array<char, head_max> head_{};
    std::size_t head_size_ = 0;
    std::uint64_t produced_ = 0;
};

class ZstdDecoder final : public StreamDecoder {
public:
    ZstdDecoder() : stream_(ZSTD_createDStream()) {
        constexpr int window_log_max = 23;  // 8 MiB (RFC 9659 section 3)
        if (stream_ != nullptr) {
            ZSTD_DCtx_setParameter(stream_, ZSTD_d_windowLogMax, window_log_max);
        }
    }
    ZstdDecoder(const ZstdDecoder&) = delete;
    ZstdDecoder& operator=(const ZstdDecoder&) = delete;
    ~ZstdDecoder() override { ZSTD_freeDStream(stream_); }
    [[nodiscard]] bool ready() const { return stream_ != nullptr; }

    Step step(std::string_view in, std::span<char> out) override {
        if (in.empty() && at_end_) {
            return {State::at_end, 0, 0};
        }
        ZSTD_inBuffer from{in.data(), in.size(), 0};
        ZSTD_outBuffer to{out.data(), out.size(), 0};
        const std::size_t result = ZSTD_decompressStream(stream_, &to, &from);
        Step step{State::going_on, from.pos, to.pos};
        frame_.take(in.substr(0, from.pos), to.pos);
        if (ZSTD_isError(result) != 0) {
            step.state = ZSTD_getErrorCode(result) == ZSTD_error_frameParameter_windowTooLarge
                             ? State::window_too_large
                             : State::garbage;
        } else if (result == 0) {
            step.state = frame_.holds() ? State::at_end : State::garbage;
            frame_ = FrameSize();
        }
        // A call with more input begins the next frame.
        at_end_ = step.state == State::at_end;
        return step;
    }

private:
    ZSTD_DStream* stream_;
    FrameSize frame_;
    bool at_end_ = false;
};

}  // namespace

std::unique_ptr<StreamDecoder> make_zstd_decoder() {
    auto decoder = std::make_unique<ZstdDecoder>();
    return decoder->ready() ? std::move(decoder) : nullptr;
}

}  // namespace apilab::http::internal
