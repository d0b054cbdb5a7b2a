#include "apilab/radar/service/handlers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>

#include "apilab/http/json.hpp"
#include "apilab/radar/internal/test_radar_world.hpp"
#include "apilab/radar/service/effects.hpp"

namespace apilab::radar {
namespace {

using namespace std::chrono_literals;
using internal::lockfile_of;
using internal::RadarWorld;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

const std::string exposed = lockfile_of("4.17.11", "4.16.0");
const std::string upgraded = lockfile_of("4.17.21", "4.16.0");

TEST(CheckJob, finds_keeps_and_says_what_is_new_and_the_second_one_says_nothing) {
    RadarWorld world;
    world.watch_folder("shop", exposed);
    const auto id = world.add(check_job("shop", "by hand"));
    ASSERT_TRUE(world.work());
    EXPECT_EQ(world.job(id).state, work::JobState::done) << world.job(id).reason;
    const auto items = world.items("shop");
    const auto lodash = std::ranges::find_if(
        items, [](const Item& item) { return item.decision.package == "lodash"; });
    ASSERT_NE(lodash, items.end());
    EXPECT_FALSE(lodash->decision.advisories.empty());
    EXPECT_EQ(lodash->announced, lodash->fingerprint);
    const auto run = world.run_of("shop");
    EXPECT_TRUE(run.complete);
    EXPECT_EQ(run.why, "by hand");
    EXPECT_EQ(run.last_complete, run.finished);
    EXPECT_THAT(run.report, HasSubstr(R"("package":"lodash")"));
    EXPECT_THAT(world.messages("slack"), SizeIs(1));
    EXPECT_FALSE(world.messages("notion").empty());

    const auto rows = world.messages("notion").size();
    world.scheduler.advance(6h);
    world.add(check_job("shop", "schedule"));
    ASSERT_TRUE(world.work());
    EXPECT_THAT(world.messages("slack"), SizeIs(1));
    EXPECT_THAT(world.messages("notion"), SizeIs(rows));
    EXPECT_EQ(world.run_of("shop").why, "schedule");
}

TEST(CheckJob, keeps_what_its_own_calls_cost) {
    RadarWorld world;
    world.watch_folder("shop", exposed);
    world.watch_folder("none", R"({"lockfileVersion":3,"packages":{"":{}}})");
    world.watch_folder("same", exposed);
    for (const auto* watch : {"shop", "none", "same"}) {
        world.add(check_job(watch, ""));
    }
    ASSERT_TRUE(world.work());
    const auto calls = [&](const char* watch, const char* what) {
        const auto report = http::JsonDocument::parse(world.run_of(watch).report).value();
        return report.root()["calls"][what].integer().value_or(-1);
    };
    EXPECT_EQ(calls("none", "operations"), 0);
    EXPECT_GT(calls("shop", "operations"), 4);
    EXPECT_EQ(calls("same", "operations"), calls("shop", "operations"))
        << "those of jobs beside it are not its own";
    // What two of them asked at the same time was sent once.
    EXPECT_EQ(calls("shop", "attempts") + calls("same", "attempts"),
              std::int64_t(world.road->paths.size()));
}

TEST(CheckJob, with_osv_down_for_an_hour_labels_its_answers_and_resolves_nothing) {
    RadarWorld world;
    world.watch_folder("shop", exposed);
    world.add(check_job("shop", "schedule"));
    ASSERT_TRUE(world.work());
    const auto before = world.items("shop");
    const auto complete = world.run_of("shop").last_complete;
    world.road->closed = "/osv/";
    for (int i = 0; i < 4; ++i) {
        world.scheduler.advance(15min);
        world.add(check_job("shop", "schedule"));
        ASSERT_TRUE(world.work());
        const auto run = world.run_of("shop");
        EXPECT_FALSE(run.complete);
        EXPECT_EQ(run.last_complete, complete);
        EXPECT_TRUE(run.error.empty());
        EXPECT_THAT(run.report, HasSubstr(R"({"name":"osv","status":"failed")"));
        for (const Item& item : world.items("shop")) {
            EXPECT_FALSE(item.resolved);
            EXPECT_NE(item.decision.confidence, Confidence::full) << item.decision.package;
        }
    }
    EXPECT_THAT(world.messages("slack"), SizeIs(1)) << "nothing new was said";
    world.road->closed.clear();
    world.scheduler.advance(15min);
    world.add(check_job("shop", "schedule"));
    ASSERT_TRUE(world.work());
    EXPECT_TRUE(world.run_of("shop").complete);
    const auto after = world.items("shop");
    ASSERT_EQ(after.size(), before.size());
    for (std::size_t i = 0; i < after.size(); ++i) {
        EXPECT_EQ(after[i].fingerprint, before[i].fingerprint);
        EXPECT_EQ(after[i].decision.confidence, Confidence::full);
    }
    EXPECT_THAT(world.messages("slack"), SizeIs(1));
}

TEST(CheckJob, tells_on_a_degraded_answer_that_it_is_one) {
    RadarWorld world;
    world.watch_folder("shop", exposed);
    world.road->closed = "/osv/";
    world.add(check_job("shop", "schedule"));
    ASSERT_TRUE(world.work());
    const auto said = world.messages("slack");
    ASSERT_THAT(said, SizeIs(1)) << "GitHub knows of lodash, too";
    EXPECT_THAT(said[0].payload, HasSubstr("osv"));
    for (const Item& item : world.items("shop")) {
        EXPECT_NE(item.made_with, Confidence::full);
    }
}

TEST(CheckJob, resolves_what_was_upgraded) {
    RadarWorld world;
    world.watch_folder("shop", exposed);
    world.add(check_job("shop", ""));
    ASSERT_TRUE(world.work());
    std::string lodash;
    for (const Item& item : world.items("shop")) {
        lodash = item.decision.package == "lodash" ? item.decision.candidate.value_or("") : lodash;
    }
    world.write("shop", lockfile_of(lodash, "4.16.0"));
    world.scheduler.advance(1h);
    world.add(check_job("shop", ""));
    ASSERT_TRUE(world.work());
    for (const Item& item : world.items("shop")) {
        EXPECT_EQ(item.resolved.has_value(), item.decision.package == "lodash")
            << item.decision.package;
    }
}

// Whenever its process is told to end or dies between two requests: the next one does it again,
// and all is said once, as if nothing had happened.
TEST(CheckJob, that_is_broken_off_at_any_request_is_done_again_and_says_all_of_it_once) {
    std::vector<std::string> expected;
    std::size_t requests = 0;
    {
        RadarWorld world;
        world.watch_folder("shop", exposed);
        world.add(check_job("shop", ""));
        ASSERT_TRUE(world.work());
        requests = world.road->paths.size();
        for (const auto& message : world.store->messages({}, 100).value()) {
            expected.push_back(message.target + " " + message.key);
        }
    }
    ASSERT_GT(requests, 5U);
    for (std::size_t number = 1; number <= requests; ++number) {
        RadarWorld world;
        world.watch_folder("shop", exposed);
        const auto id = world.add(check_job("shop", ""));
        world.work_until_request(number);
        if (world.job(id).state != work::JobState::done) {
            EXPECT_THAT(world.store->messages({}, 100).value(), IsEmpty())
                << "what was not heard was told as if it had been, at request " << number;
        }
        ASSERT_TRUE(world.work());
        EXPECT_EQ(world.job(id).state, work::JobState::done);
        EXPECT_TRUE(world.run_of("shop").complete) << number;
        std::vector<std::string> said;
        for (const auto& message : world.store->messages({}, 100).value()) {
            said.push_back(message.target + " " + message.key);
        }
        EXPECT_EQ(said, expected) << number;
    }
}

TEST(CheckJob, that_runs_twice_after_all_was_kept_says_nothing_twice) {
    RadarWorld world;
    world.watch_folder("shop", exposed);
    const auto id = world.add(check_job("shop", ""));
    world.add(check_job("shop", ""));  // coalesced: one job
    ASSERT_TRUE(world.work());
    EXPECT_EQ(world.job(id).coalesced, 1);
    const auto all = world.store->messages({}, 100)->size();
    world.add(check_job("shop", ""));
    ASSERT_TRUE(world.work());
    EXPECT_EQ(world.store->messages({}, 100)->size(), all);
}

TEST(CheckJob, of_a_lockfile_that_cannot_be_read_is_told_in_the_run_and_dead) {
    RadarWorld world;
    world.watch_folder("shop", exposed);
    world.add(check_job("shop", ""));
    ASSERT_TRUE(world.work());
    const auto before = world.run_of("shop");
    const auto items = world.items("shop");
    world.write("shop", "{\"lockfileVersion\":");
    world.scheduler.advance(1h);
    const auto id = world.add(check_job("shop", ""));
    ASSERT_TRUE(world.work());
    EXPECT_EQ(world.job(id).state, work::JobState::dead);
    const auto run = world.run_of("shop");
    EXPECT_THAT(run.error, HasSubstr("shop.json"));
    EXPECT_EQ(run.report, before.report);
    EXPECT_EQ(run.last_complete, before.last_complete);
    EXPECT_FALSE(run.complete);
    ASSERT_EQ(world.items("shop").size(), items.size());
    for (std::size_t i = 0; i < items.size(); ++i) {
        EXPECT_EQ(item_json(world.items("shop")[i]), item_json(items[i]));
    }
}

TEST(CheckJob, of_a_watch_that_nobody_configured_is_dead) {
    RadarWorld world;
    const auto id = world.add(check_job("else", ""));
    auto broken = check_job("else", "");
    broken.payload = "no JSON";
    broken.coalesce_key.clear();
    const auto other = world.add(broken);
    ASSERT_TRUE(world.work());
    EXPECT_EQ(world.job(id).state, work::JobState::dead);
    EXPECT_EQ(world.job(other).state, work::JobState::dead);
    EXPECT_THAT(world.road->paths, IsEmpty());
}

TEST(CheckJob, makes_its_calls_within_its_trace_and_gives_it_to_its_messages) {
    RadarWorld world;
    world.watch_folder("shop", exposed);
    auto job = check_job("shop", "");
    job.trace_context = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    world.add(job);
    ASSERT_TRUE(world.work());
    EXPECT_THAT(world.road->traces, ElementsAre("4bf92f3577b34da6a3ce929d0e0e4736"));
    EXPECT_EQ(world.messages("slack").at(0).trace_context, job.trace_context);
}

TEST(ReplanJob, tells_in_the_morning_what_the_night_brought) {
    RadarWorld world;
    world.watch_folder("shop", exposed);
    world.config.slack->quiet = QuietHours{.from = 9h, .to = 12h};
    world.add(check_job("shop", ""));
    ASSERT_TRUE(world.work());
    EXPECT_THAT(world.messages("slack"), IsEmpty());
    world.scheduler.advance(1h + 55min);
    ASSERT_TRUE(world.work(1min));
    EXPECT_THAT(world.messages("slack"), IsEmpty());
    world.scheduler.advance(10min);
    ASSERT_TRUE(world.work());
    EXPECT_THAT(world.messages("slack"), SizeIs(1));
    world.add({.queue = "radar", .kind = "replan", .payload = R"({"watch":"shop"})"});
    world.add({.queue = "radar", .kind = "replan", .payload = R"({"watch":"gone"})"});
    ASSERT_TRUE(world.work());
    EXPECT_THAT(world.messages("slack"), SizeIs(1));
}

TEST(DigestJob, is_one_mail_for_the_day_on_which_it_was_due) {
    RadarWorld world;
    world.watch_folder("shop", exposed);
    world.add(digest_job());
    ASSERT_TRUE(world.work());
    EXPECT_THAT(world.messages("gmail"), IsEmpty()) << "nobody wants any";
    world.config.gmail = GmailSink{.from = "radar@example.org", .to = {"team@example.org"}};
    world.add(check_job("shop", ""));
    ASSERT_TRUE(world.work());
    auto job = digest_job();
    job.idempotency_key = "schedule:digest:1764576000";  // 2025-12-01T08:00:00Z
    world.add(job);
    world.add(job);  // fired by two processes, or run twice
    ASSERT_TRUE(world.work());
    const auto mails = world.messages("gmail");
    ASSERT_THAT(mails, SizeIs(1));
    EXPECT_EQ(mails[0].key, "digest-2025-12-01");
    const auto mail = read_gmail_effect(mails[0].payload).value();
    EXPECT_EQ(mail.to, world.config.gmail->to);
    EXPECT_THAT(mail.text, HasSubstr("lodash"));
    EXPECT_EQ(world.store->document("setting", "digest.last").value()->body,
              "2025-12-01T08:00:00Z");
    // By hand: the day is that on which it was asked for.
    world.add(digest_job());
    ASSERT_TRUE(world.work());
    EXPECT_EQ(world.messages("gmail").at(0).key, "digest-2026-11-23");
}

TEST(DigestJob, says_nothing_of_a_project_that_is_watched_no_more) {
    RadarWorld world;
    world.config.gmail = GmailSink{.from = "radar@example.org", .to = {"team@example.org"}};
    world.watch_folder("shop", exposed);
    world.watch_folder("site", upgraded);
    world.add(check_job("shop", ""));
    world.add(check_job("site", ""));
    ASSERT_TRUE(world.work());
    std::erase_if(world.config.watches, [](const Watch& watch) { return watch.name == "shop"; });
    world.add(digest_job());
    ASSERT_TRUE(world.work());
    const auto mail = read_gmail_effect(world.messages("gmail").at(0).payload).value();
    EXPECT_THAT(mail.text, Not(HasSubstr("shop")));
    EXPECT_THAT(mail.text, HasSubstr("site"));
}

runtime::Task<Result<PeopleReading>> reading_of(PeopleReading reading) {
    co_return reading;
}

TEST(NotionReadJob, takes_what_people_changed_in_their_columns_and_nothing_else) {
    RadarWorld world;
    world.watch_folder("shop", exposed);
    world.config.slack->quiet = QuietHours{.from = 9h, .to = 12h};  // nobody was told yet
    std::vector<PeopleRow> rows{
        {.key = "shop/lodash", .human = {.decision = "ignore", .owner = "Ann"}},
        {.key = "shop/none", .human = {.decision = "ignore"}},
        {.key = "other/lodash", .human = {.decision = "ignore"}},
        {.key = "", .human = {}}};
    std::vector<std::optional<SystemTime>> asked;
    world.context->read_people = [&](std::optional<SystemTime> checkpoint, http::TraceContext) {
        asked.push_back(checkpoint);
        const bool first = asked.size() == 1;
        return reading_of({.rows = rows, .checkpoint = world.now(), .more = first});
    };
    world.add(check_job("shop", ""));
    ASSERT_TRUE(world.work());
    world.add(notion_read_job());
    ASSERT_TRUE(world.work());
    const auto lodash = [&world] {
        return read_item_of(*world.store, "shop/lodash").value().value();
    };
    EXPECT_EQ(lodash().human.decision, "ignore");
    EXPECT_EQ(lodash().human.owner, "Ann");
    ASSERT_THAT(asked, SizeIs(2)) << "there was more";
    EXPECT_FALSE(asked[0]);
    EXPECT_TRUE(asked[1]);
    world.scheduler.advance(3h);
    ASSERT_TRUE(world.work());
    EXPECT_TRUE(lodash().announced.empty()) << "it was declined";

    // Said on the dashboard; the row does not know of it, and must not take it back.
    auto human = lodash().human;
    human.owner = "Bob";
    ASSERT_TRUE(change_human(
        *world.store, "shop/lodash", [&](HumanColumns& columns) { columns = human; }, world.now()));
    world.add(notion_read_job());
    ASSERT_TRUE(world.work());
    EXPECT_EQ(lodash().human.owner, "Bob");

    rows[0].human.decision = "";
    world.add(notion_read_job());
    ASSERT_TRUE(world.work());
    EXPECT_EQ(lodash().human.decision, "");
    EXPECT_EQ(lodash().human.owner, "Bob");
    EXPECT_EQ(lodash().announced, lodash().fingerprint) << "it was taken back, and told then";
}

struct Readers {
    int now = 0;
    int most = 0;
    int all = 0;
};

runtime::Task<Result<PeopleReading>> read_slowly(RadarWorld* world, Readers* readers) {
    readers->most = std::max(readers->most, ++readers->now);
    if (++readers->all == 1) {
        world->add(notion_read_job());
    }
    (void)co_await world->scheduler.sleep_for(1min);
    --readers->now;
    co_return PeopleReading{.checkpoint = world->now()};
}

TEST(NotionReadJob, begins_after_the_one_before_it_so_that_no_older_answer_comes_last) {
    RadarWorld world;
    Readers readers;
    world.context->read_people = [&](std::optional<SystemTime>, http::TraceContext) {
        return read_slowly(&world, &readers);
    };
    world.add(notion_read_job());
    ASSERT_TRUE(world.work());
    EXPECT_EQ(readers.all, 2);
    EXPECT_EQ(readers.most, 1);
}

}  // namespace
}  // namespace apilab::radar
