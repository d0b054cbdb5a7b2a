#pragma once

#include <filesystem>
#include <functional>
#include <string_view>
#include <vector>

#include "apilab/base/result.hpp"
#include "apilab/radar/service/config.hpp"
#include "apilab/work/job.hpp"
#include "apilab/work/receiver.hpp"
#include "apilab/work/schedule_ticker.hpp"

// What a configuration means for the parts of a running radar.
namespace apilab::radar::internal {

inline constexpr std::string_view radar_queue = "radar";
/// Begins the names of the schedules that check a project.
inline constexpr std::string_view check_schedule = "check.";

/// A job that checks that project; while one waits, another is not added.
[[nodiscard]] work::NewJob check_job(std::string_view watch, std::string_view why);
/// A check of each project, the digest, people's columns and the snapshot, as far as there are
/// such. Error: `invalid_argument` (detail: the key).
[[nodiscard]] Result<std::vector<work::ScheduledJob>> schedules_of(const Config& config);

/// The senders that have a secret, and Notion where there is a working list: its first request
/// brings the secret, which is kept in `folder` (mode 0600) and told to `keep`. No folder: then
/// Notion needs one in the configuration.
[[nodiscard]] std::vector<work::ReceiverEndpoint> endpoints_of(const Config& config,
                                                               const std::filesystem::path& folder,
                                                               const std::function<void()>& kept);

}  // namespace apilab::radar::internal
