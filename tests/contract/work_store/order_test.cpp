#include "work_store.hpp"

// Jobs with an order key.
namespace apilab::work {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

NewJob in_line(std::string key = "o", int priority = 0) {
    return {.kind = "test", .order_key = std::move(key), .priority = priority};
}

TEST_P(WorkStore, jobs_with_one_order_key_run_one_after_another) {
    add("1", in_line());
    add("2", in_line());
    add("x", in_line("another"));
    add("free");
    auto jobs = claim();
    EXPECT_THAT(payloads(jobs), ElementsAre("1", "x", "free"));
    EXPECT_TRUE(claim().empty()) << "while 1 runs, 2 waits";
    complete(jobs[0]);
    EXPECT_EQ(claim_one().payload, "2");
}

TEST_P(WorkStore, the_order_is_that_of_their_coming_whatever_their_time_and_priority) {
    add("1", in_line("o", 9));
    add("2", in_line("o", -9));
    EXPECT_EQ(claim_one().payload, "1");
    auto late = in_line("late");
    late.run_at = start + 1h;
    add("3", late);
    add("4", in_line("late"));
    EXPECT_TRUE(claim().empty()) << "3 is not due, and 4 is after it";
    EXPECT_EQ(ok(store->next_due("default")), start + 1min) << "a lease; nobody asks for 4";
}

TEST_P(WorkStore, one_that_waits_for_its_next_attempt_holds_the_later_ones_up) {
    add("1", in_line());
    add("2", in_line());
    EXPECT_TRUE(ok(store->retry(claim_one().ref, start + 10s, 10s, "", start)));
    EXPECT_TRUE(claim(start + 9s).empty());
    EXPECT_EQ(ok(store->next_due("default")), start + 10s);
    const Job first = claim_one(start + 10s);
    EXPECT_EQ(first.payload, "1");
    EXPECT_TRUE(ok(store->give_back(first.ref, start + 11s)));
    EXPECT_EQ(claim_one(start + 11s).payload, "1");
}

TEST_P(WorkStore, a_dead_letter_lets_the_later_ones_pass) {
    auto job = in_line();
    job.attempts_max = 1;
    for (const char* payload : {"buried", "spent", "lost", "last"}) {
        add(payload, job);
    }
    EXPECT_TRUE(ok(store->bury(claim_one().ref, "", start)));
    EXPECT_TRUE(ok(store->retry(claim_one().ref, start, 0s, "", start)));
    EXPECT_EQ(claim_one().payload, "lost");
    EXPECT_EQ(claim_one(start + 1min).payload, "last") << "in the claim that buries the other";
}

TEST_P(WorkStore, a_line_goes_on_where_its_worker_died) {
    add("1", in_line());
    add("2", in_line());
    EXPECT_EQ(claim_one().payload, "1");
    EXPECT_EQ(claim_one(start + 1min).payload, "1");
}

TEST_P(WorkStore, a_redriven_job_never_runs_beside_another_of_its_line) {
    const auto first = add("1", in_line());
    add("2", in_line());
    add("3", in_line());
    EXPECT_TRUE(ok(store->bury(claim_one().ref, "", start)));
    const Job second = claim_one();
    EXPECT_EQ(ok(store->redrive({.id = first}, 0s, 1, start)), 1);
    EXPECT_TRUE(claim().empty()) << "2 runs";
    complete(second);
    const Job again = claim_one();
    EXPECT_EQ(again.payload, "1") << "it is older than 3";
    EXPECT_TRUE(claim().empty());
    complete(again);
    EXPECT_EQ(claim_one().payload, "3");
}

TEST_P(WorkStore, a_redriven_job_goes_before_the_later_one_that_waits) {
    const auto first = add("1", in_line());
    add("2", in_line());
    EXPECT_TRUE(ok(store->bury(claim_one().ref, "", start)));
    EXPECT_EQ(ok(store->redrive({.id = first}, 0s, 1, start)), 1);
    const Job job = claim_one();
    EXPECT_EQ(job.payload, "1");
    complete(job);
    complete(claim_one());
    EXPECT_EQ(ok(store->counts("")), JobCounts{.done = 2});
}

TEST_P(WorkStore, a_revived_event_keeps_its_place_in_the_line) {
    put(slack("e1", "1"), in_line());
    put(slack("e2", "2"), in_line());
    EXPECT_TRUE(ok(store->bury(claim_one().ref, "", start)));
    EXPECT_EQ(put(slack("e1", "1"), in_line()).put, Put::revived);
    EXPECT_EQ(claim_one().payload, "1");
}

TEST_P(WorkStore, the_same_order_key_in_another_queue_is_another_line) {
    add("1", in_line());
    auto other = in_line();
    other.queue = "q2";
    add("2", other);
    EXPECT_EQ(claim().size(), 1);
    EXPECT_EQ(ok(store->claim({.queue = "q2", .worker = "w"}, start)).size(), 1);
}

TEST_P(WorkStore, a_long_line_is_worked_off_in_its_order) {
    for (int i = 0; i < 50; ++i) {
        add(std::to_string(i), in_line(i % 2 == 0 ? "even" : "odd"));
    }
    std::vector<std::string> even;
    std::vector<std::string> odd;
    for (auto jobs = claim(); !jobs.empty(); jobs = claim()) {
        EXPECT_LE(jobs.size(), 2);
        for (const Job& job : jobs) {
            (job.order_key == "even" ? even : odd).push_back(job.payload);
            complete(job);
        }
    }
    ASSERT_EQ(even.size(), 25);
    ASSERT_EQ(odd.size(), 25);
    for (int i = 0; i < 25; ++i) {
        EXPECT_EQ(even[static_cast<std::size_t>(i)], std::to_string(2 * i));
        EXPECT_EQ(odd[static_cast<std::size_t>(i)], std::to_string(2 * i + 1));
    }
}

}  // namespace
}  // namespace apilab::work
