#include "apilab/radar/service/call_history.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "apilab/base/error.hpp"

namespace apilab::radar {
namespace {

using namespace std::chrono_literals;

const SystemTime start{1'764'000'000s};

observe::Story call(std::string provider, int status, std::size_t body = 0) {
    observe::Story story{.started = start};
    story.record.provider = std::move(provider);
    story.record.status = status;
    story.record.elapsed = 2s;
    story.exchanges.push_back({.response_body = std::string(body, 'x')});
    return story;
}

TEST(CallHistory, keeps_the_latest_calls_under_their_numbers) {
    CallHistory calls({.calls_max = 3});
    std::vector<std::uint64_t> told;
    calls.on_call = [&told](const CallHistory::Entry& entry) { told.push_back(entry.number); };
    EXPECT_EQ(calls.find(1), nullptr);
    for (int i = 1; i <= 5; ++i) {
        calls.take(call("npm", 200 + i));
    }
    EXPECT_EQ(told, (std::vector<std::uint64_t>{1, 2, 3, 4, 5}));
    ASSERT_EQ(calls.calls().size(), 3);
    EXPECT_EQ(calls.calls().back().number, 5);
    EXPECT_EQ(calls.find(2), nullptr);
    ASSERT_NE(calls.find(3), nullptr);
    EXPECT_EQ(calls.find(3)->story.record.status, 203);
    EXPECT_EQ(calls.find(5)->story.record.status, 205);
    EXPECT_EQ(calls.find(6), nullptr);
    EXPECT_EQ(calls.find(0), nullptr);
}

TEST(CallHistory, lets_the_oldest_go_when_the_bodies_are_too_many) {
    CallHistory calls({.bytes_max = 1000});
    for (int i = 0; i < 10; ++i) {
        calls.take(call("npm", 200, 300));
    }
    EXPECT_EQ(calls.calls().size(), 3);
    calls.take(call("npm", 200, 5000));
    EXPECT_EQ(calls.calls().size(), 1) << "the newest stays, however large";
    calls.take(call("npm", 200, 300));
    EXPECT_EQ(calls.calls().size(), 1);
    calls.take(call("npm", 200, 300));
    EXPECT_EQ(calls.calls().size(), 2);
}

TEST(CallHistory, knows_when_each_source_answered_last) {
    CallHistory calls({.calls_max = 1});
    calls.take(call("npm", 200));
    calls.take(call("osv", 404));
    calls.take(call("npm", 503));
    auto lost = call("npm", 0);
    lost.record.error = ErrorKind::timeout;
    lost.started = start + 1min;
    calls.take(lost);
    const auto& npm = calls.sources().at("npm");
    EXPECT_EQ(npm.calls, 3);
    EXPECT_EQ(npm.failures, 2);
    EXPECT_EQ(npm.failures_in_a_row, 2);
    EXPECT_EQ(npm.last_success, start + 2s);
    EXPECT_EQ(npm.last_failure, start + 62s);
    EXPECT_EQ(npm.last_problem, to_string(ErrorKind::timeout));
    EXPECT_EQ(calls.sources().at("osv").failures, 0) << "it does not know the package, and says so";
    calls.take(call("npm", 304));
    EXPECT_EQ(npm.failures_in_a_row, 0);
    auto given_up = call("npm", 0);
    given_up.record.error = ErrorKind::cancelled;
    calls.take(given_up);
    EXPECT_EQ(npm.calls, 4) << "nobody waited for the answer";
    for (const int status : {401, 403, 429}) {
        calls.take(call("github", status));
    }
    EXPECT_EQ(calls.sources().at("github").failures, 3);
}

TEST(CallHistory, remembers_no_more_sources_than_its_limit) {
    CallHistory calls;
    for (int i = 0; i < 200; ++i) {
        calls.take(call("http://host" + std::to_string(i), 200));
    }
    EXPECT_EQ(calls.sources().size(), 100);
}

}  // namespace
}  // namespace apilab::radar
