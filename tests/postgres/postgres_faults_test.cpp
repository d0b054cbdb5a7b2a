// The way to the database breaks, and the database itself: what was acknowledged is there, nothing
// is there twice, and the store goes on by itself.

#include <gmock/gmock.h>

#include <atomic>
#include <functional>
#include <mutex>
#include <set>

#include "cutting_proxy.hpp"
#include "postgres_test.hpp"

namespace apilab::work::tests {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Cut = CuttingProxy::Cut;

class PostgresFaults : public PostgresTest {
protected:
    void end_sessions() const {
        (void)server().ask(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE "
            "application_name = 'apilab'");
    }
    [[nodiscard]] std::unique_ptr<PostgresStore> open_by(const CuttingProxy& proxy) const {
        auto store = PostgresStore::open(PostgresServer::url(proxy.folder()), options());
        EXPECT_TRUE(store) << store.error().to_string();
        return store ? *std::move(store) : nullptr;
    }
    // A server notices only by and by that a connection is gone, and holds its locks until then.
    // Whoever claims passes over what is locked, which is right, and comes again; here all times
    // are one moment.
    void until_the_server_has_noticed() const {
        constexpr int asks_max = 1000;
        for (int i = 0; i < asks_max; ++i) {
            if (server().ask("SELECT count(*) FROM pg_stat_activity WHERE application_name = "
                             "'apilab' AND state <> 'idle'") == "0") {
                return;
            }
        }
        ADD_FAILURE() << "a connection that is gone is still at work";
    }
    // What a caller does who is told `lost`: the same again.
    template <class T>
    T insist(const std::function<Result<T>()>& call) const {
        for (int attempt = 0; attempt < 4; ++attempt) {
            auto result = call();
            if (result) {
                return *std::move(result);
            }
            EXPECT_EQ(result.error().detail(), "lost") << result.error().to_string();
            until_the_server_has_noticed();
        }
        ADD_FAILURE() << "it does not come back";
        return T();
    }
};

TEST_F(PostgresFaults, a_session_that_was_ended_while_it_was_idle_is_not_noticed) {
    auto store = open();
    must(store->enqueue({.kind = "a"}, now));
    end_sessions();
    must(store->enqueue({.kind = "b"}, now));
    end_sessions();
    must(store->begin());
    must(store->enqueue({.kind = "c"}, now));
    must(store->commit());
    EXPECT_EQ(ask("SELECT count(*) FROM job"), "3");
}

TEST_F(PostgresFaults, within_a_transaction_everything_is_lost_until_its_end) {
    auto store = open();
    must(store->begin());
    must(store->enqueue({.kind = "a"}, now));
    end_sessions();
    for (int i = 0; i < 2; ++i) {
        const auto lost = store->enqueue({.kind = "b"}, now);
        ASSERT_FALSE(lost);
        EXPECT_EQ(lost.error().detail(), "lost");
    }
    const auto committed = store->commit();
    ASSERT_FALSE(committed);
    EXPECT_EQ(committed.error().detail(), "lost");
    EXPECT_EQ(committed.error().outcome(), Outcome::not_sent);
    must(store->enqueue({.kind = "c"}, now));
    EXPECT_EQ(ask("SELECT string_agg(kind, ' ') FROM job"), "c");
}

TEST_F(PostgresFaults, a_server_that_is_away_is_told_at_once_and_found_again) {
    CuttingProxy proxy(server().socket_folder() / "away", server().socket_folder());
    auto store = open_by(proxy);
    proxy.refuse(true);
    proxy.cut_at(1, Cut::before);
    for (int i = 0; i < 2; ++i) {
        const auto lost = store->enqueue({.kind = "a"}, now);
        ASSERT_FALSE(lost);
        EXPECT_EQ(lost.error().detail(), "lost");
    }
    proxy.refuse(false);
    must(store->enqueue({.kind = "b"}, now));
    EXPECT_EQ(ask("SELECT string_agg(kind, ' ') FROM job"), "b");
}

TEST_F(PostgresFaults, a_commit_whose_answer_is_lost_is_told_as_unknown) {
    CuttingProxy proxy(server().socket_folder() / "commit", server().socket_folder());
    auto store = open_by(proxy);
    must(store->begin());
    must(store->enqueue({.kind = "a"}, now));
    proxy.cut_at(1, Cut::answered);
    const auto committed = store->commit();
    ASSERT_FALSE(committed);
    EXPECT_EQ(committed.error().detail(), "lost");
    EXPECT_EQ(committed.error().outcome(), Outcome::unknown);
    EXPECT_EQ(ask("SELECT count(*) FROM job"), "1");
}

// A backend that has not read yet what was sent before the cut looks idle, and still takes its
// locks for a moment: whoever comes next passes over them, and comes again.
constexpr int rounds_max = 200;

// An event, its job, the message that the job asks for and its sending, by a caller who says
// everything again that was lost; the connection is cut before and after each thing that is sent.
TEST_F(PostgresFaults, a_connection_cut_at_any_step_loses_nothing_and_doubles_nothing) {
    CuttingProxy proxy(server().socket_folder() / "steps", server().socket_folder());
    std::unique_ptr<PostgresStore> store;
    int steps = 0;
    for (const Cut how : {Cut::before, Cut::answered}) {
        bool cut = true;
        for (int step = 1; cut; ++step) {
            SCOPED_TRACE(testing::Message() << (how == Cut::before ? "before " : "after ") << step);
            // Each with a connection that has prepared nothing yet; the proxy takes one at a time.
            store.reset();
            store = open_by(proxy);
            proxy.cut_at(step, how);
            const std::string id = (how == Cut::before ? "b" : "a") + std::to_string(step);
            const auto put = insist<PutResult>(
                [&] { return store->put(github_event(id, id), {.kind = "push"}, now); });
            const auto state = [&] {
                const auto rows =
                    insist<std::vector<JobRow>>([&] { return store->jobs({.id = put.job}, 1); });
                return rows.empty() ? JobState::dead : rows.front().state;
            };
            for (int round = 0; round < rounds_max && state() != JobState::done; ++round) {
                const auto jobs =
                    insist<std::vector<Job>>([&] { return store->claim({.limit = 5}, now); });
                for (const Job& job : jobs) {
                    (void)insist<bool>([&] {
                        return store->complete(job.ref, {{.target = "slack", .key = id}}, false,
                                               now);
                    });
                }
                // A claim of which nobody heard runs out.
                now += minutes(2);
            }
            EXPECT_EQ(state(), JobState::done);
            const auto sent = [&] {
                return ask("SELECT string_agg(state, ' ') FROM outbox WHERE key = '" + id + "'");
            };
            for (int round = 0; round < rounds_max && sent() != "applied"; ++round) {
                const auto messages = insist<std::vector<Message>>(
                    [&] { return store->claim_messages("", 5, minutes(1), now); });
                for (const Message& message : messages) {
                    (void)insist<bool>([&] {
                        return store->settle(message.ref, {.state = MessageState::applied}, now);
                    });
                }
                now += minutes(2);
            }
            cut = proxy.has_cut();
            proxy.cut_at(0, how);
            steps += cut ? 1 : 0;
            EXPECT_EQ(ask("SELECT count(*) FROM event WHERE sender_id = '" + id + "'"), "1");
            EXPECT_EQ(sent(), "applied");
        }
    }
    EXPECT_GE(steps, 60);
    EXPECT_EQ(ask("SELECT count(*) FROM event"), ask("SELECT count(*) FROM job"));
    EXPECT_EQ(ask("SELECT count(*) FROM attempt WHERE outcome = 'done'"),
              ask("SELECT count(*) FROM job"));
}

// A batch, as the writer of a store makes it.
TEST_F(PostgresFaults, a_transaction_cut_at_any_step_is_whole_or_not_at_all) {
    CuttingProxy proxy(server().socket_folder() / "batch", server().socket_folder());
    int lost = 0;
    for (const Cut how : {Cut::before, Cut::answered}) {
        bool cut = true;
        for (int step = 1; cut; ++step) {
            SCOPED_TRACE(testing::Message() << (how == Cut::before ? "before " : "after ") << step);
            auto store = open_by(proxy);
            const std::string id = (how == Cut::before ? "b" : "a") + std::to_string(step);
            proxy.cut_at(step, how);
            must(store->begin());
            for (const std::string part : {"-1", "-2", "-3"}) {
                (void)store->put(github_event(id + part, id + part), {.kind = "push"}, now);
            }
            const auto committed = store->commit();
            cut = proxy.has_cut();
            proxy.cut_at(0, how);
            const std::string there =
                ask("SELECT count(*) FROM event WHERE sender_id LIKE '" + id + "-%'");
            if (committed) {
                EXPECT_EQ(there, "3");
            } else if (committed.error().outcome() == Outcome::not_sent) {
                EXPECT_EQ(there, "0");
            } else {
                EXPECT_TRUE(there == "0" || there == "3") << there;
            }
            lost += committed ? 0 : 1;
        }
    }
    EXPECT_GE(lost, 15);
}

// The server commits without the disk where nobody tells it otherwise (its setting), and is stopped
// as by a power cut while three senders put events as fast as they can.
TEST_F(PostgresFaults, an_immediate_stop_under_load_loses_nothing_that_was_acknowledged) {
    PostgresServer own;
    must(own.make("synchronous_commit=off wal_writer_delay=10s"));
    (void)must(PostgresStore::open(own.url(), options()));
    constexpr int stops = 3;
    constexpr int between = 150;
    std::atomic<bool> going = true;
    std::atomic<int> acknowledged = 0;
    std::mutex mutex;
    std::set<std::string> known;

    const auto send = [&](int number) {
        std::unique_ptr<PostgresStore> store;
        for (int i = 0; going || i == 0;) {
            if (store == nullptr) {
                auto opened = PostgresStore::open(own.url(), options());
                store = opened ? *std::move(opened) : nullptr;
                continue;
            }
            const std::string id = std::to_string(number) + "-" + std::to_string(i);
            const auto put = store->put(github_event(id, id), {.kind = "push"}, now);
            if (put) {
                const std::scoped_lock lock(mutex);
                known.insert(id);
                ++acknowledged;
                ++i;
            } else {
                EXPECT_EQ(put.error().detail(), "lost") << put.error().to_string();
            }
        }
    };
    std::thread load([&] { in_threads(3, send); });
    for (int stop = 1; stop <= stops; ++stop) {
        while (acknowledged < stop * between) {
            std::this_thread::yield();
        }
        own.stop_immediately();
        must(own.start());
    }
    going = false;
    load.join();

    EXPECT_GE(known.size(), static_cast<std::size_t>(stops * between));
    auto store = must(PostgresStore::open(own.url(), options()));
    std::set<std::string> kept;
    std::size_t count = 0;
    for (const ArchivedEvent& event : must(store->events("", "", 0, 1'000'000))) {
        kept.insert(event.event.sender_id);
        ++count;
    }
    EXPECT_EQ(kept.size(), count);
    for (const std::string& id : known) {
        EXPECT_TRUE(kept.contains(id)) << id << " was acknowledged";
    }
    EXPECT_EQ(must(store->counts("")).available, static_cast<std::int64_t>(count));
}

}  // namespace
}  // namespace apilab::work::tests
