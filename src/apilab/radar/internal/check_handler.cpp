#include <fmt/format.h>

#include <memory>
#include <utility>

#include "apilab/base/try.hpp"
#include "apilab/http/json.hpp"
#include "apilab/radar/decide.hpp"
#include "apilab/radar/find_input.hpp"
#include "apilab/radar/gather.hpp"
#include "apilab/radar/internal/counted_sources.hpp"
#include "apilab/radar/internal/job_tools.hpp"
#include "apilab/radar/report_json.hpp"
#include "apilab/radar/service/plan.hpp"
#include "apilab/radar/service/repository_input.hpp"
#include "apilab/radar/service/state.hpp"

namespace apilab::radar::internal {
namespace {

using runtime::Task;
using work::Job;
using work::JobOutcome;

// A report that is larger is kept without its last decisions: a document has a limit.
constexpr std::size_t report_max = std::size_t{12} << 20U;
constexpr std::size_t decisions_max = 2000;

struct Asked {
    std::string watch;
    std::string why;
};

Result<Asked> read_payload(const std::string& payload) {
    if (payload.empty()) {
        return Asked{};
    }
    APILAB_TRY(const auto document, http::JsonDocument::parse(payload));
    return Asked{.watch = std::string(document.root()["watch"].string_or("")),
                 .why = std::string(document.root()["why"].string_or(""))};
}

Task<Result<RadarInput>> input_of(provider::GitHub github, const Watch* watch) {
    if (!watch->path.empty()) {
        co_return read_input(watch->path);
    }
    co_return co_await read_repository(std::move(github), *watch);
}

std::string kept_report(const Report& report) {
    std::string text = report_json(report);
    return text.size() <= report_max ? text : report_json(report, {.decisions_max = decisions_max});
}

// What came of one run, on its way into the store.
struct Conclusion {
    std::string watch;
    PlanRules rules;
    /// Nothing: the input could not be read.
    std::optional<Report> report;
    RunRecord run;
    std::string trace_context;
    SystemTime now;
};

Result<Plan> conclude(work::Store& store, const Conclusion& made) {
    APILAB_TRY(const auto before, read_watch(store, made.watch));
    RunOutcome outcome{.run = made.run, .trace_context = made.trace_context};
    RunRecord& run = *outcome.run;
    run.last_complete = before.run ? before.run->last_complete : std::nullopt;
    if (made.report) {
        outcome.plan = plan(made.watch, before.items, *made.report, made.rules, made.now);
        if (run.complete) {
            run.last_complete = run.finished;
        }
    } else {
        // Nobody knows better: what was known stands, and so does the report about it.
        outcome.plan.items = before.items;
        run.report = before.run ? before.run->report : std::string();
    }
    APILAB_CHECK(keep(store, before, outcome, made.now));
    return outcome.plan;
}

Task<Result<Plan>> conclude(HandlerContext* context, std::shared_ptr<Conclusion> made) {
    made->now = context->scheduler.system_now();
    made->run.finished = made->now;
    auto planned = co_await context->writer.run<Plan>(
        [made](work::Store& store) { return conclude(store, *made); });
    if (planned) {
        wake_outbox(*context);
    }
    co_return planned;
}

Task<JobOutcome> unread(HandlerContext* context, Job job, std::shared_ptr<Conclusion> made,
                        Error error) {
    made->run.error = work::cut_reason(error.to_string());
    const auto kept = co_await conclude(context, made);
    tell(*context, job, made->watch + ": " + made->run.error);
    tell_run(*context, made->run, "", job.trace_context);
    co_return kept ? outcome_of(error) : outcome_of(kept.error());
}

Task<JobOutcome> check(HandlerContext* context, Job job, const Watch* watch, std::string why) {
    const SystemTime started = context->scheduler.system_now();
    const SteadyTime until = context->scheduler.now() + context->gather_deadline;
    auto made = std::make_shared<Conclusion>();
    made->watch = watch->name;
    made->rules = rules_of(context->config);
    made->run = {.watch = watch->name, .started = started, .why = std::move(why)};
    made->trace_context = job.trace_context;
    const CountedSources counted(context->sources, trace_of(job));
    auto input = co_await input_of(counted.sources().github.until(until), watch);
    if (co_await runtime::cancelled()) {
        co_return JobOutcome::retry("cancelled");
    }
    if (!input) {
        co_return co_await unread(context, std::move(job), made, std::move(input).error());
    }
    auto facts = co_await gather(context->scheduler, counted.sources(), input->dependencies,
                                 {.as_of = started,
                                  .repository_facts = context->config.github_token.has_value(),
                                  .deadline = until - context->scheduler.now(),
                                  .on_drift = context->on_drift});
    // What was not heard because we were told to stop is no source's failure.
    if (co_await runtime::cancelled()) {
        co_return JobOutcome::retry("cancelled");
    }
    facts.calls = call_stories(counted.stats());
    facts.simulated = context->config.simulated;
    made->report = decide(input->dependencies, facts, {.as_of = started}, input->file.string());
    made->run.report = kept_report(*made->report);
    made->run.complete = all_sources_ok(*made->report) && made->report->advisories_evaluated;
    const auto planned = co_await conclude(context, made);
    if (!planned) {
        co_return outcome_of(planned.error());
    }
    tell(*context, job,
         fmt::format("{}: {}{}", watch->name, describe(*planned),
                     made->run.complete ? "" : " (not every source answered)"));
    tell_run(*context, made->run, describe(*planned), job.trace_context);
    co_return JobOutcome::done();
}

}  // namespace

Task<JobOutcome> check(HandlerContext* context, Job job) {
    auto asked = read_payload(job.payload);
    if (!asked) {
        co_return JobOutcome::dead("the payload: " + asked.error().to_string());
    }
    const Watch* watch = find_watch(context->config, asked->watch);
    if (watch == nullptr) {
        co_return JobOutcome::dead("no watch of that name is configured");
    }
    co_return co_await check(context, std::move(job), watch, std::move(asked->why));
}

Task<JobOutcome> replan_watch(HandlerContext* context, Job job) {
    const auto asked = read_payload(job.payload);
    if (!asked) {
        co_return JobOutcome::dead("the payload: " + asked.error().to_string());
    }
    if (find_watch(context->config, asked->watch) == nullptr) {
        co_return JobOutcome::done();  // it was taken out of the configuration meanwhile
    }
    const auto planned = co_await context->writer.run<Plan>(
        [name = asked->watch, rules = rules_of(context->config), trace = job.trace_context,
         now = context->scheduler.system_now()](work::Store& store) -> Result<Plan> {
            APILAB_TRY(const auto before, read_watch(store, name));
            RunOutcome outcome{.plan = replan(name, before.items, rules, now),
                               .trace_context = trace};
            APILAB_CHECK(keep(store, before, outcome, now));
            return outcome.plan;
        });
    if (!planned) {
        co_return outcome_of(planned.error());
    }
    wake_outbox(*context);
    tell(*context, job, asked->watch + ": " + describe(*planned));
    co_return JobOutcome::done();
}

}  // namespace apilab::radar::internal
