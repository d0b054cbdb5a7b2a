// What a client sees of each `http::WirePlan`, and what the plan's author is told.

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
using runtime::Task;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::StartsWith;
using End = TestPeer::End;
using Reset = http::WirePlan::Reset;

constexpr std::string_view get = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
const std::string body_text(1000, 'b');

class ServerFaults : public ::testing::Test {
protected:
    // A server whose every answer has `body_text` and follows `plan`.
    void serve(http::WirePlan plan, int status = 200) {
        plan.on_finished = reports_.hook();
        http::Response response(status, body_text);
        response.wire(std::make_shared<const http::WirePlan>(std::move(plan)));
        server_ = std::make_unique<TestServer>(
            [response](const http::Request&, const CallContext&) { return answer_with(response); });
    }
    // The one result; fails where there are more or none.
    http::WireResult result() {
        const auto all = reports_.wait_for(1);
        server_->stop({});
        EXPECT_THAT(all, SizeIs(1));
        EXPECT_EQ(reports_.count(), 1u);
        return all.empty() ? http::WireResult() : all.front();
    }

    TestReports reports_;
    std::unique_ptr<TestServer> server_;
};

TEST_F(ServerFaults, an_empty_plan_changes_nothing_and_reports_every_byte) {
    serve({});
    auto peer = server_->connect();
    const std::string answer = peer.ask(get);
    EXPECT_THAT(answer, EndsWith(body_text));
    const auto told = result();
    EXPECT_EQ(told.bytes_sent, answer.size());
    EXPECT_FALSE(told.peer_closed);
    EXPECT_FALSE(told.cut_by_plan);
    EXPECT_NE(told.finished, SteadyTime());
}

TEST_F(ServerFaults, reset_before_the_response_sends_nothing_but_rst) {
    serve({.reset = Reset::before_response});
    auto peer = server_->connect();
    ASSERT_TRUE(peer.send(get));
    EXPECT_EQ(peer.read_all(), "");
    EXPECT_EQ(peer.end(), End::reset);
    const auto told = result();
    EXPECT_EQ(told.bytes_sent, 0u);
    EXPECT_TRUE(told.cut_by_plan);
    EXPECT_FALSE(told.peer_closed);
}

TEST_F(ServerFaults, reset_mid_headers_shows_half_a_head) {
    serve({.reset = Reset::mid_headers});
    auto peer = server_->connect();
    ASSERT_TRUE(peer.send(get));
    const std::string seen = peer.read_all();
    EXPECT_EQ(peer.end(), End::reset);
    EXPECT_THAT(seen, StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_EQ(seen.find("\r\n\r\n"), std::string::npos);
    const auto told = result();
    EXPECT_EQ(told.bytes_sent, seen.size());
    EXPECT_TRUE(told.cut_by_plan);
}

TEST_F(ServerFaults, reset_mid_body_shows_the_head_and_half_the_body) {
    serve({.reset = Reset::mid_body});
    auto peer = server_->connect();
    ASSERT_TRUE(peer.send(get));
    const std::string seen = peer.read_all();
    EXPECT_EQ(peer.end(), End::reset);
    EXPECT_THAT(seen, HasSubstr("content-length: 1000\r\n"));
    EXPECT_EQ(seen.size() - seen.find("\r\n\r\n") - 4, 500u);
    EXPECT_EQ(result().bytes_sent, seen.size());
}

TEST_F(ServerFaults, reset_mid_body_of_an_answer_without_body_leaves_the_head_unfinished) {
    serve({.reset = Reset::mid_body}, 204);
    auto peer = server_->connect();
    ASSERT_TRUE(peer.send(get));
    const std::string seen = peer.read_all();
    EXPECT_EQ(peer.end(), End::reset);
    EXPECT_EQ(seen.find("\r\n\r\n"), std::string::npos);
}

TEST_F(ServerFaults, close_before_the_response_is_a_bare_fin) {
    serve({.close_before_response = true});
    auto peer = server_->connect();
    ASSERT_TRUE(peer.send(get));
    EXPECT_EQ(peer.read_all(), "");
    EXPECT_EQ(peer.end(), End::fin);
    const auto told = result();
    EXPECT_EQ(told.bytes_sent, 0u);
    EXPECT_TRUE(told.cut_by_plan);
}

TEST_F(ServerFaults, a_truncated_body_announces_all_of_itself_and_ends_with_fin) {
    serve({.truncate_body_at = 10});
    auto peer = server_->connect();
    ASSERT_TRUE(peer.send(get));
    const std::string seen = peer.read_all();
    EXPECT_EQ(peer.end(), End::fin);
    EXPECT_THAT(seen, HasSubstr("content-length: 1000\r\n"));
    EXPECT_THAT(seen, EndsWith("\r\n\r\nbbbbbbbbbb"));
    const auto told = result();
    EXPECT_EQ(told.bytes_sent, seen.size());
    EXPECT_TRUE(told.cut_by_plan);
}

TEST_F(ServerFaults, a_truncation_beyond_the_body_cuts_nothing) {
    serve({.truncate_body_at = 1000});
    auto peer = server_->connect();
    ASSERT_TRUE(peer.send(get));
    EXPECT_THAT(peer.read_all(), EndsWith(body_text));
    EXPECT_EQ(peer.end(), End::fin);
    EXPECT_FALSE(result().cut_by_plan);
}

TEST_F(ServerFaults, a_stall_sends_so_many_bytes_and_holds_until_the_peer_closes) {
    serve({.stall_at = 30});
    auto peer = server_->connect();
    ASSERT_TRUE(peer.send(get));
    EXPECT_THAT(peer.read_exactly(30), StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_EQ(server_->stats().connections_open, 1u);
    EXPECT_EQ(reports_.count(), 0u);
    peer.close();
    const auto told = result();
    EXPECT_EQ(told.bytes_sent, 30u);
    EXPECT_TRUE(told.peer_closed);
    EXPECT_FALSE(told.cut_by_plan);
}

TEST_F(ServerFaults, a_stall_at_zero_says_nothing_at_all) {
    serve({.stall_at = 0});
    auto peer = server_->connect();
    ASSERT_TRUE(peer.send(get));
    EXPECT_TRUE(server_->eventually([](const ServerStats& s) { return s.requests == 1; }));
    peer.reset();
    const auto told = result();
    EXPECT_EQ(told.bytes_sent, 0u);
    EXPECT_TRUE(told.peer_closed);
}

TEST_F(ServerFaults, a_stall_in_the_body_sends_the_head_and_so_much_of_the_body) {
    serve({.stall_body_at = 3});
    auto peer = server_->connect();
    ASSERT_TRUE(peer.send(get));
    std::string answer;
    while (!answer.ends_with("\r\n\r\nbbb")) {
        const auto more = peer.read_exactly(1);
        ASSERT_FALSE(more.empty());
        answer += more;
    }
    peer.close();
    const auto told = result();
    EXPECT_EQ(told.bytes_sent, answer.size());
    EXPECT_TRUE(told.peer_closed);
}

TEST_F(ServerFaults, a_stall_with_an_end_writes_the_rest_and_keeps_the_connection) {
    serve({.stall_body_at = 3, .stall_for = std::chrono::milliseconds(1)});
    auto peer = server_->connect();
    EXPECT_THAT(peer.ask(get), EndsWith(body_text));
    EXPECT_THAT(peer.ask(get), EndsWith(body_text));
    EXPECT_THAT(reports_.wait_for(2), SizeIs(2));
}

TEST_F(ServerFaults, a_stall_ends_when_the_server_stops) {
    serve({.stall_at = 30});
    auto peer = server_->connect();
    ASSERT_TRUE(peer.send(get));
    EXPECT_THAT(peer.read_exactly(30), SizeIs(30));
    server_->stop(std::chrono::hours(1));
    EXPECT_EQ(peer.read_all(), "");
    const auto told = result();
    EXPECT_EQ(told.bytes_sent, 30u);
    EXPECT_FALSE(told.peer_closed);
    EXPECT_FALSE(told.cut_by_plan);
    EXPECT_TRUE(told.gave_up);
}

TEST_F(ServerFaults, a_stall_beyond_the_answer_changes_nothing) {
    serve({.stall_at = 1'000'000});
    auto peer = server_->connect();
    EXPECT_THAT(peer.ask(get), EndsWith(body_text));
    EXPECT_FALSE(result().peer_closed);
}

TEST_F(ServerFaults, close_after_breaks_the_promise_of_keep_alive) {
    serve({.close_after = true});
    auto peer = server_->connect();
    const std::string answer = peer.ask(get);
    EXPECT_EQ(answer.find("connection:"), std::string::npos);
    EXPECT_THAT(answer, EndsWith(body_text));
    EXPECT_EQ(peer.read_all(), "");
    EXPECT_EQ(peer.end(), End::fin);
    const auto told = result();
    EXPECT_EQ(told.bytes_sent, answer.size());
    EXPECT_FALSE(told.cut_by_plan);
}

TEST_F(ServerFaults, a_bare_fin_is_one_even_with_a_pipelined_request_unread) {
    serve({.close_before_response = true});
    auto peer = server_->connect();
    ASSERT_TRUE(peer.send(std::string(get) + std::string(get)));
    EXPECT_EQ(peer.read_all(), "");
    EXPECT_EQ(peer.end(), End::fin);
    EXPECT_EQ(result().bytes_sent, 0u);
}

TEST_F(ServerFaults, an_unsendable_head_becomes_a_500_and_the_plan_is_still_told) {
    auto plan = std::make_shared<http::WirePlan>();
    plan->on_finished = reports_.hook();
    http::Response response(200, body_text, {{"x", "a\r\nb: c"}});
    response.wire(plan);
    server_ = std::make_unique<TestServer>(
        [response](const http::Request&, const CallContext&) { return answer_with(response); });
    auto peer = server_->connect();
    const std::string answer = peer.ask(get);
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 500 "));
    EXPECT_EQ(result().bytes_sent, answer.size());
}

// Answers when told to, so that the peer can be gone by then.
struct Gate {
    runtime::RealScheduler* scheduler = nullptr;
    runtime::Event open;
    std::shared_ptr<const http::WirePlan> plan;
    std::string body = body_text;
};

Task<Result<http::Response>> wait_at(Gate* gate) {
    const auto woken = co_await gate->scheduler->wait(&gate->open, SteadyTime::max());
    if (woken == runtime::Scheduler::Woken::cancelled) {
        co_return fail(ErrorKind::cancelled, "cancelled");
    }
    http::Response response(200, gate->body);
    response.wire(gate->plan);
    co_return response;
}

class ServerAndPeer : public ::testing::Test {
protected:
    ServerAndPeer() {
        auto plan = std::make_shared<http::WirePlan>();
        plan->on_finished = reports_.hook();
        gate_.plan = plan;
    }
    void start(ServerOptions options = {}) {
        server_ = std::make_unique<TestServer>(
            [this](const http::Request&, const CallContext&) { return wait_at(&gate_); },
            std::move(options));
        gate_.scheduler = &server_->scheduler();
    }
    void await_request() {
        ASSERT_TRUE(server_->eventually([](const ServerStats& s) { return s.requests == 1; }));
    }
    void open_gate() {
        server_->on_thread([this] { gate_.open.set(); });
    }

    TestReports reports_;
    Gate gate_;
    std::unique_ptr<TestServer> server_;
};

TEST_F(ServerAndPeer, one_that_reset_before_the_answer_is_reported) {
    start();
    auto peer = server_->connect();
    ASSERT_TRUE(peer.send(get));
    await_request();
    peer.reset();
    open_gate();
    const auto told = reports_.wait_for(1);
    ASSERT_THAT(told, SizeIs(1));
    EXPECT_TRUE(told[0].peer_closed);
    EXPECT_EQ(told[0].bytes_sent, 0u);
    server_->stop({});
    EXPECT_EQ(reports_.count(), 1u);
}

TEST_F(ServerAndPeer, one_that_closed_before_the_answer_is_reported) {
    start();
    auto peer = server_->connect();
    ASSERT_TRUE(peer.send(get));
    await_request();
    peer.close();
    open_gate();
    const auto told = reports_.wait_for(1);
    ASSERT_THAT(told, SizeIs(1));
    EXPECT_TRUE(told[0].peer_closed);
}

TEST_F(ServerAndPeer, one_that_only_shut_its_sending_side_got_everything) {
    start();
    auto peer = server_->connect();
    ASSERT_TRUE(peer.send(get));
    await_request();
    peer.fin();
    open_gate();
    EXPECT_THAT(peer.read_all(), EndsWith(body_text));
    const auto told = reports_.wait_for(1);
    ASSERT_THAT(told, SizeIs(1));
    EXPECT_FALSE(told[0].peer_closed);
}

TEST_F(ServerAndPeer, one_that_goes_in_the_middle_of_a_large_answer_is_reported) {
    gate_.body.assign(50'000'000, 'b');
    start();
    auto peer = server_->connect();
    ASSERT_TRUE(peer.send(get));
    await_request();
    open_gate();
    EXPECT_THAT(peer.read_exactly(1000), SizeIs(1000));
    peer.close();
    const auto told = reports_.wait_for(1);
    ASSERT_THAT(told, SizeIs(1));
    EXPECT_TRUE(told[0].peer_closed);
    EXPECT_GE(told[0].bytes_sent, 1000u);
    EXPECT_LT(told[0].bytes_sent, 50'000'000u);
}

TEST_F(ServerAndPeer, one_that_reads_nothing_is_given_up) {
    gate_.body.assign(50'000'000, 'b');
    start({.write_idle_timeout = std::chrono::milliseconds(5)});
    auto peer = server_->connect();
    ASSERT_TRUE(peer.send(get));
    await_request();
    open_gate();
    const auto told = reports_.wait_for(1);
    ASSERT_THAT(told, SizeIs(1));
    EXPECT_FALSE(told[0].peer_closed);
    EXPECT_FALSE(told[0].cut_by_plan);
    EXPECT_LT(told[0].bytes_sent, 50'000'000u);
    peer.read_all();
    EXPECT_EQ(peer.end(), End::reset);
}

TEST_F(ServerAndPeer, a_request_in_flight_is_answered_when_the_server_stops) {
    start();
    auto busy = server_->connect();
    ASSERT_TRUE(busy.send(get));
    await_request();
    auto idle = server_->connect();
    ASSERT_TRUE(server_->eventually([](const ServerStats& s) { return s.connections_open == 2; }));
    server_->begin_stop(std::chrono::hours(1));
    EXPECT_EQ(idle.read_all(), "");
    EXPECT_EQ(idle.end(), End::fin);
    EXPECT_FALSE(server_->connect().connected());
    open_gate();
    const std::string answer = busy.read_all();
    EXPECT_THAT(answer, HasSubstr("\r\nconnection: close\r\n"));
    EXPECT_THAT(answer, EndsWith(body_text));
    EXPECT_EQ(busy.end(), End::fin);
    server_->join();
    EXPECT_THAT(reports_.wait_for(1), SizeIs(1));
}

TEST_F(ServerAndPeer, a_request_that_outlasts_the_grace_is_cancelled) {
    start();
    auto peer = server_->connect();
    ASSERT_TRUE(peer.send(get));
    await_request();
    server_->stop(std::chrono::milliseconds(1));
    EXPECT_EQ(peer.read_all(), "");
    EXPECT_EQ(reports_.count(), 0u);  // the service never gave an answer
}

TEST_F(ServerAndPeer, an_answer_half_written_at_the_end_of_the_grace_is_reported) {
    gate_.body.assign(50'000'000, 'b');
    start();
    auto peer = server_->connect();
    ASSERT_TRUE(peer.send(get));
    await_request();
    open_gate();
    EXPECT_THAT(peer.read_exactly(1000), SizeIs(1000));
    server_->stop(std::chrono::milliseconds(1));
    const auto told = reports_.wait_for(1);
    ASSERT_THAT(told, SizeIs(1));
    EXPECT_FALSE(told[0].peer_closed);
    EXPECT_LT(told[0].bytes_sent, 50'000'000u);
}

TEST_F(ServerAndPeer, a_server_that_was_never_stopped_closes_by_force) {
    {
        runtime::RealScheduler scheduler;
        gate_.scheduler = &scheduler;
        internal::TestService service(
            [this](const http::Request&, const CallContext&) { return wait_at(&gate_); });
        Server server(scheduler, service);
        ASSERT_TRUE(server.listen());
        TestPeer peer(server.port());
        ASSERT_TRUE(peer.send(get));
        while (server.stats().requests == 0) {
            scheduler.poll();
        }
        EXPECT_EQ(server.stats().connections_open, 1u);
    }
    EXPECT_EQ(reports_.count(), 0u);
}

}  // namespace
}  // namespace apilab::server
