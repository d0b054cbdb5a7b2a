#include "lossy_vfs.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "lossy_disk.hpp"

namespace apilab::durability {
namespace {

const std::string file = "/plain.db";

// SQLite alone, as a service would use it.
class Plain {
public:
    Plain(const LossyVfs& vfs, std::string_view journal, std::string_view synchronous)
        : db_(file, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE, 0, vfs.name()) {
        db_.exec(fmt::format("PRAGMA journal_mode={}", journal));
        db_.exec(fmt::format("PRAGMA synchronous={}", synchronous));
        db_.exec("PRAGMA wal_autocheckpoint=20");
        db_.exec("CREATE TABLE IF NOT EXISTS t (id INTEGER PRIMARY KEY, body BLOB NOT NULL)");
        db_.exec("CREATE TABLE IF NOT EXISTS twin (id INTEGER PRIMARY KEY)");
    }
    // Two tables in one transaction, to see halves.
    void add(int id) {
        SQLite::Transaction transaction(db_, SQLite::TransactionBehavior::IMMEDIATE);
        SQLite::Statement insert(db_, "INSERT OR IGNORE INTO t VALUES (?1, zeroblob(?2))");
        insert.bind(1, id);
        insert.bind(2, 100 + id * 997 % 9000);
        insert.exec();
        db_.exec(fmt::format("INSERT OR IGNORE INTO twin VALUES ({})", id));
        transaction.commit();
    }
    int count() { return db_.execAndGet("SELECT count(*) FROM t").getInt(); }
    int halves() {
        return db_
            .execAndGet(
                "SELECT (SELECT count(*) FROM t WHERE id NOT IN (SELECT id FROM twin)) + "
                "(SELECT count(*) FROM twin WHERE id NOT IN (SELECT id FROM t))")
            .getInt();
    }
    std::string integrity() { return db_.execAndGet("PRAGMA integrity_check").getString(); }

private:
    SQLite::Database db_;
};

struct Run {
    int acknowledged = 0;
    std::uint64_t steps = 0;
};

// Until the power goes, or all are in.
Run add_all(LossyDisk& disk, const LossyVfs& vfs, std::string_view journal,
            std::string_view synchronous) {
    Run run;
    try {
        Plain plain(vfs, journal, synchronous);
        for (int id = 1; id <= 12; ++id) {
            plain.add(id);
            run.acknowledged = id;
        }
    } catch (const SQLite::Exception&) {
        EXPECT_TRUE(disk.is_off());
    }
    run.steps = disk.steps();
    return run;
}

struct Findings {
    int lost = 0;
    int halves = 0;
    int damaged = 0;
    int cuts = 0;
};

// The power goes at every step there is.
Findings cut_everywhere(std::string_view journal, std::string_view synchronous, Unsynced unsynced,
                        bool lying = false) {
    LossyDisk whole(0);
    const LossyVfs over_whole(whole);
    const auto steps = add_all(whole, over_whole, journal, synchronous).steps;
    Findings found;
    for (std::uint64_t step = 1; step <= steps; ++step) {
        LossyDisk disk(step);
        const LossyVfs vfs(disk);
        disk.set_lying(lying);
        disk.cut_at(step);
        const auto run = add_all(disk, vfs, journal, synchronous);
        disk.restart(unsynced);
        ++found.cuts;
        try {
            Plain after(vfs, journal, synchronous);
            found.lost += after.count() < run.acknowledged ? 1 : 0;
            found.halves += after.halves() > 0 ? 1 : 0;
            found.damaged += after.integrity() != "ok" ? 1 : 0;
        } catch (const SQLite::Exception&) {
            ++found.damaged;
        }
    }
    EXPECT_GT(found.cuts, 50);
    return found;
}

TEST(LossyVfs, sqlite_works_on_it) {
    LossyDisk disk(1);
    const LossyVfs vfs(disk);
    EXPECT_EQ(add_all(disk, vfs, "WAL", "FULL").acknowledged, 12);
    Plain again(vfs, "WAL", "FULL");
    EXPECT_EQ(again.count(), 12);
    EXPECT_EQ(again.integrity(), "ok");
}

TEST(LossyVfs, two_connections_see_and_lock_each_other) {
    LossyDisk disk(1);
    const LossyVfs vfs(disk);
    for (const char* journal : {"WAL", "DELETE"}) {
        Plain one(vfs, journal, "FULL");
        SQLite::Database two(file, SQLite::OPEN_READWRITE, 0, vfs.name());
        one.add(1);
        EXPECT_EQ(two.execAndGet("SELECT count(*) FROM t").getInt(), 1);
        two.exec("BEGIN IMMEDIATE");
        EXPECT_THROW(one.add(2), SQLite::Exception);
        two.exec("COMMIT");
        one.add(3);
        two.exec("DELETE FROM t");
        two.exec("DELETE FROM twin");
        EXPECT_EQ(one.count(), 0);
    }
}

TEST(LossyVfs, what_was_committed_with_full_survives_every_cut) {
    for (const auto& [journal, synchronous] :
         {std::pair("WAL", "FULL"), std::pair("TRUNCATE", "FULL"), std::pair("DELETE", "EXTRA")}) {
        for (const auto unsynced : {Unsynced::lost, Unsynced::some}) {
            const auto found = cut_everywhere(journal, synchronous, unsynced);
            EXPECT_EQ(found.lost, 0) << journal;
            EXPECT_EQ(found.halves, 0) << journal;
            EXPECT_EQ(found.damaged, 0) << journal;
        }
    }
}

// As SQLite's manual says of EXTRA: with FULL, a journal that was removed to commit may come back.
TEST(LossyVfs, full_with_a_journal_that_is_deleted_may_lose_the_last_commit) {
    const auto found = cut_everywhere("DELETE", "FULL", Unsynced::lost);
    EXPECT_GT(found.lost, 0);
    EXPECT_EQ(found.halves, 0);
    EXPECT_EQ(found.damaged, 0);
}

TEST(LossyVfs, normal_in_wal_loses_what_was_committed_but_stays_whole) {
    const auto found = cut_everywhere("WAL", "NORMAL", Unsynced::lost);
    EXPECT_GT(found.lost, 0);
    EXPECT_EQ(found.halves, 0);
    EXPECT_EQ(found.damaged, 0);
}

TEST(LossyVfs, off_loses_what_was_committed_and_damages_the_file) {
    EXPECT_GT(cut_everywhere("WAL", "OFF", Unsynced::lost).lost, 0);
    EXPECT_GT(cut_everywhere("WAL", "OFF", Unsynced::some).damaged, 0);
}

// What a kill -9 shows: nothing.
TEST(LossyVfs, off_loses_nothing_where_only_the_process_dies) {
    const auto found = cut_everywhere("WAL", "OFF", Unsynced::kept);
    EXPECT_EQ(found.lost, 0);
    EXPECT_EQ(found.halves, 0);
    EXPECT_EQ(found.damaged, 0);
}

TEST(LossyVfs, no_setting_helps_on_a_disk_that_lies) {
    EXPECT_GT(cut_everywhere("WAL", "FULL", Unsynced::lost, true).lost, 0);
}

TEST(LossyVfs, who_opened_it_before_the_cut_has_nothing_after_it) {
    LossyDisk disk(1);
    const LossyVfs vfs(disk);
    std::optional<Plain> before(std::in_place, vfs, "WAL", "FULL");
    before->add(1);
    disk.power_off();
    EXPECT_THROW(before->add(2), SQLite::Exception);
    disk.restart(Unsynced::lost);
    EXPECT_THROW(before->add(2), SQLite::Exception);
    Plain after(vfs, "WAL", "FULL");
    after.add(3);
    before.reset();
    EXPECT_EQ(after.count(), 2);
    EXPECT_EQ(after.integrity(), "ok");
}

TEST(LossyVfs, a_full_disk_is_said_and_gets_over_it) {
    LossyDisk disk(1);
    const LossyVfs vfs(disk);
    Plain plain(vfs, "WAL", "FULL");
    plain.add(1);
    disk.set_capacity(disk.used());
    try {
        plain.add(2);
        FAIL();
    } catch (const SQLite::Exception& error) {
        EXPECT_EQ(error.getErrorCode(), 13) << error.what();  // SQLITE_FULL
    }
    EXPECT_EQ(plain.count(), 1);
    disk.set_capacity(std::nullopt);
    plain.add(2);
    EXPECT_EQ(plain.count(), 2);
}

}  // namespace
}  // namespace apilab::durability
