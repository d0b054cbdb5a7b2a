#include "apilab/work/outbox.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdlib.h>

#include <algorithm>
#include <deque>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "apilab/base/duration.hpp"
#include "apilab/base/temporary_folder.hpp"
#include "apilab/runtime/task_group.hpp"
#include "apilab/runtime/virtual_scheduler.hpp"
#include "apilab/work/internal/test_messages.hpp"
#include "apilab/work/sqlite_store.hpp"

namespace apilab::work {
namespace {

using namespace std::chrono_literals;
using runtime::Task;
using runtime::TaskGroup;
using runtime::VirtualScheduler;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Answers as it is told, in order; then everything is applied and nothing found.
class Scripted final : public OutboxTarget {
public:
    struct Answer {
        SendOutcome outcome;
        Duration takes{};
    };

    explicit Scripted(VirtualScheduler& its_scheduler) : scheduler(its_scheduler) {}

    Task<SendOutcome> send(Message message) override {
        note("send " + message.key);
        seen.push_back(message.state);
        under_way += 1;
        most = std::max(most, under_way);
        Answer answer{.outcome = SendOutcome::applied("x" + message.key), .takes = 100ms};
        if (!sends.empty()) {
            answer = sends.front();
            sends.pop_front();
        }
        if (before_answer) {
            before_answer(message);
        }
        const auto slept = co_await scheduler.sleep_for(answer.takes);
        under_way -= 1;
        co_return slept ? answer.outcome : SendOutcome::unknown("cancelled");
    }
    Task<LookUpOutcome> look_up(Message message) override {
        note("look up " + message.key);
        LookUpOutcome answer = LookUpOutcome::of({});
        if (!look_ups.empty()) {
            answer = look_ups.front();
            look_ups.pop_front();
        }
        co_return answer;
    }
    void note(const std::string& what) {
        log.push_back(what);
        times.push_back(scheduler.system_now() - VirtualScheduler::default_start());
    }

    VirtualScheduler& scheduler;
    std::deque<Answer> sends;
    std::deque<LookUpOutcome> look_ups;
    std::function<void(const Message&)> before_answer;
    std::vector<std::string> log;
    std::vector<Duration> times;
    std::vector<MessageState> seen;
    int under_way = 0;
    int most = 0;
};

class OutboxTest : public ::testing::Test {
protected:
    Outbox& outbox(OutboxTargetOptions target_options = {}, OutboxOptions options = {}) {
        made.emplace(scheduler, writer, rng, std::move(options));
        EXPECT_TRUE(made->add("slack", slack, target_options));
        return *made;
    }
    std::int64_t post(std::string key, std::string target = "slack") {
        return store
            .post({.target = std::move(target), .key = std::move(key)}, scheduler.system_now())
            ->id;
    }
    void start() { group.spawn(made->run()); }
    void finish() {
        made->stop();
        runtime::run(scheduler, group.join());
    }
    // Runs for so long, and ends.
    void live(Duration time) {
        start();
        scheduler.advance(time);
        finish();
    }
    MessageState state(std::int64_t id) const { return store.row(id).state; }

    VirtualScheduler scheduler;
    internal::MessagesStore store;
    StoreWriter writer{scheduler, store, {.own_thread = false}};
    SeededRng rng{1};
    Scripted slack{scheduler};
    TaskGroup group{scheduler};
    std::optional<Outbox> made;
};

TEST_F(OutboxTest, messages_are_sent_one_after_another_in_their_order) {
    outbox();
    const auto first = post("a");
    post("b");
    post("c");
    live(2s);
    EXPECT_THAT(slack.log, ElementsAre("send a", "send b", "send c"));
    EXPECT_EQ(slack.most, 1);
    EXPECT_EQ(state(first), MessageState::applied);
    EXPECT_EQ(store.row(first).external_id, "xa");
    EXPECT_EQ(made->stats().applied, 3U);
}

TEST_F(OutboxTest, it_stands_on_the_disk_that_it_is_being_sent_before_it_is) {
    outbox();
    const auto id = post("a");
    std::optional<MessageState> on_disk;
    slack.before_answer = [&](const Message&) { on_disk = state(id); };
    live(1s);
    EXPECT_EQ(on_disk, MessageState::sending);
}

TEST_F(OutboxTest, calls_keep_their_distance) {
    outbox({.pace = 1s});
    for (const std::string key : {"a", "b", "c"}) {
        post(key);
    }
    live(10s);
    EXPECT_THAT(slack.times, ElementsAre(0s, 1s, 2s));
}

TEST_F(OutboxTest, so_many_at_the_same_time_as_allowed) {
    outbox({.concurrency = 2});
    for (const std::string key : {"a", "b", "c", "d"}) {
        post(key);
    }
    live(1s);
    EXPECT_EQ(slack.most, 2);
    EXPECT_EQ(made->stats().applied, 4U);
}

TEST_F(OutboxTest, a_slow_target_does_not_hold_up_another_one) {
    outbox();
    Scripted notion(scheduler);
    ASSERT_TRUE(made->add("notion", notion));
    slack.sends = {{.outcome = SendOutcome::applied(), .takes = 50s}};
    post("a");
    post("n", "notion");
    start();
    scheduler.advance(1s);
    EXPECT_EQ(state(2), MessageState::applied);
    finish();
}

TEST_F(OutboxTest, what_is_not_for_it_is_left_alone) {
    outbox();
    const auto id = post("a", "gmail");
    live(1min);
    EXPECT_EQ(state(id), MessageState::pending);
}

TEST_F(OutboxTest, an_answer_that_gets_lost_is_looked_up_and_not_sent_again) {
    outbox();
    slack.sends = {{.outcome = SendOutcome::unknown("connection lost")}};
    slack.look_ups = {LookUpOutcome::of({}), LookUpOutcome::of({"171.2"})};
    const auto id = post("a");
    live(10min);
    EXPECT_THAT(slack.log, ElementsAre("send a", "look up a", "look up a"));
    EXPECT_EQ(state(id), MessageState::reconciled);
    EXPECT_EQ(store.row(id).external_id, "171.2");
}

TEST_F(OutboxTest, what_is_not_there_after_the_settle_window_is_sent_again_under_its_key) {
    outbox();
    slack.sends = {{.outcome = SendOutcome::unknown("connection lost")}};
    const auto id = post("a");
    live(10min);
    EXPECT_THAT(slack.log, ElementsAre("send a", "look up a", "look up a", "look up a", "look up a",
                                       "send a"));
    EXPECT_GE(slack.times.back(), 60s);
    EXPECT_LE(slack.times.back(), 80s);
    EXPECT_EQ(state(id), MessageState::applied);
    EXPECT_EQ(store.row(id).sends, 2);
    EXPECT_EQ(made->stats().sent_again, 1U);
}

TEST_F(OutboxTest, a_call_that_takes_too_long_is_cancelled_and_unknown) {
    outbox();
    slack.sends = {{.outcome = SendOutcome::applied(), .takes = 2h}};
    const auto id = post("a");
    start();
    scheduler.advance(61s);
    EXPECT_EQ(state(id), MessageState::unknown);
    EXPECT_EQ(store.row(id).reason, "cancelled");
    EXPECT_EQ(slack.under_way, 0);
    finish();
}

TEST_F(OutboxTest, what_cannot_be_settled_comes_back_as_unknown_and_is_looked_up) {
    outbox();
    bool full = true;
    store.settle_fails = [&] { return full; };
    const auto id = post("a");
    start();
    scheduler.advance(5min - 500ms);
    EXPECT_EQ(state(id), MessageState::sending);
    full = false;
    slack.look_ups = {LookUpOutcome::of({"xa"})};
    scheduler.advance(1min);
    EXPECT_THAT(slack.log, ElementsAre("send a", "look up a"));
    EXPECT_EQ(state(id), MessageState::reconciled);
    EXPECT_EQ(store.row(id).sends, 1) << "the send that was not written down counts";
    finish();
}

TEST_F(OutboxTest, a_disk_that_recovers_in_time_settles_what_was_sent) {
    outbox();
    int refusals = 3;
    store.settle_fails = [&] { return refusals-- > 0; };
    const auto id = post("a");
    live(10s);
    EXPECT_EQ(state(id), MessageState::applied);
    EXPECT_EQ(made->stats().store_errors, 3U);
}

TEST_F(OutboxTest, a_disk_that_refuses_claims_is_asked_again) {
    outbox();
    int refusals = 3;
    store.claim_fails = [&] { return refusals-- > 0; };
    const auto id = post("a");
    live(10s);
    EXPECT_EQ(state(id), MessageState::applied);
}

TEST_F(OutboxTest, who_settles_too_late_changes_nothing) {
    outbox();
    const auto id = post("a");
    slack.before_answer = [&](const Message&) {
        // A machine that stood still: somebody else has it by now.
        store.rows.front().message.ref.fence += 1;
        store.rows.front().message.state = MessageState::escalated;
    };
    live(1s);
    EXPECT_EQ(state(id), MessageState::escalated);
    EXPECT_EQ(made->stats().lost_claims, 1U);
    EXPECT_EQ(made->stats().applied, 0U);
}

TEST_F(OutboxTest, stop_ends_what_is_under_way_and_begins_nothing) {
    outbox();
    slack.sends = {{.outcome = SendOutcome::applied(), .takes = 10s}};
    const auto first = post("a");
    const auto second = post("b");
    start();
    scheduler.advance(1s);
    finish();
    EXPECT_EQ(scheduler.system_now() - VirtualScheduler::default_start(), 10s);
    EXPECT_EQ(state(first), MessageState::applied);
    EXPECT_EQ(state(second), MessageState::pending);
}

TEST_F(OutboxTest, who_is_cancelled_leaves_an_unknown_message_behind) {
    outbox();
    slack.sends = {{.outcome = SendOutcome::applied(), .takes = 10s}};
    const auto id = post("a");
    start();
    scheduler.advance(1s);
    group.cancel();
    runtime::run(scheduler, group.join());
    EXPECT_TRUE(state(id) == MessageState::unknown || state(id) == MessageState::sending);
    // The next life.
    outbox();
    live(10min);
    EXPECT_THAT(slack.log, ::testing::Contains("look up a"));
    EXPECT_EQ(slack.log[1], "look up a");
}

TEST_F(OutboxTest, what_is_posted_is_seen_at_once_where_somebody_says_so) {
    outbox({}, {.poll = 1min});
    start();
    scheduler.advance(10s);
    post("a");
    made->wake();
    scheduler.advance(0s);
    EXPECT_THAT(slack.times, ElementsAre(10s));
    post("b");
    scheduler.advance(1min);
    EXPECT_EQ(slack.log.size(), 2U) << "and by itself within the poll";
    finish();
}

TEST_F(OutboxTest, what_is_due_later_is_sent_then) {
    outbox({}, {.poll = 1min});
    ASSERT_TRUE(store.post(
        {.target = "slack", .key = "a", .payload = {}, .send_at = scheduler.system_now() + 30s},
        scheduler.system_now()));
    live(2min);
    EXPECT_THAT(slack.times, ElementsAre(30s));
}

TEST_F(OutboxTest, where_nobody_can_say_a_person_does) {
    outbox({.traits = {.look_up = false}});
    slack.sends = {{.outcome = SendOutcome::unknown("lost")},
                   {.outcome = SendOutcome::unknown("lost")}};
    const auto again = post("a");
    const auto there = post("b");
    start();
    scheduler.advance(1min);
    EXPECT_EQ(state(again), MessageState::escalated);
    EXPECT_EQ(made->stats().escalated, 2U);

    EXPECT_EQ(runtime::run(scheduler, made->resolve(there, Resolution::applied, "mara"))->state,
              MessageState::reconciled);
    EXPECT_TRUE(runtime::run(scheduler, made->resolve(again, Resolution::send_again, "mara")));
    scheduler.advance(1s);
    EXPECT_EQ(state(again), MessageState::applied);
    EXPECT_THAT(slack.log, ElementsAre("send a", "send b", "send a"));

    const auto done = runtime::run(scheduler, made->resolve(there, Resolution::drop, "mara"));
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().detail(), "state");
    const auto none = runtime::run(scheduler, made->resolve(77, Resolution::drop, "mara"));
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().detail(), "id");
    finish();
}

TEST_F(OutboxTest, the_report_says_what_became_of_the_effects) {
    outbox({}, {.policy = {.sends_max = 1}});
    slack.sends = {{.outcome = SendOutcome::applied()},
                   {.outcome = SendOutcome::refused("no such channel")},
                   {.outcome = SendOutcome::unknown("lost")},
                   {.outcome = SendOutcome::refused("no such channel")}};
    slack.look_ups = {LookUpOutcome::of({"1", "2"})};
    post("a");
    post("b");
    post("c");
    post("d");
    post("n", "gmail");
    std::vector<std::string> told;
    live(1min);
    const auto report = runtime::run(scheduler, made->report());
    ASSERT_TRUE(report);
    EXPECT_EQ(report->describe(),
              "1 applied, 0 reconciled, 1 duplicated, 0 escalated, 2 failed, 1 open");
    ASSERT_EQ(report->for_people.size(), 3U);
    EXPECT_EQ(runtime::run(scheduler, made->report("gmail"))->open, 1U);
    EXPECT_FALSE(report->more);
    const auto short_one = runtime::run(scheduler, made->report("", 1));
    EXPECT_EQ(short_one->failed, 2U) << "all are counted";
    EXPECT_EQ(short_one->for_people.size(), 2U) << "the newest of each";
    EXPECT_TRUE(short_one->more);
}

TEST_F(OutboxTest, what_is_settled_is_told) {
    std::vector<std::string> told;
    outbox({}, {.settled = [&](const Message& message, const MessageChange& change) {
               told.push_back(message.key + " " + std::string(to_string(change.state)));
           }});
    slack.sends = {{.outcome = SendOutcome::not_applied("429", 1s)}};
    post("a");
    live(1min);
    EXPECT_THAT(told, ElementsAre("a pending", "a applied"));
}

TEST_F(OutboxTest, what_is_out_of_range_is_refused) {
    const auto detail = [](const OutboxOptions& options) {
        const auto valid = options.validate();
        return valid ? std::string("fine") : valid.error().detail();
    };
    EXPECT_EQ(detail({}), "fine");
    EXPECT_EQ(detail({.policy = {.look_ups = 0}}), "look_ups");
    EXPECT_EQ(detail({.call_timeout = 999ms}), "call_timeout");
    EXPECT_EQ(detail({.lease = 119s}), "lease");
    EXPECT_EQ(detail({.poll = 9ms}), "poll");
    Outbox& box = outbox();
    EXPECT_FALSE(box.add("slack", slack)) << "it is there";
    EXPECT_FALSE(box.add("", slack));
    EXPECT_FALSE(box.add("a", slack, {.concurrency = 0}));
    EXPECT_FALSE(box.add("a", slack, {.pace = 61s}));
}

// The same on a real store: what the one in memory promises, that one keeps.
class OutboxOnSqlite : public ::testing::Test {
protected:
    Message row() { return store->messages({}, 1).value().front(); }

    TemporaryFolder folder = TemporaryFolder::make("outbox-").value();
    VirtualScheduler scheduler;
    std::unique_ptr<SqliteStore> store = SqliteStore::open(folder.path() / "work.db").value();
    SeededRng rng{1};
    Scripted slack{scheduler};
};

TEST_F(OutboxOnSqlite, who_died_while_sending_has_sent_and_is_not_repeated) {
    const SystemTime now = scheduler.system_now();
    ASSERT_TRUE(store->post({.target = "slack", .key = "a"}, now));
    ASSERT_EQ(store->claim_messages("slack", 1, 5min, now)->size(), 1U);  // and dies
    slack.look_ups = {LookUpOutcome::of({"171.2"})};
    StoreWriter writer(scheduler, *store, {.own_thread = false});
    Outbox outbox(scheduler, writer, rng);
    ASSERT_TRUE(outbox.add("slack", slack));
    TaskGroup group(scheduler);
    group.spawn(outbox.run());
    scheduler.advance(10min);
    outbox.stop();
    runtime::run(scheduler, group.join());
    EXPECT_THAT(slack.log, ElementsAre("look up a"));
    EXPECT_EQ(slack.times.front(), 5min);
    EXPECT_EQ(row().state, MessageState::reconciled);
    EXPECT_EQ(row().sends, 1);
}

TEST_F(OutboxOnSqlite, a_person_has_an_escalated_message_sent_again) {
    ASSERT_TRUE(store->post({.target = "slack", .key = "a"}, scheduler.system_now()));
    slack.sends = {{.outcome = SendOutcome::unknown("lost")}};
    StoreWriter writer(scheduler, *store, {.own_thread = false});
    Outbox outbox(scheduler, writer, rng);
    ASSERT_TRUE(outbox.add("slack", slack, {.traits = {.look_up = false}}));
    TaskGroup group(scheduler);
    group.spawn(outbox.run());
    scheduler.advance(1min);
    EXPECT_EQ(row().state, MessageState::escalated);
    const auto resolved =
        runtime::run(scheduler, outbox.resolve(row().ref.id, Resolution::send_again, "mara"));
    ASSERT_TRUE(resolved) << resolved.error().to_string();
    scheduler.advance(1min);
    EXPECT_EQ(row().state, MessageState::applied);
    EXPECT_EQ(runtime::run(scheduler, outbox.report())->applied, 1U);
    outbox.stop();
    runtime::run(scheduler, group.join());
}

// A world whose answers get lost, whose index lags by up to 50 s, whose disk refuses at times, and
// two processes that serve it.
class World final : public OutboxTarget {
public:
    World(VirtualScheduler& its_scheduler, std::uint64_t seed)
        : scheduler(its_scheduler), rng(seed) {}

    Task<SendOutcome> send(Message message) override {
        const auto chance = rng.between(0, 9);
        if (chance < 2) {
            co_return SendOutcome::not_applied("429", 2s);
        }
        (void)co_await scheduler.sleep_for(std::chrono::milliseconds(rng.between(1, 5'000)));
        if (chance == 2) {
            co_return SendOutcome::unknown("nothing happened");
        }
        visible[message.key].push_back(scheduler.system_now() +
                                       std::chrono::seconds(rng.between(0, 50)));
        co_return chance < 6 ? SendOutcome::unknown("lost") : SendOutcome::applied("id");
    }
    Task<LookUpOutcome> look_up(Message message) override {
        (void)co_await scheduler.sleep_for(std::chrono::milliseconds(rng.between(1, 2'000)));
        if (rng.between(0, 3) == 0) {
            co_return LookUpOutcome::unavailable("503");
        }
        std::vector<std::string> ids;
        for (const SystemTime from : visible[message.key]) {
            if (from <= scheduler.system_now()) {
                ids.push_back("id" + std::to_string(ids.size()));
            }
        }
        co_return LookUpOutcome::of(ids);
    }

    VirtualScheduler& scheduler;
    SeededRng rng;
    std::map<std::string, std::vector<SystemTime>> visible;
};

void live_in_a_bad_world(std::uint64_t seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    VirtualScheduler scheduler;
    internal::MessagesStore store;
    StoreWriter writer(scheduler, store, {.own_thread = false});
    World world(scheduler, seed);
    SeededRng rng(seed + 1);
    store.settle_fails = [&] { return rng.between(0, 4) == 0; };
    store.claim_fails = [&] { return rng.between(0, 9) == 0; };
    constexpr int count = 20;
    for (int i = 0; i < count; ++i) {
        ASSERT_TRUE(
            store.post({.target = "w", .key = "k" + std::to_string(i)}, scheduler.system_now()));
    }
    TaskGroup group(scheduler);
    Outbox one(scheduler, writer, rng, {.lease = 2min, .poll = 30s});
    Outbox other(scheduler, writer, rng, {.lease = 2min, .poll = 1min});
    ASSERT_TRUE(one.add("w", world, {.concurrency = 3}));
    ASSERT_TRUE(other.add("w", world));
    group.spawn(one.run());
    group.spawn(other.run());
    scheduler.advance(12h);
    one.stop();
    other.stop();
    runtime::run(scheduler, group.join());
    for (const auto& row : store.rows) {
        const auto effects = world.visible[row.message.key].size();
        EXPECT_EQ(effects, 1U) << row.message.key << ' ' << to_string(row.message.state);
        EXPECT_TRUE(row.message.state == MessageState::applied ||
                    row.message.state == MessageState::reconciled)
            << row.message.key << ' ' << to_string(row.message.state) << ' ' << row.message.reason;
    }
}

TEST(OutboxInABadWorld, every_effect_takes_place_once) {
    for (std::uint64_t seed = 1; seed <= 8; ++seed) {
        live_in_a_bad_world(seed);
    }
}

}  // namespace
}  // namespace apilab::work
