#include "apilab/radar/service/backup.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <optional>

#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/runtime/task_group.hpp"
#include "apilab/runtime/virtual_scheduler.hpp"
#include "apilab/work/sqlite_store.hpp"

namespace apilab::radar {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
namespace fs = std::filesystem;

class BackupTest : public testing::Test {
protected:
    BackupTest() {
        fs::create_directories(folder);
        store = work::SqliteStore::open(folder / "radar.db").value();
    }
    ~BackupTest() override {
        store.reset();
        fs::remove_all(folder);
    }
    [[nodiscard]] BackupOptions options() {
        return {.store = folder / "radar.db",
                .folder = folder / "backups",
                .keep = 3,
                .own_thread = false,
                .told = [this](const Result<work::Snapshot>& made) {
                    told.push_back(made ? "ok" : made.error().to_string());
                }};
    }
    [[nodiscard]] std::size_t kept() const {
        return work::list_snapshots(folder / "backups").value().size();
    }

    runtime::VirtualScheduler scheduler;
    fs::path folder =
        fs::temp_directory_path() / ("apilab_radar_backup_" + std::to_string(getpid()));
    std::unique_ptr<work::SqliteStore> store;
    std::vector<std::string> told;
};

TEST_F(BackupTest, is_made_by_the_schedule_and_proved_at_once) {
    BackupKeeper keeper(scheduler, options());
    EXPECT_FALSE(keeper.status().last_success);
    runtime::TaskGroup group(scheduler);
    group.spawn(keeper.run());
    scheduler.advance(1s);
    EXPECT_EQ(keeper.status().taken, 1) << "there was none";
    EXPECT_EQ(keeper.status().last_success, runtime::VirtualScheduler::default_start());
    EXPECT_EQ(keeper.status().last_drill, runtime::VirtualScheduler::default_start());
    EXPECT_EQ(fs::status(folder / "backups").permissions(), fs::perms::owner_all);
    scheduler.advance(3h);
    EXPECT_EQ(keeper.status().taken, 1);
    scheduler.advance(1h);
    EXPECT_EQ(keeper.status().taken, 2) << "at 3:30";
    scheduler.advance(24h * 5);
    EXPECT_EQ(keeper.status().taken, 7);
    EXPECT_EQ(kept(), 3);
    EXPECT_EQ(keeper.status().kept, 3);
    EXPECT_GT(keeper.status().bytes, 0);
    keeper.stop();
    runtime::run(scheduler, group.join());
}

TEST_F(BackupTest, that_is_due_when_a_process_starts_is_made_up_for_and_no_other) {
    {
        BackupKeeper first(scheduler, options());
        ASSERT_TRUE(runtime::run(scheduler, first.once()));
    }
    const auto started = [&] {
        BackupKeeper keeper(scheduler, options());
        EXPECT_TRUE(keeper.status().last_success) << "the manifests say so";
        runtime::TaskGroup group(scheduler);
        group.spawn(keeper.run());
        scheduler.advance(1min);
        keeper.stop();
        runtime::run(scheduler, group.join());
        return keeper.status().taken;
    };
    EXPECT_EQ(started(), 0) << "a restart alone is no reason";
    scheduler.advance(10h);
    EXPECT_EQ(started(), 1) << "3:30 passed meanwhile";
}

TEST_F(BackupTest, that_fails_is_told_counted_and_tried_again) {
    auto broken = options();
    broken.store = folder / "gone.db";
    BackupKeeper keeper(scheduler, broken);
    runtime::TaskGroup group(scheduler);
    group.spawn(keeper.run());
    scheduler.advance(1s);
    EXPECT_EQ(keeper.status().failures, 1);
    EXPECT_THAT(keeper.status().error, HasSubstr("gone.db"));
    EXPECT_THAT(told.at(0), HasSubstr("gone.db"));
    scheduler.advance(10min);
    EXPECT_EQ(keeper.status().failures, 2);
    store.reset();  // puts its log into the file
    fs::copy_file(folder / "radar.db", folder / "gone.db");
    fs::permissions(folder / "gone.db", fs::perms::owner_read | fs::perms::owner_write);
    scheduler.advance(10min);
    EXPECT_EQ(keeper.status().taken, 1);
    EXPECT_EQ(keeper.status().error, "");
    keeper.stop();
    runtime::run(scheduler, group.join());
}

TEST_F(BackupTest, whose_drill_fails_is_no_backup) {
    BackupKeeper keeper(scheduler, options());
    const auto good = runtime::run(scheduler, keeper.once());
    ASSERT_TRUE(good);
    // A store that is damaged itself is not taken for a good one.
    fs::path bad = folder / "bad.db";
    fs::copy_file(good->file, bad);
    std::fstream file(bad, std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(4096 * 2);
    file << std::string(4096, '\x5a');
    file.close();
    auto broken = options();
    broken.store = bad;
    BackupKeeper other(scheduler, broken);
    scheduler.advance(1s);
    const auto made = runtime::run(scheduler, other.once());
    ASSERT_FALSE(made);
    EXPECT_EQ(other.status().failures, 1);
    EXPECT_EQ(other.status().last_drill, runtime::VirtualScheduler::default_start())
        << "the last good one stands";
    EXPECT_NE(other.status().error, "");
}

TEST_F(BackupTest, options_have_their_ranges) {
    EXPECT_TRUE(options().validate());
    auto wrong = options();
    wrong.keep = 0;
    EXPECT_EQ(wrong.validate().error().detail(), "keep");
    wrong = options();
    wrong.schedule = "sometimes";
    EXPECT_EQ(wrong.validate().error().detail(), "schedule");
}

TEST_F(BackupTest, in_a_thread_of_its_own_leaves_the_others_going) {
    runtime::RealScheduler real;
    auto threaded = options();
    threaded.own_thread = true;
    BackupKeeper keeper(real, threaded);
    const auto made = runtime::run(real, keeper.once());
    ASSERT_TRUE(made) << made.error().to_string();
    EXPECT_EQ(kept(), 1);
    EXPECT_EQ(told, (std::vector<std::string>{"ok"}));
}

TEST_F(BackupTest, that_nobody_waits_for_any_more_holds_nobody_up_and_is_ended_with_its_keeper) {
    runtime::RealScheduler real;
    auto threaded = options();
    threaded.own_thread = true;
    std::optional<Result<work::Snapshot>> made;
    {
        BackupKeeper keeper(real, threaded);
        runtime::TaskGroup group(real);
        group.spawn([](BackupKeeper* one, auto* into) -> runtime::Task<void> {
            into->emplace(co_await one->once());
        }(&keeper, &made));
        group.cancel();
        runtime::run(real, group.join());
    }
    ASSERT_TRUE(made);
    ASSERT_FALSE(*made);
    EXPECT_EQ(made->error().kind(), ErrorKind::cancelled);
    EXPECT_EQ(kept(), 1) << "half of one helps nobody";
}

}  // namespace
}  // namespace apilab::radar
