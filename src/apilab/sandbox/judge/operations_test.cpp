#include "apilab/sandbox/judge/operations.hpp"

#include <gtest/gtest.h>

namespace apilab::sandbox {
namespace {

using namespace std::chrono_literals;
using Decision = Exchange::Decision;

constexpr SteadyTime start{1h};

// A row that came at `at`, was over 10 ms later and had that status; 0: it was cut by a fault.
Exchange row(std::string identity, Duration at, int status, Decision decision = Decision::fault) {
    Exchange exchange;
    exchange.provider = "p";
    exchange.operation = "op";
    exchange.method = "GET";
    exchange.identity = std::move(identity);
    exchange.first_byte = start + at;
    exchange.finished = start + at + 10ms;
    exchange.status = status;
    exchange.cut = status == 0;
    exchange.decision = status == 200 ? Decision::served : decision;
    return exchange;
}

// The number of attempts of each operation: "2 1".
std::string shape(const std::deque<Exchange>& rows) {
    std::string text;
    for (const auto& operation : group_operations(rows, 60s)) {
        text += (text.empty() ? "" : " ") + std::to_string(operation.attempts.size());
    }
    return text;
}

TEST(GroupOperations, a_retry_belongs_to_the_failure_before_it) {
    EXPECT_EQ(shape({row("a", 0s, 503), row("a", 1s, 0), row("a", 2s, 200)}), "3");
    EXPECT_EQ(shape({row("a", 0s, 503), row("b", 1s, 503), row("a", 2s, 200), row("b", 3s, 200)}),
              "2 2");
}

TEST(GroupOperations, after_a_success_the_same_request_is_a_new_one) {
    EXPECT_EQ(shape({row("a", 0s, 200), row("a", 1s, 200)}), "1 1");
    EXPECT_EQ(shape({row("a", 0s, 503), row("a", 1s, 200), row("a", 2s, 503)}), "2 1");
}

TEST(GroupOperations, beyond_the_causal_window_it_is_a_new_one) {
    EXPECT_EQ(shape({row("a", 0s, 503), row("a", 60s, 200)}), "2");
    EXPECT_EQ(shape({row("a", 0s, 503), row("a", 61s, 200)}), "1 1");
    auto told = row("a", 0s, 429);
    told.announced = 100s;
    EXPECT_EQ(shape({told, row("a", 130s, 200)}), "2") << "an announced wait is added";
}

TEST(GroupOperations, a_refusal_of_the_world_itself_may_be_asked_for_again_later) {
    EXPECT_EQ(shape({row("a", 0s, 404, Decision::served), row("a", 1s, 404, Decision::served)}),
              "2");
    EXPECT_EQ(shape({row("a", 0s, 404, Decision::served), row("a", 6s, 404, Decision::served)}),
              "1 1");
}

TEST(GroupOperations, what_was_under_way_at_the_same_time_is_another_operation) {
    auto slow = row("a", 0s, 503);
    slow.finished = start + 5s;
    EXPECT_EQ(shape({slow, row("a", 1s, 200)}), "1 1");
    auto left = row("a", 0s, 0);
    left.finished = start + 5s;
    left.peer_closed = true;
    EXPECT_EQ(shape({left, row("a", 1s, 200)}), "2") << "the client had gone before we knew";
    auto pending = row("a", 0s, 503);
    pending.finished.reset();
    EXPECT_EQ(shape({pending, row("a", 1s, 200)}), "1 1");
}

TEST(GroupOperations, parallel_equals_are_continued_one_each) {
    EXPECT_EQ(shape({row("a", 0s, 503), row("a", 0s, 503), row("a", 1s, 200), row("a", 1s, 200)}),
              "2 2");
}

TEST(GroupOperations, one_key_is_one_operation_whatever_happens) {
    auto first = row("a", 0s, 200);
    auto second = row("b", 500s, 200);
    first.idempotency_key = second.idempotency_key = "k";
    EXPECT_EQ(shape({first, second}), "2");
}

TEST(GroupOperations, other_credentials_after_a_401_begin_anew) {
    auto refused = row("a", 0s, 401);
    auto again = row("a", 1s, 200);
    const auto with = [](std::string value) {
        return std::make_shared<const http::Headers>(
            http::Headers{{"authorization", std::move(value)}});
    };
    refused.headers = with("Bearer fp:1");
    again.headers = with("Bearer fp:1");
    EXPECT_EQ(shape({refused, again}), "2");
    again.headers = with("Bearer fp:2");
    EXPECT_EQ(shape({refused, again}), "1 1");
}

TEST(GroupOperations, unsupported_paths_are_left_out) {
    auto unknown = row("a", 0s, 404, Decision::unsupported);
    unknown.operation.clear();
    EXPECT_EQ(shape({unknown}), "");
}

TEST(EndOf, tells_the_ends_apart) {
    EXPECT_EQ(end_of(row("a", 0s, 204)), AttemptEnd::success);
    EXPECT_EQ(end_of(row("a", 0s, 304)), AttemptEnd::success);
    for (const int status : {408, 425, 429, 500, 502, 503, 504}) {
        EXPECT_EQ(end_of(row("a", 0s, status)), AttemptEnd::transient) << status;
    }
    for (const int status : {400, 401, 403, 404, 409, 410, 422, 451, 501, 505}) {
        EXPECT_EQ(end_of(row("a", 0s, status)), AttemptEnd::permanent) << status;
    }
    EXPECT_EQ(end_of(row("a", 0s, 0)), AttemptEnd::lost);
    auto limited = row("a", 0s, 403);
    limited.faults = {{"f1", "limit"}};
    EXPECT_EQ(end_of(limited), AttemptEnd::transient);
    auto left = row("a", 0s, 200);
    left.peer_closed = true;
    EXPECT_EQ(end_of(left), AttemptEnd::abandoned);
    left.finished.reset();
    EXPECT_EQ(end_of(left), AttemptEnd::pending);
}

}  // namespace
}  // namespace apilab::sandbox
