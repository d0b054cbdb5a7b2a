#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "exercise.hpp"

namespace exercise {

/// A queue as others have it in a database: a job is a file in `waiting`, `leased` or `done`, and
/// changes by a rename, which happens or does not. Several processes may have one.
class FolderQueue {
public:
    explicit FolderQueue(std::filesystem::path folder) : folder_(std::move(folder)) {}
    /// With `jobs` short ones (`job-000`, ...) and one `export`.
    [[nodiscard]] static FolderQueue fill(const std::filesystem::path& folder, int jobs);

    /// A job whose name begins so, which is ours from now on. Empty: there is none.
    [[nodiscard]] std::string lease(std::string_view prefix) const;
    void finish(const std::string& job) const;
    void give_back(const std::string& job) const;
    /// How many are in `waiting`, `leased` or `done`.
    [[nodiscard]] std::int64_t count(std::string_view state) const;

private:
    [[nodiscard]] bool move(const std::string& job, const char* from, const char* to) const;
    std::filesystem::path folder_;
};

/// What an instance did and when, from the first note on.
class Timeline {
public:
    Timeline(apilab::runtime::Scheduler& scheduler, std::filesystem::path file)
        : scheduler_(scheduler), file_(std::move(file)) {}
    void note(std::string_view what);
    /// Appends them to the file.
    void flush() const;

private:
    apilab::runtime::Scheduler& scheduler_;
    std::filesystem::path file_;
    std::optional<SteadyTime> begun_;
    std::string lines_;
};

}  // namespace exercise
