// `expect: 100-continue`, interim answers, trailers, and answers that never end.

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "apilab/runtime/body.hpp"
#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/transport/asio_transport.hpp"
#include "apilab/transport/internal/raw_peer.hpp"
#include "apilab/transport/send.hpp"

namespace apilab::transport {
namespace {

using namespace std::chrono_literals;
using http::Request;
using http::Response;
using internal::RawPeer;
using Then = RawPeer::Then;
using When = RawPeer::When;

const std::string ok = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
const std::string go_on = "HTTP/1.1 100 Continue\r\n\r\n";

class AsioExpect : public testing::Test {
protected:
    RawPeer& answer_with(std::vector<RawPeer::Reply> replies) {
        transport_.reset();
        peer_.emplace(scheduler_, std::move(replies));
        return *peer_;
    }
    Result<Response> send_one(Request request, SendOptions options = {}) {
        if (!transport_) {
            transport_.emplace(scheduler_, options_);
        }
        attempt_ = {};
        options.attempt = &attempt_;
        return runtime::run(scheduler_, send(*transport_, std::move(request), std::move(options)));
    }
    Result<Response> post(SendOptions options = {}) {
        return send_one(Request::post(url(), "the body").header("expect", "100-continue"),
                        std::move(options));
    }
    Result<Response> get() { return send_one(Request::get(url())); }
    void expect_too_large(std::string_view detail) {
        const auto answer = get();
        ASSERT_FALSE(answer) << detail;
        EXPECT_EQ(answer.error().kind(), ErrorKind::too_large) << answer.error().to_string();
        EXPECT_EQ(answer.error().detail(), detail);
        EXPECT_EQ(answer.error().outcome(), Outcome::unknown);
        EXPECT_EQ(transport_->stats().connections, 0U);
    }
    [[nodiscard]] http::Url url() const { return *http::Url::parse(peer_->url()); }

    runtime::RealScheduler scheduler_;
    AsioTransportOptions options_;
    std::optional<RawPeer> peer_;
    std::optional<AsioTransport> transport_;
    http::AttemptRecord attempt_;
};

TEST_F(AsioExpect, the_body_follows_when_the_server_says_continue) {
    options_.continue_wait = 60s;
    const auto& peer = answer_with({{go_on, Then::keep, When::head}, {ok, Then::keep, When::body}});
    for (int i = 0; i < 2; ++i) {
        const auto answer = post();
        ASSERT_TRUE(answer) << answer.error().to_string();
        EXPECT_EQ(answer->body(), "ok");
        EXPECT_EQ(peer.seen().at(0).body, "the body");
        if (i == 0) {
            EXPECT_FALSE(attempt_.reused_connection);
            answer_with({{go_on, Then::keep, When::head}, {ok, Then::keep, When::body}});
        }
    }
}

TEST_F(AsioExpect, a_streamed_body_waits_too) {
    options_.continue_wait = 60s;
    const auto& peer = answer_with({{go_on, Then::keep, When::head}, {ok, Then::keep, When::body}});
    const auto answer = send_one(Request("PUT", url()).header("Expect", "100-Continue"),
                                 {.upload = std::make_shared<runtime::StringSource>("streamed")});
    ASSERT_TRUE(answer) << answer.error().to_string();
    EXPECT_EQ(peer.seen().at(0).body, "streamed");
}

TEST_F(AsioExpect, an_answer_instead_of_continue_spares_the_body) {
    options_.continue_wait = 60s;
    for (const char* status : {"417 Expectation Failed", "401 Unauthorized", "200 OK"}) {
        answer_with({{"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 " + std::string(status) +
                          "\r\ncontent-length: 2\r\n\r\nno",
                      Then::hang, When::head}});
        const auto source = std::make_shared<runtime::StringSource>("never read");
        const auto answer =
            send_one(Request("PUT", url()).header("expect", "100-continue"), {.upload = source});
        ASSERT_TRUE(answer) << answer.error().to_string();
        EXPECT_EQ(answer->body(), "no");
        EXPECT_EQ(attempt_.bytes_sent, peer_->seen().at(0).head.size());
        EXPECT_EQ(transport_->stats().connections, 0U)
            << "the server still waits for the body that was announced";
    }
}

TEST_F(AsioExpect, a_server_that_says_nothing_gets_the_body_after_a_while) {
    options_.continue_wait = 5ms;
    const auto& peer = answer_with({{ok}});
    const auto answer = post();
    ASSERT_TRUE(answer) << answer.error().to_string();
    EXPECT_EQ(peer.seen().at(0).body, "the body");
    ASSERT_TRUE(post());
    EXPECT_TRUE(attempt_.reused_connection);
}

TEST_F(AsioExpect, the_limits_of_the_attempt_hold_while_it_waits) {
    options_.continue_wait = 60s;
    answer_with({{"", Then::hang, When::head}});
    const auto answer = post({.timeouts = {.first_byte = 10ms}});
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind(), ErrorKind::timeout);
    EXPECT_EQ(answer.error().detail(), "first_byte");
    EXPECT_EQ(answer.error().outcome(), Outcome::unknown);
}

TEST_F(AsioExpect, a_connection_that_ends_while_it_waits_is_lost) {
    options_.continue_wait = 60s;
    for (const auto then : {Then::fin, Then::reset}) {
        answer_with({{"", then, When::head}});
        const auto answer = post();
        ASSERT_FALSE(answer);
        EXPECT_EQ(answer.error().kind(), ErrorKind::connection_lost);
    }
}

TEST_F(AsioExpect, nothing_is_expected_without_a_body) {
    const auto& peer = answer_with({{ok}});
    ASSERT_TRUE(send_one(Request::get(url()).header("expect", "100-continue")));
    EXPECT_EQ(peer.seen().at(0).head.find("expect"), std::string::npos);
}

TEST_F(AsioExpect, interim_answers_are_skipped_up_to_a_number) {
    std::string hints;
    for (int i = 0; i < 16; ++i) {
        hints += "HTTP/1.1 103 Early Hints\r\n\r\n";
    }
    answer_with({{hints + ok}, {hints + go_on + ok}});
    ASSERT_TRUE(get());
    const auto too_many = get();
    ASSERT_FALSE(too_many);
    EXPECT_EQ(too_many.error().kind(), ErrorKind::protocol);
    EXPECT_EQ(too_many.error().detail(), "malformed");
}

TEST_F(AsioExpect, trailers_are_kept_apart_from_headers) {
    answer_with(
        {{"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\nx-sum: 0\r\n\r\n2\r\nok\r\n0\r\n"
          "X-Sum: 1\r\nset-cookie: a=b\r\n\r\n"}});
    const auto answer = get();
    ASSERT_TRUE(answer) << answer.error().to_string();
    EXPECT_EQ(answer->headers().value("x-sum"), "0");
    EXPECT_FALSE(answer->headers().contains("set-cookie"));
    EXPECT_EQ(answer->trailers().value("x-sum"), "1");
    EXPECT_EQ(answer->trailers().value("set-cookie"), "a=b");
}

TEST_F(AsioExpect, ten_thousand_header_lines_are_refused_by_number_and_by_size) {
    std::string head = "HTTP/1.1 200 OK\r\n";
    for (int i = 0; i < 10'000; ++i) {
        head += "x-" + std::to_string(i) + ": y\r\n";
    }
    answer_with({{head + "content-length: 0\r\n\r\n"}});
    options_.header_bytes_max = std::size_t{1} << 20;
    expect_too_large("header_count");
    options_.header_count_max = 100'000;
    options_.header_bytes_max = std::size_t{64} << 10;
    answer_with({{head + "content-length: 0\r\n\r\n"}});
    expect_too_large("header");
    options_.header_bytes_max = std::size_t{1} << 20;
    answer_with({{head + "content-length: 0\r\n\r\n"}});
    const auto answer = get();
    ASSERT_TRUE(answer) << answer.error().to_string();
    EXPECT_EQ(answer->headers().size(), 10'001U);
}

TEST_F(AsioExpect, ten_thousand_trailers_are_refused_as_well) {
    std::string reply = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n";
    for (int i = 0; i < 10'000; ++i) {
        reply += "x: y\r\n";
    }
    answer_with({{reply + "\r\n"}});
    expect_too_large("header_count");
}

TEST_F(AsioExpect, a_body_without_end_is_stopped_at_its_limit) {
    options_.body_bytes_max = 1'000'000;
    const std::string endless(2'000'000, 'x');
    std::string chunks;
    for (int i = 0; i < 2000; ++i) {
        chunks += "3e8\r\n" + std::string(1000, 'x') + "\r\n";
    }
    answer_with({{"HTTP/1.1 200 OK\r\n\r\n" + endless, Then::hang}});
    expect_too_large("body");
    answer_with({{"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n" + chunks, Then::hang}});
    expect_too_large("body");
}

}  // namespace
}  // namespace apilab::transport
