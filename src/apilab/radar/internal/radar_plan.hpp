#pragma once

#include <filesystem>
#include <functional>
#include <string_view>
#include <vector>

#include "apilab/base/result.hpp"
#include "apilab/base/rng.hpp"
#include "apilab/radar/service/config.hpp"
#include "apilab/radar/service/state.hpp"
#include "apilab/work/job.hpp"
#include "apilab/work/receiver.hpp"
#include "apilab/work/schedule_ticker.hpp"

// What a configuration means for the parts of a running radar.
namespace apilab::radar::internal {

using radar::radar_queue;
/// Begins the names of the schedules that check a project.
inline constexpr std::string_view check_schedule = "check.";

/// A check of each project, the digest and people's columns, as far as there are such. Error:
/// `invalid_argument` (detail: the key).
[[nodiscard]] Result<std::vector<work::ScheduledJob>> schedules_of(const Config& config);

/// The senders that have a secret, and Notion where there is a working list: its first request
/// brings the secret, which is kept in `folder` (mode 0600); then `kept` is called. No folder: then
/// Notion needs one in the configuration. Each job goes on in the trace of its delivery; `rng`
/// outlives the endpoints.
[[nodiscard]] std::vector<work::ReceiverEndpoint> endpoints_of(const Config& config,
                                                               const std::filesystem::path& folder,
                                                               Rng& rng,
                                                               const std::function<void()>& kept);

}  // namespace apilab::radar::internal
