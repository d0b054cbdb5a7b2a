#include "apilab/transport/internal/response_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/field.hpp>
#include <limits>
#include <optional>
#include <utility>

#include "apilab/base/try.hpp"
#include "apilab/transport/internal/attempt.hpp"
#include "apilab/transport/internal/decoding.hpp"

namespace apilab::transport::internal {

namespace beast = boost::beast;
using BeastError = beast::http::error;
using beast::error_code;

namespace {

constexpr int interim_answers_max = 16;
// A length is only a promise: no more than this is set aside before the bytes come.
constexpr std::uint64_t reserve_max = std::uint64_t{1} << 20;

std::string_view view(beast::string_view text) {
    return {text.data(), text.size()};
}

Error malformed(std::string_view what) {
    return Error(ErrorKind::protocol, fmt::format("malformed answer: {}", what))
        .with_outcome(Outcome::unknown)
        .with_detail("malformed");
}

Error too_large(std::string_view what, std::uint64_t limit, std::string detail) {
    return Error(ErrorKind::too_large, fmt::format("the answer's {} exceed {}", what, limit))
        .with_outcome(Outcome::unknown)
        .with_detail(std::move(detail));
}

}  // namespace

// Collects what Beast's parser finds. Beast's own limits count per call; ours count in total.
class ResponseReader::Parser final : public beast::http::basic_parser<false> {
public:
    Parser(const ResponseLimits& limits, AnswerTo request) : limits_(limits), request_(request) {
        skip(request.head);
        header_limit(std::numeric_limits<std::uint32_t>::max());
        body_limit(limits.body_bytes_max);
    }

    http::Response response{0};
    std::string body;
    int version = 11;
    bool too_many_fields = false;
    bool foreign_coding = false;
    bool chunk_begun = false;
    // Of the body, as they came.
    std::uint64_t body_bytes = 0;
    std::optional<Error> cannot_decode;

    // Tells the decoder, if there is one, that the body is complete.
    [[nodiscard]] Result<void> finish_body() {
        return decoder_ ? decoder_->finish() : Result<void>();
    }

private:
    void on_request_impl(beast::http::verb /*method*/, beast::string_view /*text*/,
                         beast::string_view /*target*/, int /*version*/,
                         error_code& /*error*/) override {}
    void on_response_impl(int status, beast::string_view reason, int http_version,
                          error_code& error) override {
        version = http_version;
        if (status < 100) {
            error = BeastError::bad_status;
        }
        response.status(status).reason(std::string(view(reason)));
    }
    void on_field_impl(beast::http::field field, beast::string_view name, beast::string_view value,
                       error_code& error) override {
        if (++fields_ > limits_.header_count_max) {
            too_many_fields = true;
            error = BeastError::header_limit;
        } else if (header_complete_) {
            response.trailers().add(std::string(view(name)), std::string(view(value)));
        } else if (field == beast::http::field::transfer_encoding &&
                   !http::iequals(view(value), "chunked")) {
            foreign_coding = true;
            error = BeastError::bad_transfer_encoding;
        } else {
            response.headers().add(std::string(view(name)), std::string(view(value)));
        }
    }
    void on_header_impl(error_code& error) override {
        header_complete_ = true;
        if (!request_.decode || request_.head) {
            return;
        }
        auto decoder = begin_decoding(response, limits_.decode);
        if (decoder) {
            decoder_ = *std::move(decoder);
        } else {
            refuse(std::move(decoder).error(), error);
        }
    }
    void on_body_init_impl(const boost::optional<std::uint64_t>& length,
                           error_code& /*error*/) override {
        if (length) {
            body.reserve(static_cast<std::size_t>(std::min(*length, reserve_max)));
        }
    }
    std::size_t on_body_impl(beast::string_view bytes, error_code& error) override {
        body_bytes += bytes.size();
        if (!decoder_) {
            body.append(bytes.data(), bytes.size());
        } else if (auto decoded = decoder_->feed(view(bytes), body); !decoded) {
            refuse(std::move(decoded).error(), error);
        }
        return bytes.size();
    }
    void on_chunk_header_impl(std::uint64_t /*size*/, beast::string_view /*extensions*/,
                              error_code& /*error*/) override {
        chunk_begun = true;
    }
    std::size_t on_chunk_body_impl(std::uint64_t /*remaining*/, beast::string_view bytes,
                                   error_code& error) override {
        return on_body_impl(bytes, error);
    }
    void on_finish_impl(error_code& /*error*/) override {}

    // Beast's own errors cannot say what ours do.
    void refuse(Error why, error_code& error) {
        cannot_decode = std::move(why);
        error = BeastError::body_limit;
    }

    ResponseLimits limits_;
    AnswerTo request_;
    std::optional<http::ContentDecoder> decoder_;
    std::size_t fields_ = 0;
    bool header_complete_ = false;
};

ResponseReader::ResponseReader(ResponseLimits limits, AnswerTo request)
    : limits_(limits), request_(request), parser_(std::make_unique<Parser>(limits, request)) {}

ResponseReader::~ResponseReader() = default;

Result<void> ResponseReader::feed(std::string_view bytes) {
    begun_ = begun_ || !bytes.empty();
    if (!pending_.empty()) {
        pending_ += bytes;
        bytes = pending_;
    }
    while (!bytes.empty() && !done_) {
        APILAB_TRY(const std::size_t used, parse(bytes));
        if (used == 0) {
            break;
        }
        bytes.remove_prefix(used);
    }
    if (done_) {
        stray_ = !bytes.empty();
        keep_alive_ = keep_alive_ && !stray_;
        return {};
    }
    if (bytes.size() > limits_.header_bytes_max) {
        return fail(too_large("header bytes", limits_.header_bytes_max, "header"));
    }
    pending_ = std::string(bytes);
    return {};
}

// Parses one element (head, chunk head, piece of a body) and returns how much was used; 0 means
// that more has to come first.
Result<std::size_t> ResponseReader::parse(std::string_view bytes) {
    const bool in_head = !parser_->is_header_done();
    // Beast 1.81 asserts that the last chunk's head is not shown to it in pieces of 3 and 4 bytes;
    // no complete chunked body is shorter than this.
    constexpr std::size_t chunked_body_min = sizeof("0\r\n\r\n") - 1;
    if (!in_head && parser_->chunked() && !parser_->chunk_begun &&
        bytes.size() < chunked_body_min) {
        return std::size_t{0};
    }
    const std::uint64_t body_before = parser_->body_bytes;
    error_code error;
    const std::size_t used =
        parser_->put(boost::asio::const_buffer(bytes.data(), bytes.size()), error);
    if (error && error != BeastError::need_more) {
        return fail(explain(error));
    }
    const std::size_t framing = used - (parser_->body_bytes - body_before);
    head_bytes_ += in_head ? framing : 0;
    if (std::max(head_bytes_, framing) > limits_.header_bytes_max) {
        return fail(too_large("header bytes", limits_.header_bytes_max, "header"));
    }
    if (parser_->is_done()) {
        APILAB_CHECK(message_complete());
    }
    return used;
}

Error ResponseReader::explain(const error_code& error) const {
    if (parser_->cannot_decode) {
        return *parser_->cannot_decode;
    }
    if (parser_->too_many_fields) {
        return too_large("header fields", limits_.header_count_max, "header_count");
    }
    if (error == BeastError::body_limit) {
        return too_large("body bytes", limits_.body_bytes_max, "body");
    }
    if (parser_->foreign_coding) {
        return malformed("a transfer coding that was not asked for");
    }
    return malformed(error.message());
}

Result<void> ResponseReader::message_complete() {
    const int status = parser_->response.status();
    if (status == 101) {
        return fail(malformed("101 Switching Protocols, which nobody asked for"));
    }
    if (status >= 200) {
        APILAB_CHECK(parser_->finish_body());
        done_ = true;
        // A coding in HTTP/1.0 may have passed a server that does not know it (section 6.1).
        keep_alive_ = parser_->keep_alive() && !(parser_->version == 10 && parser_->chunked());
        return {};
    }
    continued_ = continued_ || status == 100;
    if (++interim_answers_ > interim_answers_max) {
        return fail(malformed("too many interim answers"));
    }
    parser_ = std::make_unique<Parser>(limits_, request_);
    return {};
}

Result<void> ResponseReader::feed_end() {
    if (!parser_->got_some() || !parser_->is_header_done()) {
        return fail(truncated_answer("head"));
    }
    error_code error;
    parser_->put_eof(error);
    if (error) {
        return fail(truncated_answer("body"));
    }
    // Only the coding tells that such a body was cut.
    if (!parser_->finish_body()) {
        return fail(truncated_answer("body"));
    }
    done_ = true;
    return {};
}

const http::Response* ResponseReader::head() const {
    return parser_->is_header_done() && parser_->response.status() >= 200 ? &parser_->response
                                                                          : nullptr;
}

std::string ResponseReader::take_body() {
    return std::exchange(parser_->body, {});
}

http::Response ResponseReader::take() {
    parser_->response.body(std::move(parser_->body));
    return std::move(parser_->response);
}

}  // namespace apilab::transport::internal
