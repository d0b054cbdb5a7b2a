// The machine's clock is put forward or back while work is under way.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/runtime/virtual_scheduler.hpp"
#include "apilab/work/message.hpp"
#include "apilab/work/store.hpp"
#include "day.hpp"
#include "machine.hpp"

namespace apilab::durability {
namespace {

using namespace std::chrono_literals;
using work::MessageState;

constexpr Duration lease = 1min;

// A small service that is driven by hand: each beat is one thing, and the clock may jump before any
// of them.
class Service {
public:
    explicit Service(work::Store& store) : store_(store) {}

    SystemTime now = runtime::VirtualScheduler::default_start();
    std::map<std::string, int> effects;

    void put(int number) {
        const auto event = event_named(fmt::format("event-{}", number));
        ASSERT_TRUE(store_.put(event, {.kind = "hook"}, now).has_value());
    }
    // A worker that dies with what it has.
    void claim_and_die() {
        ASSERT_TRUE(store_.claim({.limit = 2, .lease = lease, .worker = "dead"}, now).has_value());
    }
    void fail_one() {
        const auto jobs = store_.claim({.limit = 1, .lease = lease, .worker = "w"}, now);
        ASSERT_TRUE(jobs.has_value());
        for (const auto& job : *jobs) {
            ASSERT_TRUE(store_.retry(job.ref, now + 10s, 10s, "busy", now).has_value());
        }
    }
    std::size_t work() {
        const auto jobs = store_.claim({.limit = 10, .lease = lease, .worker = "w"}, now);
        EXPECT_TRUE(jobs.has_value());
        for (const auto& job : *jobs) {
            const auto done = store_.complete(
                job.ref, {{.target = "target", .key = job.idempotency_key, .payload = "p"}}, false,
                now);
            EXPECT_TRUE(done.has_value() && *done);
        }
        return jobs->size();
    }
    void claim_messages_and_die() {
        ASSERT_TRUE(store_.claim_messages("target", 1, lease, now).has_value());
    }
    std::size_t send() {
        const auto messages = store_.claim_messages("target", 10, lease, now);
        EXPECT_TRUE(messages.has_value());
        for (const auto& message : *messages) {
            // One that may have been sent was not: its sender died before.
            ++effects[message.key];
            const auto settled =
                store_.settle(message.ref, {.state = MessageState::applied, .sends = 1}, now);
            EXPECT_TRUE(settled.has_value() && *settled);
        }
        return messages->size();
    }
    void sweep() { ASSERT_TRUE(store_.sweep({}, 100, now).has_value()); }

    // From one due time to the next until nothing is open; how long that takes.
    Duration rest() {
        const auto begin = now;
        for (int i = 0; i < 1'000; ++i) {
            if (work() + send() > 0) {
                continue;
            }
            const auto job = store_.next_due("default");
            const auto message = store_.next_message_due();
            EXPECT_TRUE(job.has_value() && message.has_value());
            if (!*job && !*message) {
                return now - begin;
            }
            now = std::max(now, std::min(job->value_or(SystemTime::max()),
                                         message->value_or(SystemTime::max())));
        }
        ADD_FAILURE() << "it does not come to rest";
        return {};
    }

private:
    work::Store& store_;
};

std::vector<std::function<void(Service&)>> beats() {
    return {
        [](Service& service) { service.put(1); },
        [](Service& service) { service.put(2); },
        [](Service& service) { service.claim_and_die(); },
        [](Service& service) { service.put(3); },
        [](Service& service) { service.put(1); },
        [](Service& service) { service.fail_one(); },
        [](Service& service) { service.put(4); },
        [](Service& service) { service.work(); },
        [](Service& service) { service.claim_messages_and_die(); },
        [](Service& service) { service.put(5); },
        [](Service& service) { service.send(); },
        [](Service& service) { service.put(5); },
        [](Service& service) { service.sweep(); },
        [](Service& service) { service.put(6); },
    };
}

class ClockJump : public ::testing::TestWithParam<std::chrono::hours> {};

// How long it takes is bounded: by what a lease or a wait had to go, and by how far the clock went
// back.
TEST_P(ClockJump, at_every_step_loses_nothing_doubles_nothing_and_leases_end) {
    const Duration jump = GetParam();
    for (std::size_t at = 0; at <= beats().size(); ++at) {
        Machine machine(1);
        auto store = machine.open();
        ASSERT_TRUE(store.has_value());
        Service service(**store);
        std::size_t beat = 0;
        for (const auto& run : beats()) {
            service.now += beat == at ? jump : Duration{};
            run(service);
            service.now += 1s;
            ++beat;
        }
        service.now += at == beats().size() ? jump : Duration{};
        EXPECT_LE(service.rest(), 2 * lease + std::max(-jump, Duration{})) << "beat " << at;
        EXPECT_EQ(service.effects.size(), 6U) << "beat " << at;
        for (const auto& [key, times] : service.effects) {
            EXPECT_EQ(times, 1) << key << ", beat " << at;
        }
        const auto counts = (*store)->counts("");
        ASSERT_TRUE(counts.has_value());
        EXPECT_EQ(counts->dead, 0) << "beat " << at;
    }
}

INSTANTIATE_TEST_SUITE_P(Back, ClockJump, ::testing::Values(-1h, -24h));
INSTANTIATE_TEST_SUITE_P(Forward, ClockJump, ::testing::Values(1h, 24h));

// Two clocks that differ: a worker whose clock is ahead takes what another one has, and the other
// one's completion does nothing.
TEST(ClockSkew, who_loses_a_lease_to_a_clock_ahead_changes_nothing) {
    Machine machine(1);
    auto store = machine.open();
    ASSERT_TRUE(store.has_value());
    Service service(**store);
    service.put(1);
    const auto slow = (*store)->claim({.lease = lease, .worker = "slow"}, service.now);
    ASSERT_TRUE(slow.has_value() && slow->size() == 1);
    const auto ahead = (*store)->claim({.lease = lease, .worker = "ahead"}, service.now + 1h);
    ASSERT_TRUE(ahead.has_value() && ahead->size() == 1);
    const auto late = (*store)->complete(slow->front().ref, {}, false, service.now);
    ASSERT_TRUE(late.has_value());
    EXPECT_FALSE(*late);
    const auto done = (*store)->complete(ahead->front().ref, {}, false, service.now + 1h);
    EXPECT_TRUE(done.has_value() && *done);
}

}  // namespace
}  // namespace apilab::durability
