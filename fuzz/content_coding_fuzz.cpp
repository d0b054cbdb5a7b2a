// Bytes as a coded body: the first byte chooses the codings and the size of the pieces. At once and
// in pieces the same comes out, and never more than the limits.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "apilab/http/content_coding.hpp"

namespace {

using apilab::ErrorKind;
using apilab::http::ContentDecoder;
using apilab::http::DecodeLimits;

constexpr DecodeLimits limits{.compressed_bytes_max = 65536,
                              .decoded_bytes_max = 262144,
                              .ratio_max = 50,
                              .ratio_floor = 4096};
constexpr std::size_t inside_a_decoder = 32768;

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

struct Decoded {
    bool ok = false;
    std::string text;
};

Decoded decode(std::string_view coding, std::string_view bytes, std::size_t step) {
    auto decoder = ContentDecoder::create(coding, limits);
    require(decoder.has_value());
    Decoded decoded;
    apilab::Result<void> fed;
    while (!bytes.empty() && fed) {
        fed = decoder->feed(bytes.substr(0, step), decoded.text);
        bytes.remove_prefix(std::min(step, bytes.size()));
    }
    if (fed) {
        fed = decoder->finish();
    }
    require(fed || fed.error().kind() == ErrorKind::decode ||
            fed.error().kind() == ErrorKind::too_large);
    decoded.ok = fed.has_value();
    return decoded;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) {
        return 0;
    }
    constexpr std::array<std::string_view, 5> codings = {"gzip", "br", "zstd", "br, gzip",
                                                         "zstd, zstd"};
    const std::string_view coding = codings[data[0] % codings.size()];
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    const Decoded whole = decode(coding, bytes, bytes.size());
    const Decoded pieces = decode(coding, bytes, 1 + data[0] % 61);
    for (const Decoded& decoded : {whole, pieces}) {
        require(decoded.text.size() <= limits.decoded_bytes_max);
        require(decoded.text.size() <= limits.ratio_floor + inside_a_decoder ||
                decoded.text.size() <= limits.ratio_max * bytes.size());
    }
    // The ratio is asked with what has come so far, so pieces may be refused where the whole is
    // not.
    require(!pieces.ok || whole.ok);
    require(!pieces.ok || pieces.text == whole.text);
    (void)ContentDecoder::knows(bytes);
    return 0;
}
