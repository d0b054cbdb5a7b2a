// No room on the disk: in memory, and on a real small one.

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/base/error.hpp"
#include "apilab/base/result.hpp"
#include "apilab/base/secret.hpp"
#include "apilab/runtime/virtual_scheduler.hpp"
#include "apilab/work/event.hpp"
#include "apilab/work/receiver.hpp"
#include "apilab/work/sqlite_store.hpp"
#include "apilab/work/store.hpp"
#include "apilab/work/store_writer.hpp"
#include "day.hpp"
#include "lossy_disk.hpp"
#include "machine.hpp"
#include "senders.hpp"

namespace apilab::durability {
namespace {

using work::Put;

Result<work::PutResult> put(work::Store& store, int number, std::size_t size = 3'000) {
    return store.put(event_named("event-" + std::to_string(number), size), {.kind = "hook"},
                     SystemTime{} + std::chrono::hours(number));
}

// Until there is no room; how many went in.
int fill(work::Store& store, Error& error) {
    for (int number = 0; number < 100'000; ++number) {
        if (auto done = put(store, number); !done) {
            error = done.error();
            return number;
        }
    }
    return -1;
}

class FullDisk : public ::testing::Test {
protected:
    void SetUp() override {
        auto opened = machine.open();
        ASSERT_TRUE(opened.has_value()) << opened.error().to_string();
        store = *std::move(opened);
        machine.disk.set_capacity(400'000);
        stored = fill(*store, error);
        ASSERT_GT(stored, 5);
    }
    Machine machine{1};
    std::unique_ptr<work::SqliteStore> store;
    Error error{ErrorKind::internal, ""};
    int stored = 0;
};

TEST_F(FullDisk, is_said_so_and_nothing_of_what_failed_is_there) {
    EXPECT_EQ(error.kind(), ErrorKind::io);
    EXPECT_EQ(error.detail(), "full") << error.to_string();
    const auto last = store->event_of("standard", "event-" + std::to_string(stored));
    ASSERT_TRUE(last.has_value()) << last.error().to_string();
    EXPECT_FALSE(last->has_value());
    const auto probe = store->probe();
    EXPECT_TRUE(probe.has_value() || probe.error().detail() == "full");
}

TEST_F(FullDisk, reading_goes_on) {
    for (int number = 0; number < stored; ++number) {
        const auto event = store->event_of("standard", "event-" + std::to_string(number));
        ASSERT_TRUE(event.has_value()) << event.error().to_string();
        EXPECT_TRUE(event->has_value());
    }
    const auto counts = store->counts("");
    ASSERT_TRUE(counts.has_value());
    EXPECT_EQ(counts->available, stored);
}

TEST_F(FullDisk, in_a_batch_nothing_of_it_is_acknowledged) {
    machine.disk.set_capacity(machine.disk.used() + 20'000);
    // Others may end the transaction themselves; then there is nothing to commit, which is said.
    bool failed = !store->begin().has_value();
    for (int number = 1'000; number < 1'020; ++number) {
        failed = !put(*store, number).has_value() || failed;
    }
    const bool committed = store->commit().has_value();
    store->rollback();
    if (committed) {
        EXPECT_TRUE(failed) << "20 events in the room of a few";
    }
    int there = 0;
    for (int number = 1'000; number < 1'020; ++number) {
        const auto event = store->event_of("standard", "event-" + std::to_string(number));
        ASSERT_TRUE(event.has_value());
        there += event->has_value() ? 1 : 0;
    }
    EXPECT_TRUE(committed || there == 0) << there;
}

TEST_F(FullDisk, it_goes_on_by_itself_when_there_is_room) {
    machine.disk.set_capacity(std::nullopt);
    const auto again = put(*store, stored);
    ASSERT_TRUE(again.has_value()) << again.error().to_string();
    EXPECT_EQ(again->put, Put::stored);
    EXPECT_EQ(machine.integrity(), "ok");
}

// Full, and then the power goes: all that was acknowledged is there.
TEST_F(FullDisk, a_power_cut_meanwhile_loses_nothing) {
    machine.disk.power_off();
    store.reset();
    machine.disk.restart(Unsynced::lost);
    auto opened = machine.open();
    ASSERT_TRUE(opened.has_value()) << opened.error().to_string();
    const auto counts = (*opened)->counts("");
    ASSERT_TRUE(counts.has_value());
    EXPECT_EQ(counts->available, stored);
}

// At each moment of a day the disk is as full as it is then: what fails has not happened, and with
// room the day goes on to the same end.
TEST(FullDiskAnyTime, what_fails_has_not_happened_and_can_be_done_again) {
    const auto deeds = scripted_day();
    for (const std::size_t room : {0U, 4'096U, 20'000U}) {
        Machine machine(1);
        auto store = machine.open();
        ASSERT_TRUE(store.has_value());
        Notes notes;
        int refused = 0;
        for (const Deed& deed : deeds) {
            const auto before = machine.picture();
            machine.disk.set_capacity(machine.disk.used() + room);
            auto done = deed.run(**store, notes, deed.at);
            machine.disk.set_capacity(std::nullopt);
            if (!done) {
                ++refused;
                EXPECT_EQ(done.error().detail(), "full") << deed.name;
                EXPECT_TRUE(machine.picture() == before) << deed.name;
                done = deed.run(**store, notes, deed.at);
            }
            ASSERT_TRUE(done.has_value()) << deed.name << ": " << done.error().to_string();
        }
        EXPECT_TRUE(refused > 0 || room > 0);
        EXPECT_EQ(machine.integrity(), "ok");
    }
}

// --- as the senders see it

int answer_of(runtime::VirtualScheduler& scheduler, work::WebhookReceiver& receiver,
              const Delivery& delivery) {
    const auto answer = runtime::run(scheduler, receiver.call(delivery.request, {}));
    return answer ? answer->status() : 0;
}

TEST(FullDiskBehindTheReceiver, is_503_and_nothing_is_acknowledged_until_there_is_room) {
    runtime::VirtualScheduler scheduler;
    Machine machine(1);
    auto store = machine.open();
    ASSERT_TRUE(store.has_value());
    work::StoreWriter writer(scheduler, **store, {.own_thread = false});
    std::vector<work::ReceiverEndpoint> endpoints;
    for (const auto& [name, secret] : Senders::secrets()) {
        endpoints.push_back({.sender = name, .secrets = {Secret(secret)}});
    }
    const auto receiver = work::WebhookReceiver::create(scheduler, writer, endpoints).value();

    Senders senders(1, 100, scheduler.now());
    scheduler.advance(std::chrono::seconds(2));
    std::vector<Delivery> deliveries;
    for (auto& delivery : senders.due(scheduler.now(), scheduler.system_now())) {
        if (!delivery.forged) {
            deliveries.push_back(std::move(delivery));
        }
    }
    ASSERT_GT(deliveries.size(), 80U);
    machine.disk.set_capacity(machine.disk.used() + 400'000);
    std::set<std::string> acknowledged;
    std::vector<Delivery> refused;
    for (auto& delivery : deliveries) {
        const int status = answer_of(scheduler, *receiver, delivery);
        if (status == 200) {
            acknowledged.insert(delivery.id);
        } else {
            EXPECT_EQ(status, 503);
            refused.push_back(delivery);
        }
    }
    ASSERT_GT(acknowledged.size(), 5U);
    ASSERT_GT(refused.size(), 5U);
    const auto counts = (*store)->counts("");
    ASSERT_TRUE(counts.has_value());
    EXPECT_EQ(static_cast<std::size_t>(counts->available), acknowledged.size());

    machine.disk.set_capacity(std::nullopt);
    for (const auto& delivery : refused) {
        EXPECT_EQ(answer_of(scheduler, *receiver, delivery), 200);
        acknowledged.insert(delivery.id);
    }
    EXPECT_EQ(static_cast<std::size_t>((*store)->counts("").value().available),
              acknowledged.size());
}

// --- a real one

constexpr int not_allowed = 77;

// In a child, which has a file system of its own of 1 MiB and takes it along when it ends.
int on_a_small_tmpfs(const std::filesystem::path& folder) {
    if (::unshare(CLONE_NEWNS) != 0 ||
        ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount("tmpfs", folder.c_str(), "tmpfs", 0, "size=1m") != 0) {
        return not_allowed;
    }
    const auto ballast = folder / "ballast";
    std::ofstream(ballast) << std::string(300'000, 'b');
    auto store = work::SqliteStore::open(folder / "radar.db");
    if (!store) {
        std::fprintf(stderr, "%s\n", store.error().to_string().c_str());
        return 1;
    }
    Error error(ErrorKind::internal, "it never got full");
    const int stored = fill(**store, error);
    if (error.kind() != ErrorKind::io || error.detail() != "full") {
        std::fprintf(stderr, "%s\n", error.to_string().c_str());
        return 2;
    }
    const auto counts = (*store)->counts("");
    if (!counts || counts->available != stored) {
        return 3;
    }
    std::filesystem::remove(ballast);
    if (!put(**store, stored)) {
        return 4;
    }
    // And by who opens it again.
    store->reset();
    store = work::SqliteStore::open(folder / "radar.db");
    const auto after = store ? (*store)->counts("") : fail(store.error());
    return after && after->available == stored + 1 ? 0 : 5;
}

TEST(FullTmpfs, is_said_so_and_it_goes_on_by_itself_when_there_is_room) {
    std::string folder = (std::filesystem::temp_directory_path() / "full-XXXXXX").string();
    ASSERT_NE(::mkdtemp(folder.data()), nullptr);
    const pid_t child = ::fork();
    if (child == 0) {
        ::_exit(on_a_small_tmpfs(folder));
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    std::filesystem::remove_all(folder);
    ASSERT_TRUE(WIFEXITED(status));
    if (WEXITSTATUS(status) == not_allowed) {
        GTEST_SKIP() << "no mount namespace of one's own here: it takes root (CAP_SYS_ADMIN)";
    }
    EXPECT_EQ(WEXITSTATUS(status), 0) << "1: open, 2: another error than full, 3: reading, 4: room "
                                         "and yet no put, 5: opened again";
}

}  // namespace
}  // namespace apilab::durability
