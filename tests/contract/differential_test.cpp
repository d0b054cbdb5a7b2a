// The same request against the same bytes, once through AsioTransport and once through
// CurlTransport: same status, headers, body and kind of error. Where they differ on purpose, the
// row says why.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "apilab/http/internal/encode.hpp"
#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/transport/asio_transport.hpp"
#include "apilab/transport/curl_transport.hpp"
#include "apilab/transport/internal/raw_peer.hpp"
#include "apilab/transport/send.hpp"

namespace apilab::contract {
namespace {

using namespace std::chrono_literals;
using http::Request;
using http::Response;
using transport::internal::RawPeer;
using Then = RawPeer::Then;
using When = RawPeer::When;

constexpr std::size_t body_max = 100'000;

struct Row {
    std::string name;
    RawPeer::Reply reply;
    std::string method = "GET";
    std::string body;
    /// `name: value`.
    std::vector<std::string> headers;
    /// What libcurl makes of it where that is not the same, and why that is right or bearable.
    struct Difference {
        std::string curl;
        std::string why;
    };
    std::optional<Difference> difference;

    friend std::ostream& operator<<(std::ostream& out, const Row& row) { return out << row.name; }
};

// Everything that has to be the same, as text.
std::string told(const Result<Response>& answer, const http::AttemptRecord& attempt) {
    if (!answer) {
        const Error& error = answer.error();
        return fmt::format("{} {} {}", to_string(error.kind()), error.detail(),
                           to_string(error.outcome()));
    }
    std::string text = fmt::format("{} [{}]", answer->status(), answer->reason());
    for (const auto& [name, value] : answer->headers()) {
        text += fmt::format(" {}: {};", name, value);
    }
    for (const auto& [name, value] : answer->trailers()) {
        text += fmt::format(" trailer {}: {};", name, value);
    }
    text += answer->decoded_from().empty() ? "" : " from " + answer->decoded_from();
    text += attempt.outcome == Outcome::answered ? "" : " not recorded";
    return text + " " + answer->body();
}

template <class Transport, class Options>
std::string through(const Row& row) {
    runtime::RealScheduler scheduler;
    RawPeer peer(scheduler, {row.reply});
    Options options;
    options.body_bytes_max = body_max;
    options.continue_wait = 10ms;
    Transport transport(scheduler, options);
    Request request(row.method, *http::Url::parse(peer.url("/a?b=c")));
    request.body(row.body);
    for (const auto& field : row.headers) {
        const auto colon = field.find(": ");
        request.headers().add(field.substr(0, colon), field.substr(colon + 2));
    }
    http::AttemptRecord attempt;
    const auto answer = runtime::run(
        scheduler,
        transport::send(transport, std::move(request),
                        {.timeouts = {.first_byte = 10s, .idle = 10s}, .attempt = &attempt}));
    std::string text = told(answer, attempt);
    for (const auto& seen : peer.seen()) {
        text += fmt::format(" | seen {} {}", seen.head.substr(0, seen.head.find("\r\n")),
                            seen.body.size());
    }
    return text;
}

std::string ok(std::string_view more, std::string_view body) {
    return fmt::format("HTTP/1.1 200 OK\r\n{}content-length: {}\r\n\r\n{}", more, body.size(),
                       body);
}
std::string chunked(std::string_view body) {
    return fmt::format("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{}", body);
}

std::vector<Row> good_answers() {
    const std::string coded = http::internal::gzip("hello");
    std::vector<Row> rows = {
        {.name = "plain", .reply = {ok("X-A: 1\r\nx-a:2\r\n", "body")}},
        {.name = "no_reason",
         .reply = {"HTTP/1.1 200\r\ncontent-length: 0\r\n\r\n"},
         .difference = {{"200 []",
                         "RFC 9112 section 4 asks for a space behind the status even without a "
                         "reason; libcurl does without, Beast's parser does not"}}},
        {.name = "odd_status", .reply = {"HTTP/1.1 599 Odd\r\ncontent-length: 1\r\n\r\nx"}},
        {.name = "no_content", .reply = {"HTTP/1.1 204 No Content\r\n\r\n"}},
        {.name = "not_modified",
         .reply = {"HTTP/1.1 304 Not Modified\r\netag: \"1\"\r\ncontent-length: 7\r\n\r\n"}},
        {.name = "head", .reply = {ok("", "")}, .method = "HEAD"},
        {.name = "head_with_length",
         .reply = {"HTTP/1.1 200 OK\r\ncontent-length: 700\r\n\r\n"},
         .method = "HEAD"},
        {.name = "redirect_is_not_followed",
         .reply = {"HTTP/1.1 302 Found\r\nlocation: /b\r\ncontent-length: 0\r\n\r\n"}},
        {.name = "unauthorized_is_not_answered",
         .reply = {"HTTP/1.1 401 No\r\nwww-authenticate: Basic realm=x\r\ncontent-length: "
                   "0\r\n\r\n"}},
        {.name = "cookies_are_headers",
         .reply = {ok("set-cookie: a=b\r\nset-cookie: c=d; path=/\r\n", "")}},
        {.name = "empty_value", .reply = {ok("x-empty:\r\nx-blank:   \r\n", "")}},
        {.name = "bytes_in_single_pieces",
         .reply = {ok("a: b\r\n", "abc"), Then::keep, When::whole_request, 1}},
        {.name = "chunks", .reply = {chunked("3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n")}},
        {.name = "chunks_in_single_pieces",
         .reply = {chunked("3\r\nabc\r\n0\r\n\r\n"), Then::keep, When::whole_request, 1}},
        {.name = "trailers", .reply = {chunked("1\r\na\r\n0\r\nx-late: yes\r\n\r\n")}},
        {.name = "until_the_end", .reply = {"HTTP/1.1 200 OK\r\n\r\nall of it", Then::fin}},
        {.name = "http_1_0", .reply = {"HTTP/1.0 200 OK\r\n\r\nold", Then::fin}},
        {.name = "interim_answers",
         .reply = {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: <x>\r\n\r\n" +
                   ok("", "x")}},
        {.name = "gzip", .reply = {ok("content-encoding: gzip\r\n", coded)}},
        {.name = "gzip_as_asked",
         .reply = {ok("content-encoding: gzip\r\n", coded)},
         .headers = {"accept-encoding: gzip"}},
        {.name = "unknown_coding", .reply = {ok("content-encoding: own\r\n", "abc")}},
        {.name = "post", .reply = {ok("", "x")}, .method = "POST", .body = "{\"a\": 1}"},
        {.name = "post_without_body", .reply = {ok("", "x")}, .method = "POST"},
        {.name = "put_of_much",
         .reply = {ok("", "x")},
         .method = "PUT",
         .body = std::string(1'500'000, 'p')},
        {.name = "get_with_body", .reply = {ok("", "x")}, .body = "q"},
        {.name = "delete", .reply = {ok("", "x")}, .method = "DELETE"},
        {.name = "own_method", .reply = {ok("", "x")}, .method = "PROPFIND"},
        {.name = "refusal_before_the_body",
         .reply = {"HTTP/1.1 413 Too Much\r\ncontent-length: 2\r\n\r\nno", Then::hang, When::head},
         .method = "PUT",
         .body = std::string(20'000'000, 'p')},
        {.name = "expect_without_an_answer",
         .reply = {ok("", "x")},
         .method = "PUT",
         .body = "late",
         .headers = {"expect: 100-continue"}},
        {.name = "expect_that_is_refused",
         .reply = {"HTTP/1.1 403 No\r\ncontent-length: 2\r\n\r\nno", Then::keep, When::head},
         .method = "PUT",
         .body = "late",
         .headers = {"expect: 100-continue"}},
    };
    return rows;
}

std::vector<Row> bad_answers() {
    const std::string head = "HTTP/1.1 200 OK\r\n";
    return {
        {.name = "nothing", .reply = {"", Then::fin}},
        {.name = "garbage", .reply = {"garbage\r\n\r\n", Then::hang}},
        {.name = "bad_version", .reply = {"HTTP/9.9 200 OK\r\n\r\n", Then::hang}},
        {.name = "bad_status", .reply = {"HTTP/1.1 2x0 OK\r\n\r\n", Then::hang}},
        {.name = "status_below_100", .reply = {"HTTP/1.1 099 No\r\n\r\n", Then::hang}},
        {.name = "switching_protocols",
         .reply = {"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\n", Then::hang}},
        {.name = "header_without_colon", .reply = {head + "nonsense\r\n\r\n", Then::hang}},
        {.name = "header_with_space_before_colon",
         .reply = {head + "a : b\r\ncontent-length: 0\r\n\r\n", Then::hang}},
        {.name = "folded_header", .reply = {ok("a: b\r\n c\r\n", "x")}},
        {.name = "negative_length", .reply = {head + "content-length: -1\r\n\r\n", Then::hang}},
        {.name = "huge_length",
         .reply = {head + "content-length: 99999999999999999999\r\n\r\n", Then::hang}},
        {.name = "differing_lengths",
         .reply = {head + "content-length: 1\r\ncontent-length: 2\r\n\r\nab", Then::hang}},
        {.name = "length_and_coding",
         .reply = {head + "content-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
                   Then::hang}},
        {.name = "foreign_coding",
         .reply = {head + "transfer-encoding: own\r\n\r\nabc", Then::hang}},
        {.name = "bare_line_feeds",
         .reply = {"HTTP/1.1 200 OK\ncontent-length: 1\n\nx"},
         .difference = {{"200 [OK]",
                         "RFC 9112 section 2.2 lets a recipient take LF alone for the end of a "
                         "line; ours does not, since two that disagree about it can be played "
                         "off against each other"}}},
        {.name = "bad_chunk_size", .reply = {chunked("xyz\r\n"), Then::hang}},
        {.name = "chunk_longer_than_said", .reply = {chunked("2\r\nabc\r\n0\r\n\r\n"), Then::hang}},
        {.name = "chunk_size_too_large", .reply = {chunked("fffffffffffffffff\r\n"), Then::hang}},
        {.name = "cut_in_length", .reply = {head + "content-length: 5\r\n\r\nab", Then::fin}},
        {.name = "cut_in_chunk", .reply = {chunked("5\r\nab"), Then::fin}},
        {.name = "reset_in_body", .reply = {head + "content-length: 5\r\n\r\nab", Then::reset}},
        {.name = "too_much_announced",
         .reply = {head + "content-length: 100001\r\n\r\n", Then::hang}},
        {.name = "too_much_sent",
         .reply = {"HTTP/1.1 200 OK\r\n\r\n" + std::string(100'001, 'x'), Then::hang}},
        {.name = "gzip_that_is_none", .reply = {ok("content-encoding: gzip\r\n", "plain")}},
        {.name = "gzip_cut",
         .reply = {ok("content-encoding: gzip\r\n", http::internal::gzip("hello").substr(0, 12))}},
        {.name = "expectation_failed",
         .reply = {"HTTP/1.1 417 No\r\ncontent-length: 2\r\n\r\nno", Then::keep, When::head},
         .method = "PUT",
         .body = "late",
         .headers = {"expect: 100-continue"},
         .difference = {{"417 [No] content-length: 2;  |",
                         "libcurl drops the body of a 417, since it means to send again without "
                         "`expect`; it is stopped, but the body is gone"}}},
    };
}

std::vector<Row> all_rows() {
    auto rows = good_answers();
    for (auto& row : bad_answers()) {
        rows.push_back(std::move(row));
    }
    return rows;
}

class Differential : public testing::TestWithParam<Row> {};

TEST_P(Differential, both_transports_tell_the_same_of_the_same_bytes) {
    using namespace transport;
    const Row& row = GetParam();
    const std::string asio = through<AsioTransport, AsioTransportOptions>(row);
    const std::string curl = through<CurlTransport, CurlTransportOptions>(row);
    if (row.difference) {
        EXPECT_FALSE(row.difference->why.empty());
        EXPECT_NE(curl, asio) << "the difference is gone; take it off the row";
        EXPECT_TRUE(curl.starts_with(row.difference->curl)) << curl << "\nasio: " << asio;
    } else {
        EXPECT_EQ(curl, asio);
    }
}

INSTANTIATE_TEST_SUITE_P(, Differential, testing::ValuesIn(all_rows()),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace apilab::contract
