#include "apilab/radar/service/notion_reader.hpp"

#include <gmock/gmock.h>

#include "apilab/http/date.hpp"
#include "apilab/provider/notion_test_box.hpp"
#include "apilab/radar/internal/test_plan.hpp"
#include "apilab/testing/matchers.hpp"

namespace apilab::radar {
namespace {

using namespace std::chrono_literals;
using apilab::testing::IsError;
using apilab::testing::IsOk;
using provider::NotionBox;
using provider::NotionValue;
using testing::at;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr std::string_view mara = "7d3f1c9a-52c4-4f0e-9b1d-0a11ab000003";

class NotionReaderTest : public ::testing::Test {
protected:
    explicit NotionReaderTest(std::string_view columns =
                                  R"("Key":{"rich_text":{}},"Decision":{"select":{}},)"
                                  R"("Owner":{"people":{}},"Snooze until":{"date":{}})") {
        box.add_column(std::string(columns));
    }
    std::string make(const std::string& key) {
        const auto made = box.run(box.notion().create(provider::notion_properties(
            {{"Name", NotionValue::title(key)}, {"Key", NotionValue::text(key)}})));
        EXPECT_THAT(made, IsOk());
        return made ? made->id : "";
    }
    NotionReading read(std::optional<SystemTime> checkpoint = {},
                       NotionReaderOptions options = {}) {
        NotionReader reader(box.notion(), std::move(options));
        auto reading = box.run(reader.read(checkpoint));
        EXPECT_THAT(reading, IsOk());
        return reading ? *std::move(reading) : NotionReading();
    }
    static std::vector<std::string> keys(const NotionReading& reading) {
        std::vector<std::string> all;
        for (const auto& row : reading.rows) {
            all.push_back(row.key);
        }
        return all;
    }
    NotionBox box;
};

TEST_F(NotionReaderTest, reads_what_people_wrote) {
    const auto id = make("shop/lodash");
    make("shop/express");
    box.scheduler.advance(2min);
    box.set(id, R"({"Decision":{"select":{"name":"accepted"}},"Owner":{"people":[{"id":")" +
                    std::string(mara) +
                    R"("}]},"Snooze until":{"date":{"start":"2026-12-01","time_zone":null}}})");
    const auto reading = read();
    ASSERT_THAT(keys(reading), ElementsAre("shop/express", "shop/lodash"));
    const auto& row = reading.rows[1];
    EXPECT_EQ(row.page, id);
    EXPECT_EQ(row.human, (HumanColumns{.decision = "accepted",
                                       .owner = "Mara Lind",
                                       .snooze_until = at("2026-12-01T00:00:00Z")}));
    EXPECT_EQ(reading.rows[0].human, HumanColumns());
    EXPECT_EQ(box.count("get_user"), 1U);
    EXPECT_FALSE(reading.more);
}

TEST_F(NotionReaderTest, asks_once_who_we_are) {
    NotionReader reader(box.notion());
    const auto bot = box.run(reader.bot());
    EXPECT_FALSE(bot.empty());
    EXPECT_EQ(box.run(reader.bot()), bot);
    EXPECT_EQ(box.count("get_bot"), 1U);
}

TEST_F(NotionReaderTest, a_day_begins_in_the_zone_and_a_range_ends_with_its_end) {
    const auto one = make("one");
    const auto two = make("two");
    const auto three = make("three");
    box.set(one, R"({"Snooze until":{"date":{"start":"2026-12-01"}}})");
    box.set(two, R"({"Snooze until":{"date":{"start":"2026-12-01","end":"2026-12-03"}}})");
    box.set(three, R"({"Snooze until":{"date":{"start":"soon"}}})");
    const auto reading = read({}, {.zone = "Europe/Berlin"});
    std::map<std::string, std::optional<SystemTime>> until;
    for (const auto& row : reading.rows) {
        until[row.key] = row.human.snooze_until;
    }
    ASSERT_THAT(until, SizeIs(3));
    EXPECT_EQ(until["one"], at("2026-11-30T23:00:00Z"));
    EXPECT_EQ(until["two"], at("2026-12-03T23:00:00Z"));
    EXPECT_EQ(until["three"], std::nullopt);
    EXPECT_EQ(reading.unreadable, 1U);
}

class NotionReaderOnTexts : public NotionReaderTest {
protected:
    NotionReaderOnTexts()
        : NotionReaderTest(R"("Key":{"rich_text":{}},"Decision":{"rich_text":{}},)"
                           R"("Owner":{"rich_text":{}},"Snooze until":{"rich_text":{}})") {}
};

TEST_F(NotionReaderOnTexts, columns_of_other_types_are_read_as_far_as_they_speak) {
    const auto id = make("shop/lodash");
    box.set(id, provider::notion_properties({{"Decision", NotionValue::text("  won't fix\n")},
                                             {"Owner", NotionValue::text("Mara and Jon")},
                                             {"Snooze until", NotionValue::text("tomorrow")}}));
    const auto reading = read();
    ASSERT_THAT(reading.rows, SizeIs(1));
    EXPECT_EQ(reading.rows[0].human,
              (HumanColumns{.decision = "won't fix", .owner = "Mara and Jon"}));
}

class NotionReaderBare : public NotionReaderTest {
protected:
    NotionReaderBare() : NotionReaderTest(R"("Key":{"rich_text":{}})") {}
};

class NotionReaderOfOthers : public NotionReaderTest {
protected:
    NotionReaderOfOthers()
        : NotionReaderTest(R"x("Key":{"number":{}},"Key (radar)":{"rich_text":{}},)x"
                           R"("Decision":{"status":{}})") {}
};

TEST_F(NotionReaderOfOthers, a_key_whose_name_is_taken_is_found_under_its_other_name) {
    const auto made = box.run(box.notion().create(provider::notion_properties(
        {{"Key (radar)", NotionValue::text("shop/lodash")}, {"Key", NotionValue::integer(7)}})));
    ASSERT_THAT(made, IsOk());
    const auto reading = read();
    ASSERT_THAT(keys(reading), ElementsAre("shop/lodash"));
    EXPECT_EQ(reading.rows[0].human.decision, "Not started") << "a status speaks, too";
}

TEST_F(NotionReaderBare, columns_that_are_missing_say_nothing) {
    make("shop/lodash");
    const auto made = box.run(box.notion().create(R"({"Name":{"title":[]}})"));
    const auto reading = read();
    ASSERT_THAT(keys(reading), ElementsAre("shop/lodash"));
    EXPECT_EQ(reading.rows[0].human, HumanColumns());
    EXPECT_EQ(reading.strangers, 1U);
}

TEST_F(NotionReaderTest, only_what_was_edited_since_is_read_and_a_little_of_what_was_before) {
    make("old");
    box.scheduler.advance(1h);
    const auto id = make("new");
    const auto first = read();
    EXPECT_THAT(keys(first), ElementsAre("old", "new"));
    box.scheduler.advance(5min);
    const auto second = read(first.checkpoint);
    EXPECT_THAT(keys(second), ElementsAre("new"));
    EXPECT_EQ(second.checkpoint, first.checkpoint);
    box.set(id, R"({"Decision":{"select":{"name":"done"}}})");
    const auto third = read(second.checkpoint);
    ASSERT_THAT(keys(third), ElementsAre("new"));
    EXPECT_EQ(third.rows[0].human.decision, "done");
    EXPECT_GT(third.checkpoint, second.checkpoint);
}

TEST_F(NotionReaderTest, an_edit_within_the_minute_of_the_checkpoint_is_not_missed) {
    const auto id = make("row");
    const auto first = read();
    box.scheduler.advance(20s);  // the same minute, rounded down
    box.set(id, R"({"Decision":{"select":{"name":"ignore"}}})");
    const auto second = read(first.checkpoint);
    ASSERT_THAT(second.rows, SizeIs(1));
    EXPECT_EQ(second.rows[0].human.decision, "ignore");
    EXPECT_EQ(second.checkpoint, first.checkpoint);
}

TEST_F(NotionReaderTest, many_rows_are_read_in_several_readings) {
    for (int i = 0; i < 7; ++i) {
        make("row " + std::to_string(i));
        box.scheduler.advance(15min);
    }
    std::optional<SystemTime> checkpoint;
    std::set<std::string> seen;
    int readings = 0;
    for (bool more = true; more && readings < 20; ++readings) {
        const auto reading = read(checkpoint, {.rows_max = 3});
        checkpoint = reading.checkpoint;
        more = reading.more;
        for (const auto& key : keys(reading)) {
            seen.insert(key);
        }
    }
    EXPECT_THAT(seen, SizeIs(7));
    EXPECT_LE(readings, 4);
}

TEST_F(NotionReaderTest, a_crowd_that_no_checkpoint_leads_out_of_is_an_error) {
    for (int i = 0; i < 4; ++i) {
        make("row " + std::to_string(i));
    }
    NotionReader reader(box.notion(), {.rows_max = 3});
    const auto first = box.run(reader.read({}));
    ASSERT_THAT(first, IsOk());
    EXPECT_THAT(box.run(reader.read(first->checkpoint)), IsError(ErrorKind::too_large));
}

TEST_F(NotionReaderTest, of_two_rows_of_a_key_the_one_edited_last_counts) {
    const auto one = make("row");
    make("row");
    box.scheduler.advance(2min);
    box.set(one, R"({"Decision":{"select":{"name":"done"}}})");
    const auto reading = read();
    ASSERT_THAT(reading.rows, SizeIs(1));
    EXPECT_EQ(reading.rows[0].human.decision, "done");
}

TEST_F(NotionReaderTest, whose_name_is_not_told_is_named_by_the_id) {
    const auto id = make("row");
    box.set(id, R"({"Owner":{"people":[{"id":"7d3f1c9a-52c4-4f0e-9b1d-0a11ab0000ff"}]}})");
    const auto reading = read();
    ASSERT_THAT(reading.rows, SizeIs(1));
    EXPECT_EQ(reading.rows[0].human.owner, "7d3f1c9a-52c4-4f0e-9b1d-0a11ab0000ff");
}

TEST_F(NotionReaderTest, the_row_that_a_webhook_names_is_read_alone) {
    const auto id = make("row");
    box.set(id, R"({"Decision":{"select":{"name":"done"}}})");
    NotionReader reader(box.notion());
    const auto row = box.run(reader.read_page(id));
    ASSERT_THAT(row, IsOk());
    ASSERT_TRUE(*row);
    EXPECT_EQ((*row)->human.decision, "done");
    box.throw_away(id);
    EXPECT_FALSE(*box.run(reader.read_page(id)));
    EXPECT_FALSE(*box.run(reader.read_page("7d3f1c9a-52c4-4f0e-9b1d-0a11ab0000ff")));
    EXPECT_FALSE(*box.run(NotionReader(box.notion({.data_source = "other"})).read_page(make("b"))));
}

TEST_F(NotionReaderTest, nothing_is_ever_written) {
    make("row");
    const auto before = box.count("create_page");
    (void)read();
    EXPECT_EQ(box.count("create_page"), before);
    EXPECT_EQ(box.count("update_page"), 0U);
    EXPECT_EQ(box.count("update_data_source"), 0U);
}

TEST(NotionReaderOptions, are_checked) {
    EXPECT_THAT(NotionReaderOptions{}.validate(), IsOk());
    EXPECT_THAT((NotionReaderOptions{.look_back = 30s}.validate()),
                IsError(ErrorKind::invalid_argument));
    EXPECT_THAT((NotionReaderOptions{.rows_max = 0}.validate()),
                IsError(ErrorKind::invalid_argument));
    EXPECT_THAT((NotionReaderOptions{.zone = "Moon"}.validate()),
                IsError(ErrorKind::invalid_argument));
}

}  // namespace
}  // namespace apilab::radar
