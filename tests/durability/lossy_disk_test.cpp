#include "lossy_disk.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace apilab::durability {
namespace {

using Outcome = LossyDisk::Outcome;

TEST(LossyDisk, what_was_synced_stays_and_what_was_written_since_goes) {
    LossyDisk disk(1);
    const auto file = disk.open("/a", true);
    ASSERT_EQ(disk.write(*file, 0, "kept"), Outcome::ok);
    ASSERT_EQ(disk.sync(*file, true), Outcome::ok);
    ASSERT_EQ(disk.write(*file, 2, "xyz"), Outcome::ok);
    EXPECT_EQ(disk.content("/a"), "kexyz");
    disk.power_off();
    disk.restart(Unsynced::lost);
    EXPECT_EQ(disk.content("/a"), "kept");
}

TEST(LossyDisk, a_killed_process_loses_nothing) {
    LossyDisk disk(1);
    const auto file = disk.open("/a", true);
    ASSERT_EQ(disk.write(*file, 0, "kept"), Outcome::ok);
    disk.restart(Unsynced::kept);
    EXPECT_EQ(disk.content("/a"), "kept");
}

TEST(LossyDisk, a_new_file_whose_folder_was_not_synced_is_gone) {
    LossyDisk disk(1);
    const auto file = disk.open("/a", true);
    ASSERT_EQ(disk.write(*file, 0, "kept"), Outcome::ok);
    ASSERT_EQ(disk.sync(*file, false), Outcome::ok);
    disk.restart(Unsynced::lost);
    EXPECT_FALSE(disk.exists("/a"));
}

TEST(LossyDisk, a_removed_file_comes_back_unless_its_folder_was_synced) {
    LossyDisk disk(1);
    for (const char* name : {"/a", "/b"}) {
        const auto file = disk.open(name, true);
        ASSERT_EQ(disk.write(*file, 0, "x"), Outcome::ok);
        ASSERT_EQ(disk.sync(*file, true), Outcome::ok);
    }
    ASSERT_EQ(disk.remove("/a", true), Outcome::ok);
    ASSERT_EQ(disk.remove("/b", false), Outcome::ok);
    EXPECT_TRUE(disk.names().empty());
    disk.restart(Unsynced::lost);
    EXPECT_EQ(disk.names(), std::vector<std::string>{"/b"});
}

TEST(LossyDisk, a_truncation_that_was_not_synced_may_be_undone) {
    LossyDisk disk(1);
    const auto file = disk.open("/a", true);
    ASSERT_EQ(disk.write(*file, 0, "kept"), Outcome::ok);
    ASSERT_EQ(disk.sync(*file, true), Outcome::ok);
    ASSERT_EQ(disk.truncate(*file, 1), Outcome::ok);
    EXPECT_EQ(disk.content("/a"), "k");
    disk.restart(Unsynced::lost);
    EXPECT_EQ(disk.content("/a"), "kept");
}

TEST(LossyDisk, the_power_goes_at_the_step_that_was_said_and_all_later_ones_fail) {
    LossyDisk disk(1);
    const auto file = disk.open("/a", true);
    disk.cut_at(2);
    EXPECT_EQ(disk.write(*file, 0, "a"), Outcome::ok);
    EXPECT_EQ(disk.sync(*file, true), Outcome::off);
    EXPECT_TRUE(disk.is_off());
    EXPECT_EQ(disk.write(*file, 0, "a"), Outcome::off);
    EXPECT_EQ(disk.truncate(*file, 0), Outcome::off);
    EXPECT_EQ(disk.remove("/a", true), Outcome::off);
    EXPECT_EQ(disk.open("/b", true), nullptr);
    EXPECT_EQ(disk.steps(), 2U);
    disk.restart(Unsynced::lost);
    EXPECT_FALSE(disk.exists("/a"));
    EXPECT_EQ(disk.life(), 1U);
}

// Over many seeds: each write whole, gone, torn at a sector, or as room full of zeros, and each of
// these happens.
TEST(LossyDisk, of_what_was_not_synced_any_part_may_be_left) {
    constexpr std::size_t sectors = 4;
    bool whole = false;
    bool gone = false;
    bool torn = false;
    bool room = false;
    for (std::uint64_t seed = 0; seed < 300; ++seed) {
        LossyDisk disk(seed);
        const auto file = disk.open("/a", true);
        ASSERT_EQ(disk.sync(*file, true), Outcome::ok);
        ASSERT_EQ(disk.write(*file, 0, std::string(sectors * LossyDisk::sector, 'x')), Outcome::ok);
        disk.restart(Unsynced::some);
        const auto left = disk.content("/a");
        const auto written = left.find_last_of('x') + 1;
        EXPECT_EQ(written % LossyDisk::sector, 0U);
        EXPECT_EQ(left.find_first_not_of('x'),
                  written == left.size() ? std::string::npos : written);
        whole = whole || written == sectors * LossyDisk::sector;
        gone = gone || left.empty();
        torn = torn || (written > 0 && written < sectors * LossyDisk::sector);
        room = room || (written == 0 && !left.empty());
    }
    EXPECT_TRUE(whole && gone && torn && room);
}

TEST(LossyDisk, the_same_seed_leaves_the_same) {
    const auto left = [](std::uint64_t seed) {
        LossyDisk disk(seed);
        const auto file = disk.open("/a", true);
        EXPECT_EQ(disk.sync(*file, true), Outcome::ok);
        for (std::size_t i = 0; i < 40; ++i) {
            EXPECT_EQ(disk.write(*file, i * 700, std::string(700, static_cast<char>('a' + i % 26))),
                      Outcome::ok);
        }
        disk.restart(Unsynced::some);
        return disk.content("/a");
    };
    EXPECT_EQ(left(7), left(7));
    EXPECT_NE(left(7), left(8));
}

TEST(LossyDisk, a_full_one_takes_what_needs_no_room) {
    LossyDisk disk(1);
    const auto file = disk.open("/a", true);
    disk.set_capacity(4);
    EXPECT_EQ(disk.write(*file, 0, "1234"), Outcome::ok);
    EXPECT_EQ(disk.write(*file, 3, "45"), Outcome::full);
    EXPECT_EQ(disk.write(*file, 0, "abcd"), Outcome::ok);
    EXPECT_EQ(disk.content("/a"), "abcd");
    disk.set_capacity(std::nullopt);
    EXPECT_EQ(disk.write(*file, 3, "de"), Outcome::ok);
}

}  // namespace
}  // namespace apilab::durability
