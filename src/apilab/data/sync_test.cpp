#include "apilab/data/sync.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "apilab/runtime/virtual_scheduler.hpp"

namespace apilab::data {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

constexpr SystemTime noon{1'764'244'800s};

struct Row {
    std::int64_t id = 0;
    std::int64_t changed = 0;
    std::int64_t value = 0;
};

// Rows and state in one real database, one transaction each. `commits_left` is when the process
// ends: the transaction after it never happens.
class SqliteCopy final : public SyncStore<Row> {
public:
    SqliteCopy() : database_(":memory:", SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE) {
        database_.exec(
            "CREATE TABLE row (id INTEGER PRIMARY KEY, changed, value, run);"
            "CREATE TABLE state (text)");
    }

    [[nodiscard]] Result<std::string> state() override {
        SQLite::Statement statement(database_, "SELECT text FROM state");
        return statement.executeStep() ? statement.getColumn(0).getString() : std::string();
    }
    [[nodiscard]] Result<void> store(std::vector<Row> rows, std::uint64_t run,
                                     std::string state) override {
        if (commits_left-- == 0) {
            return fail(ErrorKind::io, "the process ended");
        }
        SQLite::Transaction transaction(database_);
        for (const Row& row : rows) {
            SQLite::Statement insert(database_, "INSERT OR REPLACE INTO row VALUES (?, ?, ?, ?)");
            insert.bind(1, row.id);
            insert.bind(2, row.changed);
            insert.bind(3, row.value);
            insert.bind(4, static_cast<std::int64_t>(run));
            insert.exec();
        }
        keep(state);
        transaction.commit();
        return {};
    }
    [[nodiscard]] Result<Count> count(std::uint64_t run) override {
        return Count{
            .stored = number("SELECT count(*) FROM row"),
            .unseen = number(fmt::format("SELECT count(*) FROM row WHERE run != {}", run))};
    }
    [[nodiscard]] Result<void> finish(std::uint64_t run, bool delete_unseen,
                                      std::string state) override {
        if (commits_left-- == 0) {
            return fail(ErrorKind::io, "the process ended");
        }
        SQLite::Transaction transaction(database_);
        if (delete_unseen) {
            database_.exec(fmt::format("DELETE FROM row WHERE run != {}", run));
        }
        keep(state);
        transaction.commit();
        return {};
    }
    [[nodiscard]] std::map<std::int64_t, std::int64_t> values() {
        std::map<std::int64_t, std::int64_t> all;
        SQLite::Statement statement(database_, "SELECT id, value FROM row");
        while (statement.executeStep()) {
            all[statement.getColumn(0).getInt64()] = statement.getColumn(1).getInt64();
        }
        return all;
    }

    int commits_left = -1;

private:
    void keep(const std::string& state) {
        database_.exec("DELETE FROM state");
        SQLite::Statement insert(database_, "INSERT INTO state VALUES (?)");
        insert.bind(1, state);
        insert.exec();
    }
    std::size_t number(const std::string& sql) {
        SQLite::Statement statement(database_, sql);
        statement.executeStep();
        return static_cast<std::size_t>(statement.getColumn(0).getInt64());
    }
    SQLite::Database database_;
};

// A list by cursor (the id after which it goes on), three rows a page, of what has changed since.
class Source final : public runtime::Service {
public:
    [[nodiscard]] runtime::Task<Result<http::Response>> call(
        http::Request request, runtime::CallContext /*context*/) override {
        ++asked;
        if (broken) {
            co_return fail(ErrorKind::connection_lost, "reset");
        }
        std::int64_t since = 0;
        std::int64_t after = -1;
        const auto& query = request.url().query();
        std::sscanf(query.c_str(), "since=%ld&after=%ld", &since, &after);
        std::string items;
        int on_page = 0;
        std::int64_t last = -1;
        bool more = false;
        for (const auto& [id, row] : rows) {
            if (id <= after || row.changed < since) {
                continue;
            }
            if (on_page == 3) {
                more = true;
                break;
            }
            items += fmt::format(R"({}{{"id":{},"changed":{},"value":{}}})",
                                 on_page++ > 0 ? "," : "", row.id, row.changed, row.value);
            last = id;
        }
        const auto next = more ? fmt::format("\"{}\"", last) : std::string("null");
        co_return http::Response::json(200,
                                       fmt::format(R"({{"items":[{}],"next":{}{}}})", items, next,
                                                   cut_off ? R"(,"incomplete":true)" : ""));
    }

    std::map<std::int64_t, Row> rows;
    bool broken = false;
    bool cut_off = false;
    int asked = 0;
};

Result<Row> row_of(const http::Json& item) {
    return Row{.id = item["id"].integer().value_or(-1),
               .changed = item["changed"].integer().value_or(0),
               .value = item["value"].integer().value_or(0)};
}

class SyncTest : public testing::Test {
protected:
    SyncTest() {
        for (std::int64_t id = 0; id < 10; ++id) {
            change(id);
        }
    }

    void change(std::int64_t id) {
        now_ += 1s;
        source_.rows[id] = {.id = id, .changed = seconds(), .value = ++value_};
    }
    [[nodiscard]] std::int64_t seconds() const {
        return std::chrono::floor<std::chrono::seconds>(now_).time_since_epoch().count();
    }

    SyncJob<Row> job() {
        return {.open =
                    [this](Bookmark since, std::optional<Checkpoint> from) {
                        const auto time = since.time();
                        since_ = since;
                        const auto seconds = time ? std::chrono::floor<std::chrono::seconds>(*time)
                                                  : std::chrono::sys_seconds();
                        return Pages<Row>::create(
                            source_,
                            http::Request::get(*http::Url::parse(fmt::format(
                                "http://h/?since={}", seconds.time_since_epoch().count()))),
                            {.name = "test",
                             .kind = PageKind::cursor,
                             .items = "/items",
                             .next = "/next",
                             .parameter = "after",
                             .incomplete = {{.pointer = "/incomplete",
                                             .value = "true",
                                             .reason = "cut off"}}},
                            row_of, {.key = "/id", .from = std::move(from)});
                    },
                .bookmark_of =
                    [](const Row& row) {
                        return Bookmark::at(SystemTime(std::chrono::seconds(row.changed)));
                    },
                .bookmark_of_token = {},
                .options = {.look_back = 0s, .deletions = true, .deletions_min = 3},
                .rows_max = 2};
    }
    Result<SyncReport> sync(bool full = false) {
        now_ += 1s;
        return runtime::run(scheduler_, synchronise<Row>(copy_, job(), now_, full));
    }
    [[nodiscard]] std::map<std::int64_t, std::int64_t> source_values() const {
        std::map<std::int64_t, std::int64_t> all;
        for (const auto& [id, row] : source_.rows) {
            all[id] = row.value;
        }
        return all;
    }

    runtime::VirtualScheduler scheduler_;
    SystemTime now_ = noon;
    std::int64_t value_ = 0;
    Source source_;
    SqliteCopy copy_;
    Bookmark since_;
};

TEST_F(SyncTest, everything_comes_first_and_then_only_what_has_changed) {
    const auto first = sync();
    ASSERT_TRUE(first.has_value()) << first.error().to_string();
    EXPECT_TRUE(first->full);
    EXPECT_EQ(first->stored, 10);
    EXPECT_EQ(copy_.values(), source_values());

    change(4);
    change(11);
    const auto second = sync();
    ASSERT_TRUE(second.has_value());
    EXPECT_FALSE(second->full);
    EXPECT_EQ(second->stored, 3)
        << "two that changed, and the one that the bookmark was taken from";
    EXPECT_EQ(copy_.values(), source_values());
}

TEST_F(SyncTest, a_run_that_an_error_broke_off_is_gone_on_with) {
    copy_.commits_left = 2;
    EXPECT_EQ(sync().error().kind(), ErrorKind::io);
    copy_.commits_left = -1;
    const int before = source_.asked;
    const auto again = sync();
    ASSERT_TRUE(again.has_value());
    EXPECT_TRUE(again->resumed);
    EXPECT_EQ(again->stored, 6) << "four were stored already";
    EXPECT_EQ(source_.asked - before, 3) << "the page it was in, and those behind it";
    EXPECT_EQ(copy_.values(), source_values());
}

TEST_F(SyncTest, deletions_are_found_by_a_complete_walk_over_everything_only) {
    ASSERT_TRUE(sync());
    source_.rows.erase(3);
    EXPECT_EQ(sync()->deleted, 0);
    source_.cut_off = true;
    const auto part = sync(true);
    EXPECT_FALSE(part->complete());
    EXPECT_EQ(part->deleted, 0);
    source_.cut_off = false;
    EXPECT_EQ(sync(true)->deleted, 1);
    EXPECT_EQ(copy_.values(), source_values());
}

TEST_F(SyncTest, an_empty_answer_deletes_nothing) {
    ASSERT_TRUE(sync());
    const auto kept = copy_.values();
    source_.rows.clear();
    const auto refused = sync(true);
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().kind(), ErrorKind::too_large);
    EXPECT_THAT(refused.error().message(), HasSubstr("10 of 10"));
    EXPECT_EQ(copy_.values(), kept);
}

TEST_F(SyncTest, garbage_as_state_means_everything_once_more) {
    ASSERT_TRUE(sync());
    ASSERT_TRUE(copy_.store({}, 1, "{\"version\":1,\"run\":\"x\"}"));
    const auto again = sync();
    ASSERT_TRUE(again.has_value());
    EXPECT_NE(again->restarted, "");
    EXPECT_EQ(again->stored, 10);
}

TEST_F(SyncTest, an_error_of_the_source_keeps_what_was_stored) {
    source_.broken = true;
    EXPECT_EQ(sync().error().kind(), ErrorKind::connection_lost);
    source_.broken = false;
    ASSERT_TRUE(sync());
    EXPECT_EQ(copy_.values(), source_values());
}

class KilledSync : public SyncTest {
public:
    void TestBody() override {}
    void live() {
        for (int life = *rc::gen::inRange(1, 12); life > 0; --life) {
            copy_.commits_left = *rc::gen::inRange(0, 7);
            (void)sync(*rc::gen::inRange(0, 4) == 0);
            change(*rc::gen::inRange(0, 14));
            if (*rc::gen::inRange(0, 3) == 0) {
                source_.rows.erase(*rc::gen::inRange(0, 14));
            }
        }
        copy_.commits_left = -1;
        auto wanted = job();
        wanted.options.deletion_share_max = 1;
        RC_ASSERT(sync().has_value());  // the end of what was under way
        now_ += 1s;
        RC_ASSERT(runtime::run(scheduler_, synchronise<Row>(copy_, wanted, now_, true)).has_value());
        RC_ASSERT(copy_.values() == source_values());
    }
};

RC_GTEST_PROP(Sync, killed_anywhere_it_arrives_at_the_same_copy, ()) {
    KilledSync().live();
}

}  // namespace
}  // namespace apilab::data
