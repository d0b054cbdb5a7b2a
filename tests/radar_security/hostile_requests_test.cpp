// Hostile bytes to a real server with the whole of a radar behind it: no crash, no hang, no answer
// 5xx but those that are documented, and a store that is as it was.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/post.hpp>
#include <charconv>
#include <list>
#include <map>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/server/internal/server_test_peer.hpp"
#include "apilab/server/server.hpp"
#include "apilab/work/receiver.hpp"
#include "hostile_requests.hpp"
#include "world.hpp"

namespace apilab::radar_security {
namespace {

using namespace std::chrono_literals;
using server::internal::TestPeer;
using testing::AnyOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// Of the server itself: a coding or version that it does not speak.
constexpr int unimplemented = 501;
constexpr int other_version = 505;
constexpr int not_ready = 503;

/// A radar behind a real server, on a thread of its own. It looks, and does nothing by itself.
class HostileRequests : public testing::Test {
protected:
    HostileRequests()
        : server_(scheduler_, world.radar().web(),
                  {.body_bytes_max = world.radar().parts().receiver.body_max(),
                   .header_timeout = 1s,
                   .body_idle_timeout = 1s,
                   .body_timeout = 2s,
                   .keep_alive_timeout = 2s}) {
        EXPECT_TRUE(server_.listen());
        thread_ = std::thread([this] {
            scheduler_.run();
            runtime::run(scheduler_, server_.stop({}));
        });
    }
    ~HostileRequests() override {
        boost::asio::post(scheduler_.io_context(), [this] { scheduler_.stop(); });
        thread_.join();
    }
    [[nodiscard]] TestPeer connect() const { return TestPeer(server_.port()); }
    std::string ask(const std::string& bytes) const {
        auto peer = connect();
        EXPECT_TRUE(peer.send(bytes));
        peer.fin();
        return peer.read_all();
    }
    // Statuses of all answers in it.
    static std::vector<int> statuses(std::string_view answers) {
        constexpr std::string_view mark = "HTTP/1.1 ";
        std::vector<int> all;
        for (auto at = answers.find(mark); at != std::string_view::npos;
             at = answers.find(mark, at + 1)) {
            int status = 0;
            const auto digits = answers.substr(at + mark.size(), 3);
            std::from_chars(digits.data(), digits.data() + digits.size(), status);
            all.push_back(status);
        }
        return all;
    }
    void looks_right(const std::string& answers, const std::string& asked) {
        for (const int status : statuses(answers)) {
            EXPECT_TRUE(status < 500 || status == unimplemented || status == other_version ||
                        status == not_ready)
                << status << "\n"
                << asked;
            ++seen_[status];
        }
        EXPECT_TRUE(answers.empty() || answers.starts_with("HTTP/1.1 ")) << asked;
    }

private:
    runtime::RealScheduler scheduler_;

protected:
    World world{scheduler_, {.seed = 97}};
    std::map<int, int> seen_;

private:
    server::Server server_;
    std::thread thread_;
};

TEST_F(HostileRequests, are_answered_or_closed_and_leave_the_store_as_it_was) {
    const auto before = world.tables();
    SeededRng rng(20261127);
    std::list<std::pair<TestPeer, std::string>> halves;
    for (int round = 0; round < 4000; ++round) {
        const auto drawn = draw_hostile(rng);
        auto peer = connect();
        ASSERT_TRUE(peer.connected()) << "round " << round;
        (void)peer.send(drawn.bytes);
        if (!drawn.ends) {
            halves.emplace_back(std::move(peer), drawn.bytes);
            continue;
        }
        peer.fin();
        looks_right(peer.read_all(), drawn.bytes);
        ASSERT_NE(peer.end(), TestPeer::End::timeout) << "round " << round << "\n" << drawn.bytes;
    }
    EXPECT_GT(halves.size(), 20U);
    for (auto& [peer, asked] : halves) {
        looks_right(peer.read_all(), asked);
        EXPECT_NE(peer.end(), TestPeer::End::timeout) << asked;
    }
    EXPECT_EQ(world.tables(), before);
    EXPECT_TRUE(world.others().origins().empty()) << "no request led to another one";
    // They reached what is behind the server, too.
    for (const int status : {200, 400, 401, 403, 404, 405, 415, 421}) {
        EXPECT_GT(seen_[status], 0) << status;
    }
    EXPECT_THAT(ask("GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"), StartsWith("HTTP/1.1 200"));
}

TEST_F(HostileRequests, under_another_name_are_refused_in_every_form_of_a_target) {
    for (const auto* path : {"/api/now", "/status", "/metrics", "/", "/api/session"}) {
        for (const auto& [target, host] : std::vector<std::pair<std::string, std::string>>{
                 {path, "Host: evil.example"},
                 {path, "Host: localhost.:8080"},
                 {path, "Host: localhost:8080\r\nHost: evil.example"},
                 {path, "Host: evil.example\r\nHost: localhost:8080"},
                 {path, "Host: localhost\r\n Host: evil.example"},
                 {path, "Host:"},
                 {path, "X: none"},
                 {std::string("http://evil.example") + path, "Host: localhost:8080"},
                 {std::string("http://localhost:8080") + path, "Host: evil.example"},
                 {std::string("http://evil.example") + path, "Host: evil.example"},
                 {std::string("http://localhost:8080@evil.example") + path, "Host: localhost:8080"},
                 {std::string("//localhost") + path, "Host: evil.example"}}) {
            const auto answer = ask(fmt::format("GET {} HTTP/1.1\r\n{}\r\n\r\n", target, host));
            EXPECT_THAT(answer, AnyOf(StartsWith("HTTP/1.1 400"), StartsWith("HTTP/1.1 421"),
                                      StartsWith("HTTP/1.1 403")))
                << target << " " << host;
            EXPECT_THAT(answer, Not(HasSubstr("shop")));
        }
        EXPECT_THAT(ask(fmt::format("GET {} HTTP/1.1\r\nHost: localhost:8080\r\n\r\n", path)),
                    StartsWith("HTTP/1.1 200"))
            << path;
    }
    EXPECT_THAT(ask("GET /status HTTP/1.0\r\n\r\n"), Not(StartsWith("HTTP/1.1 200")));
}

TEST_F(HostileRequests, that_hide_in_the_body_of_another_one_are_not_seen) {
    const std::string inner = "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n";
    const auto answers = ask(fmt::format(
        "POST /webhooks/github HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        "Content-Length: {}\r\n\r\n{}",
        inner.size(), inner));
    EXPECT_THAT(statuses(answers), testing::ElementsAre(401));
    const auto both = ask(fmt::format(
        "POST /webhooks/github HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{}",
        inner));
    EXPECT_THAT(both, Not(HasSubstr("radar_")));
    EXPECT_THAT(both, Not(HasSubstr("HTTP/1.1 200")));
}

TEST_F(HostileRequests, that_follow_events_without_end_are_bounded_and_let_go) {
    std::list<TestPeer> listeners;
    int refused = 0;
    for (int i = 0; i < 40; ++i) {
        auto& peer = listeners.emplace_back(connect());
        ASSERT_TRUE(peer.send("GET /api/stream HTTP/1.1\r\nHost: localhost:8080\r\n\r\n"));
        const auto head = peer.read_until("\r\n\r\n");
        refused += head.starts_with("HTTP/1.1 503") ? 1 : 0;
        EXPECT_THAT(head, AnyOf(StartsWith("HTTP/1.1 200"), StartsWith("HTTP/1.1 503")));
    }
    EXPECT_EQ(refused, 8) << "32 may follow";
    EXPECT_THAT(ask("GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"), StartsWith("HTTP/1.1 200"));
}

}  // namespace
}  // namespace apilab::radar_security
