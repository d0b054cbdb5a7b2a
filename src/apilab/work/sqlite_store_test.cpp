#include "apilab/work/sqlite_store.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <vector>

#include "apilab/work/internal/netstrings.hpp"
#include "apilab/work/internal/sqlite_core.hpp"
#include "apilab/work/internal/sqlite_schema.hpp"

// What is SQLite's alone; what every store does, tests/contract/work_store asks.
namespace apilab::work {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

class SqliteStoreTest : public testing::Test {
protected:
    SqliteStoreTest() { fs::create_directories(folder); }
    ~SqliteStoreTest() override { fs::remove_all(folder); }

    [[nodiscard]] std::string refused(const SqliteStoreOptions& options = {}) const {
        const auto opened = SqliteStore::open(file, options);
        return opened ? "" : opened.error().detail();
    }
    [[nodiscard]] SQLite::Database raw() const {
        return {file.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE};
    }

    const SystemTime start{1'700'000'000s};
    fs::path folder =
        fs::temp_directory_path() / ("apilab_sqlite_store_" + std::to_string(getpid()));
    fs::path file = folder / "work.db";
};

TEST_F(SqliteStoreTest, all_of_its_files_are_its_owners) {
    const auto store = SqliteStore::open(file).value();
    ASSERT_TRUE(store->probe());
    for (const char* suffix : {"", "-wal", "-shm"}) {
        const auto mode = fs::status(file.string() + suffix).permissions();
        EXPECT_EQ(mode, fs::perms::owner_read | fs::perms::owner_write) << suffix;
    }
}

TEST_F(SqliteStoreTest, a_file_that_others_may_read_is_refused) {
    ASSERT_TRUE(SqliteStore::open(file));
    fs::permissions(file, fs::perms::group_read, fs::perm_options::add);
    const auto opened = SqliteStore::open(file);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().kind(), ErrorKind::invalid_argument);
}

TEST_F(SqliteStoreTest, memory_is_no_file_and_works_the_same) {
    const auto store = SqliteStore::open(":memory:").value();
    ASSERT_TRUE(store->enqueue({.kind = "test"}, start));
    EXPECT_EQ(store->claim({}, start)->size(), 1);
    EXPECT_FALSE(fs::exists(":memory:"));
}

TEST_F(SqliteStoreTest, options_out_of_range_are_named) {
    EXPECT_EQ(refused({.limits = {.body_max = 0}}), "body_max");
    EXPECT_EQ(refused({.busy_timeout = -1ms}), "busy_timeout");
    EXPECT_EQ(refused({.busy_timeout = 61s}), "busy_timeout");
    EXPECT_EQ(refused({.vfs = "none of this name"}), "other");
    EXPECT_EQ(refused({.synchronous = SqliteStoreOptions::Synchronous::off}), "");
}

TEST_F(SqliteStoreTest, what_is_no_database_is_an_error_and_no_exception) {
    std::ofstream(file) << "this is not a database, and it is longer than a header of one. " << 42;
    fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write);
    const auto opened = SqliteStore::open(file);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().kind(), ErrorKind::io);
    EXPECT_EQ(opened.error().detail(), "corrupt");
    EXPECT_FALSE(SqliteStore::open(folder / "missing" / "work.db"));
}

TEST_F(SqliteStoreTest, another_programs_database_is_left_alone) {
    raw().exec("CREATE TABLE job (id INTEGER PRIMARY KEY); PRAGMA user_version=1");
    fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write);
    const auto opened = SqliteStore::open(file);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().kind(), ErrorKind::invalid_argument);
    EXPECT_EQ(opened.error().detail(), "file");
    EXPECT_EQ(raw().execAndGet("SELECT count(*) FROM sqlite_schema").getInt(), 1);
}

TEST_F(SqliteStoreTest, a_newer_schema_is_refused) {
    ASSERT_TRUE(SqliteStore::open(file));
    raw().exec("PRAGMA user_version=4711");
    const auto opened = SqliteStore::open(file);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().detail(), "file");
    EXPECT_TRUE(opened.error().message().contains("has schema 4711"));
}

TEST_F(SqliteStoreTest, a_body_is_in_the_file_once) {
    const auto store = SqliteStore::open(file).value();
    const Event event{.source = "slack", .sender_id = "e1", .body = std::string(1000, 'x')};
    ASSERT_TRUE(store->put(event, {.kind = "test"}, start));
    EXPECT_EQ(raw().execAndGet("SELECT count(*) FROM job WHERE payload IS NULL").getInt(), 1);
    EXPECT_EQ(store->claim({}, start)->at(0).payload, event.body);
}

TEST_F(SqliteStoreTest, who_waits_too_long_for_another_is_told_that_it_is_busy) {
    const auto one = SqliteStore::open(file).value();
    const auto other = SqliteStore::open(file, {.busy_timeout = 0ms}).value();
    ASSERT_TRUE(one->begin());
    const auto added = other->enqueue({.kind = "test"}, start);
    ASSERT_FALSE(added);
    EXPECT_EQ(added.error().kind(), ErrorKind::io);
    EXPECT_EQ(added.error().detail(), "busy");
    EXPECT_EQ(other->begin().error().detail(), "busy");
    EXPECT_TRUE(other->counts("")) << "it can be read meanwhile";
    ASSERT_TRUE(one->commit());
    EXPECT_TRUE(other->enqueue({.kind = "test"}, start)) << "and nothing of it was left open";
}

TEST_F(SqliteStoreTest, an_operation_that_breaks_half_way_takes_back_its_own_part_alone) {
    const auto store = SqliteStore::open(file).value();
    raw().exec(
        "CREATE TRIGGER refuse BEFORE INSERT ON message WHEN new.key = 'bad' "
        "BEGIN SELECT RAISE(ABORT, 'refused'); END");
    ASSERT_TRUE(store->begin());
    const auto id = store->enqueue({.kind = "test"}, start)->id;
    const Job job = store->claim({}, start)->at(0);
    const std::vector<NewMessage> messages{{.target = "t", .key = "good"},
                                           {.target = "t", .key = "bad"}};
    EXPECT_FALSE(store->complete(job.ref, messages, false, start));
    EXPECT_TRUE(store->enqueue({.kind = "test"}, start));
    ASSERT_TRUE(store->commit());
    EXPECT_EQ(store->jobs({.id = id}, 1)->at(0).state, JobState::running);
    EXPECT_TRUE(store->messages({}, 10)->empty());
    EXPECT_EQ(store->counts("")->available, 1);
}

TEST_F(SqliteStoreTest, a_batch_that_sqlite_gave_up_ends_with_the_error_and_nothing_of_it) {
    const auto store = SqliteStore::open(file).value();
    raw().exec(
        "CREATE TRIGGER refuse BEFORE INSERT ON message "
        "BEGIN SELECT RAISE(ROLLBACK, 'gave it up'); END");
    ASSERT_TRUE(store->begin());
    ASSERT_TRUE(store->enqueue({.kind = "test"}, start));
    EXPECT_FALSE(store->post({.target = "t", .key = "k"}, start));
    const auto later = store->enqueue({.kind = "test"}, start);
    ASSERT_FALSE(later) << "it would be there without what came before it";
    EXPECT_TRUE(later.error().message().contains("gave it up"));
    const auto committed = store->commit();
    ASSERT_FALSE(committed);
    EXPECT_TRUE(committed.error().message().contains("gave it up"));
    EXPECT_EQ(store->counts("").value(), JobCounts());
    EXPECT_TRUE(store->enqueue({.kind = "test"}, start)) << "the next one is a new one";
}

TEST_F(SqliteStoreTest, an_event_that_breaks_half_way_takes_its_batch_with_it) {
    const auto store = SqliteStore::open(file).value();
    raw().exec(
        "CREATE TRIGGER refuse BEFORE INSERT ON event_body WHEN new.body = CAST('bad' AS BLOB) "
        "BEGIN SELECT RAISE(ABORT, 'refused'); END");
    const Event good{.source = "slack", .sender_id = "good", .body = "good"};
    const Event bad{.source = "slack", .sender_id = "bad", .body = "bad"};
    ASSERT_TRUE(store->begin());
    ASSERT_TRUE(store->put(good, {.kind = "test"}, start));
    ASSERT_FALSE(store->put(bad, {.kind = "test"}, start));
    EXPECT_FALSE(store->put(good, {.kind = "test"}, start));
    EXPECT_FALSE(store->enqueue({.kind = "test"}, start));
    const auto committed = store->commit();
    ASSERT_FALSE(committed) << "the half of an event would stay";
    EXPECT_TRUE(committed.error().message().contains("refused"));
    EXPECT_TRUE(store->events("", "", 0, 10)->empty());
    EXPECT_FALSE(store->put(bad, {.kind = "test"}, start)) << "alone it takes back itself";
    EXPECT_EQ(store->put(good, {.kind = "test"}, start)->put, Put::stored);
    EXPECT_EQ(store->events("", "", 0, 10)->size(), 1);
}

TEST_F(SqliteStoreTest, an_event_whose_job_goes_into_another_names_that_one) {
    const auto store = SqliteStore::open(file).value();
    const NewJob job{.kind = "test", .coalesce_key = "one"};
    const Event first{.source = "slack", .sender_id = "e1", .body = "1"};
    const Event second{.source = "slack", .sender_id = "e2", .body = "2"};
    const auto one = store->put(first, job, start).value();
    const auto other = store->put(second, job, start).value();
    EXPECT_EQ(other.job, one.job);
    EXPECT_EQ(store->event(one.event)->value().job, one.job);
    EXPECT_EQ(store->event(other.event)->value().job, one.job);
}

TEST_F(SqliteStoreTest, an_error_says_of_which_kind_it_is) {
    const auto detail = [](int code, bool no_room) {
        return internal::describe_failure(SQLite::Exception("x", code), no_room).detail();
    };
    EXPECT_EQ(detail(SQLITE_FULL, false), "full");
    EXPECT_EQ(detail(SQLITE_IOERR, true), "full");
    EXPECT_EQ(detail(SQLITE_IOERR, false), "other");
    EXPECT_EQ(detail(SQLITE_BUSY_SNAPSHOT, false), "busy");
    EXPECT_EQ(detail(SQLITE_LOCKED, false), "busy");
    EXPECT_EQ(detail(SQLITE_CORRUPT_INDEX, false), "corrupt");
    EXPECT_EQ(detail(SQLITE_NOTADB, false), "corrupt");
}

// The processes begin together as far as that goes; whoever comes first, the others find it done.
TEST_F(SqliteStoreTest, processes_that_start_at_once_make_one_schema) {
    std::vector<pid_t> children;
    for (int i = 0; i < 6; ++i) {
        const pid_t child = ::fork();
        if (child == 0) {
            const auto store = SqliteStore::open(file);
            const bool good = store && (*store)->enqueue({.kind = "test"}, start);
            ::_exit(good ? 0 : 1);
        }
        children.push_back(child);
    }
    for (const pid_t child : children) {
        int status = 1;
        ASSERT_EQ(::waitpid(child, &status, 0), child);
        EXPECT_EQ(status, 0);
    }
    EXPECT_EQ(SqliteStore::open(file).value()->counts("")->available, 6);
}

TEST_F(SqliteStoreTest, an_older_schema_is_brought_up_to_date_with_what_it_holds) {
    for (std::size_t steps = 1; steps < internal::sqlite_migrations().size(); ++steps) {
        std::filesystem::remove(file);
        {
            auto db = raw();
            std::filesystem::permissions(
                file, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
            ASSERT_TRUE(internal::migrate(db, internal::sqlite_migrations().first(steps), "old"));
            db.exec(
                "INSERT INTO message (target, key, state, due, created, job, trace_context, "
                "payload) VALUES ('slack', 'k', 'pending', 0, 0, 0, '', x'')");
        }
        const auto store = SqliteStore::open(file);
        ASSERT_TRUE(store) << store.error().to_string();
        EXPECT_EQ((*store)->message_counts("")->pending, 1);
        EXPECT_EQ((*store)->put_document("item", "a", "1", 0, start).value(), 1);
    }
}

class Migrations : public SqliteStoreTest {
protected:
    static constexpr internal::Migration first{.version = 1, .sql = "CREATE TABLE a (x)"};
    static constexpr internal::Migration second{
        .version = 2, .sql = "ALTER TABLE a ADD y; INSERT INTO a VALUES (1, 2)"};
    static constexpr internal::Migration broken{
        .version = 2, .sql = "INSERT INTO a VALUES (1); CREATE TABLE a (x)"};
};

TEST_F(Migrations, take_the_steps_that_are_missing_and_each_once) {
    auto db = raw();
    const std::array one{first};
    const std::array two{first, second};
    ASSERT_TRUE(internal::migrate(db, one, "file"));
    ASSERT_TRUE(internal::migrate(db, two, "file"));
    ASSERT_TRUE(internal::migrate(db, two, "file"));
    EXPECT_EQ(db.execAndGet("SELECT count(*) FROM a WHERE y = 2").getInt(), 1);
    EXPECT_EQ(db.execAndGet("PRAGMA user_version").getInt(), 2);
    EXPECT_FALSE(internal::migrate(db, one, "file")) << "an older program";
}

TEST_F(Migrations, happen_as_a_whole_or_not_at_all) {
    auto db = raw();
    const std::array one{first};
    const std::array two{first, broken};
    ASSERT_TRUE(internal::migrate(db, one, "file"));
    EXPECT_THROW((void)internal::migrate(db, two, "file"), SQLite::Exception);
    EXPECT_EQ(db.execAndGet("SELECT count(*) FROM a").getInt(), 0);
    EXPECT_EQ(db.execAndGet("PRAGMA user_version").getInt(), 1);
}

TEST(Headers, keep_every_byte) {
    const internal::Headers headers{{"a", "1:2,3"}, {"", ""}, {"b", std::string("\0\n,", 3)}};
    EXPECT_EQ(internal::unpack_headers(internal::pack_headers(headers)), headers);
    EXPECT_EQ(internal::pack_headers({{"host", "a.com"}}), "4:host,5:a.com,");
    EXPECT_EQ(internal::unpack_headers(""), internal::Headers());
}

TEST(Headers, that_were_not_packed_are_none) {
    for (const char* text : {"4:host,", "4:host5:a.com,", "4:host,9:a.com,", "x", "1:", "1:a",
                             "99999999999999999999:a,", ":a,1:b,", "-1:a,1:b,"}) {
        EXPECT_EQ(internal::unpack_headers(text), std::nullopt) << text;
    }
}

}  // namespace
}  // namespace apilab::work
