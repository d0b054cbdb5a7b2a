#include "apilab/work/job.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace apilab::work {
namespace {

constexpr std::array names{std::pair(JobState::available, std::string_view("available")),
                           std::pair(JobState::running, std::string_view("running")),
                           std::pair(JobState::done, std::string_view("done")),
                           std::pair(JobState::dead, std::string_view("dead"))};

}  // namespace

std::string_view to_string(JobState state) {
    return std::ranges::find(names, state, [](const auto& name) { return name.first; })->second;
}

std::optional<JobState> parse_job_state(std::string_view text) {
    const auto* found =
        std::ranges::find(names, text, [](const auto& name) { return name.second; });
    return found == names.end() ? std::nullopt : std::optional(found->first);
}

}  // namespace apilab::work
