#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "apilab/base/ascii.hpp"
#include "apilab/base/try.hpp"
#include "apilab/http/date.hpp"
#include "apilab/http/json.hpp"
#include "apilab/provider/slack_events.hpp"
#include "apilab/radar/internal/job_tools.hpp"
#include "apilab/radar/service/github_news.hpp"
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

std::vector<std::string> names_of(const Config& config) {
    std::vector<std::string> names;
    for (const Watch& watch : config.watches) {
        names.push_back(watch.name);
    }
    return names;
}

// `<@U123> check webshop` without what it is addressed to, in lower case.
std::vector<std::string> words_of(std::string_view text) {
    std::vector<std::string> words;
    std::string word;
    const auto end_word = [&words, &word] {
        if (!word.empty() && !word.starts_with("<@")) {
            words.push_back(ascii_lowered(word));
        }
        word.clear();
    };
    for (const char c : text.substr(0, 1000)) {
        if (c == ' ' || c == '\n' || c == '\t') {
            end_word();
        } else {
            word += c;
        }
    }
    end_word();
    return words;
}

std::string help(const Config& config) {
    return fmt::format(
        "`status`: how the projects stand. `check` or `check NAME`: look now. `help`: this.\n"
        "Projects: {}",
        config.watches.empty() ? "none is configured"
                               : fmt::format("{}", fmt::join(names_of(config), ", ")));
}

std::string status_line(const Watch& watch, const std::vector<Item>& items,
                        const std::vector<RunRecord>& runs) {
    const auto run = std::ranges::find(runs, watch.name, &RunRecord::watch);
    if (run == runs.end()) {
        return watch.name + ": was not checked yet";
    }
    const auto open = std::ranges::count_if(items, [&watch](const Item& item) {
        return item.watch == watch.name && item.actionable();
    });
    std::string line = fmt::format("{}: {} to do, checked {}", watch.name, open,
                                   http::format_iso_time(run->finished));
    if (!run->error.empty()) {
        line += " (could not be read)";
    } else if (!run->complete) {
        line += " (not every source answered)";
    }
    return line;
}

Result<std::string> status(work::Store& store, const std::vector<Watch>& watches) {
    APILAB_TRY(const auto items, read_items(store));
    APILAB_TRY(const auto runs, read_runs(store));
    std::string text = watches.empty() ? "No project is configured." : "";
    for (const Watch& watch : watches) {
        text += (text.empty() ? "" : "\n") + status_line(watch, items, runs);
    }
    return text;
}

// What somebody who spoke to the app wants: an answer, and perhaps checks.
struct Answer {
    std::string text;
    std::vector<work::NewJob> jobs;
};

Answer check_by_words(const Config& config, const std::vector<std::string>& words) {
    Answer answer;
    if (words.size() > 1 && find_watch(config, words[1]) == nullptr) {
        // Not the word itself: what people write is not repeated where it may call somebody.
        answer.text = "There is no project of that name. " + help(config);
        return answer;
    }
    const auto names = words.size() > 1 ? std::vector{words[1]} : names_of(config);
    for (const std::string& name : names) {
        answer.jobs.push_back(check_job(name, "asked in Slack"));
    }
    answer.text = names.empty() ? help(config)
                                : fmt::format("Checking {}. What is new will be said in its place.",
                                              fmt::join(names, ", "));
    return answer;
}

Task<Result<Answer>> answer_to(HandlerContext* context, std::vector<std::string> words) {
    const std::string first = words.empty() ? "help" : words.front();
    if (first == "check") {
        co_return check_by_words(context->config, words);
    }
    if (first == "status") {
        APILAB_CO_TRY(auto text, co_await context->writer.run<std::string>(
                                     [watches = context->config.watches](work::Store& store) {
                                         return status(store, watches);
                                     }));
        co_return Answer{.text = std::move(text)};
    }
    co_return Answer{.text = help(context->config)};
}

// Spoken to the app by a person: a mention, or a direct message.
bool is_for_us(const provider::slack::Envelope& envelope) {
    if (!envelope.event || provider::slack::is_own(envelope) ||
        provider::slack::from_bot(*envelope.event) || envelope.event->subtype) {
        return false;
    }
    const auto& event = *envelope.event;
    return event.type == provider::slack::EventType::app_mention ||
           (event.type == provider::slack::EventType::message &&
            event.channel_type.value_or("") == "im");
}

}  // namespace

Task<JobOutcome> on_github(HandlerContext* context, Job job) {
    const auto document = http::JsonDocument::parse(job.payload);
    if (!document) {
        co_return JobOutcome::done();  // it has been taken in; there is nothing in it for us
    }
    auto news = github_news(job.type, document->root(), context->config);
    co_return co_await check_these(context, std::move(job), std::move(news.watches),
                                   std::move(news.why));
}

Task<JobOutcome> on_slack(HandlerContext* context, Job job) {
    const auto envelope = provider::slack::read_event(job.payload);
    if (!context->config.slack || !envelope || !is_for_us(*envelope)) {
        co_return JobOutcome::done();
    }
    const auto& event = *envelope->event;
    auto answer = co_await answer_to(context, words_of(event.text.value_or("")));
    if (!answer) {
        co_return outcome_of(answer.error());
    }
    const SlackEffect effect{.channel = event.channel.value_or(context->config.slack->channel),
                             .text = std::move(answer->text),
                             .thread_ts = event.thread_ts.value_or(event.ts.value_or(""))};
    std::vector<work::NewMessage> messages;
    messages.push_back({.target = "slack",
                        .key = job.idempotency_key,
                        .payload = payload(effect),
                        .trace_context = job.trace_context});
    for (work::NewJob& check : answer->jobs) {
        check.trace_context = job.trace_context;
    }
    const auto added = co_await add(context, std::move(answer->jobs), std::move(messages));
    co_return added ? JobOutcome::done() : outcome_of(added.error());
}

Task<JobOutcome> on_notion(HandlerContext* context, Job job) {
    std::vector<work::NewJob> jobs;
    if (context->read_people) {
        jobs.push_back(notion_read_job());
        jobs.back().trace_context = job.trace_context;
    }
    const auto added = co_await add(context, std::move(jobs), {});
    co_return added ? JobOutcome::done() : outcome_of(added.error());
}

// `{"type":"radar.check","data":{"watch":"webshop"}}`, with `data` or without; no watch: all.
Task<JobOutcome> on_standard(HandlerContext* context, Job job) {
    const auto document = http::JsonDocument::parse(job.payload);
    if (job.type != "radar.check" || !document) {
        co_return JobOutcome::done();
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
Task<JobOutcome> on_stripe(HandlerContext* /*context*/, Job /*job*/) {
    co_return JobOutcome::done();
}

}  // namespace apilab::radar::internal
