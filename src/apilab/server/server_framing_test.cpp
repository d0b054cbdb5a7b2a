// Answers that are framed wrongly or surprisingly, byte by byte, and what the plan's author is
// told.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apilab/server/internal/server_test_peer.hpp"
#include "apilab/server/server.hpp"

namespace apilab::server {
namespace {

using internal::answer_with;
using internal::TestPeer;
using internal::TestReports;
using internal::TestServer;
using runtime::CallContext;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using End = TestPeer::End;
using Framing = http::WirePlan::Framing;
using namespace std::chrono_literals;

constexpr std::string_view get = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
constexpr std::string_view old_get = "GET / HTTP/1.0\r\nHost: h\r\n\r\n";
constexpr std::string_view head_only = "HEAD / HTTP/1.1\r\nHost: h\r\n\r\n";
constexpr std::string_view last_get = "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
const std::string body_text(1000, 'b');

class ServerFraming : public ::testing::Test {
protected:
    void serve(http::WirePlan plan, ServerOptions options = {}) {
        plan.on_finished = reports_.hook();
        http::Response response(200, body_text);
        response.wire(std::make_shared<const http::WirePlan>(std::move(plan)));
        server_ = std::make_unique<TestServer>(
            [response](const http::Request&, const CallContext&) { return answer_with(response); },
            std::move(options));
    }
    http::WireResult result() {
        const auto all = reports_.wait_for(1);
        return all.empty() ? http::WireResult() : all.front();
    }

    TestReports reports_;
    std::unique_ptr<TestServer> server_;
};

TEST_F(ServerFraming, a_length_that_is_too_long_is_followed_by_silence_until_the_peer_closes) {
    serve({.framing = Framing::wrong_length});
    auto peer = server_->connect();
    ASSERT_TRUE(peer.send(get));
    EXPECT_THAT(peer.read_until("\r\n\r\n"), HasSubstr("content-length: 1016\r\n"));
    EXPECT_EQ(peer.read_exactly(1000), body_text);
    EXPECT_EQ(reports_.count(), 0u);
    peer.close();
    const auto told = result();
    EXPECT_TRUE(told.cut_by_plan);
    EXPECT_TRUE(told.peer_closed);
}

TEST_F(ServerFraming, a_silence_behind_a_length_that_is_too_long_may_end) {
    serve({.stall_for = 1ms, .framing = Framing::wrong_length});
    auto peer = server_->connect();
    ASSERT_TRUE(peer.send(get));
    EXPECT_THAT(peer.read_all(), EndsWith(body_text));
    EXPECT_EQ(peer.end(), End::fin);
    EXPECT_TRUE(result().cut_by_plan);
}

TEST_F(ServerFraming, a_length_that_is_too_short_leaves_the_rest_on_the_connection) {
    serve({.framing = Framing::short_length});
    auto peer = server_->connect();
    ASSERT_TRUE(peer.send(get));
    EXPECT_THAT(peer.read_until("\r\n\r\n"), HasSubstr("content-length: 500\r\n"));
    EXPECT_EQ(peer.read_exactly(1000), body_text);
    EXPECT_FALSE(result().cut_by_plan);
}

TEST_F(ServerFraming, a_chunk_without_end_is_chunked_and_ends_with_fin) {
    serve({.framing = Framing::chunk_without_end});
    auto peer = server_->connect();
    ASSERT_TRUE(peer.send(get));
    const std::string seen = peer.read_all();
    EXPECT_EQ(peer.end(), End::fin);
    EXPECT_THAT(seen, HasSubstr("transfer-encoding: chunked\r\n"));
    EXPECT_THAT(seen, Not(HasSubstr("content-length")));
    EXPECT_THAT(seen, EndsWith("\r\n\r\n3e8\r\n" + body_text + "\r\n"));
    EXPECT_TRUE(result().cut_by_plan);
}

TEST_F(ServerFraming, http_1_0_knows_no_chunks_and_no_interim_answers) {
    serve({.framing = Framing::chunk_without_end, .interim = 103});
    auto peer = server_->connect();
    ASSERT_TRUE(peer.send(old_get));
    const std::string seen = peer.read_all();
    EXPECT_THAT(seen, StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_THAT(seen, HasSubstr("content-length: 1000\r\n"));
    EXPECT_FALSE(result().cut_by_plan);
}

TEST_F(ServerFraming, stray_bytes_stand_behind_the_answer_and_the_next_request_is_served) {
    serve({.framing = Framing::stray_bytes});
    auto peer = server_->connect();
    const std::string stray(http::WirePlan::stray_answer);
    for (int i = 0; i < 2; ++i) {
        EXPECT_THAT(peer.ask(get), EndsWith(body_text));
        EXPECT_EQ(peer.read_exactly(stray.size()), stray);
    }
}

TEST_F(ServerFraming, a_huge_header_is_one_field_of_a_mebibyte) {
    serve({.framing = Framing::huge_header});
    auto peer = server_->connect();
    ASSERT_TRUE(peer.send(last_get));
    const std::string seen = peer.read_all();
    EXPECT_GT(seen.size(), http::WirePlan::huge_header_bytes);
    EXPECT_THAT(seen.substr(0, 4096), HasSubstr("\r\nx-filler: ffff"));
    EXPECT_THAT(seen.substr(seen.size() - 2000), EndsWith(body_text));
}

TEST_F(ServerFraming, interim_answers_stand_before_the_answer) {
    serve({.interim = 100});
    EXPECT_THAT(server_->connect().ask(get), StartsWith("HTTP/1.1 100 Continue\r\n\r\n"));
    server_.reset();
    serve({.interim = 103});
    auto peer = server_->connect();
    ASSERT_TRUE(peer.send(last_get));
    EXPECT_THAT(peer.read_all(),
                testing::MatchesRegex("HTTP/1.1 103 Early Hints\r\nlink: [^\r]*\r\n\r\n"
                                      "HTTP/1.1 200 OK\r\n.*"));
}

TEST_F(ServerFraming, an_answer_without_body_keeps_its_framing) {
    for (const auto framing : {Framing::wrong_length, Framing::short_length,
                               Framing::chunk_without_end, Framing::stray_bytes}) {
        serve({.framing = framing});
        auto peer = server_->connect();
        ASSERT_TRUE(peer.send(head_only));
        EXPECT_THAT(peer.read_answer(true), HasSubstr("content-length: 1000\r\n"));
        EXPECT_THAT(peer.ask(last_get), StartsWith("HTTP/1.1 200 OK\r\n"));
        server_.reset();
    }
}

TEST_F(ServerFraming, an_announced_close_does_not_happen) {
    serve({.announce_close = true});
    auto peer = server_->connect();
    for (int i = 0; i < 3; ++i) {
        EXPECT_THAT(peer.ask(get), HasSubstr("connection: close\r\n"));
    }
}

TEST_F(ServerFraming, a_drip_sends_the_head_at_once_and_the_body_whole_in_the_end) {
    serve({.drip = 20'000});
    auto peer = server_->connect();
    EXPECT_THAT(peer.ask(get), EndsWith(body_text));
    EXPECT_THAT(peer.ask(get), EndsWith(body_text));  // and the connection goes on
    EXPECT_FALSE(result().cut_by_plan);
}

TEST_F(ServerFraming, a_drip_ends_when_the_peer_goes) {
    serve({.drip = 1});
    auto peer = server_->connect();
    ASSERT_TRUE(peer.send(get));
    EXPECT_THAT(peer.read_until("\r\n\r\n"), HasSubstr("content-length: 1000\r\n"));
    EXPECT_EQ(reports_.count(), 0u);
    peer.close();
    const auto told = result();
    EXPECT_TRUE(told.peer_closed);
    EXPECT_FALSE(told.gave_up);
    EXPECT_LT(told.bytes_sent, 1000u);
}

TEST_F(ServerFraming, a_drip_does_not_outlive_a_stop) {
    serve({.drip = 1});
    auto peer = server_->connect();
    ASSERT_TRUE(peer.send(get));
    (void)peer.read_until("\r\n\r\n");
    server_->stop(1h);
    EXPECT_TRUE(result().gave_up);
}

}  // namespace
}  // namespace apilab::server
