#include "apilab/data/sync.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "apilab/http/date.hpp"
#include "apilab/testing/harness.hpp"
#include "apilab/testing/matchers.hpp"

namespace apilab::data {
namespace {

using apilab::testing::Harness;
using apilab::testing::IsError;
using apilab::testing::IsOk;
using http::Request;
using http::Response;
using http::Url;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// Rows and state in one database; a commit can be made to fail in the middle.
class SqliteStore final : public SyncStore {
public:
    SqliteStore() {
        db_.exec("CREATE TABLE row (key TEXT PRIMARY KEY, text TEXT, generation INTEGER)");
        db_.exec("CREATE TABLE state (bookmark TEXT, pending TEXT, checkpoint TEXT, gen INTEGER)");
    }
    Result<std::optional<SyncState>> load() override {
        SQLite::Statement read(db_, "SELECT bookmark, pending, checkpoint, gen FROM state");
        if (!read.executeStep()) {
            return std::nullopt;
        }
        return SyncState{.bookmark = read.getColumn(0).getString(),
                         .pending = read.getColumn(1).getString(),
                         .checkpoint = read.getColumn(2).getString(),
                         .generation = static_cast<std::uint64_t>(read.getColumn(3).getInt64())};
    }
    Result<void> commit(const SyncCommit& commit) override {
        SQLite::Transaction transaction(db_);
        const auto generation = static_cast<std::int64_t>(commit.state.generation);
        for (const auto& row : commit.rows) {
            SQLite::Statement put(db_, "INSERT OR REPLACE INTO row VALUES (?, ?, ?)");
            put.bind(1, row.key);
            put.bind(2, row.text);
            put.bind(3, generation);
            put.exec();
        }
        if (--fail_in == 0) {
            return fail(ErrorKind::io, "disk full");
        }
        if (commit.remove_stale) {
            SQLite::Statement remove(db_, "DELETE FROM row WHERE generation < ?");
            remove.bind(1, generation);
            remove.exec();
        }
        put_state(commit.state);
        transaction.commit();
        ++commits;
        return {};
    }
    Result<SyncCounts> count(std::uint64_t generation) override {
        SQLite::Statement read(db_, "SELECT count(*), sum(generation < ?) FROM row");
        read.bind(1, static_cast<std::int64_t>(generation));
        read.executeStep();
        return SyncCounts{.rows = static_cast<std::uint64_t>(read.getColumn(0).getInt64()),
                          .stale = static_cast<std::uint64_t>(read.getColumn(1).getInt64())};
    }
    void put_state(const SyncState& state) {
        db_.exec("DELETE FROM state");
        SQLite::Statement put(db_, "INSERT INTO state VALUES (?, ?, ?, ?)");
        put.bind(1, state.bookmark);
        put.bind(2, state.pending);
        put.bind(3, state.checkpoint);
        put.bind(4, static_cast<std::int64_t>(state.generation));
        put.exec();
    }
    [[nodiscard]] std::vector<std::string> keys() {
        std::vector<std::string> all;
        SQLite::Statement read(db_, "SELECT key FROM row ORDER BY key");
        while (read.executeStep()) {
            all.push_back(read.getColumn(0).getString());
        }
        return all;
    }
    [[nodiscard]] SyncState state() { return load()->value_or(SyncState()); }

    int commits = 0;
    int fail_in = 0;

private:
    SQLite::Database db_{":memory:", SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE};
};

Request request_since(const std::optional<std::string>& since) {
    return Request::get(
        Url::parse("http://h/list")
            ->with("", since ? http::Query().add("since", *since).to_string() : ""));
}

class SyncTest : public ::testing::Test {
public:
    static PageRules rules() {
        return {.name = "shop",
                .kind = PageKind::cursor,
                .items = "/items",
                .next = "/next",
                .parameter = "c"};
    }
    // `a:03` is a row with the key `a` of the third of January.
    static std::string row(std::string_view text) {
        return fmt::format(R"({{"id":"{}","at":"2026-01-{}T00:00:00Z"}})", text[0], text.substr(2));
    }
    SyncTest& page(std::initializer_list<std::string_view> rows, std::string_view next = {}) {
        std::string items;
        for (const auto text : rows) {
            items += (items.empty() ? "" : ",") + row(text);
        }
        return raw(items, next);
    }
    SyncTest& raw(const std::string& items, std::string_view next = {}) {
        harness_.transport().reply(Response::json(
            200, fmt::format(R"({{"items":[{}],"next":"{}","sync":"s9"}})", items, next)));
        return *this;
    }
    void refuse(int status = 400) { harness_.transport().reply(Response::json(status, "{}")); }
    Result<SyncReport> run(SyncOptions options = {}, PageRules rules = SyncTest::rules()) {
        if (options.bookmark.empty()) {
            options.bookmark = "/at";
        }
        options.pages.clock = &clock_;
        return runtime::run(
            harness_.scheduler(),
            sync(harness_.client(), request_since, std::move(rules), store_, std::move(options)));
    }
    [[nodiscard]] std::string asked(std::size_t i) {
        return harness_.transport().seen().at(i).request.url().target();
    }

    class February final : public Clock {
    public:
        [[nodiscard]] SteadyTime now() const override { return {}; }
        [[nodiscard]] SystemTime system_now() const override {
            return *http::parse_iso_time("2026-02-01T00:00:00Z");
        }
    };
    February clock_;
    Harness harness_;
    SqliteStore store_;
};

constexpr std::string_view day(std::string_view number) {
    return number == "03"   ? "2026-01-03T00:00:00Z"
           : number == "05" ? "2026-01-05T00:00:00Z"
                            : "2026-01-09T00:00:00Z";
}

TEST_F(SyncTest, the_bookmark_is_the_newest_seen_and_starts_the_next_run) {
    page({"a:05", "b:03"}, "x").page({"c:03"});
    const auto first = run();
    ASSERT_THAT(first, IsOk());
    EXPECT_EQ(first->rows, 3U);
    EXPECT_EQ(first->bookmark, day("05"));
    EXPECT_EQ(asked(0), "/list");
    page({"b:03"});
    const auto second = run();
    ASSERT_THAT(second, IsOk());
    EXPECT_EQ(asked(2), "/list?since=2026-01-05T00%3A00%3A00Z");
    EXPECT_EQ(second->bookmark, day("05")) << "it never goes back";
    EXPECT_THAT(store_.keys(), ElementsAre("a", "b", "c")) << "a part of the list removes nothing";
    page({});
    ASSERT_THAT(run({.look_back = std::chrono::hours(24)}), IsOk());
    EXPECT_EQ(asked(3), "/list?since=2026-01-04T00%3A00%3A00Z");
    EXPECT_EQ(store_.state().bookmark, day("05"));
}

TEST_F(SyncTest, bookmarks_are_compared_as_what_they_are) {
    const auto time = BookmarkKind::time;
    EXPECT_EQ(later_bookmark(time, "2026-01-01T01:00:00+02:00", "2025-12-31T23:30:00Z"),
              "2025-12-31T23:30:00Z");
    EXPECT_EQ(later_bookmark(time, "2026-01-01T00:00:00.5Z", "2026-01-01T00:00:00Z"),
              "2026-01-01T00:00:00.5Z");
    EXPECT_EQ(later_bookmark(time, "garbage", "2026-01-01"), "2026-01-01");
    EXPECT_EQ(later_bookmark(time, "", ""), "");
    EXPECT_EQ(later_bookmark(BookmarkKind::number, "9", "10"), "10");
    EXPECT_EQ(later_bookmark(BookmarkKind::number, "10", "9"), "10");
    EXPECT_EQ(later_bookmark(BookmarkKind::number, "10", "1e3"), "10");
    EXPECT_EQ(later_bookmark(BookmarkKind::token, "b", "a"), "a");
    EXPECT_EQ(later_bookmark(BookmarkKind::token, "b", ""), "b");
}

TEST_F(SyncTest, in_ascending_order_the_bookmark_moves_with_every_page) {
    page({"a:03", "b:05"}, "x");
    refuse();
    EXPECT_THAT(run({.order = SyncOrder::ascending}), IsError(ErrorKind::status));
    EXPECT_EQ(store_.state().bookmark, day("05"));
    page({"c:09"});
    ASSERT_THAT(run({.order = SyncOrder::ascending}), IsOk());
    EXPECT_EQ(asked(2), "/list?since=2026-01-05T00%3A00%3A00Z");
    EXPECT_THAT(store_.keys(), ElementsAre("a", "b", "c"));
}

TEST_F(SyncTest, newest_first_the_bookmark_moves_at_the_end_and_a_killed_run_goes_on) {
    page({"a:09"}, "x");
    refuse();
    EXPECT_THAT(run(), IsError(ErrorKind::status));
    EXPECT_EQ(store_.state().bookmark, "") << "what is older was not read yet";
    EXPECT_THAT(store_.keys(), ElementsAre("a"));
    page({"b:03"});
    const auto report = run();
    ASSERT_THAT(report, IsOk());
    EXPECT_EQ(asked(2), "/list?c=x") << "where the first run was";
    EXPECT_EQ(report->bookmark, day("09")) << "what that run saw counts";
    EXPECT_EQ(store_.state().checkpoint, "");
}

TEST_F(SyncTest, rows_and_state_are_kept_together_or_not_at_all) {
    page({"a:03"}, "x").page({"b:05"});
    store_.fail_in = 2;
    EXPECT_THAT(run(), IsError(ErrorKind::io));
    EXPECT_THAT(store_.keys(), ElementsAre("a"));
    page({"b:05"});
    ASSERT_THAT(run(), IsOk());
    EXPECT_EQ(asked(2), "/list?c=x");
    EXPECT_THAT(store_.keys(), ElementsAre("a", "b"));
    EXPECT_EQ(store_.state().bookmark, day("05"));
}

TEST_F(SyncTest, only_a_complete_walk_over_the_whole_list_removes) {
    page({"a:03", "b:05", "c:05"});
    ASSERT_THAT(run(), IsOk());
    page({"a:03"}, "x");
    refuse();
    EXPECT_THAT(run({.whole = true}), IsError(ErrorKind::status));
    EXPECT_THAT(store_.keys(), SizeIs(3)) << "failed";
    page({"c:09"});
    auto report = run({.whole = true});
    ASSERT_THAT(report, IsOk());
    EXPECT_EQ(report->removed, 1U) << "a was seen by the run that failed";
    EXPECT_THAT(store_.keys(), ElementsAre("a", "c"));

    auto cut = rules();
    cut.incomplete = {{.pointer = "/sync", .value = "s9", .reason = "cut"}};
    page({"c:09"});
    ASSERT_THAT(run({.whole = true}, cut), IsOk());
    EXPECT_THAT(store_.keys(), ElementsAre("a", "c")) << "incomplete";
    page({"c:09"}, "x");
    SyncOptions capped{.whole = true};
    capped.pages.pages_max = 1;
    capped.pages.at_cap = AtCap::end;
    ASSERT_THAT(run(capped), IsOk());
    EXPECT_THAT(store_.keys(), ElementsAre("a", "c")) << "capped";
}

TEST_F(SyncTest, an_incomplete_walk_of_an_unordered_list_moves_no_bookmark) {
    auto cut = rules();
    cut.incomplete = {{.pointer = "/sync", .value = "s9", .reason = "cut"}};
    page({"a:09"});
    auto report = run({}, cut);
    ASSERT_THAT(report, IsOk());
    EXPECT_EQ(report->bookmark, "");
    EXPECT_EQ(report->walk.end, WalkEnd::incomplete);
}

TEST_F(SyncTest, a_list_that_is_suddenly_short_removes_nothing_unless_told) {
    page({"a:03", "b:03", "c:03", "d:03", "e:03"});
    ASSERT_THAT(run(), IsOk());
    page({"a:09"});
    const auto refused = run({.whole = true, .removed_free = 3});
    ASSERT_THAT(refused, IsError(ErrorKind::invalid_argument));
    EXPECT_EQ(refused.error().detail(), "removed_share_max");
    EXPECT_THAT(refused.error().message(), HasSubstr("4 of 5 rows"));
    EXPECT_THAT(store_.keys(), SizeIs(5));
    page({"a:09"});
    ASSERT_THAT(run({.whole = true, .removed_share_max = 0.8, .removed_free = 3}), IsOk());
    EXPECT_THAT(store_.keys(), ElementsAre("a"));
}

TEST_F(SyncTest, an_absurd_state_is_read_as_none_and_said) {
    for (const auto* bookmark : {"2999-12-31T00:00:00Z", "2199-12-31T00:00:00Z", "garbage"}) {
        store_.put_state({.bookmark = bookmark, .pending = bookmark, .checkpoint = "{"});
        const auto before = harness_.transport().seen().size();
        page({"a:03"});
        const auto report = run();
        ASSERT_THAT(report, IsOk());
        EXPECT_EQ(asked(before), "/list") << "everything";
        EXPECT_EQ(report->bookmark, day("03"));
        EXPECT_THAT(report->notes, ElementsAre(HasSubstr(bookmark)));
    }
    store_.put_state({.bookmark = std::string(day("03")), .checkpoint = "garbage"});
    page({});
    const auto report = run();
    ASSERT_THAT(report, IsOk());
    EXPECT_THAT(report->notes, ElementsAre(HasSubstr("of no use")));
}

TEST_F(SyncTest, an_item_from_the_future_is_kept_and_moves_nothing) {
    raw(row("a:03") + R"(,{"id":"z","at":"2199-01-01T00:00:00Z"},{"id":"y"})");
    const auto report = run();
    ASSERT_THAT(report, IsOk());
    EXPECT_EQ(report->bookmark, day("03"));
    EXPECT_THAT(report->notes, SizeIs(1));
    EXPECT_THAT(store_.keys(), ElementsAre("a", "y", "z"));
}

TEST_F(SyncTest, a_token_is_kept_at_the_end_and_one_that_is_too_old_reads_everything) {
    auto history = rules();
    history.sync_token = "/sync";
    history.expired = {{.status = 404}};
    page({"a:03"});
    const auto first = run({.kind = BookmarkKind::token}, history);
    ASSERT_THAT(first, IsOk());
    EXPECT_EQ(first->bookmark, "s9");
    refuse(404);
    page({"b:03"});
    const auto second = run({.kind = BookmarkKind::token}, history);
    ASSERT_THAT(second, IsOk());
    EXPECT_EQ(asked(1), "/list?since=s9");
    EXPECT_EQ(asked(2), "/list");
    EXPECT_THAT(second->notes, ElementsAre(HasSubstr("too old")));
}

TEST_F(SyncTest, a_row_without_a_key_is_an_error_and_those_before_are_kept) {
    raw(row("a:03") + R"(,{"at":"2026-01-03T00:00:00Z"})");
    EXPECT_THAT(run(), IsError(ErrorKind::decode));
    EXPECT_THAT(store_.keys(), ElementsAre("a"));
    raw(row("a:03") + "," + row("b:05"));
    ASSERT_THAT(run(), IsOk());
    EXPECT_THAT(store_.keys(), ElementsAre("a", "b"));
}

TEST_F(SyncTest, large_pages_are_committed_in_pieces) {
    page({"a:03", "b:03", "c:03", "d:03", "e:03"});
    ASSERT_THAT(run({.commit_max = 2}), IsOk());
    EXPECT_EQ(store_.commits, 4) << "two, two, the one at the page's end, and the end";
    EXPECT_THAT(store_.keys(), SizeIs(5));
}

TEST_F(SyncTest, options_out_of_their_range_are_named) {
    EXPECT_THAT(run({.key = "id"}), IsError(ErrorKind::invalid_argument));
    EXPECT_THAT(run({.removed_share_max = 2}), IsError(ErrorKind::invalid_argument));
    EXPECT_THAT(run({.commit_max = 0}), IsError(ErrorKind::invalid_argument));
    EXPECT_THAT(SyncOptions{}.validate(), IsError(ErrorKind::invalid_argument));
    EXPECT_THAT(harness_.transport().seen(), IsEmpty());
}

}  // namespace
}  // namespace apilab::data
