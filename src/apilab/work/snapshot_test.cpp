#include "apilab/work/snapshot.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <functional>
#include <thread>

#include "apilab/base/digest.hpp"
#include "apilab/base/file.hpp"
#include "apilab/work/sqlite_store.hpp"

namespace apilab::work {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
namespace fs = std::filesystem;

class SnapshotTest : public testing::Test {
protected:
    SnapshotTest() {
        fs::create_directories(folder / "kept");
        store = SqliteStore::open(file).value();
    }
    ~SnapshotTest() override {
        store.reset();
        fs::remove_all(folder);
    }
    [[nodiscard]] Snapshot take(Duration later = 0s) const {
        auto taken = take_snapshot(file, kept, start + later);
        EXPECT_TRUE(taken) << taken.error().to_string();
        return taken.value_or(Snapshot());
    }
    [[nodiscard]] std::string wrong(const Snapshot& snapshot) const {
        const auto drilled = drill_snapshot(snapshot.file, folder, start + 1h);
        return drilled ? "nothing" : drilled.error().detail();
    }
    [[nodiscard]] static std::int64_t rows(const Snapshot& snapshot, std::string_view table) {
        for (const auto& [name, count] : snapshot.counts) {
            if (name == table) {
                return count;
            }
        }
        return -1;
    }
    [[nodiscard]] std::vector<std::string> left_over() const {
        std::vector<std::string> names;
        for (const auto& entry : fs::directory_iterator(folder)) {
            if (entry.path().filename().string().starts_with(".")) {
                names.push_back(entry.path().filename());
            }
        }
        return names;
    }
    static void change(const fs::path& path, const std::function<void(std::string&)>& how) {
        std::string bytes = read_file(path, 100U << 20U).value();
        how(bytes);
        std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
    }

    const SystemTime start{1'764'000'000s};
    fs::path folder = fs::temp_directory_path() / ("apilab_snapshot_" + std::to_string(getpid()));
    fs::path kept = folder / "kept";
    fs::path file = folder / "radar.db";
    std::unique_ptr<SqliteStore> store;
};

TEST_F(SnapshotTest, is_the_store_at_one_moment_with_its_checksum) {
    for (int i = 0; i < 10; ++i) {
        ASSERT_TRUE(store->enqueue({.kind = "check", .payload = std::string(5000, 'x')}, start));
    }
    ASSERT_TRUE(store->put_document("item", "a", "1", {}, start));
    const Snapshot snapshot = take();
    EXPECT_EQ(snapshot.file.filename(), "radar-20251124T160000.000Z.db");
    EXPECT_EQ(rows(snapshot, "job"), 10);
    EXPECT_EQ(rows(snapshot, "document"), 1);
    EXPECT_EQ(snapshot.schema, 3);
    EXPECT_EQ(snapshot.bytes, fs::file_size(snapshot.file));
    EXPECT_EQ(snapshot.sha256.size(), 64);
    EXPECT_FALSE(snapshot.drilled);
    const auto read = read_snapshot(snapshot.file);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->taken, start);
    EXPECT_EQ(read->sha256, snapshot.sha256);
    EXPECT_EQ(read->counts, snapshot.counts);
    for (const auto& path : {snapshot.file, fs::path(snapshot.file.string() + ".json")}) {
        EXPECT_EQ(fs::status(path).permissions(), fs::perms::owner_read | fs::perms::owner_write);
    }
    EXPECT_FALSE(fs::exists(snapshot.file.string() + "-wal")) << "it stands by itself";
    EXPECT_EQ(std::distance(fs::directory_iterator(kept), fs::directory_iterator()), 2);
}

TEST_F(SnapshotTest, is_whole_while_somebody_writes) {
    std::atomic<bool> over = false;
    std::atomic<int> written = 0;
    std::thread writer([&] {
        const auto mine = SqliteStore::open(file).value();
        while (!over) {
            // Two rows in one transaction: never one without the other.
            (void)mine->begin();
            (void)mine->enqueue({.kind = "check", .payload = std::string(2000, 'x')}, start);
            (void)mine->post({.target = "slack", .key = std::to_string(written)}, start);
            (void)mine->commit();
            ++written;
        }
    });
    while (written < 20) {
        std::this_thread::yield();
    }
    std::vector<Snapshot> all;
    for (int i = 0; i < 5; ++i) {
        const int before = written;
        all.push_back(take(i * 1s));
        while (written <= before) {
            std::this_thread::yield();
        }
    }
    over = true;
    writer.join();
    for (const Snapshot& snapshot : all) {
        EXPECT_EQ(wrong(snapshot), "nothing");
        EXPECT_EQ(rows(snapshot, "job"), rows(snapshot, "message"));
        EXPECT_GE(rows(snapshot, "job"), 20);
    }
    EXPECT_LT(rows(all.front(), "job"), rows(all.back(), "job"));
}

TEST_F(SnapshotTest, that_passed_the_drill_says_so_and_is_as_it_was) {
    ASSERT_TRUE(store->enqueue({.kind = "check"}, start));
    const Snapshot snapshot = take();
    const auto before = read_file(snapshot.file, 100U << 20U).value();
    const auto drilled = drill_snapshot(snapshot.file, folder, start + 5min);
    ASSERT_TRUE(drilled) << drilled.error().to_string();
    EXPECT_EQ(drilled->drilled, start + 5min);
    EXPECT_EQ(read_snapshot(snapshot.file)->drilled, start + 5min);
    EXPECT_EQ(read_file(snapshot.file, 100U << 20U).value(), before);
    EXPECT_THAT(left_over(), testing::IsEmpty());
}

TEST_F(SnapshotTest, drill_clears_away_what_a_killed_one_left_a_day_ago_and_nothing_else) {
    const auto snapshot = take();
    const auto old = folder / ".drill-abcdef";
    const auto fresh = folder / ".drill-ghijkl";
    const auto other = folder / "kept";
    for (const auto& path : {old, fresh, other}) {
        fs::create_directories(path);
    }
    const auto two_days_ago = fs::last_write_time(fresh) - 48h;
    fs::last_write_time(old, two_days_ago);
    fs::last_write_time(other, two_days_ago);
    ASSERT_TRUE(drill_snapshot(snapshot.file, folder, start));
    EXPECT_FALSE(fs::exists(old));
    EXPECT_TRUE(fs::exists(fresh)) << "somebody else may be at it";
    EXPECT_TRUE(fs::exists(other));
}

TEST_F(SnapshotTest, that_is_damaged_is_refused_with_what_is_wrong) {
    ASSERT_TRUE(store->enqueue({.kind = "check", .payload = std::string(9000, 'x')}, start));
    const Snapshot flipped = take();
    change(flipped.file, [](std::string& bytes) { bytes[bytes.size() / 2] ^= 1; });
    EXPECT_EQ(wrong(flipped), "checksum");
    const Snapshot cut = take(1s);
    change(cut.file, [](std::string& bytes) { bytes.resize(bytes.size() - 1); });
    EXPECT_EQ(wrong(cut), "size");
    const Snapshot empty = take(2s);
    change(empty.file, [](std::string& bytes) { bytes.clear(); });
    EXPECT_EQ(wrong(empty), "size");
    EXPECT_FALSE(read_snapshot(flipped.file)->drilled);
    EXPECT_THAT(left_over(), testing::IsEmpty());
}

// Whoever can write the file can write its manifest: a checksum that fits is no proof.
TEST_F(SnapshotTest, whose_checksum_fits_is_looked_into_all_the_same) {
    ASSERT_TRUE(store->enqueue({.kind = "check"}, start));
    const auto forged = [&](Duration later, std::string_view from, std::string_view to) {
        const Snapshot snapshot = take(later);
        change(snapshot.file.string() + ".json", [&](std::string& text) {
            ASSERT_NE(text.find(from), std::string::npos);
            text.replace(text.find(from), from.size(), to);
        });
        return wrong(snapshot);
    };
    EXPECT_EQ(forged(0s, "\"job\":1", "\"job\":2"), "counts");
    EXPECT_EQ(forged(1s, "\"schema\":3", "\"schema\":2"), "schema");
    EXPECT_EQ(forged(2s, "apilab-snapshot-1", "apilab-snapshot-9"), "/format");
    EXPECT_EQ(forged(3s, "\"bytes\":", "\"bites\":"), "/bytes");

    const Snapshot torn = take(4s);
    change(torn.file,
           [](std::string& bytes) { bytes.replace(4096, 4096, std::string(4096, '\x5a')); });
    const auto sum = [&] {
        // As whoever forges it would take it.
        const fs::path other = folder / "other.db";
        fs::copy_file(torn.file, other, fs::copy_options::overwrite_existing);
        return to_hex(sha256(read_file(other, 100U << 20U).value()));
    }();
    change(torn.file.string() + ".json", [&](std::string& text) {
        text.replace(text.find(torn.sha256), torn.sha256.size(), sum);
    });
    EXPECT_EQ(wrong(torn), "integrity");
}

TEST_F(SnapshotTest, without_a_manifest_is_none) {
    const Snapshot snapshot = take();
    fs::remove(snapshot.file.string() + ".json");
    const auto drilled = drill_snapshot(snapshot.file, folder, start);
    ASSERT_FALSE(drilled);
    EXPECT_THAT(drilled.error().to_string(), HasSubstr("manifest"));
    EXPECT_TRUE(list_snapshots(kept)->empty());
}

TEST_F(SnapshotTest, is_put_where_nothing_is_and_nowhere_else) {
    ASSERT_TRUE(store->put_document("item", "a", "then", {}, start));
    const Snapshot snapshot = take();
    ASSERT_TRUE(store->put_document("item", "a", "later", {}, start));
    const auto over = restore_snapshot(snapshot.file, file, start);
    ASSERT_FALSE(over);
    EXPECT_EQ(over.error().detail(), "to");
    EXPECT_EQ(store->document("item", "a")->value().body, "later");

    const fs::path place = folder / "restored.db";
    std::ofstream(place.string() + "-wal") << "of another one";
    EXPECT_EQ(restore_snapshot(snapshot.file, place, start).error().detail(), "to");
    fs::remove(place.string() + "-wal");
    const auto restored = restore_snapshot(snapshot.file, place, start);
    ASSERT_TRUE(restored) << restored.error().to_string();
    EXPECT_EQ(fs::status(place).permissions(), fs::perms::owner_read | fs::perms::owner_write);
    const auto again = SqliteStore::open(place).value();
    EXPECT_EQ(again->document("item", "a")->value().body, "then");
    EXPECT_TRUE(again->enqueue({.kind = "check"}, start));
    EXPECT_EQ(restore_snapshot(snapshot.file, place, start).error().detail(), "to");
    EXPECT_THAT(left_over(), testing::IsEmpty());
}

TEST_F(SnapshotTest, that_is_damaged_is_put_nowhere) {
    const Snapshot snapshot = take();
    change(snapshot.file, [](std::string& bytes) { bytes.back() ^= 1; });
    const fs::path place = folder / "restored.db";
    EXPECT_EQ(restore_snapshot(snapshot.file, place, start).error().detail(), "checksum");
    EXPECT_FALSE(fs::exists(place));
}

TEST_F(SnapshotTest, so_many_are_kept_and_the_last_proved_one_always) {
    std::vector<Snapshot> all;
    for (int i = 0; i < 6; ++i) {
        all.push_back(take(i * 1h));
    }
    ASSERT_TRUE(drill_snapshot(all[2].file, folder, start + 9h));
    EXPECT_EQ(prune_snapshots(kept, 2).value(), 2) << "the newer ones were never proved";
    EXPECT_EQ(list_snapshots(kept)->size(), 4);
    EXPECT_EQ(list_snapshots(kept)->back().file, all[2].file);
    ASSERT_TRUE(drill_snapshot(all[5].file, folder, start + 9h));
    EXPECT_EQ(prune_snapshots(kept, 2).value(), 2);
    const auto left = list_snapshots(kept).value();
    ASSERT_EQ(left.size(), 2);
    EXPECT_EQ(left[0].file, all[5].file) << "the newest first";
    EXPECT_EQ(left[1].file, all[4].file);
    EXPECT_FALSE(fs::exists(all[2].file));
    EXPECT_EQ(prune_snapshots(kept, 0).error().detail(), "keep");
}

TEST_F(SnapshotTest, of_what_is_no_store_is_none) {
    EXPECT_EQ(take_snapshot(folder / "none.db", kept, start).error().detail(), "store");
    EXPECT_EQ(take_snapshot(file, folder / "none", start).error().detail(), "folder");
    std::ofstream(folder / "text.db") << "no database at all, but some text";
    EXPECT_FALSE(take_snapshot(folder / "text.db", kept, start));
    EXPECT_TRUE(list_snapshots(kept)->empty());
    EXPECT_EQ(std::distance(fs::directory_iterator(kept), fs::directory_iterator()), 0);
}

}  // namespace
}  // namespace apilab::work
