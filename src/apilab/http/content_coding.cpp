#include "apilab/http/content_coding.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "apilab/base/try.hpp"
#include "apilab/http/headers.hpp"
#include "apilab/http/internal/stream_decoder.hpp"

namespace apilab::http {

using internal::StreamDecoder;
using State = StreamDecoder::State;

namespace {

constexpr std::size_t piece_size = std::size_t{32} * 1024;

Result<void> in_range(std::string_view name, std::uint64_t value, std::uint64_t low,
                      std::uint64_t high) {
    if (value >= low && value <= high) {
        return {};
    }
    return fail(Error(ErrorKind::invalid_argument,
                      fmt::format("{} is {}; allowed are {} to {}", name, value, low, high))
                    .with_detail(std::string(name)));
}

Error too_large(std::string message, std::string detail) {
    return Error(ErrorKind::too_large, std::move(message))
        .with_outcome(Outcome::unknown)
        .with_detail(std::move(detail));
}

Error undecodable(std::string message) {
    return Error(ErrorKind::decode, std::move(message))
        .with_outcome(Outcome::unknown)
        .with_detail("content_encoding");
}

// The codings as they were applied, without `identity`, which changes nothing.
std::vector<std::string_view> split(std::string_view value) {
    constexpr std::string_view blank = " \t";
    std::vector<std::string_view> codings;
    while (!value.empty()) {
        const auto comma = std::min(value.find(','), value.size());
        auto token = value.substr(0, comma);
        value.remove_prefix(std::min(comma + 1, value.size()));
        token.remove_prefix(std::min(token.find_first_not_of(blank), token.size()));
        token = token.substr(0, token.find_last_not_of(blank) + 1);
        if (!token.empty() && !iequals(token, "identity")) {
            codings.push_back(token);
        }
    }
    return codings;
}

using Make = std::unique_ptr<StreamDecoder> (*)();

Make maker_of(std::string_view coding) {
    if (iequals(coding, "gzip") || iequals(coding, "x-gzip")) {
        return &internal::make_gzip_decoder;
    }
    if (iequals(coding, "br")) {
        return &internal::make_brotli_decoder;
    }
    if (iequals(coding, "zstd")) {
        return &internal::make_zstd_decoder;
    }
    return nullptr;
}

}  // namespace

Result<void> DecodeLimits::validate() const {
    constexpr std::uint64_t tebibyte = std::uint64_t{1} << 40;
    constexpr std::uint64_t gibibyte = std::uint64_t{1} << 30;
    APILAB_CHECK(in_range("compressed_bytes_max", compressed_bytes_max, 1, tebibyte));
    APILAB_CHECK(in_range("decoded_bytes_max", decoded_bytes_max, 1, tebibyte));
    APILAB_CHECK(in_range("ratio_max", ratio_max, 2, 100'000));
    APILAB_CHECK(in_range("ratio_floor", ratio_floor, 0, gibibyte));
    APILAB_CHECK(in_range("codings_max", codings_max, 1, 8));
    return {};
}

// The coding applied last is undone first, so stage 0 takes the bytes as they came.
struct ContentDecoder::Impl {
    struct Stage {
        std::string coding;
        std::unique_ptr<StreamDecoder> decoder;
        std::vector<char> piece = std::vector<char>(piece_size);
        std::uint64_t produced = 0;
        bool at_end = false;
    };

    [[nodiscard]] Result<void> push(std::size_t index, std::string_view bytes,
                                    std::string& decoded);
    [[nodiscard]] Result<void> check(const Stage& stage, State state) const;

    DecodeLimits limits;
    std::vector<Stage> stages;
    std::uint64_t received = 0;
};

Result<void> ContentDecoder::Impl::check(const Stage& stage, State state) const {
    if (state == State::garbage) {
        return fail(undecodable(
            fmt::format("the body is not {}, as its content-encoding says", stage.coding)));
    }
    if (state == State::window_too_large) {
        return fail(too_large("the body's zstd window exceeds the 8 MiB of RFC 9659", "window"));
    }
    if (stage.produced > limits.decoded_bytes_max) {
        return fail(too_large(
            fmt::format("the decoded body exceeds {} bytes", limits.decoded_bytes_max), "body"));
    }
    // Divided, so that no product can overflow.
    if (stage.produced > limits.ratio_floor &&
        (stage.produced - 1) / limits.ratio_max >= received) {
        return fail(too_large(fmt::format("{} bytes stand for more than {} times as many", received,
                                          limits.ratio_max),
                              "ratio"));
    }
    return {};
}

Result<void> ContentDecoder::Impl::push(std::size_t index, std::string_view bytes,
                                        std::string& decoded) {
    if (index == stages.size()) {
        decoded.append(bytes);
        return {};
    }
    Stage& stage = stages[index];
    for (;;) {
        const auto step = stage.decoder->step(bytes, stage.piece);
        stage.at_end = step.state == State::at_end;
        stage.produced += step.produced;
        APILAB_CHECK(check(stage, step.state));
        bytes.remove_prefix(step.consumed);
        if (step.produced > 0) {
            APILAB_CHECK(push(index + 1, {stage.piece.data(), step.produced}, decoded));
        }
        // A full piece may leave more inside the decoder although the input is used up.
        const bool more_inside = step.produced == stage.piece.size() && !stage.at_end;
        const bool stuck = step.consumed == 0 && step.produced == 0;
        if ((bytes.empty() && !more_inside) || (stuck && !stage.at_end)) {
            return {};
        }
    }
}

bool ContentDecoder::knows(std::string_view content_encoding) {
    return std::ranges::all_of(split(content_encoding),
                               [](std::string_view coding) { return maker_of(coding) != nullptr; });
}

Result<ContentDecoder> ContentDecoder::create(std::string_view content_encoding,
                                              const DecodeLimits& limits) {
    APILAB_CHECK(limits.validate());
    const auto codings = split(content_encoding);
    if (codings.size() > limits.codings_max) {
        return fail(too_large(fmt::format("the body has {} content codings; {} at most are undone",
                                          codings.size(), limits.codings_max),
                              "content_codings"));
    }
    auto impl = std::make_unique<Impl>();
    impl->limits = limits;
    for (auto coding = codings.rbegin(); coding != codings.rend(); ++coding) {
        const Make make = maker_of(*coding);
        if (make == nullptr) {
            return fail(Error(ErrorKind::invalid_argument,
                              "content-encoding names a coding that is not known here")
                            .with_detail("content_encoding")
                            .with_remedy(fmt::format("known are {}", accepted_content_codings)));
        }
        auto decoder = make();
        if (decoder == nullptr) {
            return fail(ErrorKind::internal, "no memory for a decoder");
        }
        impl->stages.push_back({.coding = std::string(*coding), .decoder = std::move(decoder)});
    }
    return ContentDecoder(std::move(impl));
}

ContentDecoder::ContentDecoder(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ContentDecoder::ContentDecoder(ContentDecoder&&) noexcept = default;
ContentDecoder& ContentDecoder::operator=(ContentDecoder&&) noexcept = default;
ContentDecoder::~ContentDecoder() = default;

Result<void> ContentDecoder::feed(std::string_view bytes, std::string& decoded) {
    if (bytes.empty()) {
        return {};
    }
    if (bytes.size() > impl_->limits.compressed_bytes_max - impl_->received) {
        return fail(too_large(fmt::format("the body exceeds {} bytes before decoding",
                                          impl_->limits.compressed_bytes_max),
                              "compressed_body"));
    }
    impl_->received += bytes.size();
    return impl_->push(0, bytes, decoded);
}

Result<void> ContentDecoder::finish() {
    if (impl_->received == 0) {
        return {};
    }
    for (const auto& stage : impl_->stages) {
        if (!stage.at_end) {
            return fail(undecodable(
                fmt::format("the body ends in the middle of its {} stream", stage.coding)));
        }
    }
    return {};
}

}  // namespace apilab::http
