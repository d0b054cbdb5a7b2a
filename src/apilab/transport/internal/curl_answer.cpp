#include "apilab/transport/internal/curl_answer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "apilab/base/try.hpp"
#include "apilab/transport/internal/attempt.hpp"
#include "apilab/transport/internal/decoding.hpp"

namespace apilab::transport::internal {
namespace {

constexpr int interim_answers_max = 16;

std::unexpected<Error> malformed(std::string_view what) {
    return fail(Error(ErrorKind::protocol, fmt::format("malformed answer: {}", what))
                    .with_outcome(Outcome::unknown)
                    .with_detail("malformed"));
}

std::unexpected<Error> too_large(std::string_view what, std::uint64_t limit, std::string detail) {
    return fail(Error(ErrorKind::too_large, fmt::format("the answer's {} exceed {}", what, limit))
                    .with_outcome(Outcome::unknown)
                    .with_detail(std::move(detail)));
}

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view blank = " \t\r\n";
    const auto first = text.find_first_not_of(blank);
    if (first == std::string_view::npos) {
        return {};
    }
    return text.substr(first, text.find_last_not_of(blank) - first + 1);
}

// Nothing where it is no number.
std::optional<std::uint64_t> number(std::string_view text) {
    std::uint64_t length = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length);
    if (text.empty() || error != std::errc() || end != text.data() + text.size()) {
        return std::nullopt;
    }
    return length;
}

}  // namespace

CurlAnswer::CurlAnswer(ResponseLimits limits, AnswerTo request)
    : limits_(limits), request_(request) {}

Result<void> CurlAnswer::count(std::string_view text, bool field) {
    std::size_t& bytes = head_ ? trailer_bytes_ : header_bytes_;
    bytes += text.size();
    if (bytes > limits_.header_bytes_max) {
        return too_large("header bytes", limits_.header_bytes_max, "header");
    }
    fields_ += field ? 1 : 0;
    if (fields_ > limits_.header_count_max) {
        return too_large("header fields", limits_.header_count_max, "header_count");
    }
    return {};
}

Result<void> CurlAnswer::line(std::string_view text) {
    begun_ = true;
    const std::string_view content = trimmed(text);
    const bool folded = !text.empty() && (text.front() == ' ' || text.front() == '\t');
    const bool status = !head_ && response_.status() == 0;
    APILAB_CHECK(count(text, !status && !folded && !content.empty()));
    if (status) {
        return status_line(content);
    }
    if (folded) {
        // RFC 9112 section 5.2: a line that goes on belongs to the field before it.
        if (pending_.empty()) {
            return malformed("the header section begins with a continued line");
        }
        pending_ += ' ';
        pending_ += content;
        return {};
    }
    APILAB_CHECK(add_pending());
    pending_ = content;
    return content.empty() && !head_ ? head_complete() : Result<void>();
}

Result<void> CurlAnswer::status_line(std::string_view text) {
    const auto space = text.find(' ');
    int status = 0;
    if (!text.starts_with("HTTP/") || space == std::string_view::npos) {
        return malformed("no status line");
    }
    const auto digits = text.substr(space + 1, 3);
    std::from_chars(digits.data(), digits.data() + digits.size(), status);
    if (status < 100 || status > 999) {
        return malformed("a status that is no number of three digits");
    }
    const std::string_view reason = trimmed(text.substr(std::min(space + 4, text.size())));
    if (!http::valid_field_value(reason)) {
        return malformed("a reason phrase with a control character");
    }
    response_.status(status).reason(std::string(reason));
    return {};
}

Result<void> CurlAnswer::add_pending() {
    if (pending_.empty()) {
        return {};
    }
    const std::string_view text = pending_;
    const auto colon = text.find(':');
    if (colon == std::string_view::npos || !http::valid_field_name(text.substr(0, colon))) {
        return malformed("a header line without a name");
    }
    // libcurl hands on what stands there, a lone CR or a NUL as well.
    const std::string_view value = trimmed(text.substr(colon + 1));
    if (!http::valid_field_value(value)) {
        return malformed("a header value with a control character");
    }
    http::Headers& into = head_ ? response_.trailers() : response_.headers();
    into.add(std::string(text.substr(0, colon)), std::string(value));
    return {};
}

Result<void> CurlAnswer::head_complete() {
    const int status = response_.status();
    if (status == 101) {
        return malformed("101 Switching Protocols, which nobody asked for");
    }
    if (status < 200) {
        if (++interim_answers_ > interim_answers_max) {
            return malformed("too many interim answers");
        }
        response_ = http::Response(0);
        fields_ = 0;
        return {};
    }
    head_ = true;
    APILAB_TRY(const std::uint64_t length, announced());
    const bool has_body = !request_.head && status != 204 && status != 304;
    if (has_body && length > limits_.body_bytes_max) {
        return too_large("body bytes", limits_.body_bytes_max, "body");
    }
    if (request_.decode && !request_.head) {
        APILAB_TRY(decoder_, begin_decoding(response_, limits_.decode));
    }
    return {};
}

// libcurl reads on where a length is doubtful. That is how the answers of one connection get
// swapped, so here it is an error as everywhere else (RFC 9112 section 6.3).
Result<std::uint64_t> CurlAnswer::announced() const {
    const auto lengths = response_.headers().get_all("content-length");
    const auto codings = response_.headers().get_all("transfer-encoding");
    if (!lengths.empty() && !codings.empty()) {
        return malformed("a length together with a transfer coding");
    }
    for (const auto coding : codings) {
        if (!http::iequals(coding, "chunked")) {
            return malformed("a transfer coding that was not asked for");
        }
    }
    std::uint64_t length = 0;
    for (const auto text : lengths) {
        const auto one = number(text);
        if (!one || text != lengths.front()) {
            return malformed("a content-length that is no number, or differing ones");
        }
        length = *one;
    }
    return length;
}

Result<void> CurlAnswer::body(std::string_view bytes) {
    body_bytes_ += bytes.size();
    if (body_bytes_ > limits_.body_bytes_max) {
        return too_large("body bytes", limits_.body_bytes_max, "body");
    }
    if (decoder_) {
        return decoder_->feed(bytes, body_);
    }
    body_ += bytes;
    return {};
}

Result<void> CurlAnswer::end() {
    if (!head_) {
        return fail(truncated_answer("head"));
    }
    APILAB_CHECK(add_pending());
    return decoder_ ? decoder_->finish() : Result<void>();
}

http::Response CurlAnswer::take() {
    response_.body(std::move(body_));
    return std::move(response_);
}

}  // namespace apilab::transport::internal
