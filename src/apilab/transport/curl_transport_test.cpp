#include "apilab/transport/curl_transport.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/runtime/task_group.hpp"
#include "apilab/transport/internal/fake_name_server.hpp"
#include "apilab/transport/internal/raw_peer.hpp"
#include "apilab/transport/send.hpp"

namespace apilab::transport {
namespace {

using namespace std::chrono_literals;
using http::Request;
using http::Response;
using internal::RawPeer;
using runtime::Task;
using Reply = RawPeer::Reply;
using Then = RawPeer::Then;
using When = RawPeer::When;

const std::string ok = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

Task<void> keep_result(Task<Result<Response>> task, std::optional<Result<Response>>& result) {
    result = co_await std::move(task);
}

class CurlTransportTest : public testing::Test {
protected:
    RawPeer& answer_with(std::vector<Reply> replies) {
        peer_.emplace(scheduler_, std::move(replies));
        return *peer_;
    }
    CurlTransport& transport() {
        if (!transport_) {
            transport_.emplace(scheduler_, options_);
        }
        return *transport_;
    }
    Result<Response> send_one(Request request, SendOptions options = {}) {
        attempt_ = {};
        options.attempt = &attempt_;
        return runtime::run(scheduler_, send(transport(), std::move(request), std::move(options)));
    }
    Result<Response> get(std::string_view path = "/") { return send_one(Request::get(url(path))); }
    [[nodiscard]] http::Url url(std::string_view path = "/") const {
        return *http::Url::parse(peer_->url(path));
    }

    runtime::RealScheduler scheduler_;
    CurlTransportOptions options_;
    std::optional<RawPeer> peer_;
    std::optional<CurlTransport> transport_;
    http::AttemptRecord attempt_;
};

TEST_F(CurlTransportTest, libcurl_adds_nothing_to_a_request_but_the_spelling_of_host) {
    const auto& peer = answer_with({{ok}});
    auto request = Request::post(url("/a/../b%2f?c=d"), "{}");
    request.header("x-empty", "");
    ASSERT_TRUE(send_one(request, {.idempotency_key = "k-1"}));
    EXPECT_EQ(peer.seen().at(0).head,
              "POST /a/../b%2f?c=d HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(peer.port()) +
                  "\r\ncontent-type: application/json\r\nx-empty:\r\nuser-agent: "
                  "apilab/0.1.0\r\nidempotency-key: k-1\r\ncontent-length: 2\r\naccept-encoding: "
                  "gzip, br, zstd\r\n\r\n");
    EXPECT_EQ(peer.seen().at(0).body, "{}");
}

TEST_F(CurlTransportTest, the_attempt_is_recorded) {
    const auto& peer = answer_with({{ok}});
    ASSERT_TRUE(get());
    EXPECT_GT(attempt_.phases.connect, 0ns);
    EXPECT_EQ(attempt_.phases.tls, 0ns);
    EXPECT_GT(attempt_.phases.first_byte, 0ns);
    EXPECT_EQ(attempt_.bytes_sent, peer.seen().at(0).head.size());
    EXPECT_EQ(attempt_.bytes_received, ok.size());
    EXPECT_FALSE(attempt_.reused_connection);
    EXPECT_EQ(transport().stats().connections, 1U);
    ASSERT_TRUE(get());
    EXPECT_TRUE(attempt_.reused_connection);
    EXPECT_EQ(attempt_.phases.connect, 0ns);
    EXPECT_EQ(transport().stats().connections, 1U);
    transport_.reset();
    (void)runtime::run(scheduler_, scheduler_.sleep_for(1ns));
    EXPECT_EQ(peer.open(), 0U);
}

TEST_F(CurlTransportTest, a_write_that_libcurl_would_send_again_is_stopped_before_it_connects) {
    const auto& peer = answer_with({{ok}, {"", Then::reset}, {ok}});
    ASSERT_TRUE(get());
    const auto answer = send_one(Request::post(url(), "{}"));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind(), ErrorKind::connection_lost);
    EXPECT_EQ(answer.error().detail(), "reset");
    EXPECT_EQ(answer.error().outcome(), Outcome::unknown);
    EXPECT_EQ(peer.seen().size(), 2U);
    EXPECT_EQ(peer.accepted(), 1U);
}

TEST_F(CurlTransportTest, a_read_is_sent_again_once_and_not_at_all_where_that_is_off) {
    const auto& peer = answer_with({{ok}, {"", Then::fin}, {"", Then::fin}});
    ASSERT_TRUE(get());
    EXPECT_FALSE(get());
    EXPECT_TRUE(attempt_.replayed);
    EXPECT_EQ(peer.seen().size(), 3U);

    transport_.reset();
    options_.replay_stale = false;
    const auto& other = answer_with({{ok}, {"", Then::fin}, {ok}});
    ASSERT_TRUE(get());
    EXPECT_EQ(get().error().kind(), ErrorKind::connection_lost);
    EXPECT_FALSE(attempt_.replayed);
    EXPECT_EQ(other.seen().size(), 2U);
}

TEST_F(CurlTransportTest, a_body_that_is_replayed_is_sent_from_its_beginning) {
    const auto& peer = answer_with({{ok}, {"", Then::reset}, {ok}});
    ASSERT_TRUE(get());
    const std::string big(300'000, 'q');
    ASSERT_TRUE(send_one(Request::post(url(), big), {.effect = http::Effect::read}));
    EXPECT_TRUE(attempt_.replayed);
    EXPECT_TRUE(peer.seen().at(2).body == big);
}

TEST_F(CurlTransportTest, a_417_that_libcurl_would_act_on_is_an_answer) {
    const auto& peer = answer_with(
        {{"HTTP/1.1 417 Expectation Failed\r\ncontent-length: 2\r\n\r\nno", Then::keep, When::head},
         {ok}});
    auto request = Request::post(url(), "{}");
    request.header("expect", "100-continue");
    const auto answer = send_one(request);
    ASSERT_TRUE(answer) << answer.error().to_string();
    EXPECT_EQ(answer->status(), 417);
    EXPECT_EQ(peer.seen().size(), 1U);
}

TEST_F(CurlTransportTest, calls_beyond_the_connections_wait_and_time_out_in_line) {
    const auto& peer = answer_with({{"", Then::hang}});
    options_.connections_per_origin = 1;
    std::optional<Result<Response>> first;
    runtime::TaskGroup group(scheduler_);
    group.spawn(keep_result(send(transport(), Request::get(url())), first));
    while (peer.seen().empty()) {
        scheduler_.poll();
    }
    const auto second = send_one(Request::get(url()), {.timeouts = {.attempt = 20ms}});
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().kind(), ErrorKind::timeout);
    EXPECT_EQ(second.error().detail(), "pool");
    EXPECT_EQ(second.error().outcome(), Outcome::not_sent);
    EXPECT_EQ(transport().stats().calls, 1U);
    group.cancel();
    runtime::run(scheduler_, group.join());
    EXPECT_EQ(transport().stats().calls, 0U);
    EXPECT_EQ(transport().stats().connections, 0U);
}

TEST_F(CurlTransportTest, too_many_calls_in_line_are_refused) {
    const auto& peer = answer_with({{"", Then::hang}});
    options_.connections_per_origin = 1;
    options_.waiting_max = 1;
    std::vector<std::optional<Result<Response>>> results(2);
    runtime::TaskGroup group(scheduler_);
    group.spawn(keep_result(send(transport(), Request::get(url())), results[0]));
    while (peer.seen().empty()) {
        scheduler_.poll();
    }
    group.spawn(keep_result(send(transport(), Request::get(url())), results[1]));
    while (transport().stats().waiting == 0) {
        scheduler_.poll();
    }
    const auto third = get();
    ASSERT_FALSE(third);
    EXPECT_EQ(third.error().kind(), ErrorKind::too_large);
    EXPECT_EQ(third.error().detail(), "pool");
    group.cancel();
    runtime::run(scheduler_, group.join());
}

TEST_F(CurlTransportTest, an_address_is_asked_for_once) {
    const auto& peer = answer_with({{ok}});
    const internal::FakeNameServer names(scheduler_, {{"api.test", {"127.0.0.1"}}});
    options_.name_servers = names.address();
    options_.idle_keep_alive = 0s;
    const auto named = *http::Url::parse("http://api.test:" + std::to_string(peer.port()) + "/");
    ASSERT_TRUE(send_one(Request::get(named)));
    const auto asked = names.questions();
    EXPECT_GT(asked, 0U);
    ASSERT_TRUE(send_one(Request::get(named)));
    EXPECT_EQ(names.questions(), asked);
    EXPECT_EQ(peer.accepted(), 2U);
}

TEST_F(CurlTransportTest, what_it_cannot_send_is_refused) {
    const auto& peer = answer_with({{ok}});
    auto request = Request("HEAD", url());
    request.body("x");
    const auto answer = send_one(request);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind(), ErrorKind::invalid_argument);
    EXPECT_EQ(answer.error().detail(), "method");
    EXPECT_EQ(peer.accepted(), 0U);
}

TEST_F(CurlTransportTest, head_with_a_length_of_nothing_waits_for_no_body) {
    answer_with({{"HTTP/1.1 200 OK\r\ncontent-length: 700\r\n\r\n"}});
    auto request = Request("HEAD", url());
    const auto answer =
        send_one(request.header("content-length", "0"), {.timeouts = {.idle = 50ms}});
    ASSERT_TRUE(answer) << answer.error().to_string();
    EXPECT_EQ(answer->headers().value("content-length"), "700");
}

TEST_F(CurlTransportTest, a_proxy_reads_the_whole_url_and_its_own_credentials) {
    const auto& proxy = answer_with({{ok}});
    options_.proxy.http = *Proxy::parse("ann:secret@127.0.0.1:" + std::to_string(proxy.port()));
    options_.name_servers = "127.0.0.1:1";
    auto request = Request::get(*http::Url::parse("http://api.test:8080/a?b=c"));
    ASSERT_TRUE(send_one(request.header("proxy-authorization", "Basic of-the-caller")));
    const auto& head = proxy.seen().at(0).head;
    EXPECT_TRUE(head.starts_with("GET http://api.test:8080/a?b=c HTTP/1.1\r\n")) << head;
    EXPECT_TRUE(head.contains("\r\nproxy-authorization: Basic YW5uOnNlY3JldA==\r\n")) << head;
    EXPECT_FALSE(head.contains("of-the-caller"));
}

TEST_F(CurlTransportTest, an_option_out_of_range_is_named_by_every_call) {
    using Change = std::function<void(CurlTransportOptions&)>;
    const std::vector<std::pair<std::string, Change>> changes = {
        {"connections_per_origin", [](auto& o) { o.connections_per_origin = 0; }},
        {"connections_total", [](auto& o) { o.connections_total = 100'001; }},
        {"waiting_max", [](auto& o) { o.waiting_max = 0; }},
        {"header_bytes_max", [](auto& o) { o.header_bytes_max = 255; }},
        {"header_bytes_max", [](auto& o) { o.header_bytes_max = 256 * 1024 + 1; }},
        {"header_count_max", [](auto& o) { o.header_count_max = 0; }},
        {"body_bytes_max", [](auto& o) { o.body_bytes_max = (1ULL << 40U) + 1; }},
        {"upload_bytes_max", [](auto& o) { o.upload_bytes_max = 0; }},
        {"continue_wait", [](auto& o) { o.continue_wait = 61s; }},
        {"idle_keep_alive", [](auto& o) { o.idle_keep_alive = -1s; }},
        {"connection_lifetime", [](auto& o) { o.connection_lifetime = 0s; }},
        {"client_certificate", [](auto& o) { o.client_certificate = "x"; }},
        {"user_agent", [](auto& o) { o.user_agent = "a\r\nb: c"; }},
        {"ratio_max", [](auto& o) { o.decode_limits.ratio_max = 0; }},
    };
    answer_with({{ok}});
    for (const auto& [name, change] : changes) {
        options_ = {};
        change(options_);
        transport_.reset();
        const auto answer = get();
        ASSERT_FALSE(answer) << name;
        EXPECT_EQ(answer.error().kind(), ErrorKind::invalid_argument) << name;
        EXPECT_EQ(answer.error().detail(), name);
    }
}

}  // namespace
}  // namespace apilab::transport
