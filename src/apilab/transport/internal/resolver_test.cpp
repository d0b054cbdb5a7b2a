#include "apilab/transport/internal/resolver.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "apilab/base/file.hpp"
#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/runtime/task_group.hpp"
#include "apilab/transport/asio_transport.hpp"
#include "apilab/transport/internal/fake_name_server.hpp"
#include "apilab/transport/internal/raw_peer.hpp"
#include "apilab/transport/send.hpp"

namespace apilab::transport::internal {
namespace {

using namespace std::chrono_literals;
using Addresses = std::vector<boost::asio::ip::address>;
using http::Request;
using http::Response;
using runtime::Task;

Task<void> keep(Task<Result<Addresses>> task, std::optional<Result<Addresses>>& result) {
    result = co_await std::move(task);
}
Task<void> keep(Task<Result<Response>> task, std::optional<Result<Response>>& result) {
    result = co_await std::move(task);
}

class ResolverTest : public testing::Test {
protected:
    ResolverTest() { (void)runtime::run(scheduler_, scheduler_.sleep_for(1ns)); }

    Result<std::vector<std::string>> resolve(ResolverOptions options, std::string host,
                                             Limit limit = {}) {
        Resolver resolver(scheduler_, std::move(options));
        auto addresses = runtime::run(scheduler_, resolver.resolve(std::move(host), limit));
        if (!addresses) {
            return fail(std::move(addresses).error());
        }
        std::vector<std::string> texts;
        for (const auto& address : *addresses) {
            texts.push_back(address.to_string());
        }
        return texts;
    }
    Limit within(Duration time) { return {scheduler_.now() + time, "connect", time}; }

    runtime::RealScheduler scheduler_;
    const std::string nowhere_ = "127.0.0.1:1";
};

using Texts = std::vector<std::string>;

TEST_F(ResolverTest, an_address_is_its_own_answer_and_nobody_is_asked) {
    FakeNameServer server(scheduler_, {});
    EXPECT_EQ(resolve({.servers = server.address()}, "10.1.2.3"), Texts{"10.1.2.3"});
    EXPECT_EQ(resolve({.servers = server.address()}, "fe80::1"), Texts{"fe80::1"});
    EXPECT_EQ(server.questions(), 0U);
}

TEST_F(ResolverTest, names_given_as_options_come_first) {
    FakeNameServer server(scheduler_, {{"api.test", {"10.0.0.1"}}});
    const ResolverOptions options{.hosts = {{"api.test", {"127.0.0.7", "::1"}}},
                                  .servers = server.address()};
    EXPECT_EQ(resolve(options, "api.test"), (Texts{"127.0.0.7", "::1"}));
    EXPECT_EQ(server.questions(), 0U);
}

TEST_F(ResolverTest, an_option_that_is_no_address_is_named) {
    const auto answer = resolve({.hosts = {{"api.test", {"localhost"}}}}, "api.test");
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind(), ErrorKind::invalid_argument);
    EXPECT_EQ(answer.error().detail(), "hosts");
}

TEST_F(ResolverTest, the_hosts_file_is_honoured) {
    if (const auto hosts = read_file("/etc/hosts", 1 << 20);
        !hosts || !hosts->contains("localhost")) {
        GTEST_SKIP() << "this machine's /etc/hosts does not name localhost";
    }
    FakeNameServer server(scheduler_, {});
    const auto answer = resolve({.servers = server.address()}, "localhost");
    ASSERT_TRUE(answer) << answer.error().to_string();
    EXPECT_TRUE(answer->front() == "127.0.0.1" || answer->front() == "::1") << answer->front();
    EXPECT_EQ(server.questions(), 0U);
}

TEST_F(ResolverTest, a_name_server_is_asked) {
    FakeNameServer server(scheduler_, {{"api.test", {"127.0.0.8"}}});
    EXPECT_EQ(resolve({.servers = server.address()}, "api.test"), Texts{"127.0.0.8"});
    EXPECT_GE(server.questions(), 1U);
}

TEST_F(ResolverTest, a_name_that_does_not_exist_is_a_resolve_error) {
    FakeNameServer server(scheduler_, {});
    const auto answer = resolve({.servers = server.address()}, "nowhere.test");
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind(), ErrorKind::resolve);
    EXPECT_EQ(answer.error().detail(), "no_such_host");
    EXPECT_EQ(answer.error().outcome(), Outcome::not_sent);
}

TEST_F(ResolverTest, a_name_server_that_is_not_there_is_a_resolve_error) {
    const auto answer = resolve({.servers = nowhere_}, "api.test");
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind(), ErrorKind::resolve);
    EXPECT_EQ(answer.error().detail(), "name_server");
}

TEST_F(ResolverTest, servers_that_cannot_be_read_are_a_resolve_error) {
    const auto answer = resolve({.servers = "not an address"}, "api.test");
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind(), ErrorKind::resolve);
}

TEST_F(ResolverTest, a_name_server_that_hangs_costs_the_limit_and_no_more) {
    FakeNameServer server(scheduler_, {}, true);
    const std::size_t before = open_descriptors();
    const auto answer = resolve({.servers = server.address()}, "api.test", within(5ms));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind(), ErrorKind::timeout);
    EXPECT_EQ(answer.error().detail(), "connect");
    EXPECT_EQ(answer.error().outcome(), Outcome::not_sent);
    EXPECT_GE(server.questions(), 1U);
    EXPECT_EQ(open_descriptors(), before);
}

TEST_F(ResolverTest, cancelling_ends_a_lookup_and_closes_its_sockets) {
    FakeNameServer server(scheduler_, {}, true);
    const std::size_t before = open_descriptors();
    Resolver resolver(scheduler_, {.servers = server.address()});
    std::optional<Result<Addresses>> result;
    runtime::TaskGroup group(scheduler_);
    group.spawn(keep(resolver.resolve("api.test", {}), result));
    while (server.questions() == 0) {
        scheduler_.poll();
    }
    EXPECT_GT(open_descriptors(), before);
    group.cancel();
    runtime::run(scheduler_, group.join());
    EXPECT_EQ(result->error().kind(), ErrorKind::cancelled);
    EXPECT_EQ(result->error().outcome(), Outcome::not_sent);
    EXPECT_EQ(open_descriptors(), before);
}

const std::string ok = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

TEST_F(ResolverTest, a_lookup_that_hangs_delays_no_other_origin) {
    FakeNameServer server(scheduler_, {}, true);
    RawPeer peer(scheduler_, {{ok}});
    AsioTransport transport(
        scheduler_, {.hosts = {{"quick.test", {"127.0.0.1"}}}, .name_servers = server.address()});
    std::optional<Result<Response>> slow;
    runtime::TaskGroup group(scheduler_);
    group.spawn(keep(send(transport, Request::get(*http::Url::parse("http://slow.test/"))), slow));
    while (server.questions() == 0) {
        scheduler_.poll();
    }
    const auto url = *http::Url::parse("http://quick.test:" + std::to_string(peer.port()));
    const auto quick = runtime::run(scheduler_, send(transport, Request::get(url)));
    EXPECT_TRUE(quick);
    EXPECT_FALSE(slow);
    group.cancel();
    runtime::run(scheduler_, group.join());
    EXPECT_EQ(slow->error().kind(), ErrorKind::cancelled);
    EXPECT_EQ(transport.stats().connections, 1U);
}

TEST_F(ResolverTest, a_transport_resolves_connects_and_says_how_long_each_took) {
    FakeNameServer server(scheduler_, {{"api.test", {"127.0.0.1"}}});
    RawPeer peer(scheduler_, {{ok}});
    AsioTransport transport(scheduler_, {.name_servers = server.address()});
    const auto url = *http::Url::parse("http://api.test:" + std::to_string(peer.port()));
    http::AttemptRecord attempt;
    ASSERT_TRUE(
        runtime::run(scheduler_, send(transport, Request::get(url), {.attempt = &attempt})));
    EXPECT_GT(attempt.phases.resolve, 0ns);
    EXPECT_GT(attempt.phases.connect, 0ns);
    EXPECT_NE(peer.seen().at(0).head.find("host: api.test:"), std::string::npos);
}

}  // namespace
}  // namespace apilab::transport::internal
