#include "folder_queue.hpp"

#include <fmt/format.h>

#include <fstream>
#include <iterator>
#include <system_error>

namespace exercise {

namespace fs = std::filesystem;

FolderQueue FolderQueue::fill(const fs::path& folder, int jobs) {
    for (const char* state : {"waiting", "leased", "done"}) {
        fs::create_directories(folder / state);
    }
    for (int i = 0; i < jobs; ++i) {
        std::ofstream(folder / "waiting" / fmt::format("job-{:03}", i)) << "\n";
    }
    std::ofstream(folder / "waiting" / "export") << "\n";
    return FolderQueue(folder);
}

std::string FolderQueue::lease(std::string_view prefix) const {
    for (const auto& entry : fs::directory_iterator(folder_ / "waiting")) {
        auto name = entry.path().filename().string();
        if (name.starts_with(prefix) && move(name, "waiting", "leased")) {
            return name;  // else somebody was quicker
        }
    }
    return {};
}

void FolderQueue::finish(const std::string& job) const {
    (void)move(job, "leased", "done");
}

void FolderQueue::give_back(const std::string& job) const {
    (void)move(job, "leased", "waiting");
}

std::int64_t FolderQueue::count(std::string_view state) const {
    return std::distance(fs::directory_iterator(folder_ / state), fs::directory_iterator());
}

bool FolderQueue::move(const std::string& job, const char* from, const char* to) const {
    std::error_code failed;
    fs::rename(folder_ / from / job, folder_ / to / job, failed);
    return !failed;
}

void Timeline::note(std::string_view what) {
    const auto now = scheduler_.now();
    begun_ = begun_.value_or(now);
    lines_ += fmt::format("  {:>5} ms  {}\n", (now - *begun_) / std::chrono::milliseconds(1), what);
}

void Timeline::flush() const {
    std::ofstream(file_, std::ios::app) << lines_ << "\n";
}

}  // namespace exercise
