// AsioTransport and content codings: asked for, undone while the bytes come, within limits.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "apilab/http/internal/encode.hpp"
#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/transport/asio_transport.hpp"
#include "apilab/transport/internal/raw_peer.hpp"
#include "apilab/transport/send.hpp"

namespace apilab::contract {
namespace {

using http::Request;
using http::Response;
using http::internal::brotli;
using http::internal::gzip;
using http::internal::zstd;
using transport::internal::RawPeer;
using Then = RawPeer::Then;

std::string coded(std::string_view coding, const std::string& body,
                  std::string_view status = "200 OK") {
    return "HTTP/1.1 " + std::string(status) +
           "\r\netag: \"1\"\r\ncontent-encoding: " + std::string(coding) +
           "\r\ncontent-length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

class ContentCoding : public testing::Test {
protected:
    void answer_with(std::vector<RawPeer::Reply> replies) {
        transport_.reset();
        peer_.emplace(scheduler_, std::move(replies));
    }
    Result<Response> send_one(Request request) {
        if (!transport_) {
            transport_.emplace(scheduler_, options_);
        }
        attempt_ = {};
        return runtime::run(
            scheduler_, transport::send(*transport_, std::move(request), {.attempt = &attempt_}));
    }
    Result<Response> get() { return send_one(Request::get(url())); }
    [[nodiscard]] http::Url url() const { return *http::Url::parse(peer_->url()); }
    void expect_error(ErrorKind kind, std::string_view detail) {
        const auto answer = get();
        ASSERT_FALSE(answer) << detail;
        EXPECT_EQ(answer.error().kind(), kind) << answer.error().to_string();
        EXPECT_EQ(answer.error().detail(), detail);
        EXPECT_EQ(answer.error().outcome(), Outcome::unknown);
        EXPECT_EQ(transport_->stats().connections, 0U);
    }

    runtime::RealScheduler scheduler_;
    std::optional<RawPeer> peer_;
    transport::AsioTransportOptions options_;
    std::optional<transport::AsioTransport> transport_;
    http::AttemptRecord attempt_;
};

TEST_F(ContentCoding, each_coding_is_asked_for_and_undone_and_the_connection_stays) {
    const std::string text(50'000, 'a');
    answer_with({{coded("gzip", gzip(text)), Then::keep, RawPeer::When::whole_request, 7},
                 {coded("br", brotli(text))},
                 {coded("zstd", zstd(text))},
                 {coded("br, gzip", gzip(brotli(text)))}});
    for (const char* coding : {"gzip", "br", "zstd", "br, gzip"}) {
        const auto answer = get();
        ASSERT_TRUE(answer) << coding << answer.error().to_string();
        EXPECT_TRUE(answer->body() == text) << coding;
        EXPECT_EQ(answer->decoded_from(), coding);
        EXPECT_FALSE(answer->headers().contains("content-encoding"));
        EXPECT_FALSE(answer->headers().contains("content-length"));
        EXPECT_EQ(answer->headers().value("etag"), "\"1\"");
    }
    EXPECT_EQ(peer_->accepted(), 1U);
    EXPECT_NE(peer_->seen().front().head.find("accept-encoding: gzip, br, zstd\r\n"),
              std::string::npos);
}

TEST_F(ContentCoding, a_chunked_and_an_endless_body_are_decoded_too) {
    const std::string text = "some text";
    const std::string body = gzip(text);
    const std::string head = "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n";
    answer_with({{head + "transfer-encoding: chunked\r\n\r\n3\r\n" + body.substr(0, 3) + "\r\n" +
                  fmt::format("{:x}\r\n", body.size() - 3) + body.substr(3) + "\r\n0\r\n\r\n"},
                 {head + "\r\n" + body, Then::fin}});
    for (int i = 0; i < 2; ++i) {
        const auto answer = get();
        ASSERT_TRUE(answer) << answer.error().to_string();
        EXPECT_EQ(answer->body(), text);
    }
}

TEST_F(ContentCoding, who_says_what_it_accepts_gets_the_body_as_it_comes) {
    const std::string body = gzip("text");
    answer_with({{coded("gzip", body)}});
    const auto answer = send_one(Request::get(url()).header("accept-encoding", "gzip"));
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->body(), body);
    EXPECT_EQ(answer->headers().value("content-encoding"), "gzip");
    EXPECT_EQ(answer->decoded_from(), "");
    const auto range = send_one(Request::get(url()).header("range", "bytes=0-1"));
    EXPECT_EQ(range->body(), body);
}

TEST_F(ContentCoding, it_can_be_turned_off) {
    options_.decode_content = false;
    const std::string body = gzip("text");
    answer_with({{coded("gzip", body)}});
    EXPECT_EQ(get()->body(), body);
    EXPECT_EQ(peer_->seen().front().head.find("accept-encoding"), std::string::npos);
}

TEST_F(ContentCoding, a_coding_that_nobody_asked_for_stays) {
    answer_with({{coded("deflate", "xyz")}, {coded("gzip, aws-chunked", "xyz")}});
    for (const char* coding : {"deflate", "gzip, aws-chunked"}) {
        const auto answer = get();
        ASSERT_TRUE(answer);
        EXPECT_EQ(answer->body(), "xyz");
        EXPECT_EQ(answer->headers().value("content-encoding"), coding);
    }
}

TEST_F(ContentCoding, answers_without_a_body_keep_their_headers) {
    const std::string head = "\r\ncontent-encoding: gzip\r\ncontent-length: 500\r\n\r\n";
    answer_with({{"HTTP/1.1 200 OK" + head}, {"HTTP/1.1 304 Not Modified" + head}});
    const auto to_head = send_one(Request("HEAD", url()));
    ASSERT_TRUE(to_head) << to_head.error().to_string();
    EXPECT_EQ(to_head->headers().value("content-length"), "500");
    EXPECT_EQ(to_head->headers().value("content-encoding"), "gzip");
    const auto unchanged = get();
    ASSERT_TRUE(unchanged) << unchanged.error().to_string();
    EXPECT_EQ(unchanged->headers().value("content-encoding"), "gzip");
    EXPECT_EQ(peer_->accepted(), 1U);
}

TEST_F(ContentCoding, an_error_page_is_decoded_and_an_empty_body_is_empty) {
    answer_with({{coded("gzip", gzip("no such thing"), "404 Not Found")}, {coded("gzip", "")}});
    EXPECT_EQ(get()->body(), "no such thing");
    EXPECT_EQ(get()->body(), "");
}

TEST_F(ContentCoding, a_bomb_ends_the_call_long_before_its_end) {
    const std::string bomb = gzip(std::string(std::size_t{256} * 1024 * 1024, '\0'));
    answer_with({{coded("gzip", bomb)}});
    expect_error(ErrorKind::too_large, "ratio");
}

TEST_F(ContentCoding, limits_are_told_by_their_names) {
    const std::string text(1000, 'a');
    options_.decode_limits.decoded_bytes_max = 999;
    answer_with({{coded("gzip", gzip(text))}});
    expect_error(ErrorKind::too_large, "body");
    answer_with({{coded("gzip, br, zstd", "")}});
    expect_error(ErrorKind::too_large, "content_codings");
    options_.body_bytes_max = 10;
    answer_with({{coded("gzip", gzip(text))}});
    expect_error(ErrorKind::too_large, "body");
    options_.decode_limits.ratio_max = 0;
    answer_with({{coded("gzip", gzip(text))}});
    EXPECT_EQ(get().error().detail(), "ratio_max");
}

TEST_F(ContentCoding, garbage_and_a_stream_cut_short_are_decode_errors) {
    const std::string body = gzip("some text");
    answer_with({{coded("gzip", "this is not gzip")}});
    expect_error(ErrorKind::decode, "content_encoding");
    answer_with({{coded("gzip", body.substr(0, body.size() - 1))}});
    expect_error(ErrorKind::decode, "content_encoding");
    EXPECT_FALSE(get().error().retryable());
    // Here the coding tells what the framing cannot: the connection was cut.
    answer_with(
        {{"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n\r\n" + body.substr(0, 12), Then::fin}});
    expect_error(ErrorKind::protocol, "truncated");
}

}  // namespace
}  // namespace apilab::contract
