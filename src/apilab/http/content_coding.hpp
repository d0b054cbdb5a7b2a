#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "apilab/base/result.hpp"

namespace apilab::http {

/// What `accept-encoding` says for the codings that `ContentDecoder` undoes.
inline constexpr std::string_view accepted_content_codings = "gzip, br, zstd";

/// A few kilobytes can stand for gigabytes, so each of these is on. None is ever "no limit".
struct DecodeLimits {
    /// Bytes as they came. 1 byte to 1 TiB, default 100 MiB. Beyond: `too_large`, detail
    /// `compressed_body`.
    std::uint64_t compressed_bytes_max = std::uint64_t{100} * 1024 * 1024;
    /// Bytes after decoding, also between two codings. 1 byte to 1 TiB, default 100 MiB. Beyond:
    /// `too_large`, detail `body`.
    std::uint64_t decoded_bytes_max = std::uint64_t{100} * 1024 * 1024;
    /// Decoded bytes for each byte that came. 2 to 100,000, default 200: JSON seldom exceeds 30,
    /// and a file of zeros reaches 1,000 with gzip. Beyond: `too_large`, detail `ratio`.
    std::uint64_t ratio_max = 200;
    /// The ratio is not asked before so many bytes were decoded, since small texts of one letter
    /// are harmless. 0 to 1 GiB, default 1 MiB.
    std::uint64_t ratio_floor = std::uint64_t{1} * 1024 * 1024;
    /// Codings one upon the other. 1 to 8, default 2. Beyond: `too_large`, detail
    /// `content_codings`.
    std::size_t codings_max = 2;

    /// Error `invalid_argument` naming the field and its range.
    [[nodiscard]] Result<void> validate() const;
};

/// Undoes the content codings of a body (RFC 9110 section 8.4) piece by piece: `gzip` and `x-gzip`
/// (RFC 1952), `br` (RFC 7932), `zstd` (RFC 8878, windows up to 8 MiB as RFC 9659 asks), and
/// `identity`. Bytes in, bytes out; no I/O.
///
///     APILAB_TRY(auto decoder, ContentDecoder::create("gzip", {}));
///     APILAB_CHECK(decoder.feed(bytes, text));
///     APILAB_CHECK(decoder.finish());
class ContentDecoder {
public:
    /// Does every coding in the value of `content-encoding` have a decoder here? An empty value:
    /// yes.
    [[nodiscard]] static bool knows(std::string_view content_encoding);

    /// `content_encoding`: the field's value, in the order the codings were applied. Errors:
    /// `invalid_argument` (detail `content_encoding`) for a coding that is not known here, or a
    /// limit out of range; `too_large` (detail `content_codings`).
    [[nodiscard]] static Result<ContentDecoder> create(std::string_view content_encoding,
                                                       const DecodeLimits& limits);
    ContentDecoder(ContentDecoder&&) noexcept;
    ContentDecoder& operator=(ContentDecoder&&) noexcept;
    ~ContentDecoder();

    /// Decodes the next bytes and appends what they stand for. No more than the limits is ever
    /// appended. Errors, outcome `unknown`: `too_large` as said at the limits (detail `window` for
    /// a zstd window that is too large); `decode` (detail `content_encoding`) for bytes that are
    /// not of the coding, or that follow its end. Not to be called again after an error.
    [[nodiscard]] Result<void> feed(std::string_view bytes, std::string& decoded);
    /// No more bytes come. Error: `decode` (detail `content_encoding`) where the coded stream is
    /// cut short. A body without a single byte is complete: some servers announce a coding for it.
    [[nodiscard]] Result<void> finish();

private:
    struct Impl;
    explicit ContentDecoder(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace apilab::http
