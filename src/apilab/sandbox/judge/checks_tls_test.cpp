// Hosts with bad certificates before clients that look, clients that do not, and one that is not
// there. What a server tells of a connection is said by hand.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "apilab/sandbox/internal/test_world.hpp"
#include "apilab/sandbox/judge/judge.hpp"
#include "apilab/server/connection_watch.hpp"

namespace apilab::sandbox {
namespace {

using namespace std::chrono_literals;
using internal::World;
using server::ConnectionEnd;
using server::HandshakeResult;

constexpr std::uint16_t port = 4443;

// A client's connections to one listener.
struct Visitor {
    explicit Visitor(std::string listener, std::string_view scenario = "name = \"none\"")
        : world(scenario), watch(world.sandbox->watch_listener(listener)) {
        world.sandbox->name_listener(port, std::move(listener));
    }
    // Ends in `why`; empty: it is done.
    void shake_hands(const std::string& why, bool by_client = true) {
        watch->accepted(++connection, "127.0.0.1");
        world.wait(1ms);
        watch->handshaken(connection, {.done = why.empty(),
                                       .version = why.empty() ? "TLSv1.3" : "",
                                       .why = why,
                                       .alert_by_peer = by_client && !why.empty()});
    }
    void leave() { watch->closed(connection, {.by = ConnectionEnd::By::peer}); }
    void ask() {
        world.wait(1ms);
        world.send({.connection = connection, .port = port, .tls = true});
    }
    Finding finding(std::string_view check, const JudgeOptions& options = {}) {
        world.sandbox->stop_run();
        const auto report = judge_run(*world.sandbox, options);
        for (const auto& result : report->checks) {
            if (result.card.id == check) {
                return result.finding;
            }
        }
        throw std::logic_error("no such check");
    }

    World world;
    std::shared_ptr<server::ConnectionWatch> watch;
    std::uint64_t connection = 0;
};

struct Trial {
    std::string check;
    std::string listener;
    std::string alert;
};
const std::vector<Trial> trials = {
    {"TLS-01", "tls-expired", "certificate expired"},
    {"TLS-02", "tls-wrong-host", "bad certificate"},
    {"TLS-03", "tls-self-signed", "unknown CA"},
    {"TLS-04", "tls-old", "protocol version"},
};

TEST(TlsChecks, who_refuses_passes) {
    for (const auto& trial : trials) {
        Visitor visitor(trial.listener);
        visitor.shake_hands(trial.alert);
        visitor.leave();
        const auto found = visitor.finding(trial.check);
        EXPECT_EQ(found.verdict, Verdict::pass) << trial.check << ": " << found.sentence;
        EXPECT_EQ(found.rows.size(), 1U);
    }
}

TEST(TlsChecks, who_talks_to_them_fails) {
    for (const auto& trial : trials) {
        Visitor visitor(trial.listener);
        visitor.shake_hands("");
        visitor.ask();
        const auto found = visitor.finding(trial.check);
        EXPECT_EQ(found.verdict, Verdict::fail) << trial.check << ": " << found.sentence;
        EXPECT_FALSE(found.rows.empty());
    }
}

TEST(TlsChecks, a_certificate_that_is_looked_at_after_the_handshake_is_refused_all_the_same) {
    for (const auto& trial : trials) {
        Visitor visitor(trial.listener);
        visitor.shake_hands("");
        visitor.leave();
        const bool too_late = trial.check == "TLS-04";
        EXPECT_EQ(visitor.finding(trial.check).verdict, too_late ? Verdict::fail : Verdict::pass)
            << trial.check;
    }
}

TEST(TlsChecks, who_does_not_come_or_speaks_no_tls_is_not_judged) {
    for (const auto& trial : trials) {
        EXPECT_EQ(Visitor(trial.listener).finding(trial.check).reason,
                  UnknownReason::not_exercised);
        Visitor plain(trial.listener);
        plain.shake_hands("plain http", false);
        EXPECT_EQ(plain.finding(trial.check).reason, UnknownReason::not_exercised);
        Visitor elsewhere("tls");
        elsewhere.shake_hands("");
        elsewhere.ask();
        EXPECT_EQ(elsewhere.finding(trial.check).reason, UnknownReason::not_exercised);
    }
}

TEST(DowngradeCheck, who_stays_away_passes_and_who_comes_back_without_checking_fails) {
    Visitor good("tls-expired");
    good.shake_hands("certificate expired");
    good.shake_hands("certificate expired");
    EXPECT_EQ(good.finding("TLS-05").verdict, Verdict::pass);

    Visitor without_tls("tls-expired");
    without_tls.shake_hands("certificate expired");
    without_tls.shake_hands("plain http", false);
    EXPECT_EQ(without_tls.finding("TLS-05").verdict, Verdict::fail);

    Visitor without_checking("tls-self-signed");
    without_checking.shake_hands("unknown CA");
    without_checking.shake_hands("");
    without_checking.ask();
    EXPECT_EQ(without_checking.finding("TLS-05").verdict, Verdict::fail);
}

TEST(DowngradeCheck, who_refused_nothing_is_not_judged) {
    EXPECT_EQ(Visitor("tls-expired").finding("TLS-05").reason, UnknownReason::not_exercised);
    Visitor careless("tls-expired");
    careless.shake_hands("");
    careless.ask();
    EXPECT_EQ(careless.finding("TLS-05").reason, UnknownReason::not_exercised);
}

constexpr std::string_view mute =
    "name = \"x\"\n[[fault]]\nwhere = \"*:*\"\nwhat = { stall = { at = \"tls\" } }\n"
    "when = { first = 1 }\n";

// A handshake that is never answered, and a client that leaves after so long.
Finding left_after(Duration patience, const JudgeOptions& options = {}) {
    Visitor visitor("tls", mute);
    visitor.watch->accepted(1, "127.0.0.1");
    EXPECT_EQ(visitor.watch->plan_handshake(1).kind, server::HandshakePlan::Kind::stall);
    visitor.world.wait(patience);
    visitor.watch->handshaken(1, {.why = "by plan"});
    visitor.watch->closed(1, {.by = ConnectionEnd::By::peer});
    return visitor.finding("TMO-04", options);
}

TEST(HandshakeTimeoutCheck, who_leaves_in_time_passes_and_who_stays_fails) {
    EXPECT_EQ(left_after(10s).verdict, Verdict::pass);
    const auto clung = left_after(61s);
    EXPECT_EQ(clung.verdict, Verdict::fail);
    EXPECT_EQ(clung.rows.size(), 1U);
    EXPECT_EQ(left_after(10s, {.deadline = Duration(5s)}).verdict, Verdict::fail);
}

TEST(HandshakeTimeoutCheck, a_good_handshake_and_no_client_say_nothing) {
    EXPECT_EQ(Visitor("tls", mute).finding("TMO-04").reason, UnknownReason::not_exercised);
    Visitor good("tls");
    good.shake_hands("");
    good.leave();
    EXPECT_EQ(good.finding("TMO-04").reason, UnknownReason::not_exercised);
}

TEST(HandshakeFaults, strike_handshakes_and_no_requests) {
    Visitor visitor("tls", mute);
    visitor.ask();
    EXPECT_TRUE(visitor.world.rows().front().answered());
    EXPECT_EQ(visitor.watch->plan_handshake(1).kind, server::HandshakePlan::Kind::stall);
    EXPECT_EQ(visitor.watch->plan_handshake(2).kind, server::HandshakePlan::Kind::proceed);
    visitor.watch->handshaken(1, {.why = "by plan"});
    const auto& event = visitor.world.sandbox->journal().events().back();
    ASSERT_EQ(event.faults.size(), 1U);
    EXPECT_EQ(event.faults.front().kind, "stall");
    EXPECT_TRUE(visitor.world.sandbox->faults().status(visitor.world.scheduler.now())[0].completed);
}

}  // namespace
}  // namespace apilab::sandbox
