#include "apilab/transport/asio_transport.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/runtime/task_group.hpp"
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

http::Url url_of(const RawPeer& peer, std::string_view path = "/") {
    return *http::Url::parse(peer.url(path));
}

Task<void> keep_result(Task<Result<Response>> task, std::optional<Result<Response>>& result) {
    result = co_await std::move(task);
}

class AsioTransportTest : public testing::Test {
protected:
    RawPeer& answer_with(std::vector<Reply> replies) {
        peer_.emplace(scheduler_, std::move(replies));
        return *peer_;
    }
    AsioTransport& transport() {
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
    Result<Response> get(std::string_view path = "/") {
        return send_one(Request::get(url_of(*peer_, path)));
    }
    // How many descriptors are open when nothing is under way (the loop itself opens some late).
    std::size_t descriptors_at_rest() {
        (void)runtime::run(scheduler_, scheduler_.sleep_for(1ns));
        return internal::open_descriptors();
    }
    // Lets everything happen that happens without waiting for a clock.
    void settle() {
        for (int i = 0; i < 50; ++i) {
            scheduler_.poll();
        }
    }

    runtime::RealScheduler scheduler_;
    AsioTransportOptions options_;
    std::optional<RawPeer> peer_;
    std::optional<AsioTransport> transport_;
    http::AttemptRecord attempt_;
};

// ---- what goes out and comes in

TEST_F(AsioTransportTest, a_request_goes_out_as_http_1_1_and_the_answer_comes_back) {
    const auto& peer =
        answer_with({{"HTTP/1.1 201 Created\r\nContent-Length: 5\r\nX-Id: 7\r\n\r\nhello"}});
    const auto answer =
        send_one(Request::post(url_of(peer, "/a?b=c"), "{}"), {.idempotency_key = "k-1"});
    ASSERT_TRUE(answer) << answer.error().to_string();
    EXPECT_EQ(answer->status(), 201);
    EXPECT_EQ(answer->reason(), "Created");
    EXPECT_EQ(answer->body(), "hello");
    EXPECT_EQ(answer->headers().value("x-id"), "7");
    EXPECT_EQ(peer.seen().at(0).head,
              "POST /a?b=c HTTP/1.1\r\ncontent-type: application/json\r\nhost: 127.0.0.1:" +
                  std::to_string(peer.port()) +
                  "\r\nuser-agent: apilab/0.1.0\r\nidempotency-key: k-1\r\ncontent-length: "
                  "2\r\naccept-encoding: gzip, br, zstd\r\n\r\n");
    EXPECT_EQ(peer.seen().at(0).body, "{}");
}

TEST_F(AsioTransportTest, the_attempt_is_recorded) {
    const auto& peer = answer_with({{ok}});
    const SteadyTime before = scheduler_.now();
    ASSERT_TRUE(get());
    EXPECT_GE(attempt_.started, before);
    EXPECT_GT(attempt_.elapsed, 0ns);
    EXPECT_GT(attempt_.phases.connect, 0ns);
    EXPECT_GT(attempt_.phases.first_byte, 0ns);
    EXPECT_EQ(attempt_.phases.tls, 0ns);
    EXPECT_LE(attempt_.phases.queue + attempt_.phases.resolve + attempt_.phases.connect +
                  attempt_.phases.send + attempt_.phases.first_byte + attempt_.phases.receive,
              attempt_.elapsed);
    EXPECT_EQ(attempt_.status, 200);
    EXPECT_EQ(attempt_.error, std::nullopt);
    EXPECT_EQ(attempt_.outcome, Outcome::answered);
    EXPECT_EQ(attempt_.bytes_sent, peer.seen().at(0).head.size());
    EXPECT_EQ(attempt_.bytes_received, ok.size());
    EXPECT_FALSE(attempt_.reused_connection);
}

TEST_F(AsioTransportTest, bodies_larger_than_any_buffer_pass_both_ways) {
    const std::string big(3'000'000, 'x');
    const auto& peer = answer_with({{"HTTP/1.1 200 OK\r\ncontent-length: 3000000\r\n\r\n" + big}});
    const auto answer = send_one(Request::post(url_of(peer), big));
    ASSERT_TRUE(answer) << answer.error().to_string();
    EXPECT_EQ(answer->body(), big);
    EXPECT_EQ(peer.seen().at(0).body, big);
    EXPECT_EQ(attempt_.bytes_sent, peer.seen().at(0).head.size() + big.size());
}

TEST_F(AsioTransportTest, answers_in_single_bytes_are_put_together) {
    answer_with(
        {{"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: "
          "</x>\r\n\r\nHTTP/1.1 200 OK\r\ntransfer-encoding: "
          "chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\nx: y\r\n\r\n",
          Then::keep, When::whole_request, 1}});
    const auto answer = get();
    ASSERT_TRUE(answer) << answer.error().to_string();
    EXPECT_EQ(answer->body(), "abcde");
    ASSERT_TRUE(get());
    EXPECT_TRUE(attempt_.reused_connection);
}

TEST_F(AsioTransportTest, an_answer_that_ends_with_the_connection_is_complete) {
    answer_with({{"HTTP/1.1 200 OK\r\n\r\nall of it", Then::fin}});
    const auto answer = get();
    ASSERT_TRUE(answer) << answer.error().to_string();
    EXPECT_EQ(answer->body(), "all of it");
    EXPECT_EQ(transport().stats().connections, 0U);
}

TEST_F(AsioTransportTest, head_has_no_body_and_leaves_the_connection_clean) {
    const auto& peer = answer_with({{"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n"}, {ok}});
    const auto head = send_one(Request("HEAD", url_of(peer)));
    ASSERT_TRUE(head) << head.error().to_string();
    EXPECT_EQ(head->body(), "");
    ASSERT_TRUE(get());
    EXPECT_TRUE(attempt_.reused_connection);
}

TEST_F(AsioTransportTest, a_refused_request_opens_no_connection) {
    const auto& peer = answer_with({{ok}});
    const auto answer = send_one(Request::get(url_of(peer)).header("a b", "c"));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind(), ErrorKind::invalid_argument);
    EXPECT_EQ(attempt_.error, ErrorKind::invalid_argument);
    settle();
    EXPECT_EQ(peer.accepted(), 0U);
}

TEST_F(AsioTransportTest, options_out_of_range_fail_every_call_and_name_the_field) {
    answer_with({{ok}});
    const std::vector<std::pair<AsioTransportOptions, std::string>> rows = {
        {{.connections_per_origin = 0}, "connections_per_origin"},
        {{.upload_bytes_max = 0}, "upload_bytes_max"},
        {{.continue_wait = -1s}, "continue_wait"},
        {{.continue_wait = 61s}, "continue_wait"},
        {{.user_agent = "a\r\nb: c"}, "user_agent"},
        {{.decode_limits = {.codings_max = 0}}, "codings_max"},
        {{.client_certificate = "x"}, "client_certificate"},
        {{.client_key = Secret("x")}, "client_certificate"},
        {{.pinned_keys = std::vector<std::string>(101)}, "pinned_keys"},
        {{.tls_sessions_max = 10'001}, "tls_sessions_max"},
    };
    for (const auto& [options, field] : rows) {
        options_ = options;
        transport_.reset();
        const auto answer = get();
        ASSERT_FALSE(answer) << field;
        EXPECT_EQ(answer.error().kind(), ErrorKind::invalid_argument);
        EXPECT_EQ(answer.error().detail(), field);
        EXPECT_EQ(answer.error().outcome(), Outcome::not_sent);
    }
}

TEST_F(AsioTransportTest, what_is_larger_than_the_options_allow_is_too_large) {
    options_.body_bytes_max = 10;
    options_.header_bytes_max = 256;
    answer_with({{"HTTP/1.1 200 OK\r\ncontent-length: 11\r\n\r\n"},
                 {"HTTP/1.1 200 OK\r\nx: " + std::string(300, 'y'), Then::hang}});
    for (const char* detail : {"body", "header"}) {
        const auto answer = get();
        ASSERT_FALSE(answer);
        EXPECT_EQ(answer.error().kind(), ErrorKind::too_large);
        EXPECT_EQ(answer.error().detail(), detail);
        EXPECT_EQ(answer.error().outcome(), Outcome::unknown);
        EXPECT_EQ(transport().stats().connections, 0U);
    }
}

// ---- the pool

TEST_F(AsioTransportTest, a_connection_is_reused_until_the_peer_says_close) {
    const auto& peer = answer_with(
        {{ok}, {ok}, {"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"}, {ok}});
    std::vector<bool> reused;
    for (int i = 0; i < 4; ++i) {
        ASSERT_TRUE(get());
        reused.push_back(attempt_.reused_connection);
    }
    EXPECT_EQ(reused, (std::vector<bool>{false, true, true, false}));
    EXPECT_EQ(peer.accepted(), 2U);
    EXPECT_EQ(attempt_.replayed, false);
}

TEST_F(AsioTransportTest, our_own_close_is_kept) {
    const auto& peer = answer_with({{ok}});
    ASSERT_TRUE(send_one(Request::get(url_of(peer)).header("connection", "close")));
    EXPECT_EQ(transport().stats().connections, 0U);
}

TEST_F(AsioTransportTest, stray_bytes_are_never_taken_for_the_next_answer) {
    const std::string poison = "HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\npoison";
    const auto& peer = answer_with({{ok + poison}, {ok}});
    EXPECT_EQ(get()->body(), "ok");
    EXPECT_EQ(get()->body(), "ok");
    EXPECT_FALSE(attempt_.reused_connection);
    EXPECT_EQ(peer.accepted(), 2U);
}

TEST_F(AsioTransportTest, stray_bytes_that_come_later_are_noticed_before_reuse) {
    answer_with({{ok + "x", Then::keep, When::whole_request, ok.size()}, {ok}});
    ASSERT_TRUE(get());
    settle();
    ASSERT_TRUE(get());
    EXPECT_FALSE(attempt_.reused_connection);
}

TEST_F(AsioTransportTest, a_connection_that_the_peer_closed_meanwhile_is_not_used) {
    for (const Then then : {Then::fin, Then::reset}) {
        auto& peer = answer_with({{ok, then}, {ok}});
        ASSERT_TRUE(get());
        settle();
        ASSERT_TRUE(send_one(Request::post(url_of(peer), "{}")));
        EXPECT_FALSE(attempt_.reused_connection);
        EXPECT_FALSE(attempt_.replayed);
        EXPECT_EQ(peer.seen().size(), 2U);
        transport_.reset();
    }
}

TEST_F(AsioTransportTest, a_read_is_replayed_once_where_the_connection_died_as_it_was_sent) {
    for (const Then then : {Then::fin, Then::reset}) {
        auto& peer = answer_with({{ok}, {"", then}, {ok}});
        ASSERT_TRUE(get());
        const auto answer = get();
        ASSERT_TRUE(answer) << answer.error().to_string();
        EXPECT_TRUE(attempt_.reused_connection);
        EXPECT_TRUE(attempt_.replayed);
        EXPECT_EQ(peer.seen().size(), 3U);
        EXPECT_EQ(peer.seen().at(2).connection, 2U);
        transport_.reset();
    }
}

TEST_F(AsioTransportTest, a_replay_that_fails_is_not_replayed) {
    const auto& peer = answer_with({{ok}, {"", Then::reset}, {"", Then::reset}, {ok}});
    ASSERT_TRUE(get());
    const auto answer = get();
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind(), ErrorKind::connection_lost);
    EXPECT_EQ(answer.error().outcome(), Outcome::unknown);
    EXPECT_EQ(peer.seen().size(), 3U);
}

TEST_F(AsioTransportTest, a_write_that_may_have_arrived_is_never_replayed) {
    const auto& peer = answer_with({{ok}, {"", Then::reset}, {ok}});
    ASSERT_TRUE(get());
    const auto answer = send_one(Request::post(url_of(peer), "{}"));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind(), ErrorKind::connection_lost);
    EXPECT_EQ(answer.error().outcome(), Outcome::unknown);
    EXPECT_FALSE(attempt_.replayed);
    EXPECT_EQ(peer.seen().size(), 2U);
}

TEST_F(AsioTransportTest, a_fresh_connection_that_breaks_is_not_replayed) {
    const auto& peer = answer_with({{"", Then::reset}, {ok}});
    EXPECT_FALSE(get());
    EXPECT_EQ(peer.seen().size(), 1U);
}

TEST_F(AsioTransportTest, an_answer_that_has_begun_is_not_replayed) {
    const auto& peer = answer_with({{ok}, {"HTTP/1.1 2", Then::reset}, {ok}});
    ASSERT_TRUE(get());
    EXPECT_FALSE(get());
    EXPECT_EQ(peer.seen().size(), 2U);
}

TEST_F(AsioTransportTest, calls_beyond_the_limit_of_an_origin_wait_in_line) {
    options_.connections_per_origin = 2;
    auto& peer = answer_with({{ok}});
    std::vector<std::optional<Result<Response>>> results(6);
    runtime::TaskGroup group(scheduler_);
    for (std::size_t i = 0; i < results.size(); ++i) {
        const auto url = url_of(peer, "/" + std::to_string(i));
        group.spawn(keep_result(send(transport(), Request::get(url)), results[i]));
    }
    runtime::run(scheduler_, group.join());
    EXPECT_EQ(peer.accepted(), 2U);
    std::vector<std::string> order;
    for (const auto& seen : peer.seen()) {
        order.push_back(seen.head.substr(4, 2));
    }
    EXPECT_EQ(order, (std::vector<std::string>{"/0", "/1", "/2", "/3", "/4", "/5"}));
    for (const auto& result : results) {
        EXPECT_TRUE(result && *result);
    }
    EXPECT_EQ(transport().stats().idle, 2U);
}

TEST_F(AsioTransportTest, waiting_in_line_ends_at_the_limit_and_is_called_pool) {
    options_.connections_per_origin = 1;
    auto& peer = answer_with({{"", Then::hang}});
    std::optional<Result<Response>> first;
    runtime::TaskGroup group(scheduler_);
    group.spawn(keep_result(send(transport(), Request::get(url_of(peer))), first));
    settle();
    const auto second = send_one(Request::get(url_of(peer)), {.timeouts = {.attempt = 5ms}});
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().kind(), ErrorKind::timeout);
    EXPECT_EQ(second.error().detail(), "pool");
    EXPECT_EQ(second.error().outcome(), Outcome::not_sent);
    EXPECT_GE(attempt_.phases.queue, 5ms);
    EXPECT_EQ(transport().stats().waiting, 0U);
    group.cancel();
    runtime::run(scheduler_, group.join());
}

TEST_F(AsioTransportTest, a_cancelled_wait_leaves_the_line_and_its_place_goes_to_the_next) {
    options_.connections_per_origin = 1;
    auto& peer = answer_with({{"", Then::hang}, {ok}});
    std::optional<Result<Response>> first;
    std::optional<Result<Response>> second;
    std::optional<Result<Response>> third;
    runtime::TaskGroup first_group(scheduler_);
    runtime::TaskGroup second_group(scheduler_);
    runtime::TaskGroup third_group(scheduler_);
    const auto request = Request::get(url_of(peer));
    first_group.spawn(keep_result(send(transport(), request), first));
    settle();
    second_group.spawn(keep_result(send(transport(), request), second));
    third_group.spawn(keep_result(send(transport(), request), third));
    settle();
    EXPECT_EQ(transport().stats().waiting, 2U);
    second_group.cancel();
    settle();
    EXPECT_EQ(second->error().kind(), ErrorKind::cancelled);
    EXPECT_EQ(second->error().outcome(), Outcome::not_sent);
    first_group.cancel();
    runtime::run(scheduler_, third_group.join());
    EXPECT_TRUE(*third);
    EXPECT_EQ(first->error().kind(), ErrorKind::cancelled);
    EXPECT_EQ(first->error().outcome(), Outcome::unknown);
    EXPECT_EQ(transport().stats().connections, 1U);
}

TEST_F(AsioTransportTest, a_line_that_is_full_refuses_at_once) {
    options_.connections_per_origin = 1;
    options_.waiting_max = 0;
    auto& peer = answer_with({{"", Then::hang}});
    std::optional<Result<Response>> first;
    runtime::TaskGroup group(scheduler_);
    group.spawn(keep_result(send(transport(), Request::get(url_of(peer))), first));
    settle();
    const auto second = get();
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().kind(), ErrorKind::too_large);
    EXPECT_EQ(second.error().detail(), "pool");
    EXPECT_EQ(second.error().outcome(), Outcome::not_sent);
    group.cancel();
    runtime::run(scheduler_, group.join());
}

TEST_F(AsioTransportTest, at_the_total_limit_another_origins_idle_connection_gives_way) {
    options_.connections_total = 2;
    RawPeer one(scheduler_, {{ok}});
    RawPeer two(scheduler_, {{ok}});
    RawPeer three(scheduler_, {{ok}});
    for (const auto* peer : {&one, &two, &three}) {
        ASSERT_TRUE(send_one(Request::get(url_of(*peer))));
    }
    EXPECT_EQ(transport().stats().connections, 2U);
    settle();
    EXPECT_EQ(one.open(), 0U);
    EXPECT_EQ(two.open(), 1U);
    EXPECT_EQ(three.open(), 1U);
}

TEST_F(AsioTransportTest, a_call_that_waits_for_the_total_limit_gets_the_place_of_another_origin) {
    options_.connections_total = 1;
    RawPeer one(scheduler_, {{"", Then::hang}});
    RawPeer two(scheduler_, {{ok}});
    std::optional<Result<Response>> first;
    std::optional<Result<Response>> second;
    runtime::TaskGroup one_group(scheduler_);
    runtime::TaskGroup two_group(scheduler_);
    one_group.spawn(keep_result(send(transport(), Request::get(url_of(one))), first));
    settle();
    two_group.spawn(keep_result(send(transport(), Request::get(url_of(two))), second));
    settle();
    EXPECT_EQ(transport().stats().waiting, 1U);
    one_group.cancel();
    runtime::run(scheduler_, two_group.join());
    EXPECT_TRUE(*second);
}

TEST_F(AsioTransportTest, an_idle_connection_is_closed_when_its_time_is_over) {
    options_.idle_keep_alive = 2ms;
    auto& peer = answer_with({{ok}});
    ASSERT_TRUE(get());
    EXPECT_EQ(transport().stats().idle, 1U);
    while (transport().stats().connections > 0) {
        scheduler_.io_context().restart();
        scheduler_.io_context().run_one();
    }
    settle();
    EXPECT_EQ(peer.open(), 0U);
}

TEST_F(AsioTransportTest, without_keep_alive_or_lifetime_nothing_is_kept) {
    options_.idle_keep_alive = 0s;
    answer_with({{ok}});
    ASSERT_TRUE(get());
    EXPECT_EQ(transport().stats().connections, 0U);
    transport_.reset();
    options_ = {.connection_lifetime = 0s};
    ASSERT_TRUE(get());
    EXPECT_EQ(transport().stats().connections, 0U);
}

// ---- what goes wrong

TEST_F(AsioTransportTest, a_refused_connection_is_not_sent) {
    auto& peer = answer_with({{ok}});
    const auto url = url_of(peer);
    peer.stop();
    const auto answer = send_one(Request::get(url));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind(), ErrorKind::connect);
    EXPECT_EQ(answer.error().detail(), "refused");
    EXPECT_EQ(answer.error().outcome(), Outcome::not_sent);
    EXPECT_TRUE(answer.error().retryable());
    EXPECT_EQ(attempt_.bytes_sent, 0U);
}

TEST_F(AsioTransportTest, the_next_address_is_tried_where_one_refuses) {
    const auto& peer = answer_with({{ok}});
    options_.hosts = {{"many.test", {"127.0.0.2", "127.0.0.1"}}};
    const auto url = *http::Url::parse("http://many.test:" + std::to_string(peer.port()) + "/");
    ASSERT_TRUE(send_one(Request::get(url)));
}

TEST_F(AsioTransportTest, an_early_refusal_of_a_large_body_is_an_answer) {
    // The peer never reads the body: we are told 413 and then cut off in the middle of sending.
    const std::string refusal = "HTTP/1.1 413 Content Too Large\r\ncontent-length: 0\r\n\r\n";
    const auto& peer = answer_with({{refusal, Then::fin, When::head}});
    const auto answer = send_one(Request::post(url_of(peer), std::string(20'000'000, 'x')));
    ASSERT_TRUE(answer) << answer.error().to_string();
    EXPECT_EQ(answer->status(), 413);
    EXPECT_EQ(transport().stats().connections, 0U);
}

TEST_F(AsioTransportTest, a_peer_that_stops_reading_ends_in_idle_and_may_have_got_it) {
    const auto& peer = answer_with({{"", Then::hang, When::head}});
    const auto answer = send_one(Request::post(url_of(peer), std::string(20'000'000, 'x')),
                                 {.timeouts = {.idle = 5ms}});
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind(), ErrorKind::timeout);
    EXPECT_EQ(answer.error().detail(), "idle");
    EXPECT_EQ(answer.error().outcome(), Outcome::unknown);
    EXPECT_GT(attempt_.bytes_sent, 0U);
}

TEST_F(AsioTransportTest, the_timers_of_one_call_do_not_end_the_next) {
    answer_with({{ok}});
    ASSERT_TRUE(send_one(Request::get(url_of(*peer_)), {.timeouts = {.first_byte = 300ms}}));
    const SteadyTime past = scheduler_.now() + 310ms;
    EXPECT_TRUE(runtime::run(scheduler_, scheduler_.sleep_until(past)));
    ASSERT_TRUE(get());
    EXPECT_TRUE(attempt_.reused_connection);
}

// ---- nothing is left behind

TEST_F(AsioTransportTest, whatever_happens_every_descriptor_comes_back) {
    const std::size_t before = descriptors_at_rest();
    {
        auto& peer = answer_with({{ok},
                                  {"", Then::reset},
                                  {"HTTP/1.1 nonsense", Then::hang},
                                  {"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nshort", Then::fin},
                                  {ok}});
        for (int i = 0; i < 6; ++i) {
            (void)send_one(Request::get(url_of(peer)), {.timeouts = {.first_byte = 5ms}});
        }
        transport_.reset();
        peer_.reset();
    }
    EXPECT_EQ(internal::open_descriptors(), before);
}

TEST_F(AsioTransportTest, cancelling_after_any_number_of_steps_leaves_nothing_behind) {
    const std::size_t before = descriptors_at_rest();
    int cancelled = 0;
    int too_late = 0;
    bool was_over = false;
    for (int steps = 0; !was_over; ++steps) {
        ASSERT_LT(steps, 200) << "the call never ends";
        auto& peer = answer_with({{ok, Then::keep, When::whole_request, 7}});
        std::optional<Result<Response>> result;
        runtime::TaskGroup group(scheduler_);
        group.spawn(keep_result(send(transport(), Request::get(url_of(peer))), result));
        scheduler_.io_context().restart();
        for (int i = 0; i < steps && !result; ++i) {
            scheduler_.io_context().run_one();
        }
        was_over = result.has_value();
        group.cancel();
        runtime::run(scheduler_, group.join());
        ASSERT_TRUE(result);
        if (*result) {
            too_late += was_over ? 0 : 1;
        } else {
            ++cancelled;
            EXPECT_EQ(result->error().kind(), ErrorKind::cancelled) << steps;
            EXPECT_EQ(transport().stats().connections, 0U) << steps;
            EXPECT_TRUE(peer.seen().empty() || result->error().outcome() == Outcome::unknown)
                << steps;
        }
        EXPECT_EQ(transport().stats().waiting, 0U);
        transport_.reset();
        peer_.reset();
        scheduler_.poll();
        EXPECT_EQ(internal::open_descriptors(), before) << steps;
    }
    EXPECT_GT(cancelled, 5);
    EXPECT_LE(too_late, 1) << "only the very last step of a call may miss a cancellation";
}

}  // namespace
}  // namespace apilab::transport
