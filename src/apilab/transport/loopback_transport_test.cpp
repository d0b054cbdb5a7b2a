#include "apilab/transport/loopback_transport.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <vector>

#include "apilab/http/wire.hpp"
#include "apilab/runtime/task_group.hpp"
#include "apilab/runtime/virtual_scheduler.hpp"
#include "apilab/transport/send.hpp"

namespace apilab::transport {
namespace {

using namespace std::chrono_literals;
using http::Request;
using http::Response;
using http::WirePlan;
using Framing = WirePlan::Framing;
using runtime::CallContext;
using runtime::Task;

http::Url url(std::string_view text = "http://api.test:4010/x") {
    return *http::Url::parse(text);
}

Response with_plan(WirePlan plan, Response response = Response(200, "0123456789")) {
    response.wire(std::make_shared<const WirePlan>(std::move(plan)));
    return response;
}

// Answers the n-th request with the n-th answer (the last one again after that), each after a
// delay.
class Peer final : public runtime::Service {
public:
    struct Answer {
        Result<Response> response;
        Duration delay{};
    };
    Peer(runtime::Scheduler& scheduler, std::vector<Answer> answers)
        : scheduler_(scheduler), answers_(std::move(answers)) {}

    Task<Result<Response>> call(Request request, CallContext context) override {
        const Answer answer = answers_[std::min(seen.size(), answers_.size() - 1)];
        seen.push_back({std::move(request), context});
        if (answer.delay > Duration::zero()) {
            if (auto slept = co_await scheduler_.sleep_for(answer.delay); !slept) {
                ++cancelled;
                co_return fail(std::move(slept).error());
            }
        }
        co_return answer.response;
    }

    struct Seen {
        Request request;
        CallContext context;
    };
    std::vector<Seen> seen;
    int cancelled = 0;

private:
    runtime::Scheduler& scheduler_;
    std::vector<Answer> answers_;
};

class LoopbackTransportTest : public testing::Test {
protected:
    Result<Response> send_one(Request request, SendOptions options = {}) {
        options.attempt = &attempt_;
        return runtime::run(scheduler_, send(transport(), std::move(request), std::move(options)));
    }
    Peer& answer_with(std::vector<Peer::Answer> answers) {
        peer_.emplace(scheduler_, std::move(answers));
        return *peer_;
    }
    LoopbackTransport& transport() {
        if (!transport_) {
            transport_.emplace(scheduler_, *peer_, options_);
        }
        return *transport_;
    }

    runtime::VirtualScheduler scheduler_;
    LoopbackOptions options_;
    std::optional<Peer> peer_;
    std::optional<LoopbackTransport> transport_;
    http::AttemptRecord attempt_;
};

TEST_F(LoopbackTransportTest, the_service_sees_what_a_server_would_have_read) {
    const auto& peer = answer_with({{Response(200, "ok")}});
    CallContext context;
    context.idempotency_key = "k";
    context.deadline = scheduler_.now() + 1h;
    const auto answer =
        runtime::run(scheduler_, transport().call(Request::post(url(), "{}"), context));
    ASSERT_TRUE(answer);
    const auto& [request, seen] = peer.seen.at(0);
    EXPECT_EQ(request.headers().value("host"), "api.test:4010");
    EXPECT_EQ(request.headers().value("content-length"), "2");
    EXPECT_EQ(request.headers().value("idempotency-key"), "k");
    EXPECT_TRUE(request.headers().value("user-agent").starts_with("apilab/"));
    ASSERT_TRUE(seen.inbound);
    EXPECT_EQ(seen.inbound->local_port, 4010);
    EXPECT_EQ(seen.inbound->peer_address, "127.0.0.1");
    // What only the client knows does not leak to the other side.
    EXPECT_EQ(seen.deadline, SteadyTime::max());
    EXPECT_TRUE(seen.idempotency_key.empty());
    EXPECT_EQ(seen.record, nullptr);
}

TEST_F(LoopbackTransportTest, connections_are_numbered_and_reused) {
    const auto& peer = answer_with({{Response(200)},
                                    {Response(200)},
                                    {Response(200).header("connection", "close")},
                                    {Response(200)},
                                    {with_plan({.close_after = true})},
                                    {Response(200)}});
    for (int i = 0; i < 6; ++i) {
        ASSERT_TRUE(send_one(Request::get(url())));
    }
    std::vector<std::pair<std::uint64_t, std::uint64_t>> used;
    used.reserve(peer.seen.size());
    for (const auto& seen : peer.seen) {
        used.emplace_back(seen.context.inbound->connection,
                          seen.context.inbound->request_on_connection);
    }
    using Pairs = std::vector<std::pair<std::uint64_t, std::uint64_t>>;
    EXPECT_EQ(used, (Pairs{{1, 1}, {1, 2}, {1, 3}, {2, 1}, {2, 2}, {3, 1}}));
    EXPECT_EQ(transport().connections_made(), 3U);
}

TEST_F(LoopbackTransportTest, an_idle_connection_is_not_used_after_its_keep_alive) {
    answer_with({{Response(200)}});
    ASSERT_TRUE(send_one(Request::get(url())));
    scheduler_.advance(29s);
    ASSERT_TRUE(send_one(Request::get(url())));
    EXPECT_TRUE(attempt_.reused_connection);
    scheduler_.advance(30s);
    ASSERT_TRUE(send_one(Request::get(url())));
    EXPECT_FALSE(attempt_.reused_connection);
}

TEST_F(LoopbackTransportTest, date_and_length_are_added_and_the_plan_stays_behind) {
    answer_with({{with_plan({})}});
    const auto answer = send_one(Request::get(url()));
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->headers().value("date"), "Thu, 01 Jan 2026 00:00:00 GMT");
    EXPECT_EQ(answer->headers().value("content-length"), "10");
    EXPECT_EQ(answer->reason(), "OK");
    EXPECT_EQ(answer->wire(), nullptr);
}

TEST_F(LoopbackTransportTest, answers_to_head_and_204_have_no_body) {
    answer_with({{Response(200, "body")}, {Response(204, "body")}});
    const auto head = send_one(Request("HEAD", url()));
    ASSERT_TRUE(head);
    EXPECT_EQ(head->body(), "");
    EXPECT_EQ(head->headers().value("content-length"), "4");
    const auto none = send_one(Request::get(url()));
    ASSERT_TRUE(none);
    EXPECT_EQ(none->body(), "");
    EXPECT_FALSE(none->headers().contains("content-length"));
}

TEST_F(LoopbackTransportTest, an_error_of_the_service_is_a_500) {
    answer_with({{fail(ErrorKind::internal, "no such table")}});
    const auto answer = send_one(Request::get(url()));
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status(), 500);
}

TEST_F(LoopbackTransportTest, a_refused_request_never_reaches_the_service) {
    const auto& peer = answer_with({{Response(200)}});
    const auto answer = send_one(Request::get(url()).header("x", "a\nb"));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind(), ErrorKind::invalid_argument);
    EXPECT_EQ(attempt_.outcome, Outcome::not_sent);
    EXPECT_TRUE(peer.seen.empty());
}

struct Fault {
    const char* what;
    WirePlan plan;
    ErrorKind kind;
    std::string detail;
};

TEST_F(LoopbackTransportTest, every_fault_looks_as_it_does_on_a_socket) {
    using Reset = WirePlan::Reset;
    const Fault rows[] = {
        {"reset", {.reset = Reset::before_response}, ErrorKind::connection_lost, "reset"},
        {"head", {.reset = Reset::mid_headers}, ErrorKind::connection_lost, "reset"},
        {"body", {.reset = Reset::mid_body}, ErrorKind::connection_lost, "reset"},
        {"close", {.close_before_response = true}, ErrorKind::connection_lost, "closed"},
        {"truncate", {.truncate_body_at = 3}, ErrorKind::protocol, "truncated"},
        {"silence", {.stall_at = 0}, ErrorKind::timeout, "first_byte"},
        {"stall", {.stall_at = 40}, ErrorKind::timeout, "idle"},
        {"more announced", {.framing = Framing::wrong_length}, ErrorKind::timeout, "idle"},
        {"more announced, then FIN",
         {.stall_for = 1s, .framing = Framing::wrong_length},
         ErrorKind::protocol,
         "truncated"},
        {"no last chunk",
         {.framing = Framing::chunk_without_end},
         ErrorKind::protocol,
         "truncated"},
        {"huge header", {.framing = Framing::huge_header}, ErrorKind::too_large, "header"},
    };
    for (const auto& row : rows) {
        int finished = 0;
        auto plan = row.plan;
        plan.on_finished = [&](const http::WireResult&) { ++finished; };
        answer_with({{with_plan(plan)}});
        LoopbackTransport transport(scheduler_, *peer_);
        const auto answer = runtime::run(scheduler_, send(transport, Request::get(url())));
        ASSERT_FALSE(answer) << row.what;
        EXPECT_EQ(answer.error().kind(), row.kind) << row.what;
        EXPECT_EQ(answer.error().detail(), row.detail) << row.what;
        EXPECT_EQ(answer.error().outcome(), Outcome::unknown) << row.what;
        EXPECT_EQ(finished, 1) << row.what;
    }
}

TEST_F(LoopbackTransportTest, bytes_left_over_end_the_connection_and_interim_answers_do_not) {
    answer_with({{with_plan({.framing = Framing::stray_bytes})},
                 {with_plan({.framing = Framing::short_length})},
                 {with_plan({.announce_close = true})},
                 {with_plan({.interim = 103})},
                 {with_plan({})}});
    EXPECT_EQ(send_one(Request::get(url()))->body(), "0123456789");
    EXPECT_EQ(send_one(Request::get(url()))->body(), "01234");
    EXPECT_FALSE(attempt_.reused_connection);
    EXPECT_EQ(send_one(Request::get(url()))->headers().value("connection"), "close");
    EXPECT_FALSE(attempt_.reused_connection);
    EXPECT_EQ(send_one(Request::get(url()))->status(), 200);
    EXPECT_FALSE(attempt_.reused_connection);
    EXPECT_EQ(send_one(Request::get(url()))->status(), 200);
    EXPECT_TRUE(attempt_.reused_connection);
}

TEST_F(LoopbackTransportTest, framing_needs_a_body) {
    answer_with({{with_plan({.framing = Framing::wrong_length}, Response(204))}});
    EXPECT_TRUE(send_one(Request::get(url())));
}

TEST_F(LoopbackTransportTest, a_drip_takes_its_time_until_somebody_loses_patience) {
    std::vector<http::WireResult> results;
    auto told = [&](const http::WireResult& result) { results.push_back(result); };
    answer_with(
        {{with_plan({.drip = 5, .on_finished = told})},
         {with_plan({.drip = 1, .on_finished = told}, Response(200, std::string(900, 'd')))}});
    SteadyTime before = scheduler_.now();
    ASSERT_TRUE(send_one(Request::get(url())));
    EXPECT_EQ(scheduler_.now(), before + 2s);
    before = scheduler_.now();
    const auto late = send_one(Request::get(url()), {.timeouts = {.attempt = 40s}});
    EXPECT_EQ(late.error().detail(), "attempt");
    EXPECT_EQ(scheduler_.now(), before + 40s);
    EXPECT_TRUE(results.at(1).peer_closed);
    EXPECT_EQ(attempt_.bytes_received, results.at(1).bytes_sent);
    before = scheduler_.now();
    const auto hasty = send_one(Request::get(url()), {.timeouts = {.idle = 500ms}});
    EXPECT_EQ(hasty.error().detail(), "idle");
    EXPECT_EQ(scheduler_.now(), before + 500ms);
}

TEST_F(LoopbackTransportTest, the_wire_result_says_what_left_and_who_ended_it) {
    std::vector<http::WireResult> results;
    auto told = [&](const http::WireResult& result) { results.push_back(result); };
    answer_with({{with_plan({.on_finished = told})},
                 {with_plan({.truncate_body_at = 4, .on_finished = told})},
                 {with_plan({.stall_at = 7, .on_finished = told})}});
    const auto whole = send_one(Request::get(url()));
    EXPECT_EQ(attempt_.bytes_received, results.at(0).bytes_sent);
    EXPECT_FALSE(results.at(0).peer_closed || results.at(0).cut_by_plan);
    EXPECT_FALSE(send_one(Request::get(url())));
    EXPECT_EQ(results.at(1).bytes_sent, results.at(0).bytes_sent - 6);
    EXPECT_TRUE(results.at(1).cut_by_plan);
    const SteadyTime before = scheduler_.now();
    EXPECT_FALSE(send_one(Request::get(url())));
    EXPECT_EQ(results.at(2).bytes_sent, 7U);
    EXPECT_TRUE(results.at(2).peer_closed);
    EXPECT_EQ(results.at(2).finished, before + 15s);
}

TEST_F(LoopbackTransportTest, a_stall_that_ends_in_time_is_only_late) {
    std::vector<http::WireResult> results;
    auto told = [&](const http::WireResult& result) { results.push_back(result); };
    answer_with({{with_plan({.stall_body_at = 2, .stall_for = 3s, .on_finished = told})},
                 {with_plan({.stall_at = 0, .stall_for = 16s, .on_finished = told})}});
    const SteadyTime before = scheduler_.now();
    const auto answer = send_one(Request::get(url()));
    ASSERT_TRUE(answer);
    EXPECT_EQ(scheduler_.now(), before + 3s);
    EXPECT_EQ(results.at(0).bytes_sent, attempt_.bytes_received);
    EXPECT_FALSE(results.at(0).peer_closed || results.at(0).cut_by_plan);
    EXPECT_FALSE(send_one(Request::get(url())));
    EXPECT_TRUE(results.at(1).peer_closed);
}

TEST_F(LoopbackTransportTest, a_service_slower_than_the_limit_is_cancelled_at_the_limit) {
    const auto& peer = answer_with({{Response(200), 1h}});
    const SteadyTime before = scheduler_.now();
    const auto answer = send_one(Request::get(url()), {.timeouts = {.first_byte = 2s}});
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().detail(), "first_byte");
    EXPECT_EQ(answer.error().outcome(), Outcome::unknown);
    EXPECT_EQ(scheduler_.now(), before + 2s);
    EXPECT_EQ(peer.cancelled, 1);
    EXPECT_EQ(attempt_.elapsed, 2s);
    EXPECT_EQ(attempt_.error, ErrorKind::timeout);
}

TEST_F(LoopbackTransportTest, the_calls_deadline_is_told_from_the_attempts) {
    answer_with({{Response(200), 1h}});
    CallContext context;
    context.deadline = scheduler_.now() + 3s;
    const auto late = runtime::run(scheduler_, transport().call(Request::get(url()), context));
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().kind(), ErrorKind::deadline);
    // It has passed now: the next attempt is not even begun.
    const auto never = runtime::run(scheduler_, transport().call(Request::get(url()), context));
    ASSERT_FALSE(never);
    EXPECT_EQ(never.error().kind(), ErrorKind::deadline);
    EXPECT_EQ(never.error().outcome(), Outcome::not_sent);
    EXPECT_EQ(peer_->seen.size(), 1U);
}

TEST_F(LoopbackTransportTest, a_stall_after_a_slow_answer_keeps_to_the_first_byte_limit) {
    answer_with({{with_plan({.stall_at = 0}), 5s}});
    const SteadyTime before = scheduler_.now();
    ASSERT_FALSE(send_one(Request::get(url())));
    EXPECT_EQ(scheduler_.now(), before + 15s);
    EXPECT_EQ(attempt_.phases.first_byte, 15s);
}

TEST_F(LoopbackTransportTest, a_read_is_replayed_once_on_a_dead_reused_connection) {
    const WirePlan reset{.reset = WirePlan::Reset::before_response};
    const auto& peer =
        answer_with({{Response(200)}, {with_plan(reset)}, {Response(200, "second")}});
    ASSERT_TRUE(send_one(Request::get(url())));
    EXPECT_FALSE(attempt_.replayed);
    const auto answer = send_one(Request::get(url()));
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->body(), "second");
    EXPECT_TRUE(attempt_.replayed);
    EXPECT_EQ(peer.seen.size(), 3U);
    EXPECT_EQ(peer.seen.at(2).context.inbound->connection, 2U);
}

TEST_F(LoopbackTransportTest, a_replay_is_not_replayed) {
    const WirePlan reset{.reset = WirePlan::Reset::before_response};
    const auto& peer = answer_with({{Response(200)}, {with_plan(reset)}});
    ASSERT_TRUE(send_one(Request::get(url())));
    EXPECT_FALSE(send_one(Request::get(url())));
    EXPECT_EQ(peer.seen.size(), 3U);
}

TEST_F(LoopbackTransportTest, a_write_is_never_replayed_and_a_read_by_post_is) {
    const WirePlan reset{.reset = WirePlan::Reset::before_response};
    const auto& peer = answer_with({{Response(200)},
                                    {with_plan(reset)},
                                    {Response(200)},
                                    {with_plan(reset)},
                                    {Response(200)}});
    ASSERT_TRUE(send_one(Request::get(url())));
    EXPECT_FALSE(send_one(Request::post(url(), "{}")));
    EXPECT_EQ(peer.seen.size(), 2U);
    ASSERT_TRUE(send_one(Request::get(url())));
    EXPECT_TRUE(send_one(Request::post(url(), "{}"), {.effect = http::Effect::read}));
    EXPECT_EQ(peer.seen.size(), 5U);
}

TEST_F(LoopbackTransportTest, replaying_can_be_turned_off) {
    options_.replay_stale = false;
    const WirePlan reset{.reset = WirePlan::Reset::before_response};
    answer_with({{Response(200)}, {with_plan(reset)}, {Response(200)}});
    ASSERT_TRUE(send_one(Request::get(url())));
    EXPECT_FALSE(send_one(Request::get(url())));
}

Task<void> keep_result(Task<Result<Response>> task, std::optional<Result<Response>>& result) {
    result = co_await std::move(task);
}

TEST_F(LoopbackTransportTest, cancelling_reaches_the_service) {
    const auto& peer = answer_with({{Response(200), 1h}});
    std::optional<Result<Response>> result;
    runtime::TaskGroup group(scheduler_);
    group.spawn(keep_result(transport().call(Request::get(url()), {}), result));
    scheduler_.advance(1s);
    group.cancel();
    runtime::run(scheduler_, group.join());
    ASSERT_TRUE(result);
    EXPECT_EQ(result->error().kind(), ErrorKind::cancelled);
    EXPECT_EQ(result->error().outcome(), Outcome::unknown);
    EXPECT_EQ(peer.cancelled, 1);
}

TEST_F(LoopbackTransportTest, cancelling_before_the_service_was_reached_does_not_wait_for_it) {
    answer_with({{Response(200), 1h}});
    std::optional<Result<Response>> result;
    runtime::TaskGroup group(scheduler_);
    group.spawn(keep_result(transport().call(Request::get(url()), {}), result));
    group.cancel();
    const SteadyTime before = scheduler_.now();
    runtime::run(scheduler_, group.join());
    ASSERT_TRUE(result);
    EXPECT_EQ(result->error().kind(), ErrorKind::cancelled);
    EXPECT_EQ(scheduler_.now(), before);
}

}  // namespace
}  // namespace apilab::transport
