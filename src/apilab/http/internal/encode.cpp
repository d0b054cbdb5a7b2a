#include "apilab/http/internal/encode.hpp"

#include <brotli/encode.h>
#include <zlib.h>
#include <zstd.h>

#include <stdexcept>

namespace apilab::http::internal {

std::string gzip(std::string_view text) {
    constexpr int gzip_window = 15 + 16;
    constexpr int memory = 8;
    z_stream stream{};
    if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, gzip_window, memory,
                     Z_DEFAULT_STRATEGY) != Z_OK) {
        throw std::runtime_error("deflateInit2");
    }
    std::string coded(deflateBound(&stream, text.size()), '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(coded.data());
    stream.avail_out = static_cast<uInt>(coded.size());
    const int result = deflate(&stream, Z_FINISH);
    coded.resize(stream.total_out);
    deflateEnd(&stream);
    if (result != Z_STREAM_END) {
        throw std::runtime_error("deflate");
    }
    return coded;
}

std::string brotli(std::string_view text) {
    constexpr int quality = 5;
    std::size_t size = BrotliEncoderMaxCompressedSize(text.size());
    std::string coded(size, '\0');
    if (BrotliEncoderCompress(quality, BROTLI_DEFAULT_WINDOW, BROTLI_MODE_TEXT, text.size(),
                              reinterpret_cast<const std::uint8_t*>(text.data()), &size,
                              reinterpret_cast<std::uint8_t*>(coded.data())) != BROTLI_TRUE) {
        throw std::runtime_error("BrotliEncoderCompress");
    }
    coded.resize(size);
    return coded;
}

std::string zstd(std::string_view text, int window_log) {
    ZSTD_CCtx* context = ZSTD_createCCtx();
    ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, window_log);
    // A known size would let zstd choose a smaller window.
    ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, window_log == 0 ? 1 : 0);
    std::string coded(ZSTD_compressBound(text.size()) + 64, '\0');
    ZSTD_inBuffer from{text.data(), text.size(), 0};
    ZSTD_outBuffer to{coded.data(), coded.size(), 0};
    // Flushed before it is ended: then the size is not known when the head is written.
    if (window_log != 0) {
        ZSTD_compressStream2(context, &to, &from, ZSTD_e_flush);
    }
    const std::size_t left = ZSTD_compressStream2(context, &to, &from, ZSTD_e_end);
    ZSTD_freeCCtx(context);
    if (left != 0) {
        throw std::runtime_error("ZSTD_compressStream2");
    }
    coded.resize(to.pos);
    return coded;
}

}  // namespace apilab::http::internal
