#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "apilab/base/result.hpp"
#include "apilab/http/content_coding.hpp"
#include "apilab/http/message.hpp"

namespace boost::system {
class error_code;  // NOLINT(readability-identifier-naming): Boost's name
}

namespace apilab::transport::internal {

struct ResponseLimits {
    /// Status line and header section, interim answers included; also a chunk's head, and the
    /// trailer section.
    std::size_t header_bytes_max = std::size_t{64} * 1024;
    /// Fields of an answer, trailers included.
    std::size_t header_count_max = 256;
    /// As it comes, before content codings are undone.
    std::uint64_t body_bytes_max = std::uint64_t{100} * 1024 * 1024;
    http::DecodeLimits decode;
};

/// What of the request decides how its answer is read.
struct AnswerTo {
    /// The answer to HEAD has no body whatever its headers say.
    bool head = false;
    /// Undo content codings.
    bool decode = false;
};

/// Bytes in, one HTTP/1.1 answer out; knows no socket. Interim answers (1xx) are skipped, 16 at
/// most; 101 is refused, as nothing here asks for an upgrade. Trailers are kept apart from headers.
///
/// Framing by RFC 9112 section 6.3, and stricter where leniency is how answers get swapped: a
/// length together with a transfer coding, differing lengths, and codings other than `chunked` are
/// errors.
class ResponseReader {
public:
    ResponseReader(ResponseLimits limits, AnswerTo request);
    ResponseReader(const ResponseReader&) = delete;
    ResponseReader& operator=(const ResponseReader&) = delete;
    ~ResponseReader();

    /// Takes what came. Bytes after the end of the answer are counted as stray. Errors, outcome
    /// `unknown`: `protocol` (detail `malformed`), `too_large` (detail `header`, `header_count`,
    /// `body`), and those of `http::ContentDecoder`. Not to be called again after an error.
    [[nodiscard]] Result<void> feed(std::string_view bytes);
    /// The peer has closed: completes an answer that ends that way. Error: `protocol`, `truncated`.
    [[nodiscard]] Result<void> feed_end();

    /// At least one byte has come.
    [[nodiscard]] bool begun() const { return begun_; }
    [[nodiscard]] bool done() const { return done_; }
    /// Once done: may the connection carry another request? Not after `connection: close`, an
    /// answer that ends with the connection, stray bytes, or HTTP/1.0 without keep-alive.
    [[nodiscard]] bool keep_alive() const { return keep_alive_; }
    /// Once done: more bytes came than the answer has.
    [[nodiscard]] bool stray() const { return stray_; }
    /// `100 Continue` has come.
    [[nodiscard]] bool continued() const { return continued_; }
    /// Status and headers, once those of the answer itself (not an interim one) are complete, until
    /// `take()`; before that null.
    [[nodiscard]] const http::Response* head() const;
    /// The bytes of the body that came since it was asked last; they are not in `take()` then.
    [[nodiscard]] std::string take_body();
    /// Once done, and only once.
    [[nodiscard]] http::Response take();

private:
    class Parser;
    [[nodiscard]] Result<std::size_t> parse(std::string_view bytes);
    [[nodiscard]] Result<void> message_complete();
    [[nodiscard]] Error explain(const boost::system::error_code& error) const;

    ResponseLimits limits_;
    AnswerTo request_;
    bool begun_ = false;
    bool done_ = false;
    bool keep_alive_ = false;
    bool stray_ = false;
    bool continued_ = false;
    int interim_answers_ = 0;
    // Heads of interim answers included.
    std::size_t head_bytes_ = 0;
    std::string pending_;
    std::unique_ptr<Parser> parser_;
};

}  // namespace apilab::transport::internal
