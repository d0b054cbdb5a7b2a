// The writer's own thread, as programs have it: time is real here, the disk is not.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/runtime/task.hpp"
#include "apilab/runtime/task_group.hpp"
#include "apilab/work/event.hpp"
#include "apilab/work/store.hpp"
#include "apilab/work/store_writer.hpp"
#include "day.hpp"
#include "lossy_disk.hpp"
#include "machine.hpp"

namespace apilab::durability {
namespace {

using runtime::Task;

Task<void> put(work::StoreWriter* writer, std::string name,
               std::vector<std::string>* acknowledged) {
    auto event = event_named(name, 500);
    const auto done =
        co_await writer->run<work::PutResult>([event = std::move(event)](work::Store& store) {
            return store.put(event, {.kind = "hook"}, SystemTime{});
        });
    if (done) {
        acknowledged->push_back(std::move(name));
    }
}

// Many at a time, one after another in each lane, until all are in or the power is gone.
Task<void> lane(work::StoreWriter* writer, int number, std::vector<std::string>* acknowledged) {
    for (int i = 0; i < 10; ++i) {
        co_await put(writer, fmt::format("e{}-{}", number, i), acknowledged);
    }
}

Task<void> join(runtime::TaskGroup* tasks) {
    co_await tasks->join();
}

TEST(WritersThread, whom_it_told_before_the_power_went_finds_it_on_the_disk) {
    std::size_t told = 0;
    for (std::uint64_t seed = 1; seed <= 30; ++seed) {
        Machine machine(seed);
        std::vector<std::string> acknowledged;
        {
            auto store = machine.open();
            ASSERT_TRUE(store.has_value());
            machine.disk.cut_at(machine.disk.steps() + 37 * seed);
            runtime::RealScheduler scheduler;
            work::StoreWriter writer(scheduler, **store);
            runtime::TaskGroup tasks(scheduler);
            for (int number = 0; number < 16; ++number) {
                tasks.spawn(lane(&writer, number, &acknowledged));
            }
            runtime::run(scheduler, join(&tasks));
        }
        machine.disk.power_off();
        machine.disk.restart(seed % 2 == 0 ? Unsynced::lost : Unsynced::some);
        auto store = machine.open();
        ASSERT_TRUE(store.has_value()) << store.error().to_string();
        for (const auto& name : acknowledged) {
            const auto event = (*store)->event_of("standard", name);
            ASSERT_TRUE(event.has_value());
            EXPECT_TRUE(event->has_value()) << name << " of seed " << seed;
        }
        EXPECT_EQ(machine.integrity(), "ok");
        told += acknowledged.size();
    }
    EXPECT_GT(told, 100U);
}

}  // namespace
}  // namespace apilab::durability
