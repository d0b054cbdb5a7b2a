#include "apilab/radar/service/state.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>

#include "apilab/base/try.hpp"
#include "apilab/radar/internal/test_plan.hpp"
#include "apilab/runtime/scheduler.hpp"
#include "apilab/runtime/virtual_scheduler.hpp"
#include "apilab/work/sqlite_store.hpp"
#include "apilab/work/store_writer.hpp"

namespace apilab::radar {
namespace {

using namespace std::chrono_literals;
using testing::at;
using testing::decision;
using testing::report;
using testing::rules;

const SystemTime noon = at("2026-11-23T12:00:00Z");

std::unique_ptr<work::SqliteStore> store_in_memory() {
    return work::SqliteStore::open(":memory:").value();
}

RunOutcome outcome_of(const WatchState& state, std::vector<Decision> decisions,
                      const PlanRules& how = rules()) {
    return {.plan = plan(state.watch, state.items, report(std::move(decisions)), how, noon),
            .run = RunRecord{.watch = state.watch, .started = noon, .finished = noon + 1s},
            .trace_context = "00-trace"};
}

Result<std::optional<Item>> say(work::Store& store, std::string_view key,
                                const HumanColumns& human) {
    return change_human(store, key, [&human](HumanColumns& columns) { columns = human; }, noon);
}

TEST(State, is_there_again_when_it_is_read) {
    const auto store = store_in_memory();
    const auto none = read_watch(*store, "webshop").value();
    EXPECT_TRUE(none.items.empty());
    EXPECT_FALSE(none.run);
    const auto outcome = outcome_of(none, {decision("a"), decision("b")});
    ASSERT_TRUE(keep(*store, none, outcome, noon));
    const auto some = read_watch(*store, "webshop").value();
    ASSERT_EQ(some.items.size(), 2U);
    EXPECT_EQ(item_json(some.items[0]), item_json(outcome.plan.items[0]));
    EXPECT_EQ(some.versions.at("webshop/a"), 1);
    EXPECT_EQ(some.run_version, 1);
    ASSERT_TRUE(some.run);
    EXPECT_EQ(some.run->finished, noon + 1s);
    const auto messages = store->messages({}, 10).value();
    EXPECT_EQ(messages.size(), 3U);
    EXPECT_EQ(messages[0].trace_context, "00-trace");
}

TEST(State, of_one_watch_has_nothing_of_another_whose_name_begins_alike) {
    const auto store = store_in_memory();
    for (const char* name : {"web", "web-shop", "webshop", "web.shop", "we"}) {
        const auto none = read_watch(*store, name).value();
        EXPECT_TRUE(none.items.empty()) << name;
        ASSERT_TRUE(keep(*store, none, outcome_of(none, {decision("a")}), noon));
    }
    EXPECT_EQ(read_watch(*store, "web")->items.size(), 1U);
    EXPECT_EQ(read_items(*store)->size(), 5U);
    EXPECT_EQ(read_runs(*store)->size(), 5U);
    EXPECT_EQ(read_runs(*store)->front().watch, "we");
}

TEST(State, of_runs_is_read_to_its_end_with_their_reports_or_without) {
    const auto store = store_in_memory();
    for (int i = 0; i < 20; ++i) {
        const RunRecord run{.watch = "watch" + std::to_string(100 + i),
                            .started = noon,
                            .finished = noon + 1s,
                            .report = "{}",
                            .error = "HTTP 503"};
        ASSERT_TRUE(store->put_document(run_kind, run.watch, run_json(run), 0, noon));
    }
    const auto whole = read_runs(*store).value();
    const auto brief = read_runs_without_reports(*store).value();
    ASSERT_EQ(whole.size(), 20U);
    ASSERT_EQ(brief.size(), 20U);
    EXPECT_EQ(whole[19].report, "{}");
    EXPECT_EQ(brief[19].report, "");
    EXPECT_EQ(brief[19].watch, "watch119");
    EXPECT_EQ(brief[19].error, "HTTP 503");
}

TEST(State, of_more_than_a_page_is_read_to_its_end) {
    const auto store = store_in_memory();
    std::vector<Decision> many;
    for (int i = 0; i < 1234; ++i) {
        many.push_back(decision("p" + std::to_string(i)));
    }
    const auto none = read_watch(*store, "w").value();
    ASSERT_TRUE(keep(*store, none, outcome_of(none, many), noon));
    EXPECT_EQ(read_watch(*store, "w")->items.size(), 1234U);
    EXPECT_EQ(read_items(*store)->size(), 1234U);
}

TEST(State, of_a_project_that_is_watched_no_more_is_closed_once_and_nobody_is_interrupted) {
    const auto store = store_in_memory();
    for (const char* watch : {"gone", "here"}) {
        const auto none = read_watch(*store, watch).value();
        ASSERT_TRUE(keep(*store, none, outcome_of(none, {decision("a"), decision("b")}), noon));
    }
    const auto told = store->messages({.target = "slack"}, 100)->size();
    const auto rows = store->messages({.target = "notion"}, 100)->size();
    EXPECT_EQ(close_unwatched(*store, {"here"}, rules(), "", noon + 1h).value(), 2U);
    for (const Item& item : read_items(*store).value()) {
        EXPECT_EQ(item.resolved.has_value(), item.watch == "gone") << item.key();
    }
    EXPECT_EQ(store->messages({.target = "notion"}, 100)->size(), rows + 2) << "each row says so";
    EXPECT_EQ(store->messages({.target = "slack"}, 100)->size(), told);
    EXPECT_EQ(close_unwatched(*store, {"here"}, rules(), "", noon + 2h).value(), 0U);
    EXPECT_EQ(store->messages({.target = "notion"}, 100)->size(), rows + 2);
}

TEST(State, that_somebody_changed_meanwhile_is_read_anew) {
    const auto store = store_in_memory();
    const auto none = read_watch(*store, "w").value();
    ASSERT_TRUE(keep(*store, none, outcome_of(none, {decision("a")}), noon));
    const auto before = read_watch(*store, "w").value();
    ASSERT_TRUE(say(*store, "w/a", {.decision = "ignore"}));
    for (const auto& stale : {none, before}) {
        const auto kept = keep(*store, stale, outcome_of(stale, {decision("a", {"GHSA-9"})}), noon);
        ASSERT_FALSE(kept);
        EXPECT_EQ(kept.error().kind(), ErrorKind::io);
        EXPECT_EQ(kept.error().detail(), "busy");
    }
    EXPECT_EQ(read_item_of(*store, "w/a").value()->human.decision, "ignore");
}

TEST(State, that_is_refused_half_way_is_not_kept_at_all) {
    const auto store = store_in_memory();
    runtime::VirtualScheduler scheduler;
    work::StoreWriter writer(scheduler, *store, {.own_thread = false});
    const auto none = read_watch(*store, "w").value();
    auto outcome = outcome_of(none, {decision("a")});
    outcome.plan.messages.push_back({.target = "slack", .key = std::string(300, 'k')});
    const auto kept = runtime::run(
        scheduler, writer.run<bool>([none, outcome](work::Store& open) -> Result<bool> {
            APILAB_CHECK(keep(open, none, outcome, noon));
            return true;
        }));
    ASSERT_FALSE(kept);
    EXPECT_NE(kept.error().to_string().find("key"), std::string::npos);
    const auto after = read_watch(*store, "w").value();
    EXPECT_FALSE(after.run);
    EXPECT_TRUE(after.items.empty());
    EXPECT_TRUE(store->messages({}, 10)->empty());
}

TEST(State, that_did_not_change_is_not_written) {
    const auto store = store_in_memory();
    const auto none = read_watch(*store, "w").value();
    ASSERT_TRUE(keep(*store, none, outcome_of(none, {decision("a")}), noon));
    const auto before = read_watch(*store, "w").value();
    const RunOutcome same{.plan = replan("w", before.items, rules(), noon + 1h)};
    ASSERT_TRUE(keep(*store, before, same, noon + 1h));
    EXPECT_EQ(read_watch(*store, "w")->versions.at("w/a"), 1);
    EXPECT_EQ(read_watch(*store, "w")->run_version, 1) << "the last run stays";
}

TEST(State, that_is_no_item_is_told_by_its_name) {
    const auto store = store_in_memory();
    ASSERT_TRUE(store->put_document(item_kind, "w/broken", "{}", 0, noon));
    const auto state = read_watch(*store, "w");
    ASSERT_FALSE(state);
    EXPECT_EQ(state.error().kind(), ErrorKind::decode);
    EXPECT_NE(state.error().to_string().find("w/broken"), std::string::npos);
}

TEST(State, that_waits_for_the_morning_comes_back_then) {
    const auto store = store_in_memory();
    auto quiet = rules();
    quiet.slack->quiet = QuietHours{.from = 11h, .to = 13h};
    const auto none = read_watch(*store, "w").value();
    ASSERT_TRUE(keep(*store, none, outcome_of(none, {decision("a")}, quiet), noon));
    const auto again = read_watch(*store, "w").value();
    ASSERT_TRUE(keep(*store, again, outcome_of(again, {decision("b")}, quiet), noon));
    ASSERT_TRUE(add_replan(*store, "w", {}, noon));
    const auto jobs = store->jobs({.kind = "replan"}, 10).value();
    ASSERT_EQ(jobs.size(), 2U) << "one for the morning, one at once";
    EXPECT_EQ(jobs[1].due, at("2026-11-23T13:00:00Z"));
    EXPECT_EQ(jobs[1].job.queue, "radar");
    EXPECT_EQ(jobs[1].job.payload, R"({"watch":"w"})");
    EXPECT_EQ(jobs[1].coalesced, 1);
}

TEST(State, what_a_person_said_is_kept_with_the_item) {
    const auto store = store_in_memory();
    EXPECT_FALSE(say(*store, "w/none", {}).value());
    const auto none = read_watch(*store, "w").value();
    ASSERT_TRUE(keep(*store, none, outcome_of(none, {decision("a")}), noon));
    const HumanColumns human{.decision = "later", .owner = "Ann", .snooze_until = noon + 24h};
    EXPECT_EQ(say(*store, "w/a", human).value()->human, human);
    EXPECT_EQ(read_item_of(*store, "w/a").value()->human, human);
    EXPECT_FALSE(read_item_of(*store, "w/none").value());
}

}  // namespace
}  // namespace apilab::radar
