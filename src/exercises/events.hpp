#pragma once

// What the programs of day 7 know of day 6, so that they can be about what comes after.

#include <string>
#include <string_view>

#include "apilab/work/job_runner.hpp"
#include "apilab/work/receiver.hpp"
#include "apilab/work/store.hpp"
#include "exercise.hpp"

namespace exercise {

/// Did Slack sign it, a moment ago, with this run's secret?
[[nodiscard]] bool is_from_slack(Lab& lab, const Request& request);
/// The same, told to the library's receiver.
[[nodiscard]] apilab::work::ReceiverEndpoint slack_sender(Lab& lab);
/// The id of the event that a body is about, the same in all its deliveries; empty: it has none.
[[nodiscard]] std::string event_id(std::string_view body);
/// One attempt at a job that Slack's event made: its effect, under the job's key.
[[nodiscard]] Task<apilab::work::JobOutcome> effect_of(Lab& lab, apilab::work::Job job);
/// Has the world call `receiver` while `runner` works; ends when the world is over and the store
/// has no open job.
[[nodiscard]] Task<void> receive_and_work(Lab& lab, apilab::runtime::Service& receiver,
                                          apilab::work::JobRunner& runner,
                                          apilab::work::Store& store);

}  // namespace exercise
