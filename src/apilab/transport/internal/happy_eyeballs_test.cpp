#include "apilab/transport/internal/happy_eyeballs.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace apilab::transport::internal {
namespace {

using namespace std::chrono_literals;
using Do = ConnectRace::Next::Do;

std::vector<std::string> order(const std::vector<std::string>& texts) {
    std::vector<boost::asio::ip::address> addresses;
    addresses.reserve(texts.size());
    for (const auto& text : texts) {
        addresses.push_back(boost::asio::ip::make_address(text));
    }
    std::vector<std::string> result;
    for (const auto& address : interleave(addresses)) {
        result.push_back(address.to_string());
    }
    return result;
}

using List = std::vector<std::string>;

TEST(Interleave, the_families_take_turns_and_the_first_address_stays_first) {
    EXPECT_EQ(order({}), List{});
    EXPECT_EQ(order({"1.1.1.1"}), (List{"1.1.1.1"}));
    EXPECT_EQ(order({"::1", "::2", "1.1.1.1", "2.2.2.2"}),
              (List{"::1", "1.1.1.1", "::2", "2.2.2.2"}));
    EXPECT_EQ(order({"1.1.1.1", "2.2.2.2", "::1"}), (List{"1.1.1.1", "::1", "2.2.2.2"}));
    EXPECT_EQ(order({"::1", "::2", "::3", "1.1.1.1"}), (List{"::1", "1.1.1.1", "::2", "::3"}));
    EXPECT_EQ(order({"1.1.1.1", "2.2.2.2", "3.3.3.3"}), (List{"1.1.1.1", "2.2.2.2", "3.3.3.3"}));
}

constexpr SteadyTime start{1h};

class Race : public testing::Test {
protected:
    void expect_start(std::size_t index, Duration at) {
        const auto next = race_.next(start + at);
        EXPECT_EQ(next.what, Do::start) << index;
        EXPECT_EQ(next.index, index);
    }
    void expect_wait(Duration until, Duration at) {
        const auto next = race_.next(start + at);
        EXPECT_EQ(next.what, Do::wait);
        EXPECT_EQ(next.until, start + until);
    }
    void expect_wait_for_the_others(Duration at) {
        const auto next = race_.next(start + at);
        EXPECT_EQ(next.what, Do::wait);
        EXPECT_EQ(next.until, SteadyTime::max());
    }
    ConnectRace race_{3, 250ms};
};

TEST_F(Race, silence_starts_the_next_after_the_delay) {
    expect_start(0, 0ms);
    expect_wait(250ms, 0ms);
    expect_wait(250ms, 249ms);
    expect_start(1, 250ms);
    expect_wait(500ms, 250ms);
    // Late, because the loop was busy: the delay counts from the start that really was.
    expect_start(2, 600ms);
    expect_wait_for_the_others(600ms);
}

TEST_F(Race, a_failure_starts_the_next_at_once) {
    expect_start(0, 0ms);
    race_.failed();
    expect_start(1, 10ms);
    expect_wait(260ms, 20ms);
    race_.failed();
    expect_start(2, 30ms);
    expect_wait_for_the_others(40ms);
    race_.failed();
    EXPECT_EQ(race_.next(start + 50ms).what, Do::give_up);
}

TEST_F(Race, one_that_fails_late_does_not_end_those_that_still_run) {
    expect_start(0, 0ms);
    expect_start(1, 250ms);
    expect_start(2, 500ms);
    race_.failed();
    race_.failed();
    expect_wait_for_the_others(600ms);
    race_.failed();
    EXPECT_EQ(race_.next(start + 700ms).what, Do::give_up);
}

TEST(ConnectRace, without_addresses_there_is_nothing_to_try) {
    EXPECT_EQ(ConnectRace(0, 250ms).next(start).what, Do::give_up);
}

}  // namespace
}  // namespace apilab::transport::internal
