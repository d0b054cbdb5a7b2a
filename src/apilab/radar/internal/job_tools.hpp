#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/error.hpp"
#include "apilab/radar/service/handlers.hpp"
#include "apilab/radar/service/plan.hpp"
#include "apilab/runtime/task.hpp"
#include "apilab/work/job_outcome.hpp"
#include "apilab/work/work_trace.hpp"

// What the handlers of radar's jobs have in common.
namespace apilab::radar::internal {

/// A retry where another attempt may help, else a dead letter: what cannot be read and what is not
/// there stays so; a store, a token that is being rotated, a deadline do not.
[[nodiscard]] work::JobOutcome outcome_of(const Error& error);
/// Null: none of that name is configured.
[[nodiscard]] const Watch* find_watch(const Config& config, std::string_view name);
[[nodiscard]] PlanRules rules_of(const Config& config);
void tell(const HandlerContext& context, const work::Job& job, const std::string& line);
/// A run that was kept, with its end by the scheduler's clock.
void tell_run(const HandlerContext& context, RunRecord run, std::string_view changes,
              std::string_view trace_context);
void wake_outbox(const HandlerContext& context);
void wake_runner(const HandlerContext& context);

/// Keeps these jobs and messages, all or none. Pointers and references outlive the task.
[[nodiscard]] runtime::Task<Result<void>> add(HandlerContext* context,
                                              std::vector<work::NewJob> jobs,
                                              std::vector<work::NewMessage> messages);

[[nodiscard]] runtime::Task<work::JobOutcome> check(HandlerContext* context, work::Job job);
[[nodiscard]] runtime::Task<work::JobOutcome> replan_watch(HandlerContext* context, work::Job job);
[[nodiscard]] runtime::Task<work::JobOutcome> send_digest(HandlerContext* context, work::Job job);
[[nodiscard]] runtime::Task<work::JobOutcome> read_people(HandlerContext* context, work::Job job);

[[nodiscard]] runtime::Task<work::JobOutcome> on_github(HandlerContext* context, work::Job job);
[[nodiscard]] runtime::Task<work::JobOutcome> on_slack(HandlerContext* context, work::Job job);
[[nodiscard]] runtime::Task<work::JobOutcome> on_notion(HandlerContext* context, work::Job job);
[[nodiscard]] runtime::Task<work::JobOutcome> on_standard(HandlerContext* context, work::Job job);
[[nodiscard]] runtime::Task<work::JobOutcome> on_stripe(HandlerContext* context, work::Job job);

}  // namespace apilab::radar::internal
