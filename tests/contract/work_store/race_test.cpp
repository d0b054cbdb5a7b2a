#include <atomic>
#include <barrier>
#include <mutex>
#include <set>
#include <thread>

#include "work_store.hpp"

// Several connections at once, each in a thread of its own.
namespace apilab::work {
namespace {

using namespace std::chrono_literals;

constexpr int clients = 8;

/// Runs `work` in so many threads, which begin together.
template <class Work>
void at_once(int threads, Work work) {
    std::barrier begin(threads);
    std::vector<std::jthread> running;
    running.reserve(static_cast<std::size_t>(threads));
    for (int i = 0; i < threads; ++i) {
        running.emplace_back([&begin, &work, i] {
            begin.arrive_and_wait();
            work(i);
        });
    }
}

TEST_P(WorkStore, of_many_that_claim_each_job_goes_to_one) {
    constexpr int jobs = 240;
    done(store->begin());
    for (int i = 0; i < jobs; ++i) {
        add(std::to_string(i));
    }
    done(store->commit());
    std::mutex mutex;
    std::multiset<std::int64_t> taken;
    std::atomic<int> errors = 0;
    at_once(clients, [&](int client) {
        const auto mine = maker->open({});
        const Claim claim{.limit = 3, .worker = "w" + std::to_string(client)};
        while (mine) {
            const auto got = (*mine)->claim(claim, start);
            if (!got || got->empty()) {
                errors += got ? 0 : 1;
                return;
            }
            const std::scoped_lock lock(mutex);
            for (const Job& job : *got) {
                taken.insert(job.ref.id);
            }
        }
        ++errors;
    });
    EXPECT_EQ(errors, 0);
    EXPECT_EQ(taken.size(), jobs);
    EXPECT_EQ(std::set(taken.begin(), taken.end()).size(), jobs);
}

TEST_P(WorkStore, of_many_that_put_one_event_one_stores_it) {
    std::atomic<int> stored = 0;
    std::atomic<int> duplicates = 0;
    at_once(clients, [&](int) {
        const auto mine = maker->open({});
        for (int i = 0; mine && i < 10; ++i) {
            const auto result =
                (*mine)->put(slack("e" + std::to_string(i)), {.kind = "test"}, start);
            stored += result && result->put == Put::stored ? 1 : 0;
            duplicates += result && result->put == Put::duplicate ? 1 : 0;
        }
    });
    EXPECT_EQ(stored, 10);
    EXPECT_EQ(duplicates, 10 * (clients - 1));
    EXPECT_EQ(claim().size(), 10);
}

TEST_P(WorkStore, of_many_that_fire_a_schedule_one_does_it) {
    done(store->put_schedule("often", "every 1m", start));
    std::atomic<int> fired = 0;
    at_once(clients, [&](int) {
        const auto mine = maker->open({});
        for (int i = 0; mine && i < 5; ++i) {
            const auto at = start + i * 1min;
            const auto result = (*mine)->fire("often", at, at + 1min, {.kind = "tick"}, at);
            fired += result && *result ? 1 : 0;
        }
    });
    EXPECT_EQ(fired, 5);
    EXPECT_EQ(ok(store->counts("")).available, 5);
}

TEST_P(WorkStore, a_line_never_runs_twice_at_once_whoever_claims) {
    constexpr int jobs = 40;
    for (int i = 0; i < jobs; ++i) {
        add(std::to_string(i), {.kind = "test", .order_key = "o"});
    }
    std::atomic<int> running = 0;
    std::atomic<int> most = 0;
    std::mutex mutex;
    std::vector<std::string> order;
    at_once(4, [&](int) {
        const auto mine = maker->open({});
        while (mine) {
            {
                const std::scoped_lock lock(mutex);
                if (order.size() == jobs) {
                    return;
                }
            }
            const auto got = (*mine)->claim({.limit = 5, .worker = "w"}, start);
            if (!got) {
                return;
            }
            for (const Job& job : *got) {
                most = std::max(most.load(), ++running);
                {
                    const std::scoped_lock lock(mutex);
                    order.push_back(job.payload);
                }
                --running;
                (void)(*mine)->complete(job.ref, {}, false, start);
            }
        }
    });
    EXPECT_EQ(most, 1);
    ASSERT_EQ(order.size(), jobs);
    for (int i = 0; i < jobs; ++i) {
        EXPECT_EQ(order[static_cast<std::size_t>(i)], std::to_string(i));
    }
}

TEST_P(WorkStore, many_that_open_a_new_store_at_once_all_find_it_ready) {
    for (int round = 0; round < 5; ++round) {
        const auto fresh = GetParam()();
        std::atomic<int> ready = 0;
        std::mutex mutex;
        std::string error;
        at_once(clients, [&](int client) {
            const auto mine = fresh->open({});
            const auto job = NewJob{.kind = "test", .payload = std::to_string(client)};
            const auto added = mine ? (*mine)->enqueue(job, start) : fail(mine.error());
            ready += added ? 1 : 0;
            if (!added) {
                const std::scoped_lock lock(mutex);
                error = added.error().to_string();
            }
        });
        EXPECT_EQ(ready, clients) << error;
        EXPECT_EQ(ok(fresh->open({}).value()->counts("")).available, clients);
    }
}

}  // namespace
}  // namespace apilab::work
