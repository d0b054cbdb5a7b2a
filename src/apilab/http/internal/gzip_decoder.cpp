#include <zlib.h>

#include <algorithm>
#include <limits>

#include "apilab/http/internal/stream_decoder.hpp"

namespace apilab::http::internal {
namespace {

class GzipDecoder final : public StreamDecoder {
public:
    GzipDecoder() {
        constexpr int window_bits_max = 15;
        constexpr int gzip_only = 16;
        ready_ = inflateInit2(&stream_, window_bits_max + gzip_only) == Z_OK;
    }
    GzipDecoder(const GzipDecoder&) = delete;
    GzipDecoder& operator=(const GzipDecoder&) = delete;
    ~GzipDecoder() override {
        if (ready_) {
            inflateEnd(&stream_);
        }
    }
    [[nodiscard]] bool ready() const { return ready_; }

    Step step(std::string_view in, std::span<char> out) override {
        if (ended_) {
            if (in.empty()) {
                return {State::at_end, 0, 0};
            }
            // A gzip file is a series of members (RFC 1952 section 2.2).
            ended_ = false;
            if (inflateReset(&stream_) != Z_OK) {
                return {State::garbage, 0, 0};
            }
        }
        constexpr std::size_t at_once = std::numeric_limits<uInt>::max();
        const auto in_size = static_cast<uInt>(std::min(in.size(), at_once));
        const auto out_size = static_cast<uInt>(std::min(out.size(), at_once));
        // zlib does not write to its input; the field is not const for historic reasons.
        stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
        stream_.avail_in = in_size;
        stream_.next_out = reinterpret_cast<Bytef*>(out.data());
        stream_.avail_out = out_size;
        const int result = inflate(&stream_, Z_NO_FLUSH);
        Step step{State::going_on, in_size - stream_.avail_in, out_size - stream_.avail_out};
        if (result == Z_STREAM_END) {
            ended_ = true;
            step.state = State::at_end;
        } else if (result != Z_OK && result != Z_BUF_ERROR) {
            step.state = State::garbage;
        }
        return step;
    }

private:
    z_stream stream_{};
    bool ready_ = false;
    bool ended_ = false;
};

}  // namespace

std::unique_ptr<StreamDecoder> make_gzip_decoder() {
    auto decoder = std::make_unique<GzipDecoder>();
    return decoder->ready() ? std::move(decoder) : nullptr;
}

}  // namespace apilab::http::internal
