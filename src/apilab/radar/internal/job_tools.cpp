#include "apilab/radar/internal/job_tools.hpp"

#include <algorithm>
#include <utility>

#include "apilab/base/try.hpp"

namespace apilab::radar::internal {

work::JobOutcome outcome_of(const Error& error) {
    const bool stays = error.kind() == ErrorKind::invalid_argument ||
                       error.kind() == ErrorKind::too_large || error.kind() == ErrorKind::decode ||
                       (error.kind() == ErrorKind::status && !error.retryable());
    return stays ? work::JobOutcome::dead(error.to_string())
                 : work::JobOutcome::retry(error.to_string(), error.retry_after());
}

const Watch* find_watch(const Config& config, std::string_view name) {
    const auto found = std::ranges::find(config.watches, name, &Watch::name);
    return found == config.watches.end() ? nullptr : &*found;
}

PlanRules rules_of(const Config& config) {
    return {.slack = config.slack, .notion = config.notion};
}

void tell(const HandlerContext& context, const work::Job& job, const std::string& line) {
    if (context.log) {
        context.log(job.kind, job, line);
    }
}

void tell_run(const HandlerContext& context, RunRecord run, std::string_view changes,
              std::string_view trace_context) {
    if (context.told_run) {
        run.finished = context.scheduler.system_now();
        context.told_run(run, changes, trace_context);
    }
}

void wake_outbox(const HandlerContext& context) {
    if (context.wake_outbox) {
        context.wake_outbox();
    }
}

void wake_runner(const HandlerContext& context) {
    if (context.wake_runner) {
        context.wake_runner();
    }
}

runtime::Task<Result<void>> add(HandlerContext* context, std::vector<work::NewJob> jobs,
                                std::vector<work::NewMessage> messages) {
    const SystemTime now = context->scheduler.system_now();
    auto added =
        co_await context->writer.run<bool>([jobs = std::move(jobs), messages = std::move(messages),
                                            now](work::Store& store) -> Result<bool> {
            for (const work::NewMessage& message : messages) {
                APILAB_TRY([[maybe_unused]] const auto posted, store.post(message, now));
            }
            for (const work::NewJob& job : jobs) {
                APILAB_TRY([[maybe_unused]] const auto enqueued, store.enqueue(job, now));
            }
            return true;
        });
    APILAB_CO_CHECK(added);
    wake_outbox(*context);
    wake_runner(*context);
    co_return Result<void>();
}

}  // namespace apilab::radar::internal
