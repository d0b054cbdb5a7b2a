#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "apilab/base/try.hpp"
#include "apilab/http/json.hpp"
#include "apilab/radar/internal/job_tools.hpp"
#include "apilab/radar/service/effects.hpp"
#include "apilab/radar/service/github_news.hpp"
#include "apilab/radar/service/notion_events.hpp"
#include "apilab/radar/service/slack_events.hpp"
#include "apilab/radar/service/slack_text.hpp"
#include "apilab/radar/service/state.hpp"

namespace apilab::radar::internal {
namespace {

using runtime::Task;
using work::Job;
using work::JobOutcome;

Task<JobOutcome> check_these(HandlerContext* context, Job job, std::vector<std::string> watches,
                             std::string why) {
    std::vector<work::NewJob> jobs;
    for (const std::string& watch : watches) {
        jobs.push_back(check_job(watch, why));
        jobs.back().trace_context = job.trace_context;
    }
    if (!jobs.empty()) {
        const auto added = co_await add(context, std::move(jobs), {});
        if (!added) {
            co_return outcome_of(added.error());
        }
        tell(*context, job, fmt::format("{}: {}", why, fmt::join(watches, ", ")));
    }
    co_return JobOutcome::done();
}

// It has been taken in, and there is nothing in it for us.
JobOutcome done_with_nothing(HandlerContext& context, const char* sender) {
    ++context.ignored[sender];
    return JobOutcome::done();
}

std::vector<std::string> names_of(const Config& config) {
    std::vector<std::string> names;
    for (const Watch& watch : config.watches) {
        names.push_back(watch.name);
    }
    return names;
}

WatchStatus status_of(const Watch& watch, const std::vector<Item>& items,
                      const std::vector<RunRecord>& runs) {
    WatchStatus status{.name = watch.name};
    for (const Item& item : items) {
        if (item.watch == watch.name && item.actionable()) {
            ++status.actionable;
            status.worst = std::max(status.worst, item.decision.level);
        }
    }
    const auto run = std::ranges::find(runs, watch.name, &RunRecord::watch);
    if (run != runs.end()) {
        status.last_complete = run->last_complete;
        status.error = run->error;
    }
    return status;
}

Result<std::vector<WatchStatus>> status(work::Store& store, const std::vector<Watch>& watches) {
    APILAB_TRY(const auto items, read_items(store));
    APILAB_TRY(const auto runs, read_runs_without_reports(store));
    std::vector<WatchStatus> all;
    for (const Watch& watch : watches) {
        all.push_back(status_of(watch, items, runs));
    }
    return all;
}

// What somebody who spoke to the app gets: an answer, and perhaps checks.
struct Answer {
    std::string text;
    std::vector<work::NewJob> jobs;
};

Answer answer_to_check(const Config& config, const std::string& watch) {
    if (!watch.empty() && find_watch(config, watch) == nullptr) {
        return {.text = fmt::format("No project is called {}. There are: {}",
                                    slack_escaped(watch, 64), fmt::join(names_of(config), ", "))};
    }
    const auto names = watch.empty() ? names_of(config) : std::vector{watch};
    Answer answer{.text = names.empty()
                              ? "No project is configured."
                              : fmt::format("Checking {}. What is new is said where it belongs.",
                                            fmt::join(names, ", "))};
    for (const std::string& name : names) {
        answer.jobs.push_back(check_job(name, "asked in Slack"));
    }
    return answer;
}

Task<Result<Answer>> answer_to(HandlerContext* context, SlackQuestion question) {
    if (question.wish == SlackWish::check) {
        co_return answer_to_check(context->config, question.watch);
    }
    if (question.wish == SlackWish::status) {
        APILAB_CO_TRY(const auto all, co_await context->writer.run<std::vector<WatchStatus>>(
                                          [watches = context->config.watches](work::Store& store) {
                                              return status(store, watches);
                                          }));
        co_return Answer{
            .text = slack_status(all, context->scheduler.system_now(), context->config.simulated)};
    }
    co_return Answer{.text = slack_help()};
}

}  // namespace

Task<JobOutcome> on_github(HandlerContext* context, Job job) {
    const auto document = http::JsonDocument::parse(job.payload);
    if (!document) {
        co_return done_with_nothing(*context, "github");
    }
    auto news = github_news(job.type, document->root(), context->config);
    if (news.watches.empty()) {
        co_return done_with_nothing(*context, "github");
    }
    co_return co_await check_these(context, std::move(job), std::move(news.watches),
                                   std::move(news.why));
}

Task<JobOutcome> on_slack(HandlerContext* context, Job job) {
    const auto heard = read_slack_event(job.payload);
    if (!context->config.slack || !heard || !heard->question) {
        co_return done_with_nothing(*context, "slack");  // nobody waits for an answer
    }
    const SlackQuestion& question = *heard->question;
    auto answer = co_await answer_to(context, question);
    if (!answer) {
        co_return outcome_of(answer.error());
    }
    const SlackEffect effect{.channel = question.channel,
                             .text = std::move(answer->text),
                             .blocks = {},
                             .thread_ts = question.thread_ts};
    std::vector<work::NewMessage> messages;
    messages.push_back({.target = "slack",
                        .key = question.answer_key(),
                        .payload = payload(effect),
                        .trace_context = job.trace_context});
    for (work::NewJob& check : answer->jobs) {
        check.trace_context = job.trace_context;
    }
    const auto added = co_await add(context, std::move(answer->jobs), std::move(messages));
    co_return added ? JobOutcome::done() : outcome_of(added.error());
}

Task<JobOutcome> on_notion(HandlerContext* context, Job job) {
    if (!context->read_people || !context->config.notion) {
        co_return JobOutcome::done();
    }
    NotionOurs ours{.data_source = context->config.notion->data_source};
    auto news = read_notion_event(job.payload, ours);
    if (news && news->read && context->notion_bot) {
        // Our own rows come back as events: who wrote them is asked only where it matters.
        ours.bot = co_await context->notion_bot(trace_of(job));
        news = read_notion_event(job.payload, ours);
    }
    if (!news || !news->read) {
        co_return done_with_nothing(*context, "notion");
    }
    std::vector<work::NewJob> jobs;
    jobs.push_back(notion_read_job());
    jobs.back().trace_context = job.trace_context;
    const auto added = co_await add(context, std::move(jobs), {});
    co_return added ? JobOutcome::done() : outcome_of(added.error());
}

// `{"type":"radar.check","data":{"watch":"webshop"}}`, with `data` or without; no watch: all.
Task<JobOutcome> on_standard(HandlerContext* context, Job job) {
    const auto document = http::JsonDocument::parse(job.payload);
    if (job.type != "radar.check" || !document) {
        co_return done_with_nothing(*context, "standard");
    }
    const auto root = document->root();
    const auto said = root["data"]["watch"].missing() ? root["watch"] : root["data"]["watch"];
    const std::string name(said.string_or(""));
    if (said.missing()) {
        co_return co_await check_these(context, std::move(job), names_of(context->config),
                                       "standard webhook");
    }
    if (find_watch(context->config, name) == nullptr) {
        co_return JobOutcome::dead("no watch of that name is configured");
    }
    co_return co_await check_these(context, std::move(job), {name}, "standard webhook");
}

// Kept in the archive; nothing here depends on a payment.
Task<JobOutcome> on_stripe(HandlerContext* context, Job /*job*/) {
    co_return done_with_nothing(*context, "stripe");
}

}  // namespace apilab::radar::internal
