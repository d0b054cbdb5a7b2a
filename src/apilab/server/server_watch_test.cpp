// What a `ConnectionWatch` is told, and what its plans do to handshakes.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apilab/server/certificates.hpp"
#include "apilab/server/internal/server_test_tls.hpp"
#include "apilab/server/server.hpp"

namespace apilab::server {
namespace {

using internal::answer_with;
using internal::TestPeer;
using internal::TestServer;
using internal::TlsPeer;
using runtime::CallContext;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using namespace std::chrono_literals;

// Writes one line for each thing it is told.
class Notes final : public ConnectionWatch {
public:
    void accepted(std::uint64_t connection, const std::string& peer) override {
        add(connection, "accepted from " + peer);
    }
    HandshakePlan plan_handshake(std::uint64_t /*connection*/) override { return plan; }
    void handshaken(std::uint64_t connection, const HandshakeResult& result) override {
        add(connection,
            result.done ? "tls " + result.version + " for " + result.server_name
                        : "tls failed: " + result.why + (result.alert_by_peer ? " (peer)" : ""));
    }
    void closed(std::uint64_t connection, const ConnectionEnd& end) override {
        add(connection, std::string(end.by == ConnectionEnd::By::peer ? "peer" : "server") +
                            (end.how == ConnectionEnd::How::fin ? " fin" : " reset") + " after " +
                            std::to_string(end.requests));
    }

    /// Once there are `count` of them.
    std::vector<std::string> wait_for(std::size_t count) {
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, std::chrono::seconds(internal::test_patience_seconds),
                          [&] { return lines_.size() >= count; });
        return lines_;
    }

    HandshakePlan plan;

private:
    void add(std::uint64_t connection, const std::string& text) {
        const std::lock_guard lock(mutex_);
        lines_.push_back(std::to_string(connection) + " " + text);
        changed_.notify_all();
    }
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<std::string> lines_;
};

class ServerWatch : public ::testing::Test {
protected:
    void serve(std::optional<TlsServerOptions> tls = {}, http::WirePlan plan = {}) {
        http::Response response(200, "ok");
        response.wire(std::make_shared<const http::WirePlan>(std::move(plan)));
        server_ = std::make_unique<TestServer>(
            [response](const http::Request&, const CallContext&) { return answer_with(response); },
            ServerOptions{.tls = std::move(tls), .watch = notes_});
    }
    TlsServerOptions good(bool old = false) const {
        const auto leaf = ca_.issue(RealClock().system_now()).value();
        return {
            .certificate_chain = leaf.certificate, .private_key = leaf.key, .only_tls_1_0 = old};
    }
    TlsPeer connect() { return {server_->port(), ca_.certificate()}; }

    CertificateAuthority ca_ = CertificateAuthority::create(RealClock().system_now()).value();
    std::shared_ptr<Notes> notes_ = std::make_shared<Notes>();
    std::unique_ptr<TestServer> server_;
};

constexpr std::string_view get = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
constexpr std::string_view last_get = "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";

TEST_F(ServerWatch, a_peer_that_closes_is_told_from_a_server_that_does) {
    serve();
    auto first = server_->connect();
    (void)first.ask(get);
    (void)first.ask(get);
    first.close();
    (void)notes_->wait_for(2);
    auto second = server_->connect();
    (void)second.ask(last_get);
    (void)second.read_all();
    second.close();
    EXPECT_THAT(notes_->wait_for(4),
                ElementsAre("1 accepted from 127.0.0.1", "1 peer fin after 2",
                            "2 accepted from 127.0.0.1", "2 server fin after 1"));
}

TEST_F(ServerWatch, a_reset_is_told_whoever_sent_it) {
    serve({}, {.reset = http::WirePlan::Reset::before_response});
    auto first = server_->connect();
    ASSERT_TRUE(first.send(get));
    (void)first.read_all();
    (void)notes_->wait_for(2);
    auto second = server_->connect();
    ASSERT_TRUE(second.send("GET"));
    second.reset();
    EXPECT_THAT(notes_->wait_for(4),
                ElementsAre("1 accepted from 127.0.0.1", "1 server reset after 1",
                            "2 accepted from 127.0.0.1", "2 peer reset after 0"));
}

TEST_F(ServerWatch, a_handshake_that_is_done_says_its_version_and_name) {
    serve(good());
    auto peer = connect();
    SSL_set_tlsext_host_name(peer.ssl(), "localhost");
    ASSERT_TRUE(peer.handshake());
    ASSERT_TRUE(peer.send(get));
    (void)peer.read_until("ok");
    EXPECT_THAT(notes_->wait_for(2),
                ElementsAre("1 accepted from 127.0.0.1", "1 tls TLSv1.3 for localhost"));
}

TEST_F(ServerWatch, a_client_that_refuses_the_certificate_says_why) {
    const auto leaf =
        ca_.issue(RealClock().system_now(), {.valid_from = -48h, .valid_until = -1h}).value();
    serve(TlsServerOptions{.certificate_chain = leaf.certificate, .private_key = leaf.key});
    auto peer = connect();
    EXPECT_FALSE(peer.handshake());
    EXPECT_THAT(notes_->wait_for(3),
                ElementsAre("1 accepted from 127.0.0.1", "1 tls failed: certificate expired (peer)",
                            "1 peer fin after 0"));
}

TEST_F(ServerWatch, a_request_without_tls_is_no_tls) {
    serve(good());
    auto peer = server_->connect();
    ASSERT_TRUE(peer.send(get));
    (void)peer.read_all();
    EXPECT_THAT(notes_->wait_for(3),
                ElementsAre("1 accepted from 127.0.0.1", "1 tls failed: plain http",
                            "1 server fin after 0"));
}

TEST_F(ServerWatch, a_client_that_leaves_in_the_handshake_is_closed) {
    serve(good());
    auto peer = server_->connect();
    peer.close();
    EXPECT_THAT(notes_->wait_for(3), ElementsAre("1 accepted from 127.0.0.1",
                                                 "1 tls failed: closed", "1 peer fin after 0"));
}

TEST_F(ServerWatch, tls_1_0_alone_is_refused_by_whoever_asks_for_more) {
    serve(good(true));
    auto modern = connect();
    SSL_set_min_proto_version(modern.ssl(), TLS1_2_VERSION);
    EXPECT_FALSE(modern.handshake());
    EXPECT_THAT(notes_->wait_for(2).at(1), HasSubstr("protocol version"));
    auto old = connect();
    SSL_set_security_level(old.ssl(), 0);
    SSL_set_min_proto_version(old.ssl(), TLS1_VERSION);
    EXPECT_TRUE(old.handshake());
    EXPECT_STREQ(SSL_get_version(old.ssl()), "TLSv1");
}

TEST_F(ServerWatch, a_plan_closes_in_the_handshake) {
    notes_->plan.kind = HandshakePlan::Kind::close;
    serve(good());
    auto peer = connect();
    EXPECT_FALSE(peer.handshake());
    peer.raw().close();
    EXPECT_THAT(notes_->wait_for(3), ElementsAre("1 accepted from 127.0.0.1",
                                                 "1 tls failed: by plan", "1 server fin after 0"));
}

TEST_F(ServerWatch, a_plan_stalls_the_handshake_until_the_peer_goes_or_the_time_is_over) {
    notes_->plan.kind = HandshakePlan::Kind::stall;
    serve(good());
    auto patient = server_->connect();
    ASSERT_TRUE(patient.send("\x16\x03\x01"));
    patient.close();
    EXPECT_THAT(notes_->wait_for(3), ElementsAre("1 accepted from 127.0.0.1",
                                                 "1 tls failed: by plan", "1 peer fin after 0"));
    server_.reset();
    notes_->plan.stall_for = 1ms;
    serve(good());
    auto peer = connect();
    EXPECT_FALSE(peer.handshake());
    peer.raw().close();
    EXPECT_EQ(notes_->wait_for(6).back(), "1 server fin after 0");
}

}  // namespace
}  // namespace apilab::server
