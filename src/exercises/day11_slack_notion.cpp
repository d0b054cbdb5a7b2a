// Day 11: one row and one message for every finding
//
// Situation  Findings belong into a Notion table and on Slack, once each. Slack says no inside a
//            200, Notion takes three requests a second and 2,000 characters, and replies get lost.
// Shows      A key of one's own, a look before a second try, pacing, long texts in pieces.
// Run        ./lab learn day11_slack_notion --compare
// Break      --break=status-only | write-again | no-split | ignore-retry-after

#include "apilab/http/retry_after.hpp"
#include "apilab/provider/notion.hpp"
#include "apilab/provider/slack.hpp"
#include "exercise.hpp"

namespace {
using namespace exercise;
using namespace std::chrono_literals;
using apilab::provider::Notion;
using apilab::provider::Slack;
using Answer = Result<Response>;

// With Slack the status is not the answer: nearly every refusal is a 200 that says ok: false.
bool done(Lab& lab, const Answer& answer) {
    return answer && answer->ok() && (Slack::refusal(*answer).empty() || lab.broken("status-only"));
}
bool worth_another_attempt(const Answer& answer) {
    const int status = answer ? answer->status() : 503;  // 409: Notion collided with itself
    const bool passing = answer && Slack::passing(Slack::refusal(*answer));
    return status == 409 || status == 429 || status >= 500 || passing;
}
Duration pause(Lab& lab, const Answer& answer, int attempt) {
    const Duration bound = 500ms * (1 << attempt);
    const Duration wait = bound / 2 + Duration(lab.rng().between(0, bound.count() / 2));
    const auto headers = answer ? answer->headers() : apilab::http::Headers();
    const auto said = apilab::http::parse_retry_after(headers, lab.system_now());
    return lab.broken("ignore-retry-after") ? wait : std::max(wait, said.wait.value_or(0ns));
}

// Below Notion's three requests and Slack's one message a second, by one's own clock.
Task<Answer> paced(Lab& lab, Request request) {
    co_await lab.sleep(request.url().path().contains("/slack/") ? 1s : 345ms);
    co_return co_await apilab::transport::send(lab.transport(), std::move(request));
}

// Whoever lost the reply cannot know what was done: `look` finds out before the next try. `unsure`:
// an earlier run may have lost it.
Task<Answer> write(Lab& lab, Request request, Request look, std::string key, bool unsure = false) {
    for (int attempt = 1;; ++attempt, unsure = false) {
        auto answer = unsure ? Answer(apilab::fail(apilab::ErrorKind::connection_lost, "unsure"))
                             : co_await paced(lab, request);
        if (!answer && !lab.broken("write-again")) {
            auto seen = co_await paced(lab, look);
            if (!done(lab, seen) || seen->body().contains(key)) {
                co_return seen;
            }
        }
        if (done(lab, answer) || !worth_another_attempt(answer) || attempt == 5) {
            co_return answer;
        }
        co_await lab.sleep(unsure ? 0ns : pause(lab, answer, attempt));
    }
}

struct Job {  // what is to be made of one finding; its key stands in row and message
    std::string key, row, channel;
    Notion notion;
    Slack slack;
};
std::vector<Job> findings(Lab& lab, bool cut) {
    const Notion notion({.base = lab.get("/notion").url()},
                        {.token = secret_of(lab, "APILAB_NOTION_TOKEN"),
                         .data_source = std::string(secret_of(lab, "APILAB_NOTION_DS").reveal())});
    const Slack slack({.base = lab.get("/slack").url()}, secret_of(lab, "APILAB_SLACK_TOKEN"));
    std::vector<Job> jobs;
    for (int i = 10; i < 24; ++i) {
        const auto key = "F-" + std::to_string(lab.rng().between(1000, 9999)) + std::to_string(i);
        const std::string text(i % 4 == 1 ? (cut ? 2000 : 4800) : 80, 'x');
        const auto notes = Notion::rich_text(text, lab.broken("no-split") ? 99'999 : 2000);
        const auto row = R"({"Key":{"rich_text":)" + Notion::rich_text(key) +
                         R"(},"Notes":{"rich_text":)" + notes + "}}";
        jobs.push_back({key, row, std::string(secret_of(lab, "APILAB_SLACK_CHANNEL").reveal()),
                        notion, slack});
    }
    return jobs;
}
const std::string tick = R"({"Announced":{"checkbox":true}})";

// Row, message, tick: where a run is interrupted, the next one goes on.
Task<void> bring(Lab& lab, Job job) {
    const auto find = job.notion.find_request(job.key);
    auto row = co_await write(lab, find, find, "");
    const bool fresh = Notion::page_id(row).empty();
    if (fresh && done(lab, row)) {
        row = co_await write(lab, job.notion.create_request(job.row), find, job.key);
    }
    auto answer = row;
    const auto page = Notion::page_id(row);
    if (!page.empty() && !row->body().contains(R"("checkbox":true)")) {
        const auto post = job.slack.post_request({job.channel, "New finding " + job.key, job.key});
        const auto history = job.slack.history_request(job.channel);
        const auto update = job.notion.update_request(page, tick);
        answer = co_await write(lab, post, history, job.key, !fresh);
        answer = done(lab, answer) ? co_await write(lab, update, update, "") : answer;
    }
    lab.ended(job.key, answer);
}

// What one writes in a hurry: send it until the status is right.
Task<Answer> until_ok(Lab& lab, Request request) {
    auto answer = co_await apilab::transport::send(lab.transport(), request);
    for (int i = 0; i < 20 && (!answer || !answer->ok()); ++i) {
        co_await lab.sleep(100ms);
        answer = co_await apilab::transport::send(lab.transport(), request);
    }
    co_return answer;
}
Task<void> bring_in_a_hurry(Lab& lab, Job job) {
    const auto row = co_await until_ok(lab, job.notion.create_request(job.row));
    co_await until_ok(lab, job.slack.post_request({job.channel, "New finding", job.key}));
    const auto update = job.notion.update_request(Notion::page_id(row), tick);
    lab.ended(job.key, co_await until_ok(lab, update));
}

Task<void> each(Lab& lab, bool cut, Task<void> (*bring_one)(Lab&, Job)) {
    for (const auto& job : findings(lab, cut)) {
        co_await bring_one(lab, job);
    }
}
}  // namespace

int main(int argc, char** argv) {
    return exercise::run(
        {.name = "day11_slack_notion",
         .story = "14 findings, a Notion table, a Slack channel",
         .scenario = "day11-glue",
         .deadline = 60s,
         .sins = {{"status-only", "takes a 200 that says no for a yes", "DAT-14"},
                  {"write-again", "writes again what may have been written", "IDM-01"},
                  {"no-split", "loses what is too long for one piece", "SYN-02"},
                  {"ignore-retry-after", "comes back before the announced time", "RL-01"}},
         .production = [](Lab& lab) { return each(lab, false, bring); },
         .naive = [](Lab& lab) { return each(lab, true, bring_in_a_hurry); },
         .numbers = {"messages", "messages doubled", "rows", "rows doubled", "429s"},
         .next = "day12_gmail"},
        argc, argv);
}
