#include <zstd.h>
#include <zstd_errors.h>

#include "apilab/http/internal/stream_decoder.hpp"

namespace apilab::http::internal {
namespace {

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
        if (ZSTD_isError(result) != 0) {
            step.state = ZSTD_getErrorCode(result) == ZSTD_error_frameParameter_windowTooLarge
                             ? State::window_too_large
                             : State::garbage;
        } else if (result == 0) {
            step.state = State::at_end;
        }
        // A call with more input begins the next frame.
        at_end_ = step.state == State::at_end;
        return step;
    }

private:
    ZSTD_DStream* stream_;
    bool at_end_ = false;
};

}  // namespace

std::unique_ptr<StreamDecoder> make_zstd_decoder() {
    auto decoder = std::make_unique<ZstdDecoder>();
    return decoder->ready() ? std::move(decoder) : nullptr;
}

}  // namespace apilab::http::internal
