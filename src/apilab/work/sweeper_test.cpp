#include "apilab/work/sweeper.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apilab/work/internal/test_store.hpp"
#include "apilab/work/internal/worker_test.hpp"

namespace apilab::work {
namespace {

using namespace std::chrono_literals;

class SweptStore final : public internal::IdleStore {
public:
    Result<Swept> sweep(const RetentionTimes& times, std::size_t batch,
                        SystemTime /*now*/) override {
        ++asked;
        keys = times.keys;
        if (failing) {
            return fail(ErrorKind::io, "disk full");
        }
        const auto rows = std::min(batch, left);
        left -= rows;
        return Swept{.rows = rows, .more = left > 0};
    }
    Duration keys{};
    std::size_t left = 0;
    int asked = 0;
    bool failing = false;
};

class SweeperTest : public internal::WorkerTest {
protected:
    void SetUp() override {
        WorkerTest::SetUp();
        auto made = std::make_unique<SweptStore>();
        swept = made.get();
        worker = &workers.emplace_back(*scheduler, std::move(made), JobRunnerOptions{});
        sweeper = std::make_unique<Sweeper>(worker->scheduler, worker->writer, worker->rng,
                                            SweeperOptions{.batch = 100});
        worker->tasks.spawn(sweeper->run());
    }
    void TearDown() override {
        sweeper->stop();
        scheduler->poll();
        WorkerTest::TearDown();
    }
    SweptStore* swept = nullptr;
    internal::Worker* worker = nullptr;
    std::unique_ptr<Sweeper> sweeper;
};

TEST_F(SweeperTest, removes_in_small_batches_with_pauses_between) {
    swept->left = 1000;
    pass(450ms);
    EXPECT_EQ(swept->left, 500) << "one batch, and one each 100 ms";
    pass(1s);
    EXPECT_EQ(swept->left, 0);
    EXPECT_EQ(sweeper->stats().rows, 1000);
    EXPECT_EQ(sweeper->stats().batches, 10);
    EXPECT_EQ(sweeper->stats().sweeps, 1);
    pass(10min);
    EXPECT_EQ(sweeper->stats().sweeps, 2);
}

TEST_F(SweeperTest, a_failing_store_is_asked_again_with_pauses) {
    swept->failing = true;
    pass(1h);
    EXPECT_LT(swept->asked, 300);
    EXPECT_EQ(sweeper->stats().store_errors, static_cast<std::uint64_t>(swept->asked));
    swept->failing = false;
    pass(1min);
    EXPECT_EQ(sweeper->stats().store_error, "");
}

TEST_F(SweeperTest, forgets_no_key_before_its_time_whatever_it_is_told) {
    for (const auto& [told, used] : {std::pair(std::chrono::days(1), std::chrono::days(30)),
                                     std::pair(std::chrono::days(40), std::chrono::days(40))}) {
        Sweeper hasty(worker->scheduler, worker->writer, worker->rng, {.times = {.keys = told}});
        worker->tasks.spawn(hasty.run());
        pass(1s);
        EXPECT_EQ(swept->keys, used);
        hasty.stop();
        pass(0s);
    }
}

TEST_F(SweeperTest, stops_at_once) {
    sweeper->stop();
    pass(0s);
    EXPECT_EQ(worker->tasks.running(), 0);
}

}  // namespace
}  // namespace apilab::work
