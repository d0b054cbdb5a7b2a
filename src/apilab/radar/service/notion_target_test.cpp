#include "apilab/radar/service/notion_target.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "apilab/provider/notion_test_box.hpp"
#include "apilab/radar/internal/test_plan.hpp"
#include "apilab/radar/service/notion_reader.hpp"
#include "apilab/radar/service/notion_row.hpp"
#include "apilab/runtime/task_group.hpp"
#include "apilab/testing/matchers.hpp"
#include "apilab/work/sqlite_store.hpp"

namespace apilab::radar {
namespace {

using namespace std::chrono_literals;
using apilab::testing::IsOk;
using provider::NotionBox;
using provider::NotionValue;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using work::Message;
using work::MessageState;

std::string fault(std::string_view where, std::string_view what, std::string_view when = "") {
    return fmt::format("[[fault]]\nwhere = \"notion:{}\"\nwhat = {}\n{}", where, what,
                       when.empty() ? "" : fmt::format("when = {}\n", when));
}

client::ClientOptions one_attempt() {
    client::ClientOptions options;
    options.retry.max_attempts = 1;
    options.breaker.reset();
    return options;
}

Item item(const std::string& package, std::int64_t revision, int score = 480) {
    Item one{.watch = "shop", .decision = testing::decision(package)};
    one.decision.score = score;
    one.revision = revision;
    one.last_seen = testing::at("2026-01-01T00:00:00Z");
    return one;
}

// An outbox that writes into the sandbox's working list.
class List {
public:
    explicit List(std::string_view faults = "", work::OutboxPolicyOptions policy = {})
        : box(faults, one_attempt()),
          store(*work::SqliteStore::open(":memory:")),
          writer(box.scheduler, *store, {.own_thread = false}),
          target(box.notion(), writer, box.scheduler),
          outbox(box.scheduler, writer, box.rng, {.policy = policy, .poll = 1min}) {
        EXPECT_THAT(outbox.add("notion", target, NotionTarget::options()), IsOk());
        group.spawn(outbox.run());
    }
    ~List() {
        outbox.stop();
        runtime::run(box.scheduler, group.join());
    }
    List(const List&) = delete;
    List& operator=(const List&) = delete;

    void post(const Item& item) {
        const NotionEffect effect{
            .row = item.key(), .revision = item.revision, .properties = notion_columns(item)};
        EXPECT_THAT(store->post({.target = "notion",
                                 .key = fmt::format("{}#{}", item.key(), item.revision),
                                 .payload = payload(effect)},
                                box.scheduler.system_now()),
                    IsOk());
        outbox.wake();
    }
    void live(Duration time) { box.scheduler.advance(time); }
    Message message(const std::string& package, int revision) {
        auto found = store->messages(
            {.target = "notion", .key = fmt::format("shop/{}#{}", package, revision)}, 1);
        EXPECT_TRUE(found && !found->empty());
        return found && !found->empty() ? found->front() : Message();
    }
    MessageState state(const std::string& package, int revision) {
        return message(package, revision).state;
    }
    // What a column of the only row says, as JSON.
    std::string said(std::string_view column) {
        const auto rows = box.rows();
        EXPECT_THAT(rows, SizeIs(1));
        return rows.empty() ? "" : value_in(rows.front(), column);
    }
    static std::string value_in(const std::string& row, std::string_view column) {
        const auto document = http::JsonDocument::parse(row);
        const auto value = document->root()["properties"][column];
        return value[value["type"].string_or("")].to_text();
    }
    static std::string key_of(const std::string& row) {
        const auto document = http::JsonDocument::parse(row);
        return std::string(document->root()
                               .at_pointer("/properties/Key/rich_text/0/plain_text")
                               .string_or("none"));
    }

    NotionBox box;
    std::unique_ptr<work::SqliteStore> store;
    work::StoreWriter writer;
    NotionTarget target;
    work::Outbox outbox;
    runtime::TaskGroup group{box.scheduler};
};

TEST(NotionTarget, a_row_is_made_once_and_each_revision_changes_it) {
    List list;
    list.post(item("lodash", 1, 100));
    list.live(5s);
    EXPECT_EQ(list.said("Score"), "100");
    list.post(item("lodash", 2, 200));
    list.live(5s);
    EXPECT_EQ(list.said("Score"), "200");
    EXPECT_EQ(list.said("Revision"), "2");
    EXPECT_EQ(list.state("lodash", 2), MessageState::applied);
    EXPECT_EQ(list.message("lodash", 2).external_id, list.message("lodash", 1).external_id);
    EXPECT_EQ(list.box.count("create_page"), 1U);
    EXPECT_EQ(list.box.count("update_data_source"), 1U) << "columns are added once";
}

TEST(NotionTarget, a_token_that_is_refused_is_shown_once_and_not_once_for_each_row) {
    List list(fault("*", "{ status = 401 }", "{ first = 2 }"));
    for (const auto* package : {"axios", "lodash", "ws"}) {
        list.post(item(package, 1));
    }
    list.live(50s);
    EXPECT_EQ(list.box.count("get_data_source"), 1U);
    list.live(20s);
    EXPECT_EQ(list.box.count("get_data_source"), 2U) << "after a minute";
    list.live(100s);
    EXPECT_EQ(list.box.count("get_data_source"), 2U) << "the second time it waits longer";
    list.live(5min);
    for (const auto* package : {"axios", "lodash", "ws"}) {
        EXPECT_EQ(list.state(package, 1), MessageState::applied) << package;
    }
    EXPECT_EQ(list.box.count("create_page"), 3U);
}

TEST(NotionTarget, an_index_that_lags_makes_no_second_row) {
    List list;
    list.box.index->lag = 10min;
    list.post(item("lodash", 1, 100));
    list.post(item("lodash", 2, 200));
    list.live(5s);
    list.post(item("lodash", 3, 300));
    list.live(30s);
    EXPECT_EQ(list.said("Score"), "300");
    EXPECT_EQ(list.box.count("create_page"), 1U);
    EXPECT_EQ(list.box.count("query_data_source"), 2U) << "before the first, and never again";
}

TEST(NotionTarget, a_row_whose_answer_was_lost_is_found_though_the_index_lags) {
    List list(fault("create_page", R"({ reset = "after_commit" })", "{ nth = 1 }"));
    list.box.index->lag = 40s;
    list.post(item("lodash", 1, 100));
    list.live(10s);
    EXPECT_EQ(list.state("lodash", 1), MessageState::unknown);
    list.post(item("lodash", 2, 200));  // must not overtake what nobody knows of
    list.live(5min);
    EXPECT_EQ(list.state("lodash", 1), MessageState::reconciled);
    EXPECT_EQ(list.state("lodash", 2), MessageState::applied);
    EXPECT_EQ(list.said("Score"), "200");
    EXPECT_EQ(list.box.count("create_page"), 1U);
}

TEST(NotionTarget, a_create_that_never_arrived_is_made_after_the_settle_window) {
    List list(fault("create_page", R"({ close = "before_request" })", "{ first = 1 }"));
    list.post(item("lodash", 1, 100));
    list.live(30s);
    EXPECT_THAT(list.box.rows(), SizeIs(0));
    list.live(5min);
    EXPECT_EQ(list.state("lodash", 1), MessageState::applied);
    EXPECT_EQ(list.said("Score"), "100");
}

TEST(NotionTarget, a_lost_answer_to_a_change_is_read_from_the_page_itself) {
    List list(fault("update_page", R"({ reset = "after_commit" })", "{ first = 1 }"));
    list.post(item("lodash", 1, 100));
    list.post(item("lodash", 2, 200));
    list.live(1min);
    EXPECT_EQ(list.state("lodash", 2), MessageState::reconciled);
    EXPECT_EQ(list.box.count("update_page"), 1U);
    EXPECT_EQ(list.said("Score"), "200");
}

TEST(NotionTarget, a_conflict_of_a_create_is_looked_up_and_one_of_a_change_is_sent_again) {
    List list(fault("create_page", "{ status = 409 }", "{ first = 1 }") +
              fault("update_page", "{ status = 409 }", "{ first = 1 }"));
    list.post(item("lodash", 1, 100));
    list.live(20s);
    EXPECT_EQ(list.state("lodash", 1), MessageState::unknown);
    list.live(5min);
    EXPECT_EQ(list.state("lodash", 1), MessageState::applied);
    list.post(item("lodash", 2, 200));
    list.live(1s);
    EXPECT_EQ(list.state("lodash", 2), MessageState::pending);
    list.live(5min);
    EXPECT_EQ(list.state("lodash", 2), MessageState::applied);
    EXPECT_EQ(list.said("Score"), "200");
    EXPECT_EQ(list.box.count("create_page"), 2U);
}

TEST(NotionTarget, limits_and_overload_are_waited_out_as_long_as_they_say) {
    List list(
        fault("create_page", R"({ status = 529, retry_after = "30s" })", "{ nth = 1 }") +
        fault("create_page", R"({ limit = "secondary", retry_after = "90s" })", "{ nth = 1 }"));
    list.post(item("lodash", 1));
    list.live(29s);
    EXPECT_EQ(list.box.count("create_page"), 1U);
    EXPECT_THAT(list.message("lodash", 1).reason, HasSubstr("service_overload"));
    list.live(60s);
    EXPECT_EQ(list.box.count("create_page"), 2U);
    list.live(5min);
    EXPECT_EQ(list.state("lodash", 1), MessageState::applied);
    EXPECT_EQ(list.message("lodash", 1).sends, 3);
    EXPECT_THAT(list.box.rows(), SizeIs(1));
}

TEST(NotionTarget, people_s_columns_are_never_overwritten) {
    List list;
    list.post(item("lodash", 1));
    list.live(5s);
    const auto id = list.message("lodash", 1).external_id;
    list.box.set(id, R"({"Decision":{"select":{"name":"accepted"}},
        "Owner":{"people":[{"id":"7d3f1c9a-52c4-4f0e-9b1d-0a11ab000003"}]},
        "Snooze until":{"date":{"start":"2026-12-01"}}})");
    for (int revision = 2; revision < 6; ++revision) {
        list.post(item("lodash", revision, revision));
        list.live(5s);
        if (revision == 3) {
            list.box.set(id, R"({"Decision":{"select":{"name":"done"}}})");
        }
    }
    EXPECT_EQ(list.said("Score"), "5");
    NotionReader reader(list.box.notion());
    const auto reading = list.box.run(reader.read({}));
    ASSERT_THAT(reading, IsOk());
    ASSERT_THAT(reading->rows, SizeIs(1));
    EXPECT_EQ(reading->rows[0].key, "shop/lodash");
    EXPECT_EQ(reading->rows[0].human,
              (HumanColumns{.decision = "done",
                            .owner = "Mara Lind",
                            .snooze_until = testing::at("2026-12-01T00:00:00Z")}));
}

TEST(NotionTarget, an_older_revision_that_comes_late_changes_nothing) {
    List list;
    list.post(item("lodash", 5, 500));
    list.live(5s);
    list.post(item("lodash", 4, 400));
    list.live(5s);
    EXPECT_EQ(list.state("lodash", 4), MessageState::applied) << "superseded";
    EXPECT_EQ(list.message("lodash", 4).external_id, list.message("lodash", 5).external_id);
    EXPECT_EQ(list.said("Score"), "500");
    EXPECT_EQ(list.said("Revision"), "5");
    EXPECT_EQ(list.box.count("update_page"), 0U);
}

TEST(NotionTarget, a_row_is_found_by_its_key_where_the_store_has_forgotten_it) {
    List list;
    list.post(item("lodash", 1));
    list.live(5s);
    list.post(item("lodash", 40, 4000));  // the chain is 20 long
    list.live(5s);
    EXPECT_EQ(list.message("lodash", 40).external_id, list.message("lodash", 1).external_id);
    EXPECT_EQ(list.said("Score"), "4000");
    EXPECT_EQ(list.box.count("get_page"), 1U) << "the index may be behind: the page itself counts";
}

TEST(NotionTarget, two_rows_of_one_key_are_told_and_the_older_one_is_kept_up_to_date) {
    List list;
    list.post(item("lodash", 1));
    list.live(5s);
    const auto first = list.message("lodash", 1).external_id;
    list.live(2min);
    const auto twin = list.box.run(list.box.notion().create(provider::notion_properties(
        {{"Key", NotionValue::text("shop/lodash")}, {"Name", NotionValue::title("a copy")}})));
    ASSERT_THAT(twin, IsOk());
    list.post(item("lodash", 40, 4000));
    list.live(1min);
    EXPECT_EQ(list.state("lodash", 40), MessageState::duplicated);
    EXPECT_EQ(list.message("lodash", 40).external_id, first + " " + twin->id);
    EXPECT_EQ(list.box.run(list.box.notion().get_page(first))->properties.at("Score").number, 4000);
    EXPECT_FALSE(list.box.run(list.box.notion().get_page(twin->id))->properties.at("Score").number);
    list.post(item("lodash", 41, 4100));
    list.live(1min);
    EXPECT_EQ(list.state("lodash", 41), MessageState::applied) << "it is known which one";
    EXPECT_EQ(list.box.run(list.box.notion().get_page(first))->properties.at("Score").number, 4100);
}

TEST(NotionTarget, a_row_that_was_thrown_away_stays_away_until_it_is_taken_back) {
    List list;
    list.post(item("lodash", 1));
    list.live(5s);
    const auto id = list.message("lodash", 1).external_id;
    list.box.throw_away(id);
    list.post(item("lodash", 2, 200));
    list.live(5s);
    list.post(item("lodash", 40, 300));  // found by its key, in the trash
    list.live(5s);
    EXPECT_EQ(list.state("lodash", 2), MessageState::applied);
    EXPECT_EQ(list.message("lodash", 40).external_id, id);
    EXPECT_THAT(list.box.rows(), SizeIs(0));
    EXPECT_EQ(list.box.count("create_page"), 1U);
    EXPECT_EQ(list.box.count("update_page"), 0U);
    list.box.person("PATCH", "/v1/pages/" + id, R"({"in_trash":false})");
    list.post(item("lodash", 41, 400));
    list.live(5s);
    EXPECT_EQ(list.said("Score"), "400");
}

TEST(NotionTarget, a_page_that_is_gone_for_good_is_not_made_again) {
    List list(fault("get_page", "{ status = 404 }"));
    list.post(item("lodash", 1));
    list.live(5s);
    list.post(item("lodash", 2, 200));
    list.live(5s);
    EXPECT_EQ(list.state("lodash", 2), MessageState::applied);
    EXPECT_EQ(list.box.count("create_page"), 1U);
    EXPECT_EQ(list.box.count("update_page"), 0U);
}

TEST(NotionTarget, a_list_that_is_not_shared_is_waited_for) {
    List list(fault("get_data_source", "{ status = 404 }", "{ first = 3 }"));
    list.post(item("lodash", 1));
    list.live(8s);
    EXPECT_EQ(list.state("lodash", 1), MessageState::pending);
    EXPECT_THAT(list.message("lodash", 1).reason, HasSubstr("object_not_found"));
    list.live(10min);
    EXPECT_EQ(list.state("lodash", 1), MessageState::applied);
}

TEST(NotionTarget, an_outage_of_four_hours_is_outlasted_with_few_requests) {
    List list(fault("*", "{ status = 503 }", R"({ window = ["0s", "4h"] })"));
    list.post(item("lodash", 1));
    list.live(4h);
    EXPECT_EQ(list.state("lodash", 1), MessageState::pending);
    EXPECT_LE(list.box.count("get_data_source"), 20U);
    list.live(1h);
    EXPECT_EQ(list.state("lodash", 1), MessageState::applied);
    EXPECT_THAT(list.box.rows(), SizeIs(1));
}

TEST(NotionTarget, a_column_whose_name_is_taken_is_left_to_its_owner) {
    List list;
    list.box.add_column(R"("Status":{"status":{}},"Owner":{"rich_text":{}})");
    list.post(item("lodash", 1));
    list.live(5s);
    ASSERT_EQ(list.state("lodash", 1), MessageState::applied) << list.message("lodash", 1).reason;
    EXPECT_THAT(list.said("Status (radar)"), HasSubstr("open"));
    EXPECT_THAT(list.said("Status"), HasSubstr("Not started"));
    EXPECT_THAT(list.said("Name"), HasSubstr("lodash")) << "the title, whatever it is called";
    EXPECT_EQ(list.said("Owner"), "[]");
    EXPECT_EQ(list.said("Decision"), "null") << "made where the list is set up";
}

TEST(NotionTarget, a_column_that_was_removed_comes_back_and_people_s_do_not) {
    List list;
    list.post(item("lodash", 1));
    list.live(5s);
    list.box.add_column(R"("Why":null,"Owner":null)");
    list.post(item("lodash", 2, 200));
    list.live(1min);
    EXPECT_EQ(list.state("lodash", 2), MessageState::applied) << list.message("lodash", 2).reason;
    EXPECT_EQ(list.said("Score"), "200");
    EXPECT_THAT(list.said("Why"), HasSubstr("exposed"));
    EXPECT_EQ(list.said("Owner"), "null") << "no such column";
    list.box.add_column(R"("Key":null)");
    list.post(item("express", 1));
    list.live(2min);
    EXPECT_EQ(list.state("express", 1), MessageState::applied) << list.message("express", 1).reason;
}

TEST(NotionTarget, what_notion_refuses_for_good_has_failed_with_its_word) {
    List list(fault("create_page", "{ status = 400 }"));
    list.post(item("lodash", 1));
    list.live(1min);
    EXPECT_EQ(list.state("lodash", 1), MessageState::failed);
    EXPECT_THAT(list.message("lodash", 1).reason, HasSubstr("validation_error"));
    EXPECT_THAT(list.store->post({.target = "notion", .key = "k", .payload = "{"}, {}), IsOk());
    list.outbox.wake();
    list.live(1min);
    EXPECT_EQ(list.store->messages({.key = "k"}, 1)->front().state, MessageState::failed);
}

TEST(NotionTarget, a_message_that_waits_for_another_one_does_not_spend_its_sends) {
    // Nobody can look for five hours: the first revision stays unknown.
    List list(fault("create_page", R"({ reset = "after_commit" })", "{ nth = 1 }") +
              fault("query_data_source", "{ status = 503 }", R"({ window = ["3s", "5h"] })"));
    list.post(item("lodash", 1));
    list.live(2s);
    list.post(item("lodash", 2, 200));
    list.live(5h);
    EXPECT_EQ(list.state("lodash", 1), MessageState::unknown);
    EXPECT_EQ(list.state("lodash", 2), MessageState::pending);
    list.live(3h);
    EXPECT_EQ(list.state("lodash", 1), MessageState::reconciled);
    EXPECT_EQ(list.state("lodash", 2), MessageState::applied);
    EXPECT_THAT(list.box.rows(), SizeIs(1));
}

// Everything at once, several seeds: as many rows as packages, each in its last revision.
TEST(NotionTarget, whatever_fails_there_is_one_row_for_each_package_and_people_keep_theirs) {
    for (int seed = 1; seed <= 5; ++seed) {
        const auto faults =
            fmt::format("seed = {}\n", seed) +
            fault("create_page", R"({ reset = "after_commit" })", "{ probability = 0.3 }") +
            fault("update_page", R"({ reset = "after_commit" })", "{ probability = 0.2 }") +
            fault("create_page", R"({ close = "before_request" })", "{ probability = 0.1 }") +
            fault("update_page", R"({ close = "before_request" })", "{ probability = 0.1 }") +
            fault("*", "{ status = 409 }", "{ probability = 0.05 }") +
            fault("*", R"({ status = 529, retry_after = "5s" })", "{ probability = 0.05 }") +
            fault("*", "{ status = 503 }", "{ probability = 0.05 }") +
            fault("*", R"({ limit = "primary", retry_after = "2s" })", "{ probability = 0.05 }");
        List list(faults);
        list.box.index->lag = 45s;
        constexpr int packages = 12;
        constexpr int revisions = 6;
        std::map<std::string, std::string> decided;
        for (int revision = 1; revision <= revisions; ++revision) {
            for (int n = 0; n < packages; ++n) {
                list.post(item(fmt::format("p{}", n), revision, revision * 100));
            }
            list.live(std::chrono::minutes(list.box.rng.between(0, 4)));
            for (const auto& row : list.box.rows()) {
                const auto document = http::JsonDocument::parse(row);
                const std::string id(document->root()["id"].string_or(""));
                const auto word = fmt::format("word {}", list.box.rng.between(0, 9));
                list.box.set(id, R"({"Decision":{"select":{"name":")" + word + "\"}}}");
                decided[List::key_of(row)] = word;
            }
        }
        list.live(12h);
        const auto rows = list.box.rows();
        EXPECT_THAT(rows, SizeIs(packages)) << "seed " << seed;
        std::set<std::string> keys;
        for (const auto& row : rows) {
            keys.insert(List::key_of(row));
            EXPECT_EQ(List::value_in(row, "Revision"), std::to_string(revisions));
            EXPECT_EQ(List::value_in(row, "Score"), std::to_string(revisions * 100));
            const auto& word = decided[List::key_of(row)];
            EXPECT_THAT(List::value_in(row, "Decision"), HasSubstr(word.empty() ? "null" : word));
        }
        EXPECT_THAT(keys, SizeIs(packages)) << "seed " << seed;
        const auto counts = list.store->message_counts("notion");
        ASSERT_THAT(counts, IsOk());
        EXPECT_EQ(counts->applied + counts->reconciled, packages * revisions) << "seed " << seed;
        EXPECT_EQ(counts->duplicated, 0);
    }
}

}  // namespace
}  // namespace apilab::radar
