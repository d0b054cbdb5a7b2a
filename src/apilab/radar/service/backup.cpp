#include "apilab/radar/service/backup.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <system_error>
#include <thread>
#include <utility>

#include "apilab/base/error.hpp"
#include "apilab/base/try.hpp"

namespace apilab::radar {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr Duration after_failure = 10min;
// A clock that is set is noticed within so long.
constexpr Duration look_every = 10min;
constexpr Duration look_at_thread = 20ms;

work::Schedule schedule_of(const std::string& text) {
    // Checked by `validate`.
    return work::Schedule::parse(text).value_or(work::Schedule::parse("every 24h").value());
}

Result<void> make_folder(const fs::path& folder) {
    std::error_code failed;
    if (fs::is_directory(folder, failed)) {
        return {};
    }
    fs::create_directories(folder, failed);
    if (!failed) {
        fs::permissions(folder, fs::perms::owner_all, failed);
    }
    if (failed) {
        return fail(Error(ErrorKind::io, fmt::format("{}: {}", folder.string(), failed.message()))
                        .with_detail("folder"));
    }
    return {};
}

Result<work::Snapshot> make_one(const BackupOptions& options, SystemTime now) {
    APILAB_CHECK(make_folder(options.folder));
    APILAB_TRY(const auto taken, work::take_snapshot(options.store, options.folder, now));
    auto drilled = work::drill_snapshot(taken.file, options.folder, now);
    if (!drilled) {
        return fail(std::move(drilled).error().in("the restore drill failed"));
    }
    APILAB_CHECK(work::prune_snapshots(options.folder, options.keep));
    return drilled;
}

}  // namespace

// What the thread and the task that waits for it have in common. The task looks: a thread of files
// needs no way into the scheduler.
struct BackupKeeper::Work {
    std::atomic<bool> over = false;
    std::optional<Result<work::Snapshot>> result;
    std::jthread thread;
};

Result<void> BackupOptions::validate() const {
    constexpr std::size_t keep_max = 1000;
    if (keep < 1 || keep > keep_max) {
        return fail(
            Error(ErrorKind::invalid_argument, "keep: expected 1 to 1,000").with_detail("keep"));
    }
    if (auto parsed = work::Schedule::parse(schedule); !parsed) {
        return fail(
            Error(ErrorKind::invalid_argument, parsed.error().message()).with_detail("schedule"));
    }
    return {};
}

BackupKeeper::BackupKeeper(runtime::Scheduler& scheduler, BackupOptions options)
    : scheduler_(scheduler),
      options_(std::move(options)),
      schedule_(schedule_of(options_.schedule)) {
    look();
}

BackupKeeper::~BackupKeeper() {
    if (work_ && work_->thread.joinable()) {
        work_->thread.join();
    }
}

// What the folder says: that outlives us.
void BackupKeeper::look() {
    const auto all = work::list_snapshots(options_.folder);
    if (!all || all->empty()) {
        return;
    }
    status_.kept = all->size();
    status_.file = all->front().file.filename().string();
    status_.bytes = all->front().bytes;
    for (const auto& snapshot : *all) {
        if (snapshot.drilled) {
            status_.last_success = snapshot.taken;
            status_.last_drill = snapshot.drilled;
            return;
        }
    }
}

runtime::Task<Result<work::Snapshot>> BackupKeeper::once() {
    if (work_) {
        co_return fail(ErrorKind::overloaded, "a backup is under way");
    }
    const auto work = work_ = std::make_shared<Work>();
    const SystemTime now = scheduler_.system_now();
    if (options_.own_thread) {
        work->thread = std::jthread([work = work.get(), options = options_, now] {
            work->result.emplace(make_one(options, now));
            work->over = true;
        });
        do {
            const auto woken = co_await scheduler_.wait(nullptr, scheduler_.now() + look_at_thread);
            if (woken == runtime::Scheduler::Woken::cancelled) {
                // Who is cancelled waits no more: it would only turn. `~BackupKeeper` does.
                co_return fail(ErrorKind::cancelled, "nobody waits for the backup any more");
            }
        } while (!work->over);
        work->thread.join();
    } else {
        work->result.emplace(make_one(options_, now));
    }
    work_.reset();
    const Result<work::Snapshot> result = *work->result;
    look();
    ++(result ? status_.taken : status_.failures);
    status_.error = result ? std::string() : result.error().to_string();
    if (options_.told) {
        options_.told(result);
    }
    co_return result;
}

SystemTime BackupKeeper::next_after(SystemTime time) const {
    return schedule_.next_after(time).value_or(SystemTime::max());
}

runtime::Task<bool> BackupKeeper::pause_until(SystemTime time) {
    while (!stopping_ && scheduler_.system_now() < time) {
        const Duration left = std::min<Duration>(time - scheduler_.system_now(), look_every);
        runtime::Event event;
        waiting_ = &event;
        const auto woken = co_await scheduler_.wait(&event, scheduler_.now() + left);
        waiting_ = nullptr;
        if (woken == runtime::Scheduler::Woken::cancelled) {
            co_return false;
        }
    }
    co_return !stopping_;
}

runtime::Task<void> BackupKeeper::run() {
    const SystemTime start = scheduler_.system_now();
    // Was one due while nobody ran? A folder without any is waited for no longer than one with.
    SystemTime next = status_.last_success ? next_after(*status_.last_success) : start;
    while (co_await pause_until(next)) {
        const auto made = co_await once();
        const SystemTime now = scheduler_.system_now();
        next = made ? next_after(now) : std::min(next_after(now), SystemTime(now + after_failure));
    }
}

void BackupKeeper::stop() {
    stopping_ = true;
    if (waiting_ != nullptr) {
        waiting_->set();
    }
}

}  // namespace apilab::radar
