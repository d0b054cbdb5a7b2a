#include <brotli/decode.h>

#include "apilab/http/internal/stream_decoder.hpp"

namespace apilab::http::internal {
namespace {

// Windows above 16 MiB are an extension that has to be switched on; it is not.
class BrotliDecoder final : public StreamDecoder {
public:
    BrotliDecoder() : state_(BrotliDecoderCreateInstance(nullptr, nullptr, nullptr)) {}
    BrotliDecoder(const BrotliDecoder&) = delete;
    BrotliDecoder& operator=(const BrotliDecoder&) = delete;
    ~BrotliDecoder() override { BrotliDecoderDestroyInstance(state_); }
    [[nodiscard]] bool ready() const { return state_ != nullptr; }

    Step step(std::string_view in, std::span<char> out) override {
        if (BrotliDecoderIsFinished(state_) == BROTLI_TRUE) {
            return {in.empty() ? State::at_end : State::garbage, 0, 0};
        }
        std::size_t in_left = in.size();
        const auto* next_in = reinterpret_cast<const std::uint8_t*>(in.data());
        std::size_t out_left = out.size();
        auto* next_out = reinterpret_cast<std::uint8_t*>(out.data());
        const auto result = BrotliDecoderDecompressStream(state_, &in_left, &next_in, &out_left,
                                                          &next_out, nullptr);
        Step step{State::going_on, in.size() - in_left, out.size() - out_left};
        if (result == BROTLI_DECODER_RESULT_ERROR) {
            step.state = State::garbage;
        } else if (result == BROTLI_DECODER_RESULT_SUCCESS) {
            step.state = State::at_end;
        }
        return step;
    }

private:
    BrotliDecoderState* state_;
};

}  // namespace

std::unique_ptr<StreamDecoder> make_brotli_decoder() {
    auto decoder = std::make_unique<BrotliDecoder>();
    return decoder->ready() ? std::move(decoder) : nullptr;
}

}  // namespace apilab::http::internal
