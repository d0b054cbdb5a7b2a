// The power goes at every durable step of a day.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apilab/work/store.hpp"
#include "day.hpp"
#include "lossy_disk.hpp"
#include "machine.hpp"

namespace apilab::durability {
namespace {

// The day without a cut: what the store holds after each deed, and how many steps that takes.
struct Whole {
    std::vector<Deed> deeds = scripted_day();
    /// [0]: after it was made; [n]: after the n-th deed. What is in the file, and what those who
    /// work remember.
    std::vector<std::string> pictures;
    std::vector<Notes> notes{{}};
    std::uint64_t steps = 0;
};

Whole without_a_cut(Synchronous synchronous) {
    Whole whole;
    Machine machine(0, synchronous);
    auto store = machine.open();
    if (!store) {
        ADD_FAILURE() << store.error().to_string();
        return whole;
    }
    whole.pictures.push_back(machine.picture());
    for (const Deed& deed : whole.deeds) {
        Notes notes = whole.notes.back();
        const auto done = deed.run(**store, notes, deed.at);
        EXPECT_TRUE(done.has_value())
            << deed.name << ": " << (done ? "" : done.error().to_string());
        whole.pictures.push_back(machine.picture());
        whole.notes.push_back(std::move(notes));
        EXPECT_TRUE(whole.pictures.back() != whole.pictures.rbegin()[1])
            << deed.name << " changes nothing";
    }
    store->reset();
    whole.steps = machine.disk.steps();
    EXPECT_EQ(machine.integrity(), "ok");
    return whole;
}

// Deeds from `first` on; how many were acknowledged.
std::size_t go_on(const Whole& whole, work::Store& store, std::size_t first) {
    Notes notes = whole.notes[first];
    for (std::size_t i = first; i < whole.deeds.size(); ++i) {
        if (!whole.deeds[i].run(store, notes, whole.deeds[i].at)) {
            return i;
        }
    }
    return whole.deeds.size();
}

struct Findings {
    int cuts = 0;
    int lost = 0;
    int half_done = 0;
    int damaged = 0;
    std::string first;
};

void note(Findings& found, int& count, std::uint64_t step, std::string_view what) {
    ++count;
    if (found.first.empty()) {
        found.first = fmt::format("step {}: {}", step, what);
    }
}

// What is there after a cut: as after the last deed that was acknowledged, or after the next one,
// which was under way. Nothing else.
void look(const Whole& whole, Machine& machine, std::uint64_t step, std::size_t acknowledged,
          bool goes_on, Findings& found) {
    auto store = machine.open();
    if (!store) {
        note(found, found.damaged, step, store.error().to_string());
        return;
    }
    const auto picture = machine.picture();
    // A pause and its end: the same state may come twice.
    const auto is_after = [&](std::size_t deeds) {
        return deeds < whole.pictures.size() && whole.pictures[deeds] == picture;
    };
    const auto later = std::ranges::find(whole.pictures, picture) - whole.pictures.begin();
    if (machine.integrity() != "ok") {
        note(found, found.damaged, step, machine.integrity());
    } else if (is_after(acknowledged) || is_after(acknowledged + 1)) {
        const auto stands = is_after(acknowledged) ? acknowledged : acknowledged + 1;
        if (goes_on) {
            EXPECT_EQ(go_on(whole, **store, stands), whole.deeds.size()) << "step " << step;
            EXPECT_TRUE(machine.picture() == whole.pictures.back()) << "step " << step;
        }
    } else if (later < static_cast<std::ptrdiff_t>(acknowledged)) {
        note(found, found.lost, step,
             fmt::format("'{}' was acknowledged and is gone", whole.deeds[acknowledged - 1].name));
    } else {
        note(found, found.half_done, step, "a state that the day does not know");
    }
}

Findings cut_everywhere(Synchronous synchronous, Unsynced unsynced, std::uint64_t stride) {
    const auto whole = without_a_cut(synchronous);
    Findings found;
    for (std::uint64_t step = 1; step <= whole.steps; step += stride) {
        Machine machine(step, synchronous);
        machine.disk.cut_at(step);
        std::size_t acknowledged = 0;
        if (auto store = machine.open()) {
            acknowledged = go_on(whole, **store, 0);
        }
        EXPECT_TRUE(machine.disk.is_off()) << step;
        machine.disk.restart(unsynced);
        ++found.cuts;
        look(whole, machine, step, acknowledged, step % 5 == 0, found);
    }
    return found;
}

class EveryStep : public ::testing::TestWithParam<Unsynced> {};

TEST_P(EveryStep, what_was_acknowledged_is_there_and_nothing_is_half_done) {
    const auto found = cut_everywhere(Synchronous::full, GetParam(), 1);
    EXPECT_GT(found.cuts, 200);
    EXPECT_EQ(found.lost, 0) << found.first;
    EXPECT_EQ(found.half_done, 0) << found.first;
    EXPECT_EQ(found.damaged, 0) << found.first;
}

INSTANTIATE_TEST_SUITE_P(PowerCut, EveryStep, ::testing::Values(Unsynced::lost, Unsynced::some));

// The proof of the proof: the same day without syncs is seen to lose.
TEST(PowerCut, with_synchronous_off_the_same_day_loses) {
    EXPECT_GT(cut_everywhere(Synchronous::off, Unsynced::lost, 7).lost, 0);
    EXPECT_GT(cut_everywhere(Synchronous::off, Unsynced::some, 7).damaged, 0);
}

// Why it takes a power cut: a killed process loses nothing even then.
TEST(PowerCut, with_synchronous_off_a_killed_process_loses_nothing) {
    const auto found = cut_everywhere(Synchronous::off, Unsynced::kept, 7);
    EXPECT_EQ(found.lost, 0) << found.first;
    EXPECT_EQ(found.half_done, 0) << found.first;
    EXPECT_EQ(found.damaged, 0) << found.first;
}

}  // namespace
}  // namespace apilab::durability
