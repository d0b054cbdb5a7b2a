// Several at once: nothing is taken twice, doubled, or run out of its order.

#include <gmock/gmock.h>

#include <atomic>
#include <map>
#include <mutex>
#include <set>

#include "postgres_test.hpp"

namespace apilab::work::tests {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class PostgresClaims : public PostgresTest {
protected:
    [[nodiscard]] static std::vector<std::int64_t> ids(const std::vector<Job>& jobs) {
        std::vector<std::int64_t> all;
        for (const Job& job : jobs) {
            all.push_back(job.ref.id);
        }
        return all;
    }
    [[nodiscard]] std::int64_t add(PostgresStore& store, const std::string& order_key = {}) const {
        return must(store.enqueue({.kind = "work", .order_key = order_key}, now)).id;
    }
};

TEST_F(PostgresClaims, nobody_waits_for_a_row_that_somebody_else_takes) {
    auto one = open();
    auto other = open({.schema = schema(), .lock_timeout = std::chrono::milliseconds(200)});
    const auto first = add(*one);
    const auto second = add(*one);

    must(one->begin());
    EXPECT_THAT(ids(must(one->claim({}, now))), ElementsAre(first));
    EXPECT_THAT(ids(must(other->claim({}, now))), ElementsAre(second));
    must(one->commit());
}

TEST_F(PostgresClaims, sixteen_clients_get_each_job_once) {
    constexpr int jobs = 800;
    auto store = open();
    must(store->begin());
    for (int i = 0; i < jobs; ++i) {
        (void)add(*store);
    }
    must(store->commit());

    std::mutex mutex;
    std::map<std::int64_t, int> claims;
    in_threads(16, [&](int number) {
        auto mine = open();
        // A claim may find all rows under others' hands; that the queue is empty, counts say.
        for (bool more = true; more;) {
            for (const Job& job :
                 must(mine->claim({.worker = "w" + std::to_string(number)}, now))) {
                const std::scoped_lock lock(mutex);
                ++claims[job.ref.id];
            }
            more = must(mine->counts("default")).available > 0;
        }
    });
    EXPECT_THAT(claims, SizeIs(jobs));
    for (const auto& [id, count] : claims) {
        EXPECT_EQ(count, 1) << "job " << id;
    }
    EXPECT_EQ(ask("SELECT count(*) FROM attempt"), std::to_string(jobs));
}

TEST_F(PostgresClaims, of_a_batch_each_order_key_gives_one) {
    auto store = open();
    const auto first = add(*store, "a");
    (void)add(*store, "a");
    const auto other = add(*store, "b");
    EXPECT_THAT(ids(must(store->claim({.limit = 10}, now))), ElementsAre(first, other));
}

TEST_F(PostgresClaims, a_key_that_somebody_decides_about_is_left_to_him) {
    auto one = open();
    auto other = open({.schema = schema(), .lock_timeout = std::chrono::milliseconds(200)});
    const auto first = add(*one, "k");
    const auto second = add(*one, "k");

    must(one->begin());
    const auto mine = must(one->claim({.limit = 10}, now));
    EXPECT_THAT(ids(mine), ElementsAre(first));
    EXPECT_THAT(must(other->claim({.limit = 10}, now)), IsEmpty());
    must(one->commit());
    EXPECT_THAT(must(other->claim({.limit = 10}, now)), IsEmpty());
    EXPECT_TRUE(must(one->complete(mine.front().ref, {}, false, now)));
    EXPECT_THAT(ids(must(other->claim({.limit = 10}, now))), ElementsAre(second));
}

// The world of the one who claims second is that of before the other one's commit, and in it the
// revived job is the first of its key.
TEST_F(PostgresClaims, a_dead_letter_that_comes_back_waits_for_the_one_that_is_being_taken) {
    auto one = open();
    auto other = open({.schema = schema(), .lock_timeout = std::chrono::milliseconds(200)});
    const auto first = add(*one, "k");
    const auto second = add(*one, "k");
    EXPECT_TRUE(must(one->bury(must(one->claim({}, now)).front().ref, "bad", now)));

    must(one->begin());
    const auto mine = must(one->claim({}, now));
    EXPECT_THAT(ids(mine), ElementsAre(second));
    EXPECT_EQ(must(other->redrive({.id = first}, {}, 10, now)), 1U);
    EXPECT_THAT(must(other->claim({.limit = 10}, now)), IsEmpty());
    must(one->commit());
    EXPECT_THAT(must(other->claim({.limit = 10}, now)), IsEmpty());
    EXPECT_TRUE(must(one->complete(mine.front().ref, {}, false, now)));
    EXPECT_THAT(ids(must(other->claim({.limit = 10}, now))), ElementsAre(first));
}

TEST_F(PostgresClaims, the_database_itself_holds_one_running_job_of_a_key) {
    auto store = open();
    (void)add(*store, "k");
    (void)add(*store, "k");
    EXPECT_EQ(ask("DO $$ BEGIN UPDATE job SET state = 'running'; EXCEPTION WHEN unique_violation "
                  "THEN INSERT INTO paused VALUES ('refused', '', 0); END $$; "
                  "SELECT queue FROM paused"),
              "refused");
}

TEST_F(PostgresClaims, sixteen_senders_of_the_same_events_store_each_once) {
    constexpr int events = 40;
    std::atomic<int> stored = 0;
    std::atomic<int> copies = 0;
    (void)open();
    in_threads(16, [&](int number) {
        auto store = open();
        for (int i = 0; i < events; ++i) {
            // Each in another order.
            const int which = (i * 7 + number * 11) % events;
            const std::string id = std::to_string(which);
            const auto put =
                must(store->put(github_event(id, "body " + id), {.kind = "push"}, now));
            (put.put == Put::stored ? stored : copies) += 1;
        }
    });
    EXPECT_EQ(stored, events);
    EXPECT_EQ(copies, 15 * events);
    EXPECT_EQ(ask("SELECT count(*) || ' ' || sum(deliveries) FROM event"), "40 640");
    EXPECT_EQ(ask("SELECT count(*) FROM job"), "40");
}

TEST_F(PostgresClaims, a_captured_body_under_sixteen_ids_at_once_runs_once) {
    std::atomic<int> stored = 0;
    std::atomic<int> replayed = 0;
    (void)open();
    in_threads(16, [&](int number) {
        auto store = open();
        const auto put =
            must(store->put(github_event(std::to_string(number), "caught"), {.kind = "push"}, now));
        stored += put.put == Put::stored ? 1 : 0;
        replayed += put.put == Put::replayed ? 1 : 0;
    });
    EXPECT_EQ(stored, 1);
    EXPECT_EQ(replayed, 15);
    EXPECT_EQ(ask("SELECT count(*) FROM job"), "1");
}

TEST_F(PostgresClaims, of_many_that_coalesce_at_once_one_waits) {
    (void)open();
    in_threads(8, [&](int number) {
        auto store = open();
        for (int i = 0; i < 25; ++i) {
            must(store->enqueue(
                {.kind = "refresh", .payload = std::to_string(number), .coalesce_key = "repo"},
                now));
        }
    });
    EXPECT_EQ(ask("SELECT count(*) || ' ' || sum(coalesced) FROM job"), "1 199");
}

TEST_F(PostgresClaims, of_two_that_coalesce_at_once_the_second_goes_into_the_first) {
    auto one = open();
    auto other = open();
    const NewJob job{.kind = "refresh", .coalesce_key = "repo"};
    must(one->begin());
    const auto first = must(one->enqueue(job, now));
    Store::Enqueued second;
    std::atomic<bool> over = false;
    std::thread thread([&] {
        second = must(other->enqueue(job, now));
        over = true;
    });
    // The other one does not see the first one's job, and the index has it wait.
    while (!over && ask("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND "
                        "application_name = 'apilab'") == "0") {
        std::this_thread::yield();
    }
    must(one->commit());
    thread.join();
    EXPECT_FALSE(first.coalesced);
    EXPECT_TRUE(second.coalesced);
    EXPECT_EQ(second.id, first.id);
}

TEST_F(PostgresClaims, one_that_comes_back_beside_one_that_waits_under_its_key_is_kept_too) {
    auto store = open();
    const NewJob job{.kind = "refresh", .coalesce_key = "repo"};
    const auto first = must(store->enqueue(job, now)).id;
    const auto claimed = must(store->claim({}, now));
    const auto second = must(store->enqueue(job, now)).id;
    EXPECT_NE(first, second);
    EXPECT_TRUE(must(store->retry(claimed.front().ref, now, seconds(1), "later", now)));
    EXPECT_TRUE(must(store->enqueue(job, now)).coalesced);
    EXPECT_EQ(must(store->counts("")).available, 2);
    // The one that waited is taken: the other one takes what comes from now on.
    must(store->claim({.limit = 2}, now));
    EXPECT_FALSE(must(store->enqueue(job, now)).coalesced);
}

TEST_F(PostgresClaims, a_schedule_is_fired_by_one_of_eight) {
    std::atomic<int> fired = 0;
    must(open()->put_schedule("digest", "every 1h", now));
    in_threads(8, [&](int /*number*/) {
        auto store = open();
        fired +=
            must(store->fire("digest", now, now + minutes(60), {.kind = "digest"}, now)) ? 1 : 0;
    });
    EXPECT_EQ(fired, 1);
    EXPECT_EQ(ask("SELECT count(*) FROM job"), "1");
}

TEST_F(PostgresClaims, sixteen_senders_of_an_outbox_get_each_message_once) {
    auto store = open();
    must(store->begin());
    for (int i = 0; i < 200; ++i) {
        must(store->post({.target = "slack", .key = std::to_string(i)}, now));
    }
    must(store->commit());
    std::mutex mutex;
    std::multiset<std::int64_t> taken;
    in_threads(16, [&](int /*number*/) {
        auto mine = open();
        while (must(mine->next_message_due()).value_or(now + seconds(1)) <= now) {
            for (const Message& message : must(mine->claim_messages("", 3, minutes(1), now))) {
                const std::scoped_lock lock(mutex);
                taken.insert(message.ref.id);
            }
        }
    });
    EXPECT_THAT(taken, SizeIs(200));
    EXPECT_THAT(std::set<std::int64_t>(taken.begin(), taken.end()), SizeIs(200));
}

// Three workers over one store, some of whose attempts fail and some of whose leases run out while
// they think they work: what counts is which completion was taken.
TEST_F(PostgresClaims, three_workers_complete_each_job_once_and_in_the_order_of_its_key) {
    constexpr int keys = 6;
    constexpr int each = 20;
    auto store = open();
    must(store->begin());
    for (int i = 0; i < each; ++i) {
        for (int key = 0; key < keys; ++key) {
            must(store->enqueue({.kind = "work",
                                 .payload = std::to_string(i),
                                 .order_key = "key " + std::to_string(key),
                                 .attempts_max = 100},
                                now));
        }
    }
    must(store->commit());

    std::atomic<std::int64_t> clock = 0;
    std::mutex mutex;
    std::map<std::string, std::vector<int>> done;
    in_threads(3, [&](int number) {
        auto mine = open();
        const Claim claim{.limit = 2, .lease = seconds(10), .worker = std::to_string(number)};
        while (must(mine->counts("")).done < keys * each) {
            for (const Job& job : must(mine->claim(claim, now + seconds(clock)))) {
                const auto dice = (job.ref.id * 31 + job.attempt * 17) % 10;
                const SystemTime then = now + seconds(clock);
                if (dice == 0) {
                    must(mine->retry(job.ref, then, seconds(0), "not yet", then));
                } else if (dice == 1) {
                    clock += 11;  // it is nobody's now, and neither is anything else
                } else {
                    // Under the lock, so that what is written here is in the order of the commits.
                    const std::scoped_lock lock(mutex);
                    if (must(mine->complete(job.ref, {}, false, then))) {
                        done[job.order_key].push_back(std::stoi(job.payload));
                    }
                }
            }
        }
    });
    std::vector<int> all;
    for (int i = 0; i < each; ++i) {
        all.push_back(i);
    }
    ASSERT_THAT(done, SizeIs(keys));
    for (const auto& [key, order] : done) {
        EXPECT_EQ(order, all) << key;
    }
}

}  // namespace
}  // namespace apilab::work::tests
