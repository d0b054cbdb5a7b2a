#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "apilab/base/result.hpp"
#include "apilab/http/content_coding.hpp"
#include "apilab/http/message.hpp"
#include "apilab/transport/internal/response_reader.hpp"

namespace apilab::transport::internal {

/// An answer as libcurl hands it over: lines of the header section, pieces of the body, then
/// perhaps lines of trailers. Framing is libcurl's; the limits and the content codings are ours,
/// the same as everywhere else. Knows no socket.
///
/// Interim answers (1xx) are skipped, 16 at most; 101 is refused.
class CurlAnswer {
public:
    CurlAnswer(ResponseLimits limits, AnswerTo request);

    /// One line with its line end: a status line, a field, or the empty one. Errors of this and of
    /// `body`, outcome `unknown`: those of `ResponseReader::feed`.
    [[nodiscard]] Result<void> line(std::string_view text);
    [[nodiscard]] Result<void> body(std::string_view bytes);
    /// libcurl says that the answer is complete. Error: `protocol`, detail `truncated`, where it is
    /// not: to libcurl a connection that ends within the header section is a complete answer.
    [[nodiscard]] Result<void> end();

    /// At least one line has come.
    [[nodiscard]] bool begun() const { return begun_; }
    /// Status and headers, once they are complete and those of the answer itself.
    [[nodiscard]] const http::Response* head() const { return head_ ? &response_ : nullptr; }
    /// Of the body, decoded and not yet taken.
    [[nodiscard]] std::size_t buffered() const { return body_.size(); }
    [[nodiscard]] std::string take_body() { return std::exchange(body_, {}); }
    [[nodiscard]] http::Response take();

private:
    [[nodiscard]] Result<void> count(std::string_view text, bool field);
    [[nodiscard]] Result<void> status_line(std::string_view text);
    [[nodiscard]] Result<void> add_pending();
    [[nodiscard]] Result<void> head_complete();
    [[nodiscard]] Result<std::uint64_t> announced() const;

    ResponseLimits limits_;
    AnswerTo request_;
    http::Response response_{0};
    std::optional<http::ContentDecoder> decoder_;
    // The last field, which the next line may go on with.
    std::string pending_;
    std::string body_;
    std::uint64_t body_bytes_ = 0;
    // Heads of interim answers included.
    std::size_t header_bytes_ = 0;
    std::size_t trailer_bytes_ = 0;
    std::size_t fields_ = 0;
    int interim_answers_ = 0;
    bool begun_ = false;
    bool head_ = false;
};

}  // namespace apilab::transport::internal
