// Bytes of the files themselves are not what was written: a WAL whose end is damaged, a main file
// that is.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/base/error.hpp"
#include "apilab/base/result.hpp"
#include "apilab/base/rng.hpp"
#include "apilab/work/event.hpp"
#include "day.hpp"
#include "lossy_disk.hpp"
#include "machine.hpp"

namespace apilab::durability {
namespace {

constexpr std::size_t wal_header = 32;
constexpr std::size_t page = 4096;
constexpr std::size_t frame = 24 + page;
constexpr std::uint64_t seed = 5;

// A store that was not closed, and what was in it when its WAL was how long.
struct Left {
    std::string main;
    std::string wal;
    std::vector<std::pair<std::size_t, std::string>> pictures;
};

Left leave_a_wal() {
    Left left;
    Machine machine(seed);
    {
        auto store = machine.open();
        EXPECT_TRUE(store.has_value());
        left.pictures.emplace_back(machine.disk.content(Machine::wal()).size(), machine.picture());
        Notes notes;
        const auto deeds = scripted_day();
        for (std::size_t i = 0; i < 12; ++i) {
            EXPECT_TRUE(deeds[i].run(**store, notes, deeds[i].at).has_value()) << deeds[i].name;
            left.pictures.emplace_back(machine.disk.content(Machine::wal()).size(),
                                       machine.picture());
        }
        machine.disk.power_off();
    }
    machine.disk.restart(Unsynced::kept);
    left.main = machine.disk.content(Machine::file().string());
    left.wal = machine.disk.content(Machine::wal());
    EXPECT_EQ((left.wal.size() - wal_header) % frame, 0U);
    return left;
}

// What was whole before the damage, and no more.
void expect_all_before(const Left& left, std::size_t damage, std::string wal,
                       std::string_view how) {
    Machine machine(seed);
    machine.disk.replace(Machine::file().string(), left.main);
    machine.disk.replace(Machine::wal(), std::move(wal));
    const auto store = machine.open();
    ASSERT_TRUE(store.has_value()) << how << " at " << damage << ": " << store.error().to_string();
    std::string_view whole = left.pictures.front().second;
    for (const auto& [size, picture] : left.pictures) {
        whole = size <= damage ? std::string_view(picture) : whole;
    }
    EXPECT_TRUE(machine.picture() == whole) << how << " at " << damage;
    EXPECT_EQ(machine.integrity(), "ok") << how << " at " << damage;
    const auto put = (*store)->put(event_named("after"), {.kind = "hook"}, SystemTime{});
    EXPECT_TRUE(put.has_value() && put->put == work::Put::stored);
}

// Places in the WAL after what the store was made with: each frame's begin, within its head, within
// its page.
std::vector<std::size_t> places(const Left& left) {
    std::vector<std::size_t> all;
    for (std::size_t begin = wal_header; begin < left.wal.size(); begin += frame) {
        if (begin >= left.pictures.front().first) {
            all.insert(all.end(), {begin, begin + 9, begin + 24, begin + 24 + page / 2});
        }
    }
    return all;
}

TEST(DamagedWal, cut_anywhere_it_keeps_all_commits_before) {
    const auto left = leave_a_wal();
    ASSERT_GT(places(left).size(), 40U);
    for (const auto at : places(left)) {
        expect_all_before(left, at, left.wal.substr(0, at), "cut");
    }
}

TEST(DamagedWal, zeroed_anywhere_it_keeps_all_commits_before) {
    const auto left = leave_a_wal();
    for (const auto at : places(left)) {
        auto wal = left.wal;
        std::fill(wal.begin() + static_cast<std::ptrdiff_t>(at), wal.end(), '\0');
        expect_all_before(left, at, std::move(wal), "zeroed");
    }
}

// What comes after the frame whose checksum is wrong is not believed either.
TEST(DamagedWal, one_byte_that_flipped_ends_it_there) {
    const auto left = leave_a_wal();
    for (const auto at : places(left)) {
        auto wal = left.wal;
        wal[at] = static_cast<char>(wal[at] ^ 0x40);
        expect_all_before(left, at, std::move(wal), "flipped");
    }
}

// Garbage after the end, as a disk gives where only the room of a write was kept.
TEST(DamagedWal, garbage_after_its_end_is_nothing) {
    const auto left = leave_a_wal();
    SeededRng rng(seed);
    auto wal = left.wal;
    for (std::size_t i = 0; i < 3 * frame + 77; ++i) {
        wal.push_back(static_cast<char>(rng.between(0, 255)));
    }
    expect_all_before(left, left.wal.size(), std::move(wal), "garbage");
}

// --- the main file

struct Closed {
    std::string main;
    std::vector<std::string> names;
};

Closed closed_store() {
    Closed closed;
    Machine machine(seed);
    auto store = machine.open();
    EXPECT_TRUE(store.has_value());
    for (int i = 0; i < 60; ++i) {
        closed.names.push_back(fmt::format("event-{}", i));
        EXPECT_TRUE(
            (*store)
                ->put(event_named(closed.names.back(), 50 + static_cast<std::size_t>(i) * 40),
                      {.kind = "hook"}, SystemTime{})
                .has_value());
    }
    store->reset();
    EXPECT_FALSE(machine.disk.exists(Machine::wal()));
    closed.main = machine.disk.content(Machine::file().string());
    return closed;
}

// Right, or an error that says `corrupt`: never another answer.
template <class T, class Right>
bool right_or_corrupt(const Result<T>& answer, Right right) {
    if (answer) {
        return right(*answer);
    }
    return answer.error().kind() == ErrorKind::io && answer.error().detail() == "corrupt";
}

TEST(DamagedMainFile, a_page_of_garbage_is_said_to_be_corrupt_and_never_answers_wrong) {
    const auto closed = closed_store();
    SeededRng rng(seed);
    int said = 0;
    for (std::size_t begin = 0; begin < closed.main.size(); begin += page) {
        auto main = closed.main;
        for (std::size_t i = begin; i < begin + page; ++i) {
            main[i] = static_cast<char>(rng.between(0, 255));
        }
        Machine machine(seed);
        machine.disk.replace(Machine::file().string(), main);
        const auto store = machine.open();
        if (!store) {
            EXPECT_EQ(store.error().detail(), "corrupt") << store.error().to_string();
            ++said;
            continue;
        }
        for (const auto& name : closed.names) {
            const auto found = (*store)->event_of("standard", name);
            EXPECT_TRUE(right_or_corrupt(found,
                                         [&](const auto& event) {
                                             return event &&
                                                    event->event.body.starts_with(name + " ");
                                         }))
                << "page " << begin / page << ", " << name << ": "
                << (found ? "a wrong answer" : found.error().to_string());
            said += found ? 0 : 1;
        }
    }
    EXPECT_GT(said, 0);
}

TEST(DamagedMainFile, what_is_no_database_is_said_to_be_corrupt) {
    Machine machine(seed);
    machine.disk.replace(Machine::file().string(), std::string(3 * page, 'n'));
    const auto store = machine.open();
    ASSERT_FALSE(store.has_value());
    EXPECT_EQ(store.error().kind(), ErrorKind::io);
    EXPECT_EQ(store.error().detail(), "corrupt") << store.error().to_string();
}

}  // namespace
}  // namespace apilab::durability
