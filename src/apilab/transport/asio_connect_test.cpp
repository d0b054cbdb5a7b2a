// Hosts with several addresses, some of them dead or silent.

#include <gtest/gtest.h>

#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <optional>
#include <string>
#include <vector>

#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/runtime/task_group.hpp"
#include "apilab/transport/asio_transport.hpp"
#include "apilab/transport/internal/raw_peer.hpp"
#include "apilab/transport/send.hpp"

namespace apilab::transport {
namespace {

using namespace std::chrono_literals;
using boost::asio::ip::tcp;
using http::Request;
using http::Response;
using internal::RawPeer;
using runtime::Task;

const std::string ok = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

tcp::endpoint endpoint(const char* address, std::uint16_t port) {
    return {boost::asio::ip::make_address_v4(address), port};
}

// Takes no connection: its queue holds one, and that one is there. The kernel drops whoever comes
// next without a word.
class BlackHole {
public:
    BlackHole(runtime::RealScheduler& scheduler, const char* address, std::uint16_t port)
        : acceptor_(scheduler.io_context()), first_(scheduler.io_context()) {
        acceptor_.open(tcp::v4());
        acceptor_.bind(endpoint(address, port));
        acceptor_.listen(0);
        first_.connect(acceptor_.local_endpoint());
    }

private:
    tcp::acceptor acceptor_;
    tcp::socket first_;
};

Task<void> keep_result(Task<Result<Response>> task, std::optional<Result<Response>>& result) {
    result = co_await std::move(task);
}

class AsioConnect : public testing::Test {
protected:
    AsioConnect() : peer_(scheduler_, {{ok}}) { options_.connection_attempt_delay = 10ms; }

    // The peer is 127.0.0.1; nobody listens on others unless a test does.
    Result<Response> get(std::vector<std::string> addresses, Duration connect) {
        options_.hosts = {{"many.test", std::move(addresses)}};
        transport_.emplace(scheduler_, options_);
        attempt_ = {};
        return runtime::run(scheduler_, task({.timeouts = {.connect = connect}}));
    }
    Task<Result<Response>> task(SendOptions options) {
        options.attempt = &attempt_;
        const auto url = http::Url::parse("http://many.test:" + std::to_string(peer_.port()) + "/");
        return send(*transport_, Request::get(*url), options);
    }
    std::size_t descriptors_at_rest() {
        (void)runtime::run(scheduler_, scheduler_.sleep_for(1ns));
        return internal::open_descriptors();
    }

    runtime::RealScheduler scheduler_;
    AsioTransportOptions options_;
    RawPeer peer_;
    std::optional<AsioTransport> transport_;
    http::AttemptRecord attempt_;
};

TEST_F(AsioConnect, a_silent_address_does_not_hold_up_the_next) {
    const BlackHole hole(scheduler_, "127.0.0.2", peer_.port());
    const std::size_t before = descriptors_at_rest();
    const auto answer = get({"127.0.0.2", "127.0.0.1"}, 30s);
    ASSERT_TRUE(answer) << answer.error().to_string();
    EXPECT_EQ(answer->body(), "ok");
    EXPECT_EQ(transport_->stats().connections, 1U);
    EXPECT_EQ(peer_.accepted(), 1U);
    // Ours and the peer's end of the one connection: that of the loser is closed.
    EXPECT_EQ(internal::open_descriptors(), before + 2);
}

TEST_F(AsioConnect, a_refusal_is_followed_by_the_next_address_at_once) {
    options_.connection_attempt_delay = 2s;
    const auto answer = get({"127.0.0.2", "127.0.0.3", "127.0.0.1"}, 1s);
    ASSERT_TRUE(answer) << answer.error().to_string();
}

TEST_F(AsioConnect, nobody_else_is_bothered_when_the_first_address_answers) {
    tcp::acceptor other(scheduler_.io_context(), endpoint("127.0.0.2", peer_.port()));
    other.non_blocking(true);
    ASSERT_TRUE(get({"127.0.0.1", "127.0.0.2"}, 1s));
    boost::system::error_code error;
    (void)other.accept(error);
    EXPECT_EQ(error, boost::asio::error::would_block);
}

TEST_F(AsioConnect, where_every_address_is_silent_the_connect_timeout_ends_it) {
    const BlackHole one(scheduler_, "127.0.0.2", peer_.port());
    const BlackHole two(scheduler_, "127.0.0.3", peer_.port());
    const std::size_t before = descriptors_at_rest();
    const auto answer = get({"127.0.0.2", "127.0.0.3"}, 40ms);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind(), ErrorKind::timeout);
    EXPECT_EQ(answer.error().detail(), "connect");
    EXPECT_EQ(answer.error().outcome(), Outcome::not_sent);
    EXPECT_EQ(transport_->stats().connections, 0U);
    EXPECT_EQ(internal::open_descriptors(), before);
}

TEST_F(AsioConnect, where_every_address_refuses_the_error_says_so) {
    const auto answer = get({"127.0.0.2", "127.0.0.3"}, 10s);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind(), ErrorKind::connect);
    EXPECT_EQ(answer.error().detail(), "refused");
    EXPECT_EQ(answer.error().outcome(), Outcome::not_sent);
}

TEST_F(AsioConnect, a_delay_out_of_range_is_named) {
    for (const Duration delay : {Duration(9ms), Duration(2001ms)}) {
        options_.connection_attempt_delay = delay;
        EXPECT_EQ(get({"127.0.0.1"}, 1s).error().detail(), "connection_attempt_delay");
    }
}

TEST_F(AsioConnect, cancelling_the_race_after_any_number_of_steps_leaves_nothing) {
    const BlackHole hole(scheduler_, "127.0.0.2", peer_.port());
    options_.hosts = {{"many.test", {"127.0.0.3", "127.0.0.2", "127.0.0.1"}}};
    bool was_over = false;
    int cancelled = 0;
    for (int steps = 0; !was_over; ++steps) {
        ASSERT_LT(steps, 500) << "the call never ends";
        transport_.emplace(scheduler_, options_);
        const std::size_t before = descriptors_at_rest();
        std::optional<Result<Response>> result;
        runtime::TaskGroup group(scheduler_);
        group.spawn(keep_result(task({}), result));
        for (int i = 0; i < steps && !result; ++i) {
            scheduler_.io_context().restart();
            scheduler_.io_context().run_one();
        }
        was_over = result.has_value();
        group.cancel();
        runtime::run(scheduler_, group.join());
        ASSERT_TRUE(result);
        if (!*result) {
            ++cancelled;
            EXPECT_EQ(result->error().kind(), ErrorKind::cancelled) << steps;
        }
        EXPECT_EQ(transport_->stats().connections, transport_->stats().idle) << steps;
        transport_.reset();
        for (int i = 0; i < 100 && internal::open_descriptors() > before; ++i) {
            scheduler_.poll();
        }
        EXPECT_EQ(internal::open_descriptors(), before) << steps;
    }
    EXPECT_GT(cancelled, 3);
}

}  // namespace
}  // namespace apilab::transport
