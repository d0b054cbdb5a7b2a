#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "apilab/http/date.hpp"
#include "apilab/radar/service/internal/test_dashboard.hpp"
#include "apilab/radar/service/state.hpp"

namespace apilab::radar {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

class DashboardActions : public internal::DashboardTest {
protected:
    std::vector<work::JobRow> jobs(const work::JobFilter& filter) {
        return *store->jobs(filter, 100);
    }
    std::vector<work::JobRow> dead() { return jobs({.state = work::JobState::dead}); }
    std::int64_t message(work::MessageState state) {
        return store->messages({.state = state}, 1)->at(0).ref.id;
    }
    std::size_t audited() { return store->documents("audit", {}, 100)->size(); }
    Item item(const std::string& key) { return **read_item_of(*store, key); }
};

TEST_F(DashboardActions, a_dead_letter_runs_again_and_it_is_written_down_who_wanted_it) {
    fill();
    const auto id = dead().at(0).job.ref.id;
    const auto answer = act("redeliver", fmt::format(R"({{"jobs":[{}],"pace_ms":0}})", id));
    EXPECT_EQ(answer.status(), 200) << answer.body();
    EXPECT_EQ(jobs({.id = id}).at(0).state, work::JobState::available);
    EXPECT_EQ(dead().size(), 1U) << "and no other one";
    EXPECT_EQ(last_audit(), fmt::format("redeliver job {}: 1 of the dead letters run again", id));
    const auto entry = json(get("/api/audit").body());
    EXPECT_THAT(entry.root().to_text(), HasSubstr(R"("by":"loopback","peer":"127.0.0.1")"));
}

TEST_F(DashboardActions, a_selection_is_paced) {
    fill();
    std::string ids;
    for (const auto& row : dead()) {
        ids += fmt::format("{}{}", ids.empty() ? "" : ",", row.job.ref.id);
    }
    EXPECT_EQ(act("redeliver", "{\"jobs\":[" + ids + "],\"pace_ms\":10000}").status(), 200);
    auto rows = jobs({.kind = "github", .state = work::JobState::available});
    ASSERT_EQ(rows.size(), 2U);
    std::ranges::sort(rows, {}, &work::JobRow::due);
    EXPECT_EQ(rows[1].due - rows[0].due, 10s);
}

TEST_F(DashboardActions, all_that_fit_run_again) {
    fill();
    EXPECT_EQ(act("redeliver", R"({"all":true,"reason_has":"no such thing"})").status(), 409);
    EXPECT_EQ(dead().size(), 2U);
    EXPECT_EQ(act("redeliver", R"({"all":true,"kind":"github","pace_ms":5000})").status(), 200);
    EXPECT_TRUE(dead().empty());
    EXPECT_EQ(act("redeliver", R"({"all":true})").status(), 409) << "none is left";
}

TEST_F(DashboardActions, what_was_not_done_is_not_in_the_log) {
    fill();
    for (const auto& [name, body] : std::vector<std::pair<std::string, std::string>>{
             {"redeliver", "{}"},
             {"redeliver", R"({"jobs":["1"]})"},
             {"redeliver", R"({"jobs":[1],"pace_ms":-1})"},
             {"redeliver", R"({"all":false})"},
             {"resolve", R"({"message":"x","as":"applied"})"},
             {"resolve", R"({"message":1,"as":"whatever"})"},
             {"resolve", R"({"message":999,"as":"drop"})"},
             {"snooze", R"({"item":"webshop/lodash"})"},
             {"snooze", R"({"item":"webshop/lodash","until":"1999-01-01"})"},
             {"snooze", R"({"item":"webshop/lodash","until":"2999-01-01"})"},
             {"snooze", R"({"item":"webshop/nobody","until":null})"},
             {"check", R"({"watch":"nobody"})"},
             {"queue", R"({"queue":"radar"})"},
             {"queue", R"({"queue":"radar","pause":true})"},
             {"queue", R"({"queue":"radar","pause":false})"},
             {"quarantine", R"({"id":1,"do":"run"})"},
             {"quarantine", R"({"id":999,"do":"release"})"},
             {"quarantine", R"({"id":999,"do":"discard"})"},
             {"nothing", "{}"},
             {"check", "[]"},
             {"check", "no JSON"},
             {"check", std::string(17 * 1024, ' ')}}) {
        const auto status = act(name, body).status();
        EXPECT_TRUE(status >= 404 && status <= 422) << name << body.substr(0, 60) << status;
    }
    EXPECT_EQ(audited(), 0U);
    EXPECT_EQ(dead().size(), 2U);
}

TEST_F(DashboardActions, an_effect_that_nobody_knows_of_is_what_a_person_says) {
    fill();
    const auto id = message(work::MessageState::escalated);
    EXPECT_EQ(act("resolve", fmt::format(R"({{"message":{},"as":"send_again"}})", id)).status(),
              200);
    const auto row = store->messages({.id = id}, 1)->at(0);
    EXPECT_EQ(row.state, work::MessageState::pending);
    EXPECT_EQ(row.sends, 0);
    EXPECT_THAT(last_audit(), HasSubstr("webshop/lodash#1 is pending"));
    EXPECT_EQ(act("resolve", fmt::format(R"({{"message":{},"as":"applied"}})", id)).status(), 409)
        << "it goes on by itself now";
}

TEST_F(DashboardActions, an_applied_effect_is_not_sent_again) {
    fill();
    const auto id = message(work::MessageState::applied);
    EXPECT_EQ(act("resolve", fmt::format(R"({{"message":{},"as":"send_again"}})", id)).status(),
              409);
    EXPECT_EQ(store->messages({.id = id}, 1)->at(0).state, work::MessageState::applied);
}

TEST_F(DashboardActions, a_snooze_is_kept_with_the_item_and_the_rest_of_it_stays) {
    fill();
    const auto before = item("webshop/lodash");
    const SystemTime until = std::chrono::floor<std::chrono::seconds>(scheduler.system_now()) + 24h;
    const auto body =
        fmt::format(R"({{"item":"webshop/lodash","until":"{}"}})", http::format_iso_time(until));
    EXPECT_EQ(act("snooze", body).status(), 200);
    const auto after = item("webshop/lodash");
    EXPECT_EQ(after.human.snooze_until, until);
    EXPECT_EQ(after.human.owner, before.human.owner);
    EXPECT_EQ(after.row, before.row) << "what the person's row says is the person's";
    EXPECT_EQ(after.announced, before.announced);
    const auto replan = jobs({.kind = "replan"});
    ASSERT_EQ(replan.size(), 1U);
    EXPECT_EQ(replan[0].due, until) << "then it is told, if it still stands";
    EXPECT_EQ(json(get("/api/decisions?show=snoozed").body()).root()["total"].integer(), 2)
        << "and the list knows at once";
    EXPECT_EQ(act("snooze", R"({"item":"webshop/lodash","until":null})").status(), 200);
    EXPECT_EQ(item("webshop/lodash").human.snooze_until, std::nullopt);
}

TEST_F(DashboardActions, a_check_now_is_one_job_however_often_it_is_asked_for) {
    fill();
    EXPECT_EQ(act("check", R"({"watch":"blog"})").status(), 200);
    EXPECT_EQ(act("check", R"({"watch":"blog"})").status(), 200);
    const auto checks = jobs({.kind = "check"});
    ASSERT_EQ(checks.size(), 1U);
    EXPECT_EQ(checks[0].job.queue, "radar");
    EXPECT_EQ(checks[0].job.payload, R"({"watch":"blog","why":"by hand"})");
    EXPECT_EQ(checks[0].job.order_key, "watch:blog");
    EXPECT_EQ(act("check", "{}").status(), 200);
    EXPECT_EQ(jobs({.kind = "check"}).size(), 2U) << "all projects";
}

TEST_F(DashboardActions, a_queue_is_paused_with_a_reason_and_goes_on) {
    EXPECT_EQ(act("queue", R"({"queue":"radar","pause":true,"reason":"GitHub is down"})").status(),
              200);
    ASSERT_EQ(store->paused()->size(), 1U);
    EXPECT_EQ(store->paused()->at(0).reason, "GitHub is down");
    EXPECT_EQ(act("queue", R"({"queue":"radar","pause":false})").status(), 200);
    EXPECT_TRUE(store->paused()->empty());
    EXPECT_EQ(audited(), 2U);
}

TEST_F(DashboardActions, what_is_in_quarantine_is_believed_or_thrown_away) {
    fill();
    const auto kept = *store->quarantined(10);
    ASSERT_EQ(kept.size(), 2U);
    EXPECT_EQ(act("quarantine", fmt::format(R"({{"id":{},"do":"release"}})", kept[0].id)).status(),
              200);
    EXPECT_EQ(jobs({.kind = "github", .state = work::JobState::available}).size(), 1U);
    EXPECT_EQ(jobs({.kind = "github", .state = work::JobState::available}).at(0).job.payload,
              kept[0].event.body);
    scheduler.advance(1s);
    EXPECT_EQ(act("quarantine", fmt::format(R"({{"id":{},"do":"discard"}})", kept[1].id)).status(),
              200);
    EXPECT_TRUE(store->quarantined(10)->empty());
    EXPECT_EQ(last_audit(), fmt::format("discard quarantine {}: thrown away", kept[1].id));
}

TEST_F(DashboardActions, the_log_is_newest_first_and_forgets_after_a_year) {
    EXPECT_EQ(act("check", R"({"watch":"blog"})").status(), 200);
    scheduler.advance(1h);
    EXPECT_EQ(act("check", R"({"watch":"webshop"})").status(), 200);
    EXPECT_THAT(last_audit(), HasSubstr("check webshop"));
    const auto first = json(get("/api/audit?limit=1").body());
    EXPECT_TRUE(first.root()["more"].boolean().value_or(false));
    std::string key;
    for (const auto& entry : first.root()["entries"].elements()) {
        key = entry["key"].string_or("");
    }
    EXPECT_THAT(get("/api/audit?after=" + key).body(), HasSubstr("blog"));
    scheduler.advance(366 * 24h);
    begin();
    EXPECT_EQ(act("check", R"({"watch":"blog"})").status(), 200);
    EXPECT_EQ(audited(), 1U);
}

}  // namespace
}  // namespace apilab::radar
