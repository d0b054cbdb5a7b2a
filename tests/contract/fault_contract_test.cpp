// Every transport on every fault: the right kind of error and outcome, and nothing left behind: no
// place in the pool, no connection, no timer, no descriptor.

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "apilab/transport/internal/raw_peer.hpp"
#include "fault_world.hpp"

namespace apilab::contract {
namespace {

using http::Request;
using http::Response;
using runtime::CallContext;
using transport::internal::open_descriptors;
using transport::internal::RawPeer;

struct Case {
    TestedKind kind;
    Fault fault;
    friend std::ostream& operator<<(std::ostream& out, const Case& one) {
        return out << one.kind.name << " " << one.fault.name;
    }
};

std::vector<Case> all_cases() {
    std::vector<Case> cases;
    for (const auto& kind : all_transports()) {
        for (const auto& fault : all_faults()) {
            if (kind.make) {
                cases.push_back({kind, fault});
            }
        }
    }
    return cases;
}

class FaultContract : public testing::TestWithParam<Case> {
protected:
    void SetUp() override {
        // The loop itself opens some late.
        (void)runtime::run(scheduler_, scheduler_.sleep_for(std::chrono::nanoseconds(1)));
        descriptors_before_ = open_descriptors();
    }
    Result<Response> call(World& world, Tested& tested) {
        attempt_ = {};
        CallContext context;
        context.timeouts = world.timeouts;
        context.attempt = &attempt_;
        // What would hang fails instead.
        context.deadline = scheduler_.now() + std::chrono::seconds(10);
        return runtime::run(scheduler_,
                            tested.transport().call(
                                Request::post(*http::Url::parse(world.url), world.body), context));
    }
    void expect_error(const Result<Response>& answer) {
        const auto& [kind, fault] = GetParam();
        const auto instead = kind.instead.find(fault.name);
        const bool other = instead != kind.instead.end();
        ASSERT_FALSE(answer) << answer->status() << answer->body();
        const Error& error = answer.error();
        EXPECT_EQ(error.kind(), other ? instead->second.kind : fault.kind) << error.to_string();
        EXPECT_EQ(error.detail(), other ? instead->second.detail : fault.detail)
            << error.to_string();
        EXPECT_EQ(error.outcome(), other ? instead->second.outcome : fault.outcome)
            << error.to_string();
        EXPECT_EQ(attempt_.error, error.kind());
        EXPECT_EQ(attempt_.outcome, error.outcome());
        EXPECT_FALSE(attempt_.replayed);
    }
    // Nothing waits for a clock any more, and every descriptor is closed.
    void expect_nothing_left() {
        auto& io = scheduler_.io_context();
        for (int i = 0; i < 100 && open_descriptors() > descriptors_before_; ++i) {
            scheduler_.poll();
        }
        EXPECT_EQ(open_descriptors(), descriptors_before_);
        io.restart();
        io.poll();
        EXPECT_TRUE(io.stopped()) << "a timer or a wait is left";
    }

    runtime::RealScheduler scheduler_;
    std::size_t descriptors_before_ = 0;
    http::AttemptRecord attempt_;
};

TEST_P(FaultContract, ends_as_the_table_says_and_leaves_nothing) {
    const auto& [kind, fault] = GetParam();
    {
        World world(scheduler_);
        fault.prepare(world);
        const auto tested = kind.make(scheduler_, world.setup);
        // There is one place in the pool: the second call gets it only if the first gave it back.
        for (int i = 0; i < 2; ++i) {
            const auto answer = call(world, *tested);
            if (fault.kind) {
                expect_error(answer);
            } else {
                ASSERT_TRUE(answer) << answer.error().to_string();
                EXPECT_EQ(answer->body(), "ok");
            }
            EXPECT_EQ(tested->in_use(), 0U);
            EXPECT_EQ(attempt_.reused_connection, fault.keeps_connection && i > 0);
        }
        if (fault.kind) {
            EXPECT_EQ(tested->connections(), 0U);
        }
        EXPECT_TRUE(world.service.seen().empty()) << "it was sent to whom it should not";
    }
    expect_nothing_left();
}

std::string name_of(const testing::TestParamInfo<Case>& info) {
    return info.param.kind.name + "_" + info.param.fault.name;
}
INSTANTIATE_TEST_SUITE_P(, FaultContract, testing::ValuesIn(all_cases()), name_of);

TEST(FaultTable, what_a_transport_cannot_show_or_tell_is_said_with_the_reason) {
    std::vector<std::string> without;
    for (const auto& kind : all_transports()) {
        EXPECT_NE(kind.make == nullptr, kind.lacks.empty()) << kind.name;
        if (!kind.make) {
            without.push_back(kind.name);
        }
        for (const auto& [name, instead] : kind.instead) {
            EXPECT_FALSE(instead.why.empty()) << name;
            EXPECT_TRUE(std::ranges::any_of(all_faults(), [&](const Fault& fault) {
                return fault.name == name;
            })) << name;
            // The weaker outcome may be allowed, the stronger never.
            EXPECT_NE(instead.outcome, Outcome::answered) << name;
        }
    }
    EXPECT_EQ(without, (std::vector<std::string>{"Loopback", "Scripted"}));
}

// The reset comes before the request: the connection that it hit is not used.
class ResetBeforeSend : public FaultContract {};
TEST_P(ResetBeforeSend, costs_nothing_and_nothing_is_sent_twice) {
    const std::string ok = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
    {
        World world(scheduler_);
        world.raw({ok, RawPeer::Then::reset});
        const auto tested = GetParam().kind.make(scheduler_, world.setup);
        for (std::size_t i = 1; i <= 3; ++i) {
            const auto answer = call(world, *tested);
            ASSERT_TRUE(answer) << answer.error().to_string();
            EXPECT_FALSE(attempt_.replayed);
            EXPECT_FALSE(attempt_.reused_connection);
            EXPECT_EQ(world.peer->seen().size(), i);
            for (int turn = 0; turn < 50; ++turn) {
                scheduler_.poll();
            }
        }
    }
    expect_nothing_left();
}
INSTANTIATE_TEST_SUITE_P(, ResetBeforeSend,
                         testing::Values(Case{all_transports()[0], {}},
                                         Case{all_transports()[1], {}}),
                         [](const auto& info) { return info.param.kind.name; });

}  // namespace
}  // namespace apilab::contract
